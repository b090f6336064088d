import { Token } from '../lexer.ts';
import { Word } from '../words.ts';
import { repairArguments } from './arguments.ts';
import { Char, type Code, Role } from './code.ts';
import type { Sheet } from './sheet.ts';
import { blankAnnotation, declareTyped, declareUntyped, thinSpecifiers } from './specifiers.ts';

/** A name begins a statement at `i`: a call, a declaration, or a macro that C's grammar has no form for. */
export function nameAtStatement(code: Code, sheet: Sheet, i: number): void {
  const { kind, match } = code;
  const next = kind[i + 1];
  if (next === Char.open) {
    if (match[i + 1]! > i) macroStatement(code, sheet, i, match[i + 1]!);
  } else if (next === Token.word) {
    if (standsAlone(code, sheet, i)) return;
    const known = code.word[i + 1]!;
    const statement = known === Word.control || known === Word.jump || known === Word.elseOrDo;
    if (statement && !isElse(code, i + 1)) blankAnnotation(code, sheet, i, i + 1);
    else declaration(code, sheet, i);
  } else if (next === Char.leftBrace) code.drop(sheet, i, i + 1);
  else if (next === Char.rightBrace && code.end[i]! - code.start[i]! > 1) {
    // NAME }
    const room = sheet.room(code.end[i]!, code.start[i + 1]!);
    sheet.put(room >= 0 ? room : code.end[i]! - 1, ';');
  }
}

/** `NAME`, or any name before a label, alone on its line is a statement that brings its own semicolon: puts one behind it. */
function standsAlone(code: Code, sheet: Sheet, i: number): boolean {
  const { start, end } = code;
  const beforeLabel = code.isName(i + 1) && code.kind[i + 2] === Char.colon;
  if (!beforeLabel && !code.isCapitals(i, sheet)) return false;
  if (!sheet.breaksLine(end[i]!, start[i + 1]!)) return false;
  if (sheet.indentation(start[i + 1]!) > sheet.indentation(start[i]!)) return false;
  const room = sheet.room(end[i]!, start[i + 1]!);
  if (room < 0) return false;
  sheet.put(room, ';');
  code.role[i] = Role.statement;
  return true;
}

/** `name(...)` begins a statement. What follows says what it is. */
function macroStatement(code: Code, sheet: Sheet, i: number, close: number): void {
  const { kind, word } = code;
  const behind = close + 1;
  const follows = kind[behind]!;
  if (follows === Char.leftBrace) {
    blockMacro(code, sheet, i, close);
    return;
  }
  if (follows === Char.equals && kind[behind + 1] === Char.leftBrace && code.isCapitals(i, sheet)) {
    if (!declareTyped(code, sheet, i, close)) declareUntyped(code, sheet, i, close);
    return;
  }
  if (follows === Char.rightBrace) {
    endStatement(code, sheet, close);
    return;
  }
  if (follows === Char.semicolon) {
    // A call that takes a type looks the same: only a name that says so declares.
    if (/^DE(?:FINE|CLARE)_/.test(code.text(i, sheet))) declareTyped(code, sheet, i, close);
    return;
  }
  const isWord = follows === Token.word;
  const known = isWord ? word[behind]! : 0;
  if (!isWord && !(startsExpression(follows) && isLoop(code, sheet, i))) return;
  if (isElse(code, behind)) {
    endStatement(code, sheet, close);
    return;
  }
  if (sheet.breaksLine(code.end[close]!, code.start[behind]!)) {
    const deeper = sheet.indentation(code.start[behind]!) > sheet.indentation(code.start[i]!);
    if (deeper) blockMacro(code, sheet, i, close);
    else if (isWord) endStatement(code, sheet, close);
  } else if (code.isName(behind) && declaresBehind(kind[behind + 1]!) && !isLoop(code, sheet, i)) {
    // TYPE(x) name = ...;
    code.drop(sheet, i + 1, behind);
  } else if (isWord && known !== Word.keyword) blockMacro(code, sheet, i, close);
}

function declaresBehind(kind: number): boolean {
  return kind === Char.equals || kind === Char.semicolon || kind === Char.comma || kind === Char.leftBracket;
}

/** Tokens that begin an expression, and may as well go on with one. */
function startsExpression(kind: number): boolean {
  return kind === Char.star || kind === Char.plus || kind === Char.minus || kind === Char.open;
}

/** Whether the name says that it loops or opens a scope: `for_each_cpu`, `list_foreach`, `scoped_guard`. */
function isLoop(code: Code, sheet: Sheet, i: number): boolean {
  return /for_?each|^scoped_|^with_/i.test(code.text(i, sheet));
}

/**
 * `list_for_each_entry(a, b, c) {` turns into `while              (a, b, c) {`, for the block or statement that
 * follows. `if` where `else` follows or the name is too short. What it was stands in the original text.
 */
function blockMacro(code: Code, sheet: Sheet, i: number, close: number): void {
  const { start, end } = code;
  const open = i + 1;
  const length = end[i]! - start[i]!;
  const keyword = length >= 5 && !elseFollows(code, i, close) ? 'while' : 'if';
  if (code.after(open) === close) {
    // A head needs an expression.
    const whole = `${keyword}(1)`;
    if (end[close]! - start[i]! < whole.length || sheet.breaksLine(start[i]!, end[close]!)) {
      code.drop(sheet, i, close + 1);
      return;
    }
    sheet.replace(start[i]!, end[close]!, whole);
  } else {
    if (length < 2) return;
    sheet.replace(start[i]!, end[i]!, keyword);
    repairArguments(code, sheet, open, close);
  }
  code.word[i] = Word.control;
  code.role[open] = Role.control;
}

/** Whether the statement behind `close` is followed by an `else` that belongs to the macro at `i`. */
function elseFollows(code: Code, i: number, close: number): boolean {
  const { kind, match, role } = code;
  const before = code.before(i);
  if (before >= 0 && kind[before] === Char.close) {
    const head = match[before]!;
    if (head >= 0 && role[head] === Role.control) return false;
  }
  let end = close + 1;
  if (kind[end] === Char.leftBrace) end = match[end]!;
  else {
    while (end < code.count && kind[end] !== Char.semicolon) {
      if (kind[end] === Char.leftBrace || kind[end] === Char.rightBrace) return false;
      end++;
    }
  }
  if (end < 0 || end + 1 >= code.count) return false;
  return isElse(code, end + 1);
}

/** `else` and not `do`. */
function isElse(code: Code, at: number): boolean {
  return code.word[at] === Word.elseOrDo && code.end[at]! - code.start[at]! === 4;
}

/**
 * A macro call, closed at `close`, that brings its own semicolon: puts one into the first blank behind it; without
 * a blank the arguments make room.
 */
function endStatement(code: Code, sheet: Sheet, close: number): void {
  const open = code.match[close]!;
  const room = sheet.room(code.end[close]!, code.start[close + 1]!);
  if (room >= 0) {
    sheet.put(room, ';');
    code.role[open] = Role.statement;
    return;
  }
  code.drop(sheet, open + 1, close + 1);
  sheet.put(code.start[open]!, ';');
  code.kind[open] = Char.semicolon;
}

/** Two words begin a statement: a declaration, perhaps with annotations among its specifiers. */
function declaration(code: Code, sheet: Sheet, i: number): void {
  const { kind } = code;
  let to = i;
  while (kind[to] === Token.word || kind[to] === Char.star) to++;
  thinSpecifiers(code, sheet, i, to, 1);
}

/** `switch (x) case 1: y();`: braces in the blanks around the statement, since the grammar wants a block. */
export function bareSwitch(code: Code, sheet: Sheet, i: number): void {
  const { kind, match } = code;
  const close = match[i + 1]!;
  if (kind[i + 1] !== Char.open || close < 0 || code.word[close + 1] !== Word.case) return;
  let end = close + 1;
  while (end < code.count && kind[end] !== Char.semicolon && kind[end] !== Char.leftBrace) end++;
  if (kind[end] === Char.leftBrace) end = match[end]!;
  if (end < 0 || end >= code.count) return;
  const left = sheet.room(code.end[close]!, code.start[close + 1]!);
  const right = sheet.room(code.end[end]!, code.start[end + 1]!);
  if (left < 0 || right < 0) return;
  sheet.put(left, '{');
  sheet.put(right, '}');
}

/** `static` begins a statement: `static DEFINE_X(a);` is a call for the grammar, with `= {` a declaration. */
export function storageAtStatement(code: Code, sheet: Sheet, i: number): void {
  const { kind, word, match } = code;
  let name = i;
  while (
    kind[name] === Token.word &&
    (word[name] === Word.storage || word[name] === Word.qualifier || word[name] === Word.specifier)
  ) {
    name++;
  }
  if (!code.isName(name)) return;
  if (kind[name + 1] === Token.word) declaration(code, sheet, name);
  if (kind[name + 1] !== Char.open || match[name + 1]! < 0) return;
  const close = match[name + 1]!;
  const behind = kind[close + 1];
  if (behind === Char.semicolon) {
    if (!declareTyped(code, sheet, name, close)) code.drop(sheet, i, name);
  } else if (behind === Char.equals || behind === Char.leftBracket) {
    if (!declareTyped(code, sheet, name, close)) declareUntyped(code, sheet, name, close);
  } else if (code.isName(close + 1)) code.drop(sheet, name + 1, close + 1);
}

/** `do { ... } while_each(...);`: the macro ends the loop. */
export function whileMacro(code: Code, sheet: Sheet, i: number): boolean {
  const { kind, match, word } = code;
  const brace = code.before(i);
  if (brace < 0 || kind[brace] !== Char.rightBrace || match[brace]! < 0) return false;
  const head = code.before(match[brace]!);
  if (head < 0 || word[head] !== Word.elseOrDo || isElse(code, head)) return false;
  if (kind[i + 1] !== Char.open || code.end[i]! - code.start[i]! < 5) return false;
  sheet.replace(code.start[i]!, code.end[i]!, 'while');
  code.word[i] = Word.control;
  return true;
}

/**
 * `name ATTR;`, `name[3] ATTR(x) = y;`: an annotation behind a declarator. `outside` says that no bracket is open:
 * only there does what follows a `}` go on with its declaration.
 */
export function trailingAnnotation(code: Code, sheet: Sheet, i: number, outside: boolean): boolean {
  const { kind, match } = code;
  const before = code.before(i);
  if (before < 1) return false;
  const end = kind[i + 1] === Char.open && match[i + 1]! > i ? match[i + 1]! + 1 : i + 1;
  const next = kind[end]!;
  if (!declaresBehind(next) || next === Char.leftBracket) return false;
  if (kind[before] === Char.rightBracket) {
    blankAnnotation(code, sheet, i, end);
    return true;
  }
  if (!code.isName(before)) return false;
  const third = code.before(before);
  const declared =
    third >= 0 &&
    (code.isName(third) ||
      code.word[third] === Word.primitive ||
      kind[third] === Char.star ||
      (outside && kind[third] === Char.rightBrace));
  if (!declared) return false;
  blankAnnotation(code, sheet, i, end);
  return true;
}
