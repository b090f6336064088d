import { isWordByte, Token } from '../lexer.ts';
import { Word } from '../words.ts';
import { Char, type Code, GONE } from './code.ts';
import type { Sheet } from './sheet.ts';

const UNDERSCORE = 0x5f;
/** What `goto` begins with. */
const SMALL_G = 0x67;

/**
 * `typeof(x)` turns into the type name `typeof`; into `long` where it is all of a cast, since `(name)(x)` would
 * be a call.
 */
export function typeofOperand(code: Code, sheet: Sheet, i: number): void {
  const { kind, match } = code;
  const open = i + 1;
  if (kind[open] !== Char.open || match[open]! < 0) return;
  const close = match[open]!;
  const before = code.before(i);
  code.drop(sheet, open, close + 1);
  if (before >= 0 && kind[before] === Char.open && kind[close + 1] === Char.close) {
    const inSizeof = before > 0 && code.word[before - 1] === Word.operator;
    if (!inSizeof) sheet.replace(code.start[i]!, code.end[i]!, 'long');
  }
}

/** `case A ... B:` turns into `case A +   B:`. */
export function caseRange(code: Code, sheet: Sheet, i: number): void {
  sheet.replace(code.start[i]!, code.end[i]!, '+');
  code.kind[i] = Char.plus;
}

/** `offsetof(type, a.b[2])` turns into `offsetof(type, a_b_2_)`: the grammar has plain members only. */
export function offsetofMember(code: Code, sheet: Sheet, i: number): void {
  const { kind, match } = code;
  const open = i + 1;
  if (kind[open] !== Char.open || match[open]! < 0) return;
  const close = match[open]!;
  let comma = open + 1;
  while (comma < close && kind[comma] !== Char.comma) {
    if (kind[comma] === Char.open && match[comma]! > comma) comma = match[comma]!;
    comma++;
  }
  if (comma < close) mergeIntoWord(code, sheet, comma + 1, close);
}

/** `alignof(*p->x)` turns into `alignof( p__x)`: the grammar has types only. */
export function alignofOperand(code: Code, sheet: Sheet, i: number): void {
  const { kind, match } = code;
  const open = i + 1;
  if (kind[open] !== Char.open || match[open]! < 0) return;
  let from = open + 1;
  while (from < match[open]! && kind[from] !== Token.word && kind[from] !== Token.number) from++;
  code.drop(sheet, open + 1, from);
  if (kind[from] !== Token.word || code.word[from] !== Word.other) return;
  for (let at = from + 1; at < match[open]!; at++) {
    if (kind[at] !== Char.star) {
      mergeIntoWord(code, sheet, from, match[open]!);
      return;
    }
  }
}

/** Makes one identifier of the tokens `[from, to)` as far as they stand without blanks; drops the rest. */
function mergeIntoWord(code: Code, sheet: Sheet, from: number, to: number): void {
  if (to - from < 2) return;
  let last = from;
  while (last + 1 < to && code.start[last + 1] === code.end[last]) last++;
  for (let at = code.start[from]!; at < code.end[last]!; at++) {
    if (!isWordByte(sheet.bytes[at]!)) sheet.bytes[at] = UNDERSCORE;
  }
  for (let i = from + 1; i <= last; i++) code.kind[i] = GONE;
  code.end[from] = code.end[last]!;
  code.drop(sheet, last + 1, to);
}

/** `&&label` turns into ` &label`; `i` is the first `&`. */
export function labelAddress(code: Code, sheet: Sheet, i: number): void {
  const { kind } = code;
  if (kind[i + 1] !== Char.ampersand || code.start[i + 1] !== code.end[i] || !code.isName(i + 2)) return;
  const before = code.before(i);
  switch (before < 0 ? 0 : kind[before]) {
    case Char.open:
    case Char.comma:
    case Char.equals:
    case Char.leftBrace:
    case Char.leftBracket:
    case Char.question:
      code.drop(sheet, i, i + 1);
      break;
    case Char.minus:
      // `x-- && y` is no label.
      if (kind[before - 1] !== Char.minus) code.drop(sheet, i, i + 1);
      break;
    case Token.word:
      if (code.word[before] === Word.jump) code.drop(sheet, i, i + 1);
      break;
  }
}

/** `goto *table[i];` turns into `goto  table   ;`; `i` is the `goto`. */
export function computedGoto(code: Code, sheet: Sheet, i: number): void {
  const { kind } = code;
  // `return *p;` begins with a jump as well.
  if (kind[i + 1] !== Char.star || sheet.bytes[code.start[i]!] !== SMALL_G) return;
  let name = i + 1;
  while (name < code.count && kind[name] !== Char.semicolon && !code.isName(name)) name++;
  if (!code.isName(name)) return;
  let end = name;
  while (end < code.count && kind[end] !== Char.semicolon) end++;
  code.drop(sheet, i + 1, name);
  code.drop(sheet, name + 1, end);
}

/** A number that is none, because macros paste it: `3DNOW`, `0x1_A`. Its first digit turns into `_`. A unit behind a number goes. */
export function oddNumber(code: Code, sheet: Sheet, i: number): void {
  // 128 KB
  if (code.isName(i + 1)) code.drop(sheet, i + 1, i + 2);
  const start = code.start[i]!;
  const end = code.end[i]!;
  if (end - start < 2) return;
  const { bytes } = sheet;
  const second = bytes[start + 1]! | 32;
  const hex = bytes[start] === 48 && second === 120;
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at]!;
    if ((byte >= 48 && byte <= 57) || byte === 46) continue;
    const lower = byte | 32;
    if (hex && (at === start + 1 || (lower >= 97 && lower <= 102))) continue;
    if (!hex && at === start + 1 && bytes[start] === 48 && lower === 98) continue;
    // Suffixes and exponents: u, l, f, e, p.
    if (byte !== UNDERSCORE && (lower === 117 || lower === 108 || lower === 102 || lower === 101)) continue;
    if (byte !== UNDERSCORE && lower === 112) continue;
    if (bytes[start] === 46) return;
    bytes[start] = UNDERSCORE;
    code.kind[i] = Token.word;
    return;
  }
}

/** `__label__ a, b;` goes, its semicolon stays. */
export function localLabels(code: Code, sheet: Sheet, i: number): void {
  let end = i;
  while (end < code.count && code.kind[end] !== Char.semicolon) end++;
  code.drop(sheet, i, end);
}
