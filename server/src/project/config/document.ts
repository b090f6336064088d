import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { LineIndex } from '../../base/lines.ts';
import { type Shape, sentence } from './shape.ts';

/** Something wrong in a file that people write: what it is and what to do about it, in a sentence or two. */
export interface ConfigProblem {
  /** Relative to the tree's root. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly message: string;
}

/** So many problems of one file are told; more are counted. */
const toldProblems = 50;

/** Objects and lists within each other; what we read needs five. */
const deepest = 32;

/** What a document gave; `value` undefined where nothing of it can be used. */
export interface ReadDocument<T> {
  readonly value: T | undefined;
  /** In the order of the file. */
  readonly problems: readonly ConfigProblem[];
}

/**
 * Reads JSON, with comments and a comma after the last entry allowed, as `shape`. What is wrong is told with its place;
 * what is right is used. An empty text is an empty object. `cost`: what is told where nothing can be used. Never throws.
 */
export function readDocument<T>(
  file: string,
  text: string,
  shape: Shape<T>,
  cost = 'the file is not used',
): ReadDocument<T> {
  const found: { offset: number; message: string }[] = [];
  const tell = (offset: number, message: string) => void found.push({ offset, message });
  const tree = parsed(text, (offset, what) => tell(offset, `${what}. ${sentence(cost)}`));
  const value = tree === null ? undefined : shape.read(tree, { tell, name: 'the file', cost });
  const index = new LineIndex(text);
  const ordered = found
    .map((problem, i) => ({ ...problem, i }))
    .sort((a, b) => a.offset - b.offset || a.i - b.i);
  const problems = ordered.slice(0, toldProblems).map(({ offset, message }) => {
    return { file, ...index.positionAt(offset), message };
  });
  const next = ordered[toldProblems];
  if (next !== undefined) {
    const message = `${ordered.length - toldProblems} more problems follow`;
    problems.push({ file, ...index.positionAt(next.offset), message });
  }
  return { value, problems };
}

const words: Readonly<Record<string, string>> = {
  InvalidSymbol: 'a word that JSON does not have',
  InvalidNumberFormat: 'not a number as JSON writes it',
  PropertyNameExpected: 'a key in double quotes belongs here',
  ValueExpected: 'a value belongs here',
  ColonExpected: "':' belongs here",
  CommaExpected: "',' belongs here",
  CloseBraceExpected: "'}' belongs here",
  CloseBracketExpected: "']' belongs here",
  EndOfFileExpected: 'nothing may follow the closing brace',
  UnexpectedEndOfComment: 'the comment is not closed',
  UnexpectedEndOfString: 'the string is not closed',
  UnexpectedEndOfNumber: 'the number is not complete',
  InvalidUnicode: '\\u needs four hexadecimal digits',
  InvalidEscapeCharacter: 'an escape that JSON does not have',
  InvalidCharacter: 'a character that must be escaped in a string',
};

function parsed(text: string, tell: (offset: number, message: string) => void): Node | null {
  const deep = tooDeep(text);
  if (deep !== null) {
    tell(deep, `nests deeper than ${deepest} levels`);
    return null;
  }
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  const [first] = errors;
  // What follows the first error is mostly its consequence.
  if (first !== undefined) {
    const what = words[printParseErrorCode(first.error)] ?? 'not understood';
    tell(first.offset, `not valid JSON: ${what}`);
    return null;
  }
  return tree ?? { type: 'object', offset: 0, length: 0, children: [] };
}

/** Kinds of tokens by their numbers: the package has them as constants of types only. */
const opens: ReadonlySet<number> = new Set([1, 3]);
const closes: ReadonlySet<number> = new Set([2, 4]);
const end = 17;

/** Where `text` nests deeper than we go, or null: the parser recurses, and a file must not overflow its stack. */
function tooDeep(text: string): number | null {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token: number = scanner.scan(); token !== end; token = scanner.scan()) {
    if (opens.has(token)) depth++;
    if (closes.has(token)) depth--;
    if (depth > deepest) return scanner.getTokenOffset();
  }
  return null;
}
