import { Token } from '../lexer.ts';
import { Char, type Code } from './code.ts';
import type { Sheet } from './sheet.ts';

/**
 * What is pasted to a string: `"a" NAME(x) "b"`, `NAME(x) "b"` lose the call, `LEVEL PREFIX "a"` the second word.
 * Single words beside a string are within the grammar. `i` is a name.
 * @returns whether the name is gone
 */
export function pastedName(code: Code, sheet: Sheet, i: number): boolean {
  const { kind, match } = code;
  const before = code.before(i);
  const previous = before < 0 ? 0 : kind[before]!;
  if (previous === Char.close && endsCall(code, before)) {
    separate(code, sheet, i, before);
    return false;
  }
  if (
    kind[i + 1] === Char.open &&
    code.isName(before) &&
    sheet.breaksLine(code.end[before]!, code.start[i]!)
  ) {
    separate(code, sheet, i, before);
    return false;
  }
  if (kind[i + 1] === Char.open) {
    const close = match[i + 1]!;
    if (close < 0) return false;
    if (previous !== Token.string && (kind[close + 1] !== Token.string || !startsOperand(previous)))
      return false;
    code.drop(sheet, i, close + 1);
    return true;
  }
  if (previous !== Token.word || !code.isName(before)) return false;
  if (!code.isCapitals(i, sheet) || !code.isCapitals(before, sheet)) return false;
  code.drop(sheet, i, i + 1);
  return true;
}

/** Whether the `)` at `close` ends a call; not a cast, `sizeof (x)` or a control head. */
function endsCall(code: Code, close: number): boolean {
  const open = code.match[close]!;
  return open > 0 && code.isName(open - 1);
}

/** `A(x) B(y)` or `A`, `B(y)` on lines of an argument: macros that bring their own commas. A comma goes into the blank between them. */
function separate(code: Code, sheet: Sheet, i: number, before: number): void {
  const room = sheet.room(code.end[before]!, code.start[i]!);
  if (room >= 0) sheet.put(room, ',');
}

/** Whether an operand follows a token of this kind. */
function startsOperand(previous: number): boolean {
  return (
    previous === Char.open ||
    previous === Char.comma ||
    previous === Char.equals ||
    previous === Char.leftBrace ||
    previous === Char.question ||
    previous === Char.colon
  );
}
