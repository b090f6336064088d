import { members, type StateSet } from '../model/generic.ts';
import type { StateName } from './finding.ts';
import { finalState } from './outcomes.ts';
import { ERR, PTR, Z } from './state.ts';
import type { Row, Summary } from './summary.ts';
import type { Path, Size, Term } from './terms.ts';

/** Which ways through a function, told apart by what it returns. `all`: callers cannot tell them apart by that. */
export type Answer = 'zero' | 'pointer' | 'other' | 'all';

/** What memory is after the ways that answer so. */
export interface ChangeOutcome {
  readonly answer: Answer;
  readonly states: readonly StateName[];
  /** Some of the ways do not touch it. */
  readonly untouched: boolean;
  /** Cells of the caller that all ways which touch it set or clear. */
  readonly flags: readonly { readonly path: Path; readonly set: boolean }[];
}

/** What a function does to one piece of memory. */
export interface MemoryChange {
  readonly memory: Term;
  /** Where new memory can be found afterwards; null: it is not new, or nowhere. */
  readonly keptAt: Path | null;
  readonly isReturned: boolean;
  readonly does: readonly ('allocates' | 'decrypts' | 'encrypts' | 'frees')[];
  /** Of the conversion. */
  readonly extent: Size | null;
  /** The transition at the end of the calls: the one that decrypts if there are both. Null: it is not converted. */
  readonly by: string | null;
  readonly outcomes: readonly ChangeOutcome[];
}

/** What a function does to memory, as its callers see it. */
export interface FunctionChanges {
  readonly function: string;
  readonly file: string;
  /** Memory that it converts, first. Empty: it changes none. */
  readonly changes: readonly MemoryChange[];
  readonly sleeps: boolean;
  /** Bounds were hit: there may be more. */
  readonly incomplete: boolean;
}

/** What the rows of a function do to memory, joined by memory and by what is returned. */
export function changesOf(summary: Summary): FunctionChanges {
  const memories = new Map<Term, MemoryChange>();
  for (const row of summary.rows)
    for (const effect of row.effects) {
      if (effect.k !== 'flip' && effect.k !== 'free' && effect.k !== 'new') continue;
      if (memories.has(effect.memory)) continue;
      const change = changeOf(summary, effect.memory);
      if (change !== null) memories.set(effect.memory, change);
    }
  const changes = [...memories.values()].sort((a, b) => rank(a) - rank(b));
  return {
    function: summary.name,
    file: summary.file,
    changes,
    sleeps: summary.rows.some((row) => row.sleeps !== null),
    incomplete: summary.incomplete || summary.rows.some((row) => row.joined),
  };
}

const rank = ({ does }: MemoryChange): number =>
  does.includes('decrypts') ? 0 : does.includes('encrypts') ? 1 : 2;

function changeOf(summary: Summary, memory: Term): MemoryChange | null {
  const does = new Set<MemoryChange['does'][number]>();
  let extent: Size | null = null;
  const by: { shared?: string; private?: string } = {};
  let keptAt: Path | null = null;
  let isReturned = false;
  const groups = new Map<Answer, Row[]>();
  const isPointer = summary.rows.some((row) => row.resultClasses === PTR);
  for (const row of summary.rows) {
    const answer = answerOf(row, isPointer);
    groups.set(answer, [...(groups.get(answer) ?? []), row]);
    if (row.result === memory) isReturned = true;
    for (const effect of row.effects) {
      if (effect.k === 'write' && effect.value === memory) keptAt = effect.path;
      if (!('memory' in effect) || effect.memory !== memory) continue;
      if (effect.k === 'new') does.add('allocates');
      else if (effect.k === 'free') does.add('frees');
      else if (effect.k === 'flip') {
        does.add(effect.to === 'shared' ? 'decrypts' : 'encrypts');
        extent ??= effect.extent;
        by[effect.to] ??= effect.callee;
      }
    }
  }
  if (does.size === 0) return null;
  const success = groups.has('zero') ? 'zero' : groups.has('pointer') ? 'pointer' : null;
  // Where some answer says that it worked, one that says nothing is as good as an error.
  const unclear = groups.get('all');
  if (success !== null && unclear !== undefined) {
    groups.set('other', [...(groups.get('other') ?? []), ...unclear]);
    groups.delete('all');
  }
  const outcomes = [...groups].map(([answer, rows]) => outcomeOf(answer, rows, memory));
  // What is done on the way back after an error is not what the function is for.
  const worked = outcomes.find(({ answer }) => answer === success);
  if (worked?.states.join() === 'shared') does.delete('encrypts');
  return {
    memory,
    keptAt,
    isReturned,
    does: life.filter((one) => does.has(one)),
    extent,
    by: by.shared ?? by.private ?? null,
    outcomes: outcomes.sort((a, b) => order.indexOf(a.answer) - order.indexOf(b.answer)),
  };
}

/** In the order in which they happen to memory; the first way through a function may leave some of it out. */
const life = ['allocates', 'decrypts', 'encrypts', 'frees'] as const;

const order: readonly Answer[] = ['zero', 'pointer', 'all', 'other'];

function answerOf(row: Row, isPointer: boolean): Answer {
  if (row.result === null) return 'all';
  const { resultClasses } = row;
  if (isPointer) return resultClasses === PTR ? 'pointer' : (resultClasses & PTR) === 0 ? 'other' : 'all';
  if (resultClasses === Z) return 'zero';
  return (resultClasses & Z) === 0 && (resultClasses & (PTR | ERR)) === 0 ? 'other' : 'all';
}

function outcomeOf(answer: Answer, rows: readonly Row[], memory: Term): ChangeOutcome {
  let states: StateSet = 0 as StateSet;
  let untouched = false;
  const flags = new Map<Path, boolean | null>();
  let touching = 0;
  for (const row of rows) {
    if (!touches(row, memory)) {
      untouched = true;
      continue;
    }
    states = (states | finalState(row, memory)) as StateSet;
    touching++;
    const last = new Map<Path, boolean>();
    for (const effect of row.effects)
      if (effect.k === 'write' && effect.path.parent !== null && effect.value.k === 'int')
        if (effect.value.value === 0 || effect.value.value === 1)
          last.set(effect.path, effect.value.value === 1);
    for (const [path, set] of last) {
      const known = flags.get(path);
      flags.set(path, touching > 1 && known !== set ? null : set);
    }
    for (const path of flags.keys()) if (!last.has(path)) flags.set(path, null);
  }
  return {
    answer,
    states: states === 0 ? [] : members(states),
    untouched,
    flags: [...flags].flatMap(([path, set]) => (set === null ? [] : [{ path, set }])),
  };
}

function touches(row: Row, memory: Term): boolean {
  return row.effects.some(
    (effect) =>
      'memory' in effect &&
      effect.memory === memory &&
      (effect.k === 'flip' || effect.k === 'free' || effect.k === 'new'),
  );
}
