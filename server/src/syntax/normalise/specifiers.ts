import { Token } from '../lexer.ts';
import { Word } from '../words.ts';
import { endOfArgument } from './arguments.ts';
import { Char, type Code, GONE, Role } from './code.ts';
import { oddNumber } from './operands.ts';
import type { Sheet } from './sheet.ts';

/**
 * Words that are in the way where a declaration begins: annotation macros that the table of attributes does not
 * have. A declaration has one type and one name; what is over goes, and is remembered as an attribute.
 */
export function thinSpecifiers(code: Code, sheet: Sheet, from: number, to: number, names: number): void {
  const { kind, word, match } = code;
  const plain: number[] = [];
  let typed = false;
  for (let i = from; i < to; i++) {
    const k = kind[i];
    if ((k === Char.open || k === Char.leftBracket || k === Char.leftBrace) && match[i]! > i) {
      i = match[i]!;
      continue;
    }
    if (k !== Token.word) continue;
    const known = word[i]!;
    if (known === Word.aggregate || known === Word.enum) {
      typed = true;
      if (code.isName(i + 1)) i++;
    } else if (known === Word.primitive || known === Word.typeof) typed = true;
    else if (known === Word.other) plain.push(i);
  }
  // More than this is no declaration.
  if (plain.length > 16) return;
  let surplus = plain.length - names - (typed ? 0 : 1);
  while (surplus-- > 0) {
    const victim = mostAnnotationLike(code, sheet, plain);
    blankAnnotation(code, sheet, plain[victim]!, plain[victim]! + 1);
    plain.splice(victim, 1);
  }
}

/** Blanks tokens `[from, to)` and remembers them as an attribute. */
export function blankAnnotation(code: Code, sheet: Sheet, from: number, to: number): void {
  sheet.blankAttribute(code.start[from]!, code.end[to - 1]!);
  for (let i = from; i < to; i++) code.kind[i] = GONE;
}

/** Index into `plain` of the word that looks most like a macro: `__x` first, then capitals, then the first. */
function mostAnnotationLike(code: Code, sheet: Sheet, plain: readonly number[]): number {
  const underscored = plain.findIndex((at) => isUnderscored(code, sheet, at));
  if (underscored >= 0) return underscored;
  const capitals = plain.findIndex((at) => code.isCapitals(at, sheet));
  return Math.max(capitals, 0);
}

/** `__foo`, but not the types that begin so: `__u32`, `__be16`, `__poll_t`. */
export function isUnderscored(code: Code, sheet: Sheet, at: number): boolean {
  const start = code.start[at]!;
  if (sheet.bytes[start] !== 0x5f || sheet.bytes[start + 1] !== 0x5f) return false;
  return !/^__([us](8|16|32|64|128)|[bl]e(16|32|64)|wsum|sum16|u?int128|\w+_t)$/.test(code.text(at, sheet));
}

/**
 * The head of a function definition, tokens `[0, body)`: what stands around the return type, the name, and the
 * parameters, reduced to what C has.
 */
export function normaliseHead(code: Code, sheet: Sheet, name: number, body: number): void {
  const { kind, match } = code;
  const macro = definingMacro(code, sheet, name);
  if (macro >= 0) {
    normaliseMacroHead(code, sheet, macro, name, body);
    return;
  }
  let open = name + 1;
  if (kind[open] !== Char.open || match[open]! < 0) return;
  const second = match[open]! + 1;
  if (kind[second] === Char.open && match[second]! > second) {
    // NAME(2)(int a): the name is built by a macro.
    code.drop(sheet, open, second);
    open = second;
  }
  for (let i = 0; i < name; i++) {
    // MACRO(1, 2) int f(
    if (kind[i] === Char.open && match[i]! > i && match[i]! < name && code.isName(i - 1)) {
      const close = match[i]!;
      blankAnnotation(code, sheet, i - 1, close + 1);
      i = close;
    }
  }
  thinSpecifiers(code, sheet, 0, name, 0);
  normaliseParameters(code, sheet, open, match[open]!);
  const behind = match[open]! + 1;
  if (behind < body && kind[behind] === Token.word) blankAnnotation(code, sheet, behind, body);
}

/** The word of `MACRO(name, ...) {`, -1 if the name is a function's own. */
function definingMacro(code: Code, sheet: Sheet, name: number): number {
  const { kind } = code;
  const macro = name - 2;
  if (macro < 0 || kind[name - 1] !== Char.open || !code.isName(macro)) return -1;
  const behind = kind[name + 1];
  return (behind === Char.comma || behind === Char.close) && code.isCapitals(macro, sheet) ? macro : -1;
}

/**
 * `MACRO(name, type, a, type, b) {` turns into `int    name( type  a, type  b) {`, the form that system calls and
 * their kin have; `MACRO(name, type a) {` likewise. Without arguments the macro keeps its place as the name.
 */
function normaliseMacroHead(code: Code, sheet: Sheet, macro: number, name: number, body: number): void {
  const { kind, match } = code;
  const open = name - 1;
  const close = match[open]!;
  if (close < 0) return;
  const start = code.start[macro]!;
  if (kind[name] === Token.number) oddNumber(code, sheet, name);
  if (kind[name + 1] === Char.comma) {
    sheet.replace(start, code.end[open]!, 'int ');
    kind[macro] = Token.word;
    code.word[macro] = Word.primitive;
    kind[open] = GONE;
    const comma = name + 1;
    sheet.put(code.start[comma]!, '(');
    kind[comma] = Char.open;
    match[comma] = close;
    match[close] = comma;
    pairParameters(code, sheet, comma, close);
  } else {
    code.drop(sheet, name, close);
    if (code.end[macro]! - start >= 5) sheet.put(start, 'int ');
    else {
      sheet.replace(start, code.start[close]!, 'int X(');
      code.start[open] = start + 5;
      code.end[open] = start + 6;
    }
  }
  if (close + 1 < body) code.drop(sheet, close + 1, body);
}

/** `(type, a, type, b)` to `(type a, type b)`; `(type a, type b)` stays; anything else is emptied. */
function pairParameters(code: Code, sheet: Sheet, open: number, close: number): void {
  const parts: [from: number, to: number][] = [];
  for (let from = open + 1; from < close; ) {
    const to = endOfArgument(code, from, close);
    parts.push([from, to]);
    from = to + 1;
  }
  const isPair = ([from, to]: [number, number], k: number) =>
    k % 2 === 1 ? to === from + 1 && code.isName(from) : code.kind[from] === Token.word;
  if (parts.length % 2 === 0 && parts.every(isPair)) {
    for (let k = 0; k < parts.length; k += 2) code.drop(sheet, parts[k]![1], parts[k]![1] + 1);
    normaliseParameters(code, sheet, open, close);
    return;
  }
  const isParameter = ([from, to]: [number, number]) => to > from + 1 && code.kind[from] === Token.word;
  if (parts.every(isParameter)) normaliseParameters(code, sheet, open, close);
  else code.drop(sheet, open + 1, close);
}

/** One type and one name a parameter. */
function normaliseParameters(code: Code, sheet: Sheet, open: number, close: number): void {
  for (let from = open + 1; from < close; ) {
    const to = endOfArgument(code, from, close);
    thinSpecifiers(code, sheet, from, to, 1);
    from = to + 1;
  }
}

/**
 * A declaration outside of functions, all tokens of it. `MACRO(type, name) = {` declares `name`, `MACRO(x);` is a
 * call, annotations around type and name go.
 */
export function normaliseDeclaration(code: Code, sheet: Sheet): void {
  const { kind, word, match, count } = code;
  let i = 0;
  while (kind[i] === Token.word && isLeading(word[i]!)) i++;
  if (code.isName(i) && kind[i + 1] === Char.open && match[i + 1]! > i) {
    const close = match[i + 1]!;
    const behind = kind[close + 1];
    if (behind === Char.semicolon || behind === Token.end) {
      if (declareTyped(code, sheet, i, close)) return;
      if (behind === Token.end) code.drop(sheet, 0, count);
      else code.drop(sheet, 0, i);
    } else if (behind === Char.equals || behind === Char.leftBracket) {
      if (!declareTyped(code, sheet, i, close)) declareUntyped(code, sheet, i, close);
    } else if (behind === Char.leftBrace) {
      // MACRO(name) { .field = value }
      declareUntyped(code, sheet, i, close);
      sheet.put(code.start[close]!, '=');
      code.role[close + 1] = Role.list;
    } else if (code.isName(close + 1)) code.drop(sheet, i + 1, close + 1);
    return;
  }
  let to = i;
  while (to < count && !endsSpecifiers(kind[to]!)) to++;
  thinSpecifiers(code, sheet, i, to, 1);
  // extern int f(int a) ANNOTATION(x);
  if (kind[to] === Char.open && match[to]! > to && code.isName(match[to]! + 1)) {
    let end = match[to]! + 1;
    while (end < count && kind[end] !== Char.semicolon && kind[end] !== Char.equals) end++;
    blankAnnotation(code, sheet, match[to]! + 1, end);
  }
}

function isLeading(known: number): boolean {
  return known === Word.storage || known === Word.qualifier || known === Word.specifier;
}

function endsSpecifiers(kind: number): boolean {
  switch (kind) {
    case Char.semicolon:
    case Char.equals:
    case Char.open:
    case Char.leftBrace:
    case Char.leftBracket:
    case Char.comma:
    case Char.colon:
      return true;
    default:
      return false;
  }
}

/** `MACRO(struct foo, name)` declares `name` with that type: the macro, its parentheses and the comma go. */
export function declareTyped(code: Code, sheet: Sheet, macro: number, close: number): boolean {
  const { kind, word } = code;
  const open = macro + 1;
  const comma = endOfArgument(code, open + 1, close);
  if (comma >= close || !code.isName(comma + 1)) return false;
  const end = endOfArgument(code, comma + 1, close);
  if (end !== close || (comma + 2 !== close && kind[comma + 2] !== Char.leftBracket)) return false;
  const first = word[open + 1];
  const explicit = first === Word.aggregate || first === Word.enum || first === Word.primitive;
  if (kind[open + 1] !== Token.word || kind[comma - 1] === Char.rightBracket) return false;
  if (!explicit && kind[comma - 1] !== Char.star && !isTypeName(code, sheet, open + 1, comma)) return false;
  code.drop(sheet, macro, open + 1);
  code.drop(sheet, comma, comma + 1);
  code.drop(sheet, close, close + 1);
  return true;
}

/** Whether `[from, to)` is one word that is named as types are: `u64`, `__be16`, `pgd_t`. */
function isTypeName(code: Code, sheet: Sheet, from: number, to: number): boolean {
  return to === from + 1 && /^(?:[us](?:8|16|32|64)|__[usbl]e?\d+|\w+_t)$/.test(code.text(from, sheet));
}

/** `MACRO(name, 3) = {` declares `name` as far as the grammar is concerned: `int` in place of the macro. */
export function declareUntyped(code: Code, sheet: Sheet, macro: number, close: number): void {
  const { kind } = code;
  let name = -1;
  for (let i = macro + 2; i < close; i++) {
    if (!code.isName(i)) continue;
    const behind = kind[i + 1];
    if (behind === Char.comma || behind === Char.close || behind === Char.leftBracket) {
      name = i;
      break;
    }
  }
  if (name < 0 || code.end[macro]! - code.start[macro]! < 3) return;
  code.drop(sheet, macro + 1, name);
  code.drop(sheet, name + 1, close + 1);
  sheet.replace(code.start[macro]!, code.end[macro]!, 'int');
  code.word[macro] = Word.primitive;
}
