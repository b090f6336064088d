import type { Summary } from './analysis/summary.ts';
import type { Size } from './analysis/terms.ts';
import { type Scope, soundClauses } from './annotations/check.ts';
import { type FoundNote, findNotes, functionTarget, type Target } from './annotations/find.ts';
import { type Masked, mask } from './annotations/masked.ts';
import { parseContract } from './annotations/parse.ts';
import { printComment, printNote, printRegion } from './annotations/print.ts';
import { type Returns, returnsOf } from './annotations/prototype.ts';
import type { Clause, Note, OutcomeWord, Region } from './annotations/types.ts';
import { extentFunctions, wordsOf } from './annotations/vocabulary.ts';
import { LineIndex, type Position } from './base/lines.ts';
import { termText } from './explain/terms.ts';
import { functionPlaces } from './project/contracts.ts';
import { classMask, type Left, placeIn, waysOf } from './service-contracts.ts';
import type { ResolvedPlace } from './service-types.ts';
import type { SourceUnit } from './syntax/types.ts';

/** What was found out of a function that converts memory, as an annotation, and where that belongs. Plain data. */
export interface InferredNote {
  /** The whole function. */
  readonly place: ResolvedPlace;
  /** Where its body opens. */
  readonly body: Position;
  /** On one line. */
  readonly text: string;
  /** As a comment, or as lines of the kernel-doc, or other block, that is there: whole lines, the last without its end. */
  readonly lines: string;
  /** The line (from 1) before which they go. */
  readonly before: number;
}

/** States first that a caller hopes for. */
const order: readonly OutcomeWord[] = ['freed', 'shared', 'private', 'unchanged', 'unknown', 'leaked'];

/**
 * Contracts of the functions of a text that convert memory of their callers and have none, in its order. What is only known in part
 * gets none: the ways through such a function that nobody followed may do something else.
 */
export function inferredNotes(
  file: string,
  source: SourceUnit,
  summaryOf: (name: string) => Summary | undefined,
  hasContract: (name: string) => boolean,
  marker: Note['marker'] = 'coco:',
): readonly InferredNote[] {
  const places = functionPlaces(source).filter(({ name }) => summaryOf(name)?.flips && !hasContract(name));
  if (places.length === 0) return [];
  const { text } = source;
  const masked = mask(text);
  const found = findNotes(text, places);
  const lines = new LineIndex(text);
  const scope: Scope = { code: masked.text, rules: [] };
  return places.flatMap((place): InferredNote[] => {
    if (found.some((one) => isContractOf(one, place.name))) return [];
    const where = placeFor(masked, text, place.start);
    if (where === null) return [];
    const target = functionTarget(masked, place);
    const head = masked.text.slice(place.start, place.nameStart);
    const clauses = inferredClauses(summaryOf(place.name)!, target, returnsOf(head), scope);
    if (clauses.length === 0) return [];
    const note = { marker, clauses, reason: null };
    const newline = text.includes('\r\n') ? '\r\n' : '\n';
    const comment = printComment(note, '', where.inBlock);
    return [
      {
        place: {
          file,
          start: lines.positionAt(place.start),
          end: lines.positionAt(place.end),
          function: place.name,
        },
        body: lines.positionAt(place.body.start),
        text: printNote(note),
        lines: (where.inBlock ? ` *\n${comment}` : comment).replaceAll('\n', newline),
        before: lines.positionAt(where.at).line,
      },
    ];
  });
}

/** Whether an annotation says what its function does to memory. */
export function isContractOf({ target, note }: FoundNote, name: string): boolean {
  return (
    target.k === 'function' && target.name === name && note.clauses.some((clause) => clause.k === 'effect')
  );
}

/**
 * Above the function, or at the end of its kernel-doc or of another block that tells of it; null: one of them begins or ends in the
 * middle of a line.
 */
function placeFor(
  { text, comments }: Masked,
  source: string,
  start: number,
): { readonly at: number; readonly inBlock: boolean } | null {
  const lineOf = (at: number) => source.lastIndexOf('\n', at - 1) + 1;
  const isFirst = (at: number) => source.slice(lineOf(at), at).trim() === '';
  const above = comments.findLast(({ end }) => end <= start);
  const isAbove = above !== undefined && text.slice(above.end, start).trim() === '';
  if (isAbove && /^\/\*\*\s/.test(source.slice(above.start))) {
    // Between kernel-doc and its function nothing may stand: it goes into the one, or above both.
    if (isFirst(above.end - 2)) return { at: lineOf(above.end), inBlock: true };
    return isFirst(above.start) ? { at: lineOf(above.start), inBlock: false } : null;
  }
  if (isAbove && isBlock(source.slice(lineOf(above.start), above.end), source.slice(above.end, start)))
    return { at: lineOf(above.end), inBlock: true };
  return isFirst(start) ? { at: lineOf(start), inBlock: false } : null;
}

/** A comment in the kernel's style, its marks on lines of their own, with nothing between it and what it is about. */
function isBlock(comment: string, behind: string): boolean {
  return /^\/\*[ \t]*\r?\n(?: \*(?:[ \t].*)?\r?\n)* \*\/$/.test(comment) && /^[ \t]*\r?\n$/.test(behind);
}

/** The contract that every way through the function keeps; empty: it does nothing to memory that callers could name, or not all is known. */
function inferredClauses(
  summary: Summary,
  target: Target,
  returns: Returns,
  scope: Scope,
): readonly Clause[] {
  if (summary.incomplete || summary.rows.some((row) => row.joined)) return [];
  const placesOf = (kind: 'flip' | 'free') =>
    new Set(
      summary.rows.flatMap((row) =>
        row.effects.flatMap((effect) => (effect.k === kind ? [placeIn(row, effect.memory)] : [])),
      ),
    );
  const clauseOf = (place: string): Clause[] => {
    const said = saidOf(summary, place, returns);
    if (said === null) return [];
    for (const extent of new Set([extentOf(summary, place), ''])) {
      const note = parseContract(`${said.verb} ${place}${extent}: ${said.cases}`);
      const sound = soundClauses(
        { note, target, comment: target.k === 'nothing' ? nowhere : target.span },
        scope,
      );
      const [clause] = note.problems.length === 0 && sound.length === 1 ? sound : [];
      if (clause?.k === 'effect' && isShort(clause.region)) return [clause];
    }
    return [];
  };
  const converted = placesOf('flip');
  const clauses = [...converted].flatMap(clauseOf);
  if (clauses.length === 0) return [];
  // The same memory may be known by another name where it is freed.
  for (const place of placesOf('free')) if (!converted.has(place)) clauses.push(...clauseOf(place));
  const sleeps = summary.rows.some((row) => row.sleeps !== null);
  const context = sleeps ? parseContract('context: sleeps').clauses : [];
  return [...clauses, ...context];
}

/** So long may memory be named: what is longer leads through structs that no caller thinks of, and over the end of a line. */
const longestRegion = 60;
const mostMembers = 2;

function isShort(region: Region): boolean {
  return region.place.members.length <= mostMembers && printRegion(region).length <= longestRegion;
}

const nowhere = { start: 0, end: 0 };

/** What the ways through a function leave of memory, by what it returns; null: nothing that one could say. */
function saidOf(
  summary: Summary,
  place: string,
  returns: Returns,
): { readonly verb: string; readonly cases: string } | null {
  const ways = waysOf(summary, place);
  if (ways === null) return null;
  const isNew = ways.some(({ row }) =>
    row.effects.some((e) => e.k === 'new' && placeIn(row, e.memory) === place),
  );
  const told = isNew ? ways.filter(({ outcome }) => outcome !== 'unchanged') : ways;
  const left = (word: string) =>
    outcomesOf(
      told.filter(({ row }) => returns === 'nothing' || (row.resultClasses & classMask(word, returns)) !== 0),
    );
  const success = left('success');
  const error = returns === 'nothing' ? [] : left('error');
  if (![...success, ...error].some((outcome) => outcome !== 'unchanged')) return null;
  if (isNew && success.length === 0) return null;
  const freed = success.includes('freed');
  if (isNew && freed) return null;
  // Nobody hears that it could not be freed, so nobody is left to do anything about it.
  const isLeft = (one: OutcomeWord) =>
    freed && returns === 'nothing' && one !== 'freed' && one !== 'unchanged';
  const given = success.map((one) => (isLeft(one) ? 'leaked' : one));
  const cases = [
    ...(given.length > 0 ? [words(given)] : []),
    ...(error.length > 0 ? [`${words(error)} on error`] : []),
  ];
  return { verb: isNew ? 'allocs' : freed ? 'frees' : 'flips', cases: cases.join(', ') };
}

function outcomesOf(ways: readonly Left[]): OutcomeWord[] {
  const outcomes = new Set(ways.map(({ outcome }) => outcome));
  return order.filter((word) => outcomes.has(word));
}

function words(outcomes: readonly OutcomeWord[]): string {
  return [...new Set(outcomes)].join(' or ');
}

/** How much of it is converted, as an annotation writes that; empty where ways differ, or nothing is known. */
function extentOf({ rows }: Summary, place: string): string {
  const texts = new Set(
    rows.flatMap((row) =>
      row.effects.flatMap((effect) =>
        effect.k === 'flip' && placeIn(row, effect.memory) === place ? [sizeText(effect.extent)] : [],
      ),
    ),
  );
  const [only = ''] = texts;
  return texts.size === 1 ? only : '';
}

function sizeText(size: Size | null): string {
  if (size === null) return '';
  const { term, unit } = size;
  // Whole pages of so many bytes: bytes are what the caller has.
  const isRounded =
    term.k === 'op' &&
    (term.op === 'size:pfn-up' ||
      (term.op === 'size:div-round-up' && termText(term.args[1]!) === 'PAGE_SIZE'));
  const text = termText(isRounded ? term.args[0]! : term);
  // Other functions than those of the language say nothing to whoever reads it.
  const calls = [...text.matchAll(/(\w+)\(/g)].map((match) => match[1]!);
  if (!calls.every((name) => wordsOf(extentFunctions).includes(name))) return '';
  if (isRounded) return `[${text} bytes]`;
  if (unit === 'order') return `[1 << ${/^\w+$/.test(text) ? text : `(${text})`} pages]`;
  return unit === 'bytes' || unit === 'pages' ? `[${text} ${unit}]` : '';
}
