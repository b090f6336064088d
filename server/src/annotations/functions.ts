import type { FunctionPlace } from './find.ts';
import type { Masked } from './masked.ts';

/**
 * Functions of a text as their braces show them, for editors and lists that must not wait for a parser; what is checked goes by
 * the functions of the parser. In the order of the text.
 */
export function functionsIn(masked: Masked): readonly FunctionPlace[] {
  const { text } = masked;
  const found: FunctionPlace[] = [];
  for (let open = text.indexOf('{'); open >= 0; ) {
    const close = masked.closing(open);
    const head = headBefore(text, open);
    if (head !== null)
      found.push({ ...head, end: Math.min(close + 1, text.length), body: { start: open, end: close } });
    open = text.indexOf('{', close);
  }
  return found;
}

/** The head of the function whose body opens at `open`: `int foo(void *p) __must_hold(x)`. */
function headBefore(text: string, open: number): Pick<FunctionPlace, 'name' | 'start' | 'nameStart'> | null {
  const from = Math.max(text.lastIndexOf(';', open), text.lastIndexOf('}', open), -1) + 1;
  const head = text
    .slice(from, open)
    .replace(/^[^\S\n]*#[^\n]*(?:\\\n[^\n]*)*/gm, (line) => ' '.repeat(line.length));
  const match = /(?<!\w)([A-Za-z_]\w*)\s*\(/.exec(head);
  if (
    match === null ||
    /[=]/.test(head.slice(0, match.index)) ||
    !/\)\s*(?:\w+(?:\([^()]*\))?\s*)*$/.test(head)
  )
    return null;
  return {
    name: match[1]!,
    start: from + head.search(/\S/),
    nameStart: from + match.index,
  };
}
