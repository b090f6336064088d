import { lex, Token, type Tokens } from './lexer.ts';
import { hasWord } from './names.ts';
import type { MacroDefinition } from './types.ts';
import { Word } from './words.ts';

/** What the body of a macro is to a function: a value to return, statements to run, or neither. */
export type MacroForm = 'expression' | 'statement' | null;

const HASH = 35;
const OPEN = 40;
const CLOSE = 41;
const STAR = 42;
const COMMA = 44;
const DOT = 46;
const SEMICOLON = 59;
const EQUALS = 61;
const LEFT_BRACE = 123;
const RIGHT_BRACE = 125;
const LEFT_BRACKET = 91;
const RIGHT_BRACKET = 93;

/** Longer bodies are tables, or generate code. */
const MAX_BODY = 8000;

/** Whether a macro's body can call anything; says it from the text alone, for nearly all macros do not. */
export function mayCall({ name, body, parameters }: MacroDefinition): boolean {
  if (parameters === null || body.length > MAX_BODY) return false;
  return /\w\s*\(/.test(body) && !body.includes('#') && !hasWord(body, name);
}

/** A body without continuations, as long as it was: only blanks are in their place. */
export function withoutContinuations(body: string): string {
  return body.replace(/\\(\r?\n)/g, (whole) => ' '.repeat(whole.length));
}

/**
 * How `body` (without continuations) can be a function's. Null where it is only a part of something (a loop's head, a
 * declaration, an unbalanced half), leaves its user's function (`return`, `goto`), or takes its arguments as words:
 * pasted, as types, members or names of functions.
 */
export function macroForm(macro: Pick<MacroDefinition, 'parameters'>, body: string): MacroForm {
  const { parameters } = macro;
  if (parameters === null || !parameters.every((p) => /^\w+$/.test(p))) return null;
  const { tokens } = lex(body);
  const { count, kind } = tokens;
  if (count === 0) return 'statement';
  const names = new Set(parameters);
  const wordAt = (i: number) => body.slice(tokens.start[i], tokens.end[i]);
  let commas = false;
  let statements = false;
  let loops = false;
  let leaves = false;
  const open: number[] = [];
  for (let i = 0; i < count; i++) {
    const k = kind[i]!;
    if (k === HASH || k === Token.directive || k === Token.ellipsis) return null;
    if (k === OPEN || k === LEFT_BRACE || k === LEFT_BRACKET) open.push(k);
    else if (k === CLOSE || k === RIGHT_BRACE || k === RIGHT_BRACKET) {
      if (open.pop() !== (k === CLOSE ? OPEN : k === RIGHT_BRACE ? LEFT_BRACE : LEFT_BRACKET)) return null;
    } else if (k === COMMA && open.length === 0) commas = true;
    else if (k === SEMICOLON && open.length === 0) statements = true;
    else if (k === Token.word) {
      const word = tokens.word[i];
      if (word === Word.jump || word === Word.case || word === Word.asm) return null;
      if (word === Word.keyword) leaves = true;
      if (word === Word.control || word === Word.elseOrDo)
        loops ||= wordAt(i) !== 'if' && wordAt(i) !== 'else';
      if (names.has(wordAt(i)) && !isValue(tokens, i)) return null;
    }
  }
  if (open.length > 0 || (leaves && !loops)) return null;
  return formOf(tokens, statements, commas);
}

function formOf(tokens: Tokens, statements: boolean, commas: boolean): MacroForm {
  const { kind, word } = tokens;
  const first = kind[0] === Token.word ? word[0]! : 0;
  if (declares.has(first)) return null;
  const begins = first === Word.control || first === Word.elseOrDo || kind[0] === LEFT_BRACE;
  // A name before a name: `struct foo name`, `foo_t name = 1`, `DEFINE_FOO name`.
  if (!begins && kind[0] === Token.word && kind[1] === Token.word) return null;
  if (!begins && !statements) return commas ? null : 'expression';
  return isWhole(tokens) ? 'statement' : null;
}

const declares = new Set<number>([
  ...[Word.storage, Word.specifier, Word.typedef, Word.aggregate, Word.enum, Word.qualifier, Word.primitive],
  ...[Word.attribute, Word.attributeCall, Word.typeof, Word.localLabel],
]);

/** Whether the last statement is one, and not the head of one whose body the user writes. */
function isWhole({ kind, word, count }: Tokens): boolean {
  const last = count - 1;
  if (kind[last] === SEMICOLON || kind[last] === RIGHT_BRACE) return true;
  if (kind[last] !== CLOSE) return kind[last] !== Token.word || word[last] === Word.other;
  let depth = 0;
  let at = last;
  for (; at >= 0; at--) {
    if (kind[at] === CLOSE) depth++;
    else if (kind[at] === OPEN && --depth === 0) break;
  }
  if (at <= 0 || kind[at - 1] !== Token.word || word[at - 1] !== Word.control) return true;
  // Only that of `do { } while ()` ends a statement.
  return kind[0] === Token.word && word[0] === Word.elseOrDo && kind[at - 2] === RIGHT_BRACE;
}

/** Whether the parameter at `i` stands for a value: not for a type, a member, or the name of a function. */
function isValue({ kind, word }: Tokens, i: number): boolean {
  const before = i === 0 ? 0 : kind[i - 1]!;
  const after = kind[i + 1]!;
  if (before === DOT || before === Token.arrow || after === OPEN) return false;
  if (i > 0 && before === Token.word && (word[i - 1] === Word.aggregate || word[i - 1] === Word.enum))
    return false;
  if (after === Token.word) return word[i + 1] === Word.elseOrDo;
  // `param *name = `, `(param *)x`
  if (after === STAR && kind[i + 2] === CLOSE) return false;
  if (
    after === STAR &&
    (before === 0 || before === LEFT_BRACE || before === SEMICOLON) &&
    kind[i + 2] === Token.word
  )
    return kind[i + 3] !== EQUALS && kind[i + 3] !== SEMICOLON;
  if (before !== OPEN || after !== CLOSE) return true;
  // `(param)x` is a cast, but for `if (param)` and for a call's only argument.
  const head = i > 1 && kind[i - 2] === Token.word;
  const then = kind[i + 2]!;
  const operand = then === Token.word || then === Token.number || then === OPEN;
  return head || !operand || (then === Token.word && word[i + 2] === Word.elseOrDo);
}
