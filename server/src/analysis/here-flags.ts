import { anyLive, members } from '../model/generic.ts';
import type { StateName } from './finding.ts';
import { valueLeft } from './here-guards.ts';
import { finalState } from './outcomes.ts';
import { Z } from './state.ts';
import type { Row, Summary } from './summary.ts';
import type { Tags } from './tags.ts';
import type { Path, Term } from './terms.ts';

/** What a field says of memory that is kept beside it, as functions in view leave and ask both. */
export interface FlagHere {
  /** The tag of the struct; null: it has another place than right in one. */
  readonly tag: string | null;
  /** The field. */
  readonly name: string;
  /** The field that the memory is kept in. */
  readonly memory: string;
  /** The value with which the memory may be shared. */
  readonly sharedIf: boolean;
  /** How functions leave both, by their names. */
  readonly left: readonly FlagLeft[];
  /** Who frees the memory; `only`: with that value of the field; null: with any. */
  readonly frees: readonly { readonly function: string; readonly only: boolean | null }[];
  /** Its values where the place is, one for each path that is different; null: either. */
  readonly values: readonly (boolean | null)[];
}

/** A function that leaves the field so where it leaves the memory in these states. */
export interface FlagLeft {
  readonly function: string;
  readonly holds: boolean;
  readonly states: readonly StateName[];
}

/** All but what is known at a place. */
export type FlagMeaning = Omit<FlagHere, 'values'>;

interface Beside {
  readonly left: Map<string, FlagLeft>;
  readonly frees: Map<string, boolean | null>;
}

/**
 * What the field at `path` says of memory beside it; null: nothing, or both may be shared whatever it is. A number that is only ever set where
 * memory is shared says nothing, unless somebody asks it or it has but two values.
 */
export function flagMeaning(tags: Tags, summaries: readonly Summary[], path: Path): FlagMeaning | null {
  const { step } = path;
  const cluster = tags.clusterOf(path);
  if (cluster === null || step?.k !== 'field' || !tags.isNumber(path)) return null;
  const holder = holderOf(cluster.steps);
  const isBeside = (other: Path): boolean => {
    if (other.step?.k !== 'field' || tags.sameCell(other, path)) return false;
    const its = tags.clusterOf(other);
    return its !== null && its.key === cluster.key && holderOf(its.steps) === holder;
  };
  const isFlag = (other: Path) => tags.sameCell(other, path);
  const fields = new Map<string, Beside>();
  for (const { name, rows } of summaries) for (const row of rows) note(fields, name, row, isBeside, isFlag);
  const isBool = tags.isBool(path);
  const found = [...fields].flatMap(([memory, { left, frees }]) => {
    const ways = [...left.values()];
    const shared = new Set(ways.filter(({ states }) => states.includes('shared')).map(({ holds }) => holds));
    const [sharedIf, ...others] = shared;
    const isAsked = [...frees.values()].some((only) => only === !sharedIf);
    const isCleared = ways.some(({ holds }) => holds !== sharedIf);
    if (sharedIf === undefined || others.length > 0 || !(isBool || isAsked || isCleared)) return [];
    const free = [...frees].map(([fn, only]) => ({ function: fn, only }));
    return [{ memory, sharedIf, left: ways, frees: free }];
  });
  const most = found.sort((a, b) => b.left.length + b.frees.length - (a.left.length + a.frees.length))[0];
  const tag = holder === '' && cluster.key.startsWith('struct ') ? cluster.key.slice('struct '.length) : null;
  return most === undefined ? null : { tag, name: step.name, ...most };
}

/** The way to what has a field: `.ring` of `.ring.decrypted`. */
const holderOf = (steps: string): string => steps.slice(0, Math.max(0, steps.lastIndexOf('.')));

function note(
  fields: Map<string, Beside>,
  name: string,
  row: Row,
  isBeside: (path: Path) => boolean,
  isFlag: (path: Path) => boolean,
): void {
  const seen = new Set<Term>();
  for (const effect of row.effects) {
    if ((effect.k !== 'flip' && effect.k !== 'free') || seen.has(effect.memory)) continue;
    const { memory } = effect;
    seen.add(memory);
    const cell = cellOf(row, memory, isBeside);
    if (cell?.step?.k !== 'field') continue;
    const known: Beside = fields.get(cell.step.name) ?? { left: new Map(), frees: new Map() };
    fields.set(cell.step.name, known);
    const states = members(finalState(row, memory)).filter((state) => state !== 'freed');
    const holds = decided(valueLeft(row, isFlag));
    const isFlipped = row.effects.some((one) => one.k === 'flip' && one.memory === memory);
    if (isFlipped && states.length > 0 && holds !== null) {
      const key = `${name} ${holds}`;
      const all = new Set([...(known.left.get(key)?.states ?? []), ...states]);
      const inOrder = members(anyLive).filter((state) => all.has(state));
      known.left.set(key, { function: name, holds, states: inOrder });
    }
    // Who has converted it before the free went by the outcome.
    const isFreed = effect.k === 'free' && memory.k === 'entry';
    if (!isFreed) continue;
    const only = decided(guardOn(row, isFlag));
    known.frees.set(name, known.frees.has(name) && known.frees.get(name) !== only ? null : only);
  }
}

/** The cell beside the flag that leads to memory when the row is done, or led there when it began. */
function cellOf(row: Row, memory: Term, isBeside: (path: Path) => boolean): Path | null {
  for (const effect of row.effects)
    if (effect.k === 'write' && effect.value === memory && isBeside(effect.path)) return effect.path;
  if (memory.k === 'addr' || memory.k === 'entry') return isBeside(memory.path) ? memory.path : null;
  return null;
}

function guardOn(row: Row, isFlag: (path: Path) => boolean): number | null {
  return row.guards.find(({ term }) => term.k === 'entry' && isFlag(term.path))?.classes ?? null;
}

/** Whether a value of these classes holds; null: it may or not. */
export function decided(classes: number | null): boolean | null {
  if (classes === null) return null;
  return classes === Z ? false : (classes & Z) === 0 ? true : null;
}
