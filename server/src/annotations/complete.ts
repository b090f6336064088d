import { markers } from '../base/markers.ts';
import type { Span } from '../base/span.ts';
import { canBeResult, namesInScope, saysSomethingAt } from './check.ts';
import { type FoundNote, findNotes, notesIn } from './find.ts';
import { functionsIn } from './functions.ts';
import { lex, type Token } from './lex.ts';
import { mask } from './masked.ts';
import { structAt } from './members.ts';
import type { Clause, Note, SaidWord } from './types.ts';
import {
  classWords,
  clauseWords,
  contextWords,
  extentFunctions,
  glueWords,
  outcomeWords,
  stateWords,
  unitWords,
  type Word,
  wordsOf,
} from './vocabulary.ts';

/** A word that can stand at the cursor. */
export interface Candidate {
  readonly text: string;
  readonly kind: 'keyword' | 'name' | 'rule';
  /** A sentence; empty for names. */
  readonly means: string;
}

/** What can stand at an offset, and the text that it replaces. */
export interface Completion {
  readonly replaces: Span;
  readonly candidates: readonly Candidate[];
}

/** A rule, as far as completion tells it. */
export interface RuleName {
  readonly id: string;
  readonly title: string;
}

/**
 * What can stand at `offset` of a text of C; null outside of annotations, and in a reason. `preferred`: the marker to begin one with.
 * Never throws.
 */
export function completeAnnotation(
  text: string,
  offset: number,
  rules: readonly RuleName[],
  preferred: Note['marker'],
): Completion | null {
  if (!mayBeComment(text, offset)) return null;
  const masked = mask(text);
  const comment = masked.comments.find(({ start, end }) => start + 2 <= offset && offset <= end);
  if (comment === undefined) return null;
  const begun = startOfMarker(text, comment, offset);
  if (begun !== null) {
    const typed = text.slice(begun, offset);
    const wanted = typed === '' ? [preferred] : markers.filter((marker) => marker.startsWith(typed));
    const candidates = wanted.map((marker) => keyword(`${marker} `, 'An annotation for Membrane.'));
    return { replaces: { start: begun, end: offset }, candidates };
  }
  const note = notesIn(text, comment).findLast(({ start }) => start <= offset);
  if (note === undefined || offset > Math.max(note.end, offset === comment.end ? offset : 0)) return null;
  const marker = markers.find((m) => text.startsWith(m, note.start))!;
  const from = note.start + marker.length;
  if (offset < from) return null;
  const { tokens, reasonAt } = lex(text, from, offset);
  if (reasonAt !== null) return null;
  const before = tokens.slice(0, -1);
  const clause = before.slice(before.findLastIndex((token) => token.text === ';') + 1);
  const partial = partialOf(clause, offset);
  const context = partial === null ? clause : clause.slice(0, clause.indexOf(partial));
  const candidates = candidatesFor(context, namesAt(text, comment), rules);
  if (context[0]?.text === 'allow')
    return { replaces: { start: ruleStart(text, offset), end: offset }, candidates };
  return { replaces: { start: partial?.span.start ?? offset, end: offset }, candidates };
}

/** A cheap look before the whole text is read: editors ask at every blank. */
function mayBeComment(text: string, offset: number): boolean {
  const opened = text.lastIndexOf('/*', offset - 1);
  if (opened >= 0 && text.indexOf('*/', opened + 2) + 2 > offset) return true;
  if (opened >= 0 && text.indexOf('*/', opened + 2) < 0) return true;
  return text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset).includes('//');
}

/** Where a marker is being typed: at the begin of the comment, or of one of its lines. */
function startOfMarker(text: string, comment: Span, offset: number): number | null {
  const typed = /(?:\/\*\**|\/\/|\n[^\S\n]*\*?)[^\S\n]*(@?\w*)$/.exec(text.slice(comment.start, offset));
  if (typed === null) return null;
  const word = typed[1]!;
  return markers.some((marker) => marker.startsWith(word)) ? offset - word.length : null;
}

function partialOf(tokens: readonly Token[], offset: number): Token | null {
  const last = tokens.at(-1);
  return last?.k === 'word' && last.span.end === offset ? last : null;
}

function ruleStart(text: string, offset: number): number {
  let start = offset;
  while (/[\w-]/.test(text.charAt(start - 1))) start--;
  return start;
}

/** What can follow the tokens of a clause. */
function candidatesFor(tokens: readonly Token[], names: Names, rules: readonly RuleName[]): Candidate[] {
  const words = tokens.map(({ text }) => text);
  const [first] = words;
  const last = words.at(-1);
  const name = (more: readonly Candidate[] = []) => [...names.inScope().map(named), ...more];
  if (first === undefined) {
    return clauseWords
      .filter(({ word }) => names.takes(word))
      .map(({ word, means }) => keyword(word === 'context' ? 'context: ' : word, means));
  }
  if (first === 'allow')
    return rules.map(({ id, title }) => ({ text: id, kind: 'rule' as const, means: title }));
  if (first === 'context') return last === ':' ? known(contextWords) : [];
  if (last === 'on') return known(classWords.filter(({ word }) => names.canBeResult(word)));
  if (last === '.' || last === '->') return names.behind(words).map(named);
  if (words.lastIndexOf('[') > words.lastIndexOf(']')) {
    const isOperand = /^(?:\w+|\)|\])$/.test(last ?? '');
    return isOperand ? known(unitWords) : name(known(extentFunctions));
  }
  const colon = words.includes(':');
  if (!colon) {
    if (words.length === 1 || last === '*' || last === '!' || last === 'means')
      return name(first === 'allocs' ? [keyword('return', 'What the function returns.')] : []);
    if (first === 'flag') return words.includes('means') ? [] : [glued('means')];
    return first === 'takes' || first === 'leaks' ? [glued('on')] : [];
  }
  const states = first === 'requires' || first === 'flag' ? stateWords : outcomeWords;
  if (last === ':' || last === ',' || last === 'or') return known(states);
  if (!wordsOf(states).includes(last ?? '')) return [];
  return first === 'requires' || first === 'flag' ? [glued('or')] : ['on', 'otherwise', 'or'].map(glued);
}

function named(text: string): Candidate {
  return { text, kind: 'name', means: '' };
}

function keyword(text: string, means: string): Candidate {
  return { text, kind: 'keyword', means };
}

function glued(text: string): Candidate {
  return keyword(text, glueWords.find(({ word }) => word === text)?.means ?? '');
}

function known(words: readonly Word[]): Candidate[] {
  return words.map(({ word, means }) => keyword(word, means));
}

/** Names that an annotation can speak of where it stands. */
interface Names {
  inScope(): readonly string[];
  /** Members of what the words end with, as `ring -> pages ->`; none where its struct is not defined in the text. */
  behind(words: readonly string[]): readonly string[];
  /** Whether a clause that begins so says something there. */
  takes(word: string): boolean;
  canBeResult(word: string): boolean;
}

function namesAt(text: string, comment: Span): Names {
  const masked = mask(text);
  const found = findNotes(text, functionsIn(masked)).find((one) => one.comment.start === comment.start);
  const target = found?.target ?? { k: 'nothing' as const };
  return {
    takes: (word) =>
      target.k === 'nothing' || saysSomethingAt(isEffect(word) ? 'effect' : (word as Clause['k']), target),
    canBeResult: (word) => canBeResult(word, target, masked.text),
    inScope: () => (found === undefined ? [] : namesInScope(found.target, masked.text)),
    behind(words) {
      if (found?.target.k !== 'function') return [];
      let at = words.length - 2;
      while (at >= 2 && (words[at - 1] === '.' || words[at - 1] === '->')) at -= 2;
      const parameter = found.target.parameters.find(({ name }) => name === words[at]);
      const path = words.slice(at, -1).filter((word) => word !== '.' && word !== '->');
      return structAt(parameter?.text ?? '', path.slice(1), masked.text)?.members ?? [];
    },
  };
}

function isEffect(word: string): boolean {
  return word === 'flips' || word === 'allocs' || word === 'frees';
}

/** The annotation at an offset of a text, with the text's other words blank; null if none is there. Never throws. */
export function annotationAt(
  text: string,
  offset: number,
): { readonly found: FoundNote; readonly code: string } | null {
  const masked = mask(text);
  const comment = masked.comments.find(({ start, end }) => start <= offset && offset < end);
  if (comment === undefined) return null;
  const found = findNotes(text, functionsIn(masked)).find(
    ({ note: { span } }) => span.start <= offset && offset <= span.end,
  );
  return found === undefined ? null : { found, code: masked.text };
}

/** What the word at an offset of an annotation means, and where it is; null where it is a name, a number or part of the reason. */
export function meaningAt(offset: number, { note }: FoundNote): SaidWord | null {
  return note.words.find(({ span }) => span.start <= offset && offset <= span.end) ?? null;
}
