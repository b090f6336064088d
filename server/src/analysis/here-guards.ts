import { members } from '../model/generic.ts';
import type { StateName } from './finding.ts';
import { cellText } from './findings.ts';
import { finalState } from './outcomes.ts';
import { N, P, type State, Z } from './state.ts';
import type { Row, Summary } from './summary.ts';
import type { Tags } from './tags.ts';
import type { Path, Term } from './terms.ts';
import { pathText } from './text.ts';

/** A condition that a path has passed on a cell that lies beside the memory's own. */
export interface GuardHere {
  /** `ring->decrypted`. */
  readonly text: string;
  readonly holds: boolean;
}

/** A function that leaves memory in such a cell other than private. */
export interface Keeper {
  readonly function: string;
  readonly states: readonly StateName[];
  /** The guard that no way of it can pass: what it leaves does not come to this place. Null: there is none. */
  readonly keptAwayBy: GuardHere | null;
}

interface Decided {
  readonly path: Path;
  readonly classes: number;
  readonly guard: GuardHere;
}

/** What a path has decided about cells beside the one that holds `memory`: flags and handles of the same struct. */
export function guardsOf(state: State, memory: Term): readonly GuardHere[] {
  return decided(state, memory).map(({ guard }) => guard);
}

function decided(state: State, memory: Term): Decided[] {
  if (memory.k !== 'entry') return [];
  const found: Decided[] = [];
  for (const [term, classes] of state.facts) {
    if (term.k !== 'entry' || term === memory || term.path.parent === null) continue;
    if (!sameRoot(term.path, memory.path)) continue;
    const holds = classes === Z ? false : (classes & Z) === 0 ? true : null;
    if (holds === null) continue;
    found.push({
      path: term.path,
      classes,
      guard: { text: cellText(term.path, state) ?? pathText(term.path), holds },
    });
  }
  return found.sort((a, b) => (a.guard.text < b.guard.text ? -1 : 1));
}

function sameRoot(a: Path, b: Path): boolean {
  if (a.root.k === 'deref' && b.root.k === 'deref') return a.root.term === b.root.term;
  return a.root.k === 'global' && b.root.k === 'global';
}

/**
 * Who in view leaves memory in a cell like the one that holds `memory` shared or unknown. `state`: the path, whose guards may keep
 * that away; null: no path.
 */
export function keepersOf(
  tags: Tags,
  summaries: readonly Summary[],
  memory: Term,
  state: State | null,
): readonly Keeper[] {
  if (memory.k !== 'entry' || memory.path.parent === null) return [];
  if (tags.clusterOf(memory.path) === null) return [];
  const guards = state === null ? [] : decided(state, memory);
  const found = new Map<string, Keeper>();
  for (const summary of summaries)
    for (const row of summary.rows) {
      const left = leftIn(row, (path) => tags.sameCell(path, memory.path));
      if (left.length === 0) continue;
      const by =
        guards.find(({ path, classes }) => {
          const value = valueLeft(row, (cell) => tags.sameCell(cell, path));
          return value !== null && (value & classes) === 0;
        })?.guard ?? null;
      const known = found.get(summary.name);
      found.set(summary.name, {
        function: summary.name,
        states: [...new Set([...(known?.states ?? []), ...left])],
        // One way that passes is enough.
        keptAwayBy: known && known.keptAwayBy === null ? null : by,
      });
    }
  return [...found.values()].sort((a, b) => (a.function < b.function ? -1 : 1));
}

/** The states other than private that a row leaves the memory in that is in a cell when it is done. */
function leftIn(row: Row, isCell: (path: Path) => boolean): StateName[] {
  let held: Term | null = null;
  for (const effect of row.effects) if (effect.k === 'write' && isCell(effect.path)) held = effect.value;
  const states = new Set<StateName>();
  for (const effect of row.effects) {
    if (effect.k !== 'flip') continue;
    const { memory } = effect;
    const isHeld = held === null ? memory.k === 'entry' && isCell(memory.path) : memory === held;
    if (!isHeld) continue;
    for (const state of members(finalState(row, memory)))
      if (state !== 'private' && state !== 'freed') states.add(state);
  }
  return [...states];
}

/** Classes of what is in a cell when a row is done: written there, or needed there for the row; null: anything. */
export function valueLeft(row: Row, isCell: (path: Path) => boolean): number | null {
  let classes: number | null = null;
  for (const { term, classes: needed } of row.guards)
    if (term.k === 'entry' && isCell(term.path)) classes = needed;
  for (const effect of row.effects) {
    if (effect.k !== 'write' || !isCell(effect.path)) continue;
    const { value } = effect;
    classes = value.k === 'int' ? (value.value === 0 ? Z : value.value > 0 ? P : N) : classesIn(row, value);
  }
  return classes;
}

/** What a row knows of a value that it stores: a flag that takes the result of a transition is not 0 where that failed. */
function classesIn(row: Row, value: Term): number {
  const needed = row.guards.find(({ term }) => term === value)?.classes ?? ~0;
  return row.result === value ? needed & row.resultClasses : needed;
}
