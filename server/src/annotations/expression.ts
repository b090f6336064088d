import type { Span } from '../base/span.ts';
import { ClauseError, type Cursor } from './cursor.ts';
import { extentFunctions, unitWords, wordsOf } from './vocabulary.ts';

/** So deep may parentheses nest. */
const deepest = 20;

const binary = ['*', '/', '%', '+', '-', '<<', '>>', '&', '|', '^'];

/** A C expression that was read: printed in kernel style, with the names that must be in scope. */
export interface ReadExpression {
  readonly text: string;
  readonly names: readonly { readonly name: string; readonly span: Span }[];
}

/** Reads C arithmetic up to a word or mark that cannot go on with it. @throws ClauseError */
export function readExpression(cursor: Cursor): ReadExpression {
  const names: { name: string; span: Span }[] = [];
  const text = operations(cursor, names, 0);
  return { text, names };
}

type Names = { name: string; span: Span }[];

function operations(cursor: Cursor, names: Names, depth: number): string {
  let text = operand(cursor, names, depth);
  while (binary.includes(cursor.token.text)) {
    const operator = cursor.next().text;
    text += ` ${operator} ${operand(cursor, names, depth)}`;
  }
  return text;
}

function operand(cursor: Cursor, names: Names, depth: number): string {
  if (depth > deepest) cursor.fail('this nests too deep.');
  let prefix = '';
  while (cursor.is('-') || cursor.is('~') || cursor.is('*')) {
    prefix += cursor.next().text;
    if (prefix.length > deepest) cursor.fail('these are too many signs.');
    // `- -x` is no `--x`, which would begin the reason.
    if (cursor.is('-') && prefix.endsWith('-')) cursor.fail("a second '-' needs parentheses.");
  }
  if (cursor.take('(')) {
    const inner = operations(cursor, names, depth + 1);
    cursor.need(')', `'(${inner}'`);
    return `${prefix}(${inner})${members(cursor)}`;
  }
  const { token } = cursor;
  if (token.k !== 'word') cursor.fail(`a number or a name belongs here, not ${cursor.found()}.`);
  if (/^\d/.test(token.text)) {
    if (!/^(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*$/.test(token.text))
      cursor.fail(`'${token.text}' is no number of C.`);
    return prefix + cursor.next().text;
  }
  if (isMissingOperand(cursor)) cursor.fail(`how much belongs before '${token.text}'.`);
  cursor.say(extentFunctions);
  cursor.next();
  if (token.text === 'sizeof') return prefix + sizeOf(cursor, depth);
  if (cursor.take('(')) {
    const parts: string[] = [];
    do parts.push(operations(cursor, names, depth + 1));
    while (cursor.take(','));
    cursor.need(')', `the arguments of ${token.text}`);
    checkArguments(token, parts.length);
    return `${prefix}${token.text}(${parts.join(', ')})${members(cursor)}`;
  }
  if (!wordsOf(extentFunctions).includes(token.text)) names.push({ name: token.text, span: token.span });
  return prefix + token.text + members(cursor);
}

/** @throws ClauseError where a word of the language takes another number of arguments; what other functions take is not known. */
function checkArguments({ text, span }: Cursor['token'], given: number): void {
  if (!wordsOf(extentFunctions).includes(text)) return;
  if (text === 'PAGE_SIZE') throw new ClauseError(span, 'PAGE_SIZE is a number: it takes no arguments.');
  if (given !== 1) throw new ClauseError(span, `${text}() takes 1 argument, not ${given}.`);
}

/** `[pages]`: the unit stands where the amount belongs. */
function isMissingOperand(cursor: Cursor): boolean {
  return wordsOf(unitWords).includes(cursor.token.text) && cursor.peekIs(']');
}

function sizeOf(cursor: Cursor, depth: number): string {
  cursor.need('(', 'sizeof');
  if (cursor.is('struct') || cursor.is('union') || cursor.is('unsigned')) {
    const words: string[] = [];
    while (cursor.token.k === 'word') words.push(cursor.next().text);
    let stars = '';
    while (cursor.take('*')) stars += '*';
    cursor.need(')', `sizeof(${words.join(' ')}`);
    return `sizeof(${words.join(' ')}${stars === '' ? '' : ` ${stars}`})`;
  }
  // What stands there may be a type: its names need not be in scope.
  const inner = operations(cursor, [], depth + 1);
  cursor.need(')', `sizeof(${inner}`);
  return `sizeof(${inner})`;
}

function members(cursor: Cursor): string {
  let text = '';
  while (cursor.is('.') || cursor.is('->')) text += cursor.next().text + cursor.name('a member').text;
  return text;
}
