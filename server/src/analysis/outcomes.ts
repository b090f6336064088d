import { anyLive, members, type StateSet, setOf, stepSet } from '../model/generic.ts';
import { PTR, Z } from './state.ts';
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
        (row) => row !== failing && hides(row, failing, flip, after, returnsValue),
      );
      if (!succeeding) continue;
      seen.add(flip.at.key);
      // Read, though nothing came of it, in a function that could have said so: its result hides the outcome.
      const kind = returnsValue && !flip.dropped ? 'hidden-outcome' : 'result-dropped';
      found.push({ kind, flip, failing, succeeding });
    }
  return found;
}

/** Whether `row` looks to callers like the row on which `flip` failed, and leaves the memory in another state. */
function hides(
  row: Row,
  failing: Row,
  flip: Extract<Effect, { k: 'flip' }>,
  after: StateSet,
  returnsValue: boolean,
): boolean {
  if (!sameObservables(row, failing)) return false;
  const good = finalState(row, flip.memory);
  if (good & setOf('freed') || good === after) return false;
  const converts = row.effects.some((e) => e.k === 'flip' && e.memory === flip.memory);
  // Private again on one error path, unknown on another: a caller that frees on error is right and wrong.
  if (returnsValue && converts && good === setOf('private')) return true;
  const sameCall = row.effects.some(
    (e) =>
      e.k === 'flip' &&
      e.ok &&
      e.site.key === flip.site.key &&
      e.at.key === flip.at.key &&
      e.memory === flip.memory,
  );
  // A result that was read is handled if the two outcomes make the function do different things.
  return sameCall && row.acts === failing.acts && (flip.dropped || row.deeds === failing.deeds);
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

function sameObservables(a: Row, b: Row): boolean {
  if (resultKey(a) !== resultKey(b) || a.writes !== b.writes) return false;
  for (const guard of a.guards) {
    const other = b.guards.find((g) => g.term === guard.term);
    if (other && (other.classes & guard.classes) === 0 && guard.term.k !== 'fresh') return false;
  }
  return true;
}

function resultKey(row: Row): string {
  if (!row.result) return 'void';
  if (row.result.k !== 'obj' && (row.resultClasses & Z) === 0 && (row.resultClasses & PTR) === 0)
    return 'nonzero';
  if (
    row.result.k !== 'obj' &&
    (row.result.k === 'fresh' || row.result.k === 'op') &&
    (row.resultClasses & Z) === 0
  )
    return 'nonzero';
  return row.result.k === 'fresh'
    ? `$${row.resultClasses}`
    : row.result.k === 'op'
      ? `op${row.resultClasses}`
      : `${row.result.key}${row.resultClasses}`;
}

/** State names of a set, for traces. */
export const namesOf = (set: StateSet) => (set === 0 ? null : members(set));
