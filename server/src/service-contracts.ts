import type { Finding, StateName, TraceStep } from './analysis/finding.ts';
import type { Row, Sleep, Summary } from './analysis/summary.ts';
import type { Site, Size, Term } from './analysis/terms.ts';
import { printPlace } from './annotations/print.ts';
import { type Returns, returnsOf } from './annotations/prototype.ts';
import type { Case, Clause, EffectClause, OutcomeWord, Place } from './annotations/types.ts';
import type { Span } from './base/span.ts';
import { list } from './base/words.ts';
import { valueClasses } from './explain/summaries.ts';
import { pathText, termText } from './explain/terms.ts';
import type { PlatformId } from './kernel/types.ts';
import { transitionSleeps } from './model/platform-facts.ts';
import type { HandedOn } from './project/handed-on.ts';

const { zero, negative, positive, pointer, errorPointer } = valueClasses;
const anything = zero | negative | positive | pointer | errorPointer;

/** What one way through a function leaves of the memory of a clause. */
export interface Left {
  readonly row: Row;
  readonly outcome: OutcomeWord;
  readonly steps: readonly TraceStep[];
}

/** Who says what a function with a body does. */
export interface Said {
  /** The function. */
  readonly name: string;
  /** `coco:`, or the file that it stands in. */
  readonly by: string;
  /** Of a file: the key of its entry. */
  readonly entry?: string;
  /** Where a finding about a clause is told, relative to the function. */
  at(clause: EffectClause): Span;
  /** What the body calls the place of a clause. */
  rooted(clause: EffectClause): Place;
}

/**
 * Ways through a function that do not keep its contract: a finding for the first of each clause, with its path. What the rows do not
 * decide is not reported. `head`: the text from the begin of the function to its name; `handedOn`: what else happens to memory.
 */
export function brokenContracts(
  said: Said,
  clauses: readonly EffectClause[],
  summary: Summary,
  head: string,
  handedOn: HandedOn,
): Finding[] {
  if (summary.incomplete) return [];
  const returns = returnsOf(head);
  return clauses.flatMap((clause) => {
    const place = said.rooted(clause);
    const ways = waysOf(summary, printPlace(place));
    if (ways === null) return [];
    for (const way of ways) {
      // Where nothing is allocated nothing is said of what is.
      if (clause.verb === 'allocs' && way.outcome === 'unchanged') continue;
      const allowed = allowedFor(way.row.resultClasses, clause.cases, returns);
      if (allowed === null || allowed.has(way.outcome)) continue;
      const end = way.row.returnSite.span;
      if (way.outcome === 'unchanged' && handedOn.toUnseen(summary.file, said.name, place.root, end))
        continue;
      return [finding(summary, said, clause, way, [...allowed], whenOf(way.row, returns))];
    }
    return wrongExtent(said, clause, summary);
  });
}

/**
 * Where a function that may be entered in any context does something that sleeps, by what is written above it: a finding at the call, with the
 * calls down to the transition. `platforms`: those that it can be on.
 */
export function sleepsAgainst(
  { name, by, entry }: Pick<Said, 'name' | 'by' | 'entry'>,
  clauses: readonly Clause[],
  summary: Summary,
  platforms: readonly PlatformId[],
): Finding[] {
  const said = clauses.find((clause) => clause.k === 'context' && clause.context !== 'sleeps');
  const sleep = summary.rows.find(({ sleeps }) => sleeps !== null)?.sleeps;
  if (said === undefined || !sleep) return [];
  const text = `${name}() may be entered in atomic context, ${saying({ by, entry })}`;
  const trace = [stepAt(sleep.site, { k: 'context', text })];
  for (let at: Sleep | null = sleep, depth = 0; at !== null; at = at.below)
    trace.push(stepAt(at.site, { k: 'call', callee: at.callee }, null, depth++));
  const at = trace[0]!.at;
  return [
    {
      violation: 'sleeps-in-atomic',
      certainty: 'certain',
      subject: { text: '', kind: null, allocatedBy: null },
      ...{ at, callee: sleep.callee, trace, consequences: [], configurations: [], related: [] },
      transition: { callee: sleepingTransition(sleep), to: 'shared', at },
      platforms: platforms.filter((id) => transitionSleeps.includes(id)),
      details: {
        context: 'atomic',
        sleeps: sleepingTransition(sleep),
        ...(entry !== undefined && { entry }),
      },
    },
  ];
}

/** What each way leaves of the memory; null where the rows do not speak of it by that name. */
export function waysOf(summary: Summary, place: string): readonly Left[] | null {
  const ways = summary.rows.map((row) => leftBy(row, place));
  const named = ways.some(({ steps }) => steps.length > 1);
  const touched = summary.rows.some((row) =>
    row.effects.some(({ k }) => k === 'flip' || k === 'free' || k === 'touch' || k === 'escape'),
  );
  if (!named && touched) return null;
  return ways.filter(({ row }) => !row.joined);
}

function stepAt(
  { file, function: fn, span }: Site,
  event: TraceStep['event'],
  after: StateName | null = null,
  depth = 0,
): TraceStep {
  return { at: { file, function: fn, span }, event, before: null, after: after && [after], depth };
}

/** How callers name memory of a row: how they got to it before, or where they find it afterwards; empty: nowhere. */
export function placeIn(row: Row, memory: Term): string {
  if (memory.k !== 'obj') return termText(memory);
  if (row.result === memory) return 'return';
  for (const effect of row.effects)
    if (effect.k === 'write' && effect.value === memory) return pathText(effect.path);
  return '';
}

function leftBy(row: Row, place: string): Left {
  let outcome: OutcomeWord = 'unchanged';
  const steps: TraceStep[] = [];
  const step = (site: Site, event: TraceStep['event'], after: StateName | null) => {
    steps.push(stepAt(site, event, after));
  };
  for (const effect of row.effects) {
    if (!('memory' in effect) || placeIn(row, effect.memory) !== place) continue;
    if (effect.k === 'new') {
      outcome = 'private';
      const { callee, kind } = effect.info;
      step(effect.site, { k: 'alloc', callee, kind, size: null }, outcome);
    } else if (effect.k === 'flip') {
      outcome = effect.ok ? effect.to : 'unknown';
      const told = effect.ok ? ('success' as const) : ('failure' as const);
      step(effect.at, { k: 'transition', callee: effect.via, to: effect.to, outcome: told }, outcome);
    } else if (effect.k === 'free') {
      outcome = 'freed';
      step(effect.site, { k: 'free', callee: effect.callee }, 'freed');
    }
  }
  step(row.returnSite, { k: 'return', text: row.returnText }, null);
  return { row, outcome, steps };
}

/** Outcomes that the cases allow for these results; null where none of them speaks of all of them. */
function allowedFor(classes: number, cases: readonly Case[], returns: Returns): Set<OutcomeWord> | null {
  let left = returns === 'nothing' ? anything : classes;
  const allowed = new Set<OutcomeWord>();
  const allow = (one: Case) => {
    for (const outcome of one.outcomes) {
      allowed.add(outcome);
      // What is given to nobody may be in any state.
      if (outcome === 'leaked')
        for (const state of ['private', 'shared', 'unknown'] as const) allowed.add(state);
    }
  };
  for (const one of cases) {
    if (one.otherwise) continue;
    const isErrno = one.on?.startsWith('-') === true;
    const mask = isErrno ? negative : classMask(one.on ?? 'success', returns);
    if ((mask & classes) === 0 && returns !== 'nothing') continue;
    allow(one);
    // Which error it is, the classes of a row do not tell: the wider case may hold as well.
    if (!isErrno) left &= ~mask;
  }
  const otherwise = cases.find((one) => one.otherwise);
  if (left !== 0 && otherwise !== undefined) allow(otherwise);
  return left !== 0 && otherwise === undefined ? null : allowed;
}

/** Classes of results that a word stands for. */
export function classMask(word: string, returns: Returns): number {
  const success = { nothing: anything, number: zero, bool: anything & ~zero, pointer }[returns];
  switch (word) {
    case 'success':
      return success;
    case 'error':
      return anything & ~success;
    case '0':
    case 'false':
    case 'NULL':
      return zero;
    case 'ERR_PTR':
      return errorPointer;
    default:
      return anything & ~zero;
  }
}

/**
 * An extent that says the amount that the body has, in the other unit: a finding at the clause, with the call that tells. Another
 * amount says nothing, for both may come to the same.
 */
function wrongExtent(said: Said, clause: EffectClause, summary: Summary): Finding[] {
  const { extent } = clause.region;
  const place = printPlace(said.rooted(clause));
  for (const row of summary.rows)
    for (const effect of row.effects) {
      if ((effect.k !== 'flip' && effect.k !== 'free') || placeIn(row, effect.memory) !== place) continue;
      const size = effect.k === 'flip' ? effect.extent : effect.size;
      const counted = size === null || extent === null ? null : unitOf(size, extent.expression);
      if (counted === null || counted === extent!.unit) continue;
      const [{ name }, { expression, unit }] = [said, extent!];
      const what = `'[${expression} ${unit}]' does not hold; ${name}() takes ${expression} for ${counted}`;
      const message = `${what}. Write '[${expression} ${counted}]', or change the code.`;
      const step =
        effect.k === 'flip'
          ? stepAt(effect.at, { k: 'call', callee: effect.via })
          : stepAt(effect.site, { k: 'call', callee: effect.callee });
      return [wrong(summary, said, clause, message, [step], 'certain')];
    }
  return [];
}

/** What the expression counts if the size is made of it and nothing else. */
function unitOf({ term, unit }: Size, expression: string): 'pages' | 'bytes' | null {
  if (unit !== 'pages' && unit !== 'bytes') return null;
  const inBytes = term.k === 'op' && term.op === 'size:pfn-up' ? term.args[0] : undefined;
  if (inBytes !== undefined) return termText(inBytes) === expression ? 'bytes' : null;
  return term.k === 'entry' && termText(term) === expression ? unit : null;
}

/** For which results a way is left: ` on success`; empty: there are none. */
export function whenOf({ resultClasses }: Row, returns: Returns): string {
  if (returns === 'nothing') return '';
  if ((resultClasses & ~classMask('success', returns)) === 0) return ' on success';
  return (resultClasses & ~classMask('error', returns)) === 0 ? ' on error' : ' on one way out';
}

/** `'coco:' says`, `.membrane.json says of 'foo(p)'`. */
function saying({ by, entry }: { readonly by: string; readonly entry: string | undefined }): string {
  return entry === undefined ? `'${by}' says` : `${by} says of '${entry}'`;
}

function finding(
  { file }: Summary,
  said: Said,
  clause: EffectClause,
  { row, outcome, steps }: Left,
  wanted: readonly OutcomeWord[],
  when: string,
): Finding {
  const { name, by, entry } = said;
  const place = printPlace(clause.region.place);
  const where = entry === undefined ? '' : ` in ${by}`;
  const what = `'${clause.verb} ${place}'${where} does not hold; ${name}() leaves it ${outcome}${when}`;
  const message = `${what}, not ${list(wanted, 'or')}. Change the code, or what ${saying({ by, entry })}.`;
  return wrong({ file }, said, clause, message, steps, row.joined ? 'joined' : 'certain');
}

function wrong(
  { file }: Pick<Summary, 'file'>,
  said: Said,
  clause: EffectClause,
  message: string,
  trace: readonly TraceStep[],
  certainty: Finding['certainty'],
): Finding {
  const { name, entry } = said;
  return {
    violation: 'wrong-annotation',
    certainty,
    subject: { text: printPlace(clause.region.place), kind: null, allocatedBy: null },
    at: { file, function: name, span: said.at(clause) },
    callee: null,
    transition: null,
    trace,
    platforms: [],
    consequences: [],
    configurations: [],
    related: [],
    details: { message, ...(entry !== undefined && { entry }) },
  };
}

/** The transition at the end of a chain of calls. */
function sleepingTransition(sleep: Sleep): string {
  return sleep.below === null ? sleep.callee : sleepingTransition(sleep.below);
}
