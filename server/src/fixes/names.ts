import type { Change } from './change.ts';
import type { SyntaxFunction, SyntaxNode } from './tree.ts';

/** A name that the function does not have: `wanted`, or it with a number. */
export function freshName(fn: SyntaxFunction, wanted: string): string {
  const taken = new Set(
    fn.root
      .find('identifier', 'statement_identifier', 'type_identifier', 'field_identifier')
      .map((node) => node.text),
  );
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}${n}`;
    if (!taken.has(name)) return name;
  }
}

/** A name for a variable that no variable of the function, and nothing that it calls, has. */
export function freshVariable(fn: SyntaxFunction, wanted: string): string {
  const taken = new Set(fn.root.find('identifier').map((node) => node.text));
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : `${wanted}${n}`;
    if (!taken.has(name)) return name;
  }
}

/** The declarations that a function begins with. */
export function declarationsOf(fn: SyntaxFunction): readonly SyntaxNode[] {
  const { children } = fn.body;
  const end = children.findIndex((child) => child.type !== 'declaration');
  return end < 0 ? children : children.slice(0, end);
}

/** Declares variables behind those that are there. */
export function declare(fn: SyntaxFunction, change: Change, ...declarations: readonly string[]): void {
  const last = declarationsOf(fn).at(-1);
  if (declarations.length === 0) return;
  if (last !== undefined) change.after(last, declarations);
  else change.splice(fn.body.start + 1, fn.body.start + 1, `\n\t${declarations.join('\n\t')}\n`);
}

/** Names that are commonly given to a result, in the order of preference. */
const resultNames = ['ret', 'err', 'rc', 'error', 'retval', 'status', 'result', 'r'];

/** Local `int`s of the whole function, and whether each has a value from the start. */
export function resultsOf(fn: SyntaxFunction): ReadonlyMap<string, SyntaxNode | null> {
  const found = new Map<string, SyntaxNode | null>();
  for (const declaration of declarationsOf(fn)) {
    if (declaration.at('type')?.text !== 'int') continue;
    for (const child of declaration.children) {
      if (child.type === 'identifier') found.set(child.text, null);
      if (child.type === 'init_declarator') {
        const name = child.at('declarator');
        if (name?.type === 'identifier') found.set(name.text, child.at('value') ?? null);
      }
    }
  }
  return found;
}

/** The local that the function keeps its results in; null if it has none. */
export function resultOf(fn: SyntaxFunction): string | null {
  const locals = resultsOf(fn);
  const returned = fn.root
    .find('return_statement')
    .map((node) => node.children[0])
    .filter((value) => value?.type === 'identifier' && locals.has(value.text))
    .map((value) => value!.text);
  return returned.at(-1) ?? resultNames.find((name) => locals.has(name)) ?? null;
}

/** A name for a result that the function does not have. */
export function freshResult(fn: SyntaxFunction): string {
  return resultNames.find((name) => freshName(fn, name) === name) ?? freshName(fn, 'ret');
}
