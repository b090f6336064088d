import { Token } from '../lexer.ts';
import { Word } from '../words.ts';
import { Char, type Code, GONE } from './code.ts';
import type { Sheet } from './sheet.ts';

/**
 * Arguments of macros that are no expressions: the grammar knows none but expressions and blocks. Each becomes an
 * expression of the same length that begins where the argument does or within it; what it said is read from the
 * original text.
 *
 * - a type turns into one identifier: `struct foo *` → `foo`, `unsigned long` → `Unsigned`
 * - a type with a name keeps the name: `int i` → `i`
 * - an operator turns into `_`; one at the edge of an argument goes
 * - an empty argument goes, with its comma
 * - `return x`, `goto x` keep `x`; `break` and other lone keywords turn into identifiers
 * - `a(); b();` turns into `a(), b()`; `.x = 1` into `x = 1`; `{ 1, 2 }` into `( 1, 2 )`
 */
export function repairArguments(code: Code, sheet: Sheet, open: number, close: number): void {
  let from = code.after(open);
  if (from === close) return;
  while (from <= close) {
    const to = endOfArgument(code, from, close);
    repairArgument(code, sheet, from, to, open, close);
    if (to >= close) return;
    from = code.after(to);
  }
}

/** The comma or closing parenthesis that ends the argument that begins at `from`. */
export function endOfArgument(code: Code, from: number, close: number): number {
  const { kind, match } = code;
  let i = from;
  while (i < close) {
    const k = kind[i];
    if (k === Char.comma) return i;
    if ((k === Char.open || k === Char.leftBracket || k === Char.leftBrace) && match[i]! > i) i = match[i]!;
    i++;
  }
  return close;
}

function repairArgument(
  code: Code,
  sheet: Sheet,
  from: number,
  to: number,
  open: number,
  close: number,
): void {
  const { kind, word, match } = code;
  if (isStatement(code, from, to) && encloseStatements(code, sheet, from, to)) return;
  if (from === to) {
    // Empty: its comma goes, the one before it for the last argument.
    if (to < close) code.drop(sheet, to, to + 1);
    else {
      const comma = code.before(to);
      if (comma > open && kind[comma] === Char.comma) code.drop(sheet, comma, comma + 1);
    }
    return;
  }
  const first = kind[from]!;
  if (first === Token.word) {
    const known = word[from]!;
    if (known === Word.other || known === Word.typeof || isTypeWord(known)) {
      if (to === from + 1) {
        if (isTypeWord(known)) toIdentifier(code, sheet, from);
        return;
      }
      if (known !== Word.other || kind[from + 1] === Char.star || kind[from + 1] === Token.word) {
        if (repairType(code, sheet, from, to)) return;
      }
    } else if (known === Word.jump || known === Word.keyword || known === Word.elseOrDo) {
      if (known === Word.jump && to > from + 1) code.drop(sheet, from, from + 1);
      else toIdentifier(code, sheet, from);
    } else if (to === from + 1) {
      toIdentifier(code, sheet, from);
      return;
    } else if (known === Word.control) controlToOperands(code, sheet, from, to);
  } else if (first === Char.leftBrace && match[from] === to - 1) {
    repairBraces(code, sheet, from, to - 1);
    return;
  } else if (first === Char.leftBracket && match[from]! > from && kind[match[from]! + 1] === Token.string) {
    // [name] "constraint" (operand), of an assembly macro
    code.drop(sheet, from, match[from]! + 2);
  } else if (first === Char.dot && code.isName(from + 1)) {
    code.drop(sheet, from, from + 1);
  } else if (isOperatorRun(code, from, to)) {
    for (let at = code.start[from]!; at < code.end[to - 1]!; at++) sheet.put(at, '_');
    for (let i = from + 1; i < to; i++) kind[i] = GONE;
    kind[from] = Token.word;
    code.end[from] = code.end[to - 1]!;
    return;
  } else if (isBinaryOnly(code, from)) {
    let behind = from + 1;
    while (behind < to && isBinaryOnly(code, behind)) behind++;
    code.drop(sheet, from, behind);
  }
  for (let i = from; i < to; i++) {
    const k = kind[i];
    if (k === Char.semicolon) {
      if (code.after(i) >= to) code.drop(sheet, i, i + 1);
      else {
        sheet.put(code.start[i]!, ',');
        kind[i] = Char.comma;
      }
    } else if ((k === Char.open || k === Char.leftBracket || k === Char.leftBrace) && match[i]! > i) {
      i = match[i]!;
      // for_each(x) { y(); }: two arguments for the grammar.
      if (k !== Char.open || kind[i + 1] !== Char.leftBrace || i + 1 >= to || !code.isName(from)) continue;
      const room = sheet.room(code.end[i]!, code.start[i + 1]!);
      if (room >= 0) sheet.put(room, ',');
    }
  }
  const last = code.before(to);
  if (last > from && isBinaryOnly(code, last)) code.drop(sheet, last, last + 1);
}

function isTypeWord(known: number): boolean {
  return (
    known === Word.primitive || known === Word.aggregate || known === Word.enum || known === Word.qualifier
  );
}

/** A keyword becomes an identifier of the same length: its first letter a capital. */
function toIdentifier(code: Code, sheet: Sheet, at: number): void {
  const start = code.start[at]!;
  const byte = sheet.bytes[start]!;
  if (byte >= 97 && byte <= 122) sheet.bytes[start] = byte - 32;
  else sheet.put(start, 'X');
  code.word[at] = Word.other;
}

/** Whether the argument `[from, to)` is statements. */
function isStatement(code: Code, from: number, to: number): boolean {
  const { kind, word, match } = code;
  if (from === to || kind[from] === Char.leftBrace) return false;
  if (kind[from] === Token.word) {
    const known = word[from]!;
    if (known === Word.control || (known === Word.elseOrDo && to > from + 1)) return true;
  }
  for (let i = from; i < to; i++) {
    if (kind[i] === Char.semicolon) return true;
    if ((kind[i] === Char.open || kind[i] === Char.leftBrace) && match[i]! > i) i = match[i]!;
  }
  return false;
}

/** Puts `{` and `}` into the blanks around statements that are an argument, if they end with `;` or `}`. */
function encloseStatements(code: Code, sheet: Sheet, from: number, to: number): boolean {
  const last = code.before(to);
  if (code.kind[last] !== Char.semicolon && code.kind[last] !== Char.rightBrace) return false;
  const left = sheet.room(code.end[from - 1]!, code.start[from]!);
  const right = sheet.room(code.end[last]!, code.start[to]!);
  if (left < 0 || right < 0) return false;
  sheet.put(left, '{');
  sheet.put(right, '}');
  return true;
}

/** `if (a) b()` where no braces fit: `   (a),b()`, so that both are read at least. */
function controlToOperands(code: Code, sheet: Sheet, from: number, to: number): void {
  const close = code.match[from + 1]!;
  if (code.kind[from + 1] !== Char.open || close < 0 || close + 1 >= to) return;
  const room = sheet.room(code.end[close]!, code.start[close + 1]!);
  if (room < 0) return;
  code.drop(sheet, from, from + 1);
  sheet.put(room, ',');
}

/** What a type or a declaration as an argument is reduced to. */
interface TypeShape {
  /** The token that stays. */
  readonly keep: number;
  readonly declares: boolean;
}

/**
 * A type, or a type with a name, in `[from, to)` becomes the identifier that says most of it.
 * @returns false if it is neither
 */
function repairType(code: Code, sheet: Sheet, from: number, to: number): boolean {
  const keep = readType(code, from, to)?.keep ?? mainWord(code, from, to);
  if (keep < 0) return false;
  code.drop(sheet, from, keep);
  code.drop(sheet, keep + 1, to);
  if (code.word[keep] === Word.primitive) toIdentifier(code, sheet, keep);
  return true;
}

/**
 * Reads `[from, to)` as type, or as type and name; null if it is neither or may as well be an expression, as `a`
 * and `a * b` may.
 */
function readType(code: Code, from: number, to: number): TypeShape | null {
  const { kind, word, match } = code;
  // Specifiers.
  let type = -1;
  let explicit = false;
  let qualified = false;
  let i = from;
  for (; i < to && kind[i] === Token.word; i++) {
    const known = word[i]!;
    if (known === Word.qualifier) {
      qualified = true;
      continue;
    }
    if (known === Word.specifier || known === Word.storage) continue;
    if (known === Word.aggregate || known === Word.enum) {
      if (type >= 0 || kind[i + 1] !== Token.word || i + 1 >= to) return null;
      type = ++i;
      explicit = true;
    } else if (known === Word.typeof) {
      if (type >= 0) return null;
      type = i;
      explicit = true;
      if (kind[i + 1] === Char.open && match[i + 1]! > i) i = match[i + 1]!;
    } else if (known === Word.primitive) {
      if (type < 0) type = i;
      explicit = true;
    } else if (known === Word.other && type < 0) type = i;
    else break;
  }
  if (type < 0) return null;
  explicit ||= qualified;
  // Declarator.
  let stars = false;
  for (; i < to && (kind[i] === Char.star || (kind[i] === Token.word && word[i] === Word.qualifier)); i++) {
    stars ||= kind[i] === Char.star;
  }
  let name = -1;
  if (i < to && kind[i] === Token.word && word[i] === Word.other) name = i++;
  else if (i < to && kind[i] === Char.open && kind[i + 1] === Char.star && match[i]! > i) {
    if (!explicit) return null;
    if (code.isName(i + 2)) name = i + 2;
    i = match[i]! + 1;
    if (i < to && kind[i] === Char.open && match[i]! > i) i = match[i]! + 1;
  }
  while (i < to && kind[i] === Char.leftBracket && match[i]! > i && (explicit || name >= 0))
    i = match[i]! + 1;
  if (i !== to) return null;
  if (name >= 0) return explicit || !stars ? { keep: name, declares: true } : null;
  return explicit || stars ? { keep: type, declares: false } : null;
}

/** The first name or primitive type of what begins with `struct` or `int` and so is no expression; else -1. */
function mainWord(code: Code, from: number, to: number): number {
  const first = code.word[from];
  if (first !== Word.primitive && first !== Word.aggregate && first !== Word.enum) return -1;
  for (let i = from; i < to; i++) if (code.isName(i) || code.word[i] === Word.primitive) return i;
  return -1;
}

/** Whether `[from, to)` is a type without a name, and more than a plain word. */
export function isType(code: Code, from: number, to: number): boolean {
  const shape = readType(code, from, to);
  return shape !== null && !shape.declares;
}

/** How deep initialisers within initialisers are followed. */
const MAX_NESTED = 32;

/** `{ 1, 2 }` or `{ .a = 1 }` as an argument: parentheses in place of the braces, unless statements are in it. */
function repairBraces(code: Code, sheet: Sheet, open: number, close: number, depth = 0): void {
  const { kind, match } = code;
  let commas = false;
  for (let i = open + 1; i < close; i++) {
    if (kind[i] === Char.semicolon) return;
    if (kind[i] === Char.comma) commas = true;
  }
  const inner = code.after(open);
  if (inner === close) return;
  if (!commas && kind[inner] !== Char.dot && code.isName(inner) && kind[code.after(inner)] === Char.open)
    return;
  sheet.put(code.start[open]!, '(');
  sheet.put(code.start[close]!, ')');
  kind[open] = Char.open;
  kind[close] = Char.close;
  const last = code.before(close);
  if (kind[last] === Char.comma) code.drop(sheet, last, last + 1);
  for (let i = open + 1; i < close; i++) {
    // .a = { 1, 2 }
    if (kind[i] !== Char.leftBrace || kind[i - 1] !== Char.equals || match[i]! < 0) continue;
    if (depth < MAX_NESTED) repairBraces(code, sheet, i, match[i]!, depth + 1);
    i = match[i]!;
  }
  repairArguments(code, sheet, open, close);
}

/** Tokens that can only be operators with two operands, or parts of one. */
function isBinaryOnly(code: Code, at: number): boolean {
  switch (code.kind[at]) {
    case Char.equals:
    case Char.less:
    case Char.greater:
    case Char.slash:
    case Char.percent:
    case Char.caret:
    case Char.bar:
    case Char.question:
      return true;
    case Char.not:
      return code.kind[at + 1] === Char.equals;
    default:
      return false;
  }
}

function isOperatorRun(code: Code, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    switch (code.kind[i]) {
      case Char.equals:
      case Char.less:
      case Char.greater:
      case Char.slash:
      case Char.percent:
      case Char.caret:
      case Char.bar:
      case Char.not:
      case Char.tilde:
      case Char.plus:
      case Char.minus:
      case Char.star:
      case Char.ampersand:
      case Token.arrow:
      case Char.dot:
        if (i > from && code.start[i] !== code.end[i - 1]) return false;
        continue;
      default:
        return false;
    }
  }
  return true;
}
