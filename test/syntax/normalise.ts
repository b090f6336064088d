import assert from 'node:assert/strict';
import type { FunctionSlice } from '../../server/src/syntax/types.ts';
import { cutUnit } from '../../server/src/syntax/unit.ts';
import { testBackend } from '../harness/backend.ts';

/** The only function of `text`. */
export async function onlyFunction(text: string): Promise<FunctionSlice> {
  const unit = cutUnit(text, await testBackend());
  assert.equal(unit.functions.length, 1, `one function in ${JSON.stringify(text)}`);
  return unit.functions[0]!;
}

/** White space folded, and none before closing or behind opening punctuation: what a table of examples compares. */
export function squeeze(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/ (?=[;,)\]])/g, '')
    .replace(/(?<=[([]) /g, '')
    .trim();
}

/** The statements of `f` after normalisation, squeezed; asserts that they parse without errors. */
export async function body(statements: string): Promise<string> {
  const slice = await onlyFunction(`void f(void) {${statements}}`);
  assert.equal(slice.errorCount(), 0, `${statements}\nparses as ${slice.normalised}`);
  assert.equal(slice.normalised.length, slice.text.length);
  return squeeze(slice.normalised.slice(slice.bodySpan.start + 1, slice.bodySpan.end - 1));
}

/** What stands before the body after normalisation, squeezed. */
export async function head(text: string): Promise<string> {
  const slice = await onlyFunction(`${text} { }`);
  assert.equal(slice.errorCount(), 0, `${text}\nparses as ${slice.normalised}`);
  return squeeze(slice.normalised.slice(0, slice.bodySpan.start));
}

/** A declaration, a struct or a file-level macro call after normalisation, squeezed. */
export async function declaration(text: string): Promise<string> {
  const backend = await testBackend();
  const seen: string[] = [];
  const watching = {
    ...backend,
    parse(source: string) {
      seen.push(source);
      return backend.parse(source);
    },
  };
  const unit = cutUnit(text, watching);
  assert.equal(unit.declarations.length, 1, `one declaration in ${JSON.stringify(text)}`);
  const tree = unit.declarations[0]!.tree();
  assert.ok(!tree.flags.some((flags) => flags & 12), `${text}\nparses as ${seen[0]}`);
  return squeeze(seen[0]!);
}

/** One test a rule: examples from the left come out as on the right. */
export async function examples(
  transform: (text: string) => Promise<string>,
  table: readonly (readonly [before: string, after: string])[],
): Promise<void> {
  for (const [before, after] of table) assert.equal(await transform(before), after, before);
}
