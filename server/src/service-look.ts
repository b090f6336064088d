import type { FlagHere } from './analysis/here-flags.ts';
import { soundClauses } from './annotations/check.ts';
import { findNotes, mayHaveNotes } from './annotations/find.ts';
import { mask } from './annotations/masked.ts';
import { printClause } from './annotations/print.ts';
import type { CancellationToken } from './base/token.ts';
import { callersText, callOutcomes, changesText, convertsBy } from './explain/changes.ts';
import { type JudgedThere, type ToldHere, tellHere } from './explain/here.ts';
import type { Vocabulary } from './kernel/types.ts';
import { type Believed, believedIn, functionPlaces, isContract } from './project/contracts.ts';
import type { Group } from './project/group.ts';
import { type CallSite, callsOf, changingFunctions } from './project/looks.ts';
import type { AnalysedText } from './project/pipeline.ts';
import { tagBefore } from './service-flags.ts';
import { ResolvableText } from './service-resolve.ts';

export type { JudgedThere };

/** A stretch of a file: offsets in UTF-16 units. */
export interface Stretch {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** What is known at a place, and the text that it is said of. */
export interface LookedAt extends ToldHere, Stretch {
  /** A call that frees or converts memory, a way out of the function, or a value. */
  readonly what: 'free' | 'call' | 'return' | 'value';
}

/** A function that converts memory. */
export interface ConvertingFunction extends Stretch {
  readonly name: string;
  /** `decrypts kbuffer (size bytes) | 0: shared, else unknown | sleeps`. */
  readonly does: string;
  /** `4 callers`. */
  readonly callers: string;
  /** The transition that it converts memory with, itself or through others. */
  readonly by: string | null;
  /** What a call of it leaves: `0: shared, else unknown`; null: nothing that is told beside a call. */
  readonly outcomes: string | null;
}

/** A function that is out of view and has a contract which says that it converts memory. */
export type BelievedFunction = Omit<ConvertingFunction, keyof Stretch>;

/** A call of a transition, or of a function that converts memory. */
export interface ConvertingCall extends Stretch {
  readonly function: string;
  readonly callee: string;
  /** `start` and `end` are of the callee's name; this is where the call ends. */
  readonly callEnd: number;
  /** As it is written. */
  readonly text: string;
  readonly outcomes: string | null;
}

/**
 * What is known at an offset of one of the texts that a group analysed last. `judged`: what the rules say of a place. Null: nothing, or
 * the function is too large for an answer. @throws Cancelled
 */
export function lookAt(
  group: Group,
  analysed: readonly AnalysedText[],
  file: string,
  offset: number,
  judged: (stretch: Stretch) => JudgedThere,
  token: CancellationToken,
): LookedAt | null {
  const looked = group.lookAt(file, offset, token);
  const source = analysed.find((one) => one.file === file)?.source;
  if (looked === null || source === undefined) return null;
  const { here, slice } = looked;
  const stretch = { file, start: slice.start + here.span.start, end: slice.start + here.span.end };
  const text = new ResolvableText(file, source.text, source.functions);
  const told = tellHere(
    here,
    source.text.slice(stretch.start, stretch.end),
    judged(stretch),
    ({ at, depth }) =>
      depth === 0 && at.file === file && at.function === slice.name
        ? text.lines.positionAt(slice.start + at.span.start).line
        : null,
  );
  const said = here.flag === null ? [] : flagsSaid(analysed, file, here.flag);
  const what =
    here.place === 'call' ? (here.role === 'free' || here.role === 'takes' ? 'free' : 'call') : here.place;
  return told && { ...told, about: [...told.about, ...said], ...stretch, what };
}

/** What annotations say of a field, as sentences. */
function flagsSaid(
  analysed: readonly AnalysedText[],
  file: string,
  { tag, name }: Pick<FlagHere, 'tag' | 'name'>,
): readonly string[] {
  return analysed.flatMap((text) => {
    // What another source file declares is its own.
    const isSeen = text.file === file || text.file.endsWith('.h');
    if (tag === null || !isSeen || !mayHaveNotes(text.source.text)) return [];
    const code = mask(text.source.text).text;
    return findNotes(text.source.text, functionPlaces(text.source)).flatMap((one) => {
      const { note, target } = one;
      if (target.k !== 'field' || tagBefore(code, target.members.start) !== tag) return [];
      return soundClauses(one, { code, rules: [] })
        .filter((clause) => clause.k === 'flag' && clause.flag.root === name)
        .map((clause) => `'${note.marker}' says: ${printClause(clause)}.`);
    });
  });
}

/** The functions of `file` that convert memory, in its order. */
export function convertingFunctions(
  analysed: readonly AnalysedText[],
  file: string,
): readonly ConvertingFunction[] {
  const text = analysed.find((one) => one.file === file);
  return text === undefined ? [] : converting(text, analysed);
}

function converting(text: AnalysedText, all: readonly AnalysedText[]): ConvertingFunction[] {
  return changingFunctions(text).flatMap(({ file, name, start, end, changes }) => {
    const does = changesText(changes);
    if (does === null) return [];
    return [
      {
        ...{ file, name, start, end, does, by: convertsBy(changes) },
        callers: callersOfText(name, all),
        outcomes: callOutcomes(changes),
      },
    ];
  });
}

function callersOfText(name: string, all: readonly AnalysedText[]): string {
  let callers = 0;
  for (const { ir } of all)
    for (const head of ir.heads) if (!head.macro && head.name !== name && head.calls.has(name)) callers++;
  return callersText(callers);
}

/** What a contract says of a function, as it is written. */
function believedFunction(
  { name, clauses, isConfigured }: Believed,
  all: readonly AnalysedText[],
): BelievedFunction {
  const flips = clauses
    .filter((clause) => clause.k === 'effect' && clause.verb === 'flips')
    .map((clause) => printClause(clause));
  const sleeps = clauses.some((clause) => clause.k === 'context' && clause.context === 'sleeps');
  const by = isConfigured ? 'by .membrane.json' : 'by annotation';
  return {
    name,
    does: [flips.join('; '), ...(sleeps ? ['sleeps'] : []), by].join(' | '),
    callers: callersOfText(name, all),
    by: null,
    outcomes: flips[0]?.replace(/^.*?: /, '') ?? null,
  };
}

/** All functions that convert memory, of all the files; those that are out of view and have a contract; and all calls of those and of transitions. */
export function transitionsOf(
  analysed: readonly AnalysedText[],
  vocabulary: Vocabulary,
): {
  readonly functions: readonly ConvertingFunction[];
  readonly believed: readonly BelievedFunction[];
  readonly calls: readonly ConvertingCall[];
} {
  const functions = analysed.flatMap((text) => converting(text, analysed));
  const believed = believedIn(analysed, vocabulary).map((one) => believedFunction(one, analysed));
  const outcomes = new Map([...believed, ...functions].map((fn) => [fn.name, fn.outcomes]));
  const transition = (name: string) => {
    const row = vocabulary.row(name, 'transition');
    return row === undefined || isContract(row) ? undefined : row;
  };
  const calls = callsOf(analysed, (name) => outcomes.has(name) || transition(name) !== undefined);
  return {
    functions,
    believed,
    calls: calls.map((call) => ({ ...told(call), outcomes: outcomesOf(call.callee) })),
  };
  function outcomesOf(callee: string): string | null {
    const row = transition(callee);
    if (row === undefined) return outcomes.get(callee) ?? null;
    return row.failure === 'none' ? row.to : `0: ${row.to}, else unknown`;
  }
}

/** Calls of any function, in all the files. */
export function callersOf(analysed: readonly AnalysedText[], name: string): readonly ConvertingCall[] {
  return callsOf(analysed, (one) => one === name).map((call) => ({ ...told(call), outcomes: null }));
}

function told({
  file,
  function: name,
  callee,
  start,
  nameEnd,
  end,
  text,
}: CallSite): Omit<ConvertingCall, 'outcomes'> {
  return { file, function: name, callee, start, end: nameEnd, callEnd: end, text };
}
