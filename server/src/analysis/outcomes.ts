import { anyLive, members, type StateSet, setOf, stepSet } from '../model/generic.ts';
import { ANY } from './state.ts';
import type { Effect, Row, Summary } from './summary.ts';
import type { Term } from './terms.ts';

/** A flip of which callers cannot learn the outcome, or only by a result that lies. */
export interface HiddenOutcome {
  readonly kind: 'result-dropped' | 'hidden-outcome';
  readonly flip: Extract<Effect, { k: 'flip' }>;
  /** The row on which it failed. */
  readonly failing: Row;
  readonly succeeding: Row;
}

/**
 * Rows with equal observables (result, guards, written cells) that leave memory which the caller can reach in
 * different states: nobody can tell them apart. `returnsValue`: the function has a result that could have told.
 */
export function hiddenOutcomes(summary: Summary, returnsValue: boolean): HiddenOutcome[] {
  const found: HiddenOutcome[] = [];
  const seen = new Set<string>();
  for (const failing of summary.rows)
    for (const flip of failing.effects) {
      if (flip.k !== 'flip' || flip.ok || flip.hiddenBelow || seen.has(flip.at.key)) continue;
      const after = finalState(failing, flip.memory);
      if (after & setOf('freed') || (after & ~setOf('private')) === 0) continue;
      const succeeding = summary.rows.find(
        (row) =>
          row !== failing &&
          row.effects.some(
            (e) =>
              e.k === 'flip' &&
              e.ok &&
              e.site.key === flip.site.key &&
              e.at.key === flip.at.key &&
              e.memory === flip.memory,
          ) &&
          sameObservables(row, failing, flip.memory) &&
          // A result that was read is handled if the two outcomes make the function do different things.
          (flip.dropped || row.deeds === failing.deeds),
      );
      if (!succeeding) continue;
      const good = finalState(succeeding, flip.memory);
      if (good & setOf('freed') || good === after) continue;
      seen.add(flip.at.key);
      // Read, though nothing came of it, in a function that could have said so: its result hides the outcome.
      const kind = returnsValue && !flip.dropped ? 'hidden-outcome' : 'result-dropped';
      found.push({ kind, flip, failing, succeeding });
    }
  return found;
}

/** The states memory is in when a row is done, from anything that it may have been in at entry. */
export function finalState(row: Row, memory: Term): StateSet {
  let set = anyLive;
  for (const effect of row.effects) {
    if (!('memory' in effect) || effect.memory !== memory) continue;
    if (effect.k === 'new') set = setOf('private');
    else if (effect.k === 'free') set = stepSet('free', set).to;
    else if (effect.k === 'flip')
      set = stepSet(
        effect.to === 'shared'
          ? effect.ok
            ? 'share-ok'
            : 'share-fail'
          : effect.ok
            ? 'unshare-ok'
            : 'unshare-fail',
        set,
      ).to;
  }
  return set;
}

function sameObservables(a: Row, b: Row, memory: Term): boolean {
  if (resultKey(a) !== resultKey(b) || a.acts !== b.acts) return false;
  for (const guard of a.guards) {
    const other = b.guards.find((g) => g.term === guard.term);
    if (other && (other.classes & guard.classes) === 0 && guard.term.k !== 'fresh') return false;
  }
  return writesKey(a, memory) === writesKey(b, memory);
}

function resultKey(row: Row): string {
  if (!row.result) return 'void';
  return row.result.k === 'fresh'
    ? `$${row.resultClasses}`
    : row.result.k === 'op'
      ? `op${row.resultClasses}`
      : `${row.result.key}${row.resultClasses}`;
}

function writesKey(row: Row, memory: Term): string {
  const classesOf = (t: Term) => row.guards.find((g) => g.term === t)?.classes ?? ANY;
  return row.effects
    .map((e) => {
      if (e.k === 'write')
        return `${e.path.key}=${e.value.k === 'fresh' ? `$${classesOf(e.value)}` : e.value.key}`;
      if (e.k === 'free') return e.memory === memory ? 'free' : `free ${e.memory.key}`;
      return '';
    })
    .filter((s) => s !== '')
    .sort()
    .join(';');
}

/** State names of a set, for traces. */
export const namesOf = (set: StateSet) => (set === 0 ? null : members(set));
