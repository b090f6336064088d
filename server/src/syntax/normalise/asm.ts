import { Token } from '../lexer.ts';
import { Word } from '../words.ts';
import { endOfArgument } from './arguments.ts';
import { Char, type Code } from './code.ts';
import type { Sheet } from './sheet.ts';

/**
 * Inline assembly. The grammar has templates of strings and plain operands; macros build most of the others. A
 * template that is no run of strings turns into `""`; operands that macros make go, the others stay.
 * `asm("name")` behind a declarator goes altogether.
 * @returns where to go on: at its parenthesis, if operands are left
 */
export function inlineAssembly(code: Code, sheet: Sheet, i: number): number {
  const { kind, match, word } = code;
  let open = i + 1;
  while (kind[open] === Token.word) open++;
  if (kind[open] !== Char.open || match[open]! < 0) return i + 1;
  const close = match[open]!;
  const before = code.before(i);
  const behindDeclarator =
    before >= 0 &&
    open === i + 1 &&
    (code.isName(before) || (kind[before] === Char.close && kind[close + 1] !== Char.semicolon));
  if (behindDeclarator) {
    code.drop(sheet, i, close + 1);
    return close + 1;
  }
  // asm_inline
  if (code.end[i]! - code.start[i]! === 10) sheet.replace(code.start[i]!, code.end[i]!, 'asm');
  const sections = splitSections(code, open, close);
  for (let at = i + 1; at < open; at++) {
    const qualifier = word[at] === Word.qualifier || word[at] === Word.specifier || word[at] === Word.jump;
    if (!qualifier) code.drop(sheet, at, at + 1);
  }
  for (const [k, section] of sections.entries()) {
    if (isPlainSection(code, section, k)) continue;
    if (k === 0 ? emptyTemplate(code, sheet, section) : k <= 4 && keepPlainOperands(code, sheet, section, k))
      continue;
    emptyAssembly(code, sheet, i, open, close);
    return close + 1;
  }
  return open;
}

/** Writes `""` over a template that is no run of strings. */
function emptyTemplate(code: Code, sheet: Sheet, [from, to]: readonly [number, number]): boolean {
  if (from === to) return false;
  const start = code.start[from]!;
  if (code.end[to - 1]! - start < 2 || sheet.breaksLine(start, start + 2)) return false;
  code.drop(sheet, from, to);
  sheet.put(start, '""');
  return true;
}

/** Takes the operands out that macros make, each with one comma. */
function keepPlainOperands(
  code: Code,
  sheet: Sheet,
  [from, to]: readonly [number, number],
  k: number,
): boolean {
  let kept = false;
  for (let at = from; at < to; ) {
    const end = endOfArgument(code, at, to);
    const plain = isPlainSection(code, [at, end], k) && at < end;
    if (plain) kept = true;
    else {
      const comma = code.before(at);
      if (kept && code.kind[comma] === Char.comma) code.drop(sheet, comma, end);
      else code.drop(sheet, at, Math.min(end + 1, to));
    }
    at = end + 1;
  }
  return true;
}

/** Leaves `asm("")`. */
function emptyAssembly(code: Code, sheet: Sheet, i: number, open: number, close: number): void {
  const start = code.end[open]!;
  if (code.start[close]! - start < 2) return;
  sheet.blank(start, code.start[close]!);
  const room = sheet.room(start, code.start[close]!);
  if (room >= 0 && !sheet.breaksLine(room, room + 2)) sheet.put(room, '""');
  for (let at = i + 1; at < open; at++) if (code.word[at] === Word.jump) code.drop(sheet, at, at + 1);
}

/** Token ranges between the colons. */
function splitSections(code: Code, open: number, close: number): [from: number, to: number][] {
  const { kind, match } = code;
  const sections: [number, number][] = [];
  let from = open + 1;
  for (let i = open + 1; i <= close; i++) {
    if (i === close || kind[i] === Char.colon) {
      sections.push([from, i]);
      from = i + 1;
    } else if ((kind[i] === Char.open || kind[i] === Char.leftBracket) && match[i]! > i) i = match[i]!;
  }
  return sections;
}

/** Whether the grammar has a form for section `k`: template, outputs, inputs, clobbers, labels. */
function isPlainSection(code: Code, [from, to]: readonly [number, number], k: number): boolean {
  const { kind, match } = code;
  if (k === 0) {
    let strings = 0;
    for (let i = from; i < to; i++) {
      if (kind[i] === Token.string) strings++;
      else if (kind[i] !== Token.word) return false;
    }
    return strings > 0 && (kind[from] === Token.string || to - from > 1) && noTwoWords(code, from, to);
  }
  if (from === to) return true;
  if (k > 4) return false;
  for (let i = from; i < to; i++) {
    if (k <= 2) {
      if (kind[i] === Char.leftBracket) {
        if (!code.isName(i + 1) || kind[i + 2] !== Char.rightBracket) return false;
        i += 3;
      }
      if (kind[i] !== Token.string || kind[i + 1] !== Char.open || match[i + 1]! < 0) return false;
      i = match[i + 1]! + 1;
    } else {
      if (kind[i] !== (k === 3 ? Token.string : Token.word)) return false;
      i++;
      while (k === 3 && i < to && kind[i] === Token.string) i++;
    }
    if (i < to && kind[i] !== Char.comma) return false;
    if (i === to - 1) return false;
  }
  return true;
}

/** The grammar concatenates words with strings, but wants a string first or second. */
function noTwoWords(code: Code, from: number, to: number): boolean {
  return !(to - from > 1 && code.kind[from] === Token.word && code.kind[from + 1] === Token.word);
}
