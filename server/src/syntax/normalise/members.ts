import { Token } from '../lexer.ts';
import { Word } from '../words.ts';
import { endOfArgument } from './arguments.ts';
import { Char, type Code, GONE, Role } from './code.ts';
import type { Sheet } from './sheet.ts';
import { declareTyped } from './specifiers.ts';

/**
 * A macro among the members of a struct. `GROUP(name, int a; int b;);` turns into `struct {    int a; int b;};`,
 * `MACRO(struct foo, name);` into `struct foo name ;`, `MACRO(name, 8);` into `int   name   ;`.
 */
export function memberMacro(code: Code, sheet: Sheet, i: number): void {
  const { kind, match } = code;
  const open = i + 1;
  const close = match[open]!;
  if (kind[open] !== Char.open || close < 0) return;
  const behind = kind[close + 1];
  if (behind !== Char.semicolon && behind !== Char.rightBrace && behind !== Token.word) return;
  const members = firstMembers(code, open, close);
  if (members >= 0) {
    group(code, sheet, i, members, close);
    return;
  }
  let room = -1;
  if (behind !== Char.semicolon) {
    room = sheet.room(code.end[close]!, code.start[close + 1]!);
    if (room < 0) return;
    if (behind === Token.word && !sheet.breaksLine(code.end[close]!, code.start[close + 1]!)) return;
  }
  if (!declareTyped(code, sheet, i, close)) declareMember(code, sheet, i, close);
  if (room < 0) return;
  sheet.put(room, ';');
  // The parenthesis is gone; its place among the tokens is the semicolon's.
  code.kind[close] = Char.semicolon;
  code.start[close] = room;
  code.end[close] = room + 1;
}

/** `MACRO(name, ...)` declares a member `name`, `MACRO(...)` without a name one of no matter. */
function declareMember(code: Code, sheet: Sheet, i: number, close: number): void {
  const { kind } = code;
  const open = i + 1;
  let name = -1;
  for (let at = open + 1; at < close && name < 0; at++) {
    if (code.isName(at) && (kind[at + 1] === Char.comma || kind[at + 1] === Char.close)) name = at;
  }
  const start = code.start[i]!;
  if (code.end[i]! - start < 3) return;
  if (name < 0) {
    code.drop(sheet, i + 1, close + 1);
    if (code.end[i]! - start > 4) sheet.put(start, 'int ');
    return;
  }
  code.drop(sheet, i + 1, name);
  code.drop(sheet, name + 1, close + 1);
  sheet.replace(start, code.end[i]!, 'int');
}

/** `u32 :5;`: a bit field without a name, which the grammar does not have, loses its width. `i` is the colon. */
export function unnamedBitField(code: Code, sheet: Sheet, i: number): void {
  const { kind, word } = code;
  const before = code.before(i);
  if (before < 0) return;
  let from = i;
  if (kind[before] === Char.comma) from = before;
  else if (word[before] !== Word.primitive) {
    if (!code.isName(before)) return;
    const third = code.before(before);
    const startsMember =
      third < 0 ||
      kind[third] === Char.semicolon ||
      kind[third] === Char.leftBrace ||
      kind[third] === Char.rightBrace ||
      word[third] === Word.qualifier;
    if (!startsMember) return;
  }
  let end = i;
  while (end < code.count && kind[end] !== Char.semicolon && kind[end] !== Char.comma) end++;
  code.drop(sheet, from, end);
}

/** Where the argument with members begins, -1 if there is none. */
function firstMembers(code: Code, open: number, close: number): number {
  const { kind, match } = code;
  for (let from = open + 1; from < close; ) {
    const to = endOfArgument(code, from, close);
    for (let i = from; i < to; i++) {
      if (kind[i] === Char.semicolon) return from;
      if ((kind[i] === Char.open || kind[i] === Char.leftBrace) && match[i]! > i) i = match[i]!;
    }
    from = to + 1;
  }
  return -1;
}

function group(code: Code, sheet: Sheet, i: number, members: number, close: number): void {
  const { start, end, kind, match } = code;
  const from = start[i]!;
  const until = end[members - 1]!;
  if (until - from < 8 || sheet.breaksLine(from, from + 8)) return;
  sheet.blank(from, until);
  sheet.put(from, 'struct {');
  sheet.put(start[close]!, '}');
  // The tokens now say `{` and `}`; the walk reads members between them.
  const brace = members - 1;
  for (let at = i; at < brace; at++) kind[at] = GONE;
  kind[brace] = Char.leftBrace;
  code.role[brace] = Role.members;
  kind[close] = Char.rightBrace;
  match[brace] = close;
  match[close] = brace;
}

/** Whether enumerators stand behind the `{` at `brace`. */
function isEnumeration({ word }: Code, brace: number): boolean {
  return word[brace - 1] === Word.enum || word[brace - 2] === Word.enum;
}

/**
 * A macro among initialisers that brings its own comma, `MACRO(x)` before `.field` or another element: a comma in
 * the blank behind it. Among enumerators `MACRO(name)` is `name`. `brace` opens the list.
 */
export function elementMacro(code: Code, sheet: Sheet, i: number, brace: number): void {
  const { kind, match } = code;
  let last = i;
  if (kind[i + 1] === Char.open) {
    if (match[i + 1]! < 0) return;
    last = match[i + 1]!;
    if (isEnumeration(code, brace)) {
      // ENUM_BIT(name)
      if (!code.isName(i + 2)) return;
      code.drop(sheet, i, i + 2);
      code.drop(sheet, i + 3, last + 1);
    }
  }
  const behind = kind[last + 1]!;
  const next =
    behind === Token.word || behind === Char.dot || behind === Char.leftBracket || behind === Char.leftBrace;
  if (!next || !sheet.breaksLine(code.end[last]!, code.start[last + 1]!)) return;
  const room = sheet.room(code.end[last]!, code.start[last + 1]!);
  if (room >= 0) sheet.put(room, ',');
}
