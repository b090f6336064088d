import { anyLive, members, type StateSet, setOf, stepSet } from '../model/generic.ts';
import { PTR, Z } from './state.ts';
import type { Effect, Row, Summary } from './summary.ts';
import type { Path, Term } from './terms.ts';

type FlipEffect = Extract<Effect, { k: 'flip' }>;

/** A flip of which callers cannot learn the outcome, or only by a result that lies. */
export interface HiddenOutcome {
  readonly kind: 'result-dropped' | 'hidden-outcome';
  readonly flip: FlipEffect;
  /** The row on which it failed. */
  readonly failing: Row;
  readonly succeeding: Row;
}

/**
 * Rows with equal observables (result, guards, written cells) that leave memory which the caller can reach in
 * different states: nobody can tell them apart. `isKnown`: a literal that callers can decide too. `returnsValue`: the function has a result that could have told.
 */
export function hiddenOutcomes(
  summary: Summary,
  returnsValue: boolean,
  isKnown: (guard: Term) => boolean,
  summaryOf: (name: string) => Summary | null,
): HiddenOutcome[] {
  const found: HiddenOutcome[] = [];
  const seen = new Set<string>();
  for (const failing of summary.rows)
    for (const flip of failing.effects) {
      if (flip.k !== 'flip' || flip.ok || flip.hiddenBelow || seen.has(flip.at.key)) continue;
      // What a callee says by a flag, or to nobody, this function need not or cannot pass on by what it returns.
      if (
        flip.at.key !== flip.site.key &&
        !flagCleared(failing, summary.name) &&
        !isItsToTell(summaryOf(flip.via), flip)
      )
        continue;
      // Which element of an array it was that failed is not told apart.
      if (inArray(failing, flip.memory)) continue;
      const after = finalState(failing, flip.memory);
      if (after & setOf('freed') || (after & ~setOf('private')) === 0) continue;
      const succeeding = summary.rows.find(
        (row) => row !== failing && hides(row, failing, summary.rows, flip, after, returnsValue, isKnown),
      );
      if (!succeeding) continue;
      seen.add(flip.at.key);
      // A way back that was read, though nothing came of it: the function says that all is well. A way out of which
      // nothing came but a message is as good as dropped.
      const lies = returnsValue && !flip.dropped && (flip.to === 'private' || isError(failing));
      const kind = lies ? 'hidden-outcome' : 'result-dropped';
      found.push({ kind, flip, failing, succeeding });
    }
  return found;
}

/**
 * Whether the outcome of a transition below is told by what the callee returns and by nothing else: not by a flag that it
 * leaves for whoever frees the memory.
 */
function isItsToTell(callee: Summary | null, flip: FlipEffect): boolean {
  if (callee === null) return true;
  const rowsWith = (ok: boolean) =>
    callee.rows.filter((row) =>
      row.effects.some((e) => e.k === 'flip' && e.ok === ok && e.site.key === flip.site.key),
    );
  const worked = rowsWith(true);
  const failed = rowsWith(false);
  const results = new Set(worked.map(resultKey));
  if (!failed.some((row) => row.result !== null && !results.has(resultKey(row)))) return false;
  const cells = new Set(worked.map((row) => row.writes));
  return failed.some((row) => cells.has(row.writes));
}

function inArray(row: Row, memory: Term): boolean {
  if (memory.k === 'entry' && hasIndex(memory.path)) return true;
  return row.effects.some((e) => e.k === 'write' && e.value === memory && hasIndex(e.path));
}

function hasIndex(path: Path): boolean {
  for (let p: Path | null = path; p; p = p.parent) if (p.step?.k === 'index') return true;
  return false;
}

/** Whether `row` looks to callers like the row on which `flip` failed, and leaves the memory in another state. */
function hides(
  row: Row,
  failing: Row,
  rows: readonly Row[],
  flip: FlipEffect,
  after: StateSet,
  returnsValue: boolean,
  isKnown: (guard: Term) => boolean,
): boolean {
  if (!sameObservables(row, failing, isKnown)) return false;
  const good = finalState(row, flip.memory);
  if (good & setOf('freed') || good === after) return false;
  if (returnsValue && undone(row, flip.memory, good)) return true;
  if (returnsValue && flip.memory.k === 'entry' && untouched(row, flip.memory) && flagCleared(failing))
    return true;
  const sameCall = row.effects.some(
    (e) =>
      e.k === 'flip' &&
      e.ok &&
      e.site.key === flip.site.key &&
      e.at.key === flip.at.key &&
      e.memory === flip.memory,
  );
  // An error tells that something failed; a result that was read is handled if the function does something about it.
  if (!sameCall || isError(failing)) return false;
  if (flip.dropped) return row.acts === failing.acts;
  // Success is returned either way, whatever else is done: callers take the memory for private.
  const says =
    returnsValue && good === setOf('private') && failing.result?.k === 'int' && failing.result.value === 0;
  return !matters(rows, flip, says);
}

/**
 * Whether the outcome of a transition makes a difference: on some way out with the one outcome the function does or
 * returns what it does on none with the other. `toCallers`: only what callers can see counts.
 */
function matters(rows: readonly Row[], flip: FlipEffect, toCallers: boolean): boolean {
  const seen = { ok: new Set<string>(), failed: new Set<string>() };
  for (const row of rows) {
    const here = row.effects.find(
      (e) => e.k === 'flip' && e.at.key === flip.at.key && e.site.key === flip.site.key,
    );
    if (here?.k !== 'flip') continue;
    seen[here.ok ? 'ok' : 'failed'].add(
      [resultKey(row), row.writes, row.acts, toCallers ? '' : row.deeds].join('|'),
    );
  }
  return seen.ok.size !== seen.failed.size || [...seen.ok].some((key) => !seen.failed.has(key));
}

/** Shared and made private again: on this way out the memory may be freed, and callers will think so on all. */
function undone(row: Row, memory: Term, final: StateSet): boolean {
  return (
    final === setOf('private') &&
    row.effects.some((e) => e.k === 'flip' && e.to === 'shared' && e.ok && e.memory === memory)
  );
}

function untouched(row: Row, memory: Term): boolean {
  return !row.effects.some((e) => e.k !== 'require' && 'memory' in e && e.memory === memory);
}

/**
 * A cell that was set before the transition and says after its failure what it says where none was tried. `by`: the function
 * that has to have written it itself.
 */
function flagCleared(failing: Row, by?: string): boolean {
  const flip = failing.effects.findIndex((e) => e.k === 'flip' && !e.ok);
  return failing.effects.some(
    (e, i) =>
      i > flip &&
      e.k === 'write' &&
      e.value.k === 'int' &&
      e.value.value === 0 &&
      (by === undefined || e.site.function === by),
  );
}

/** A number that is an error: callers know that something failed. */
function isError(row: Row): boolean {
  return row.result !== null && row.result.k !== 'obj' && (row.resultClasses & (Z | PTR)) === 0;
}

function wholeOf(memory: Term): Term {
  let whole = memory;
  while (whole.k === 'op' && (whole.op === 'add' || whole.op === 'sub' || whole.op === 'at'))
    whole = whole.args[0]!;
  return whole;
}

/** An error of a name of its own, which the other way out never returns: callers can tell. */
function tellsByErrno(a: Row, b: Row): boolean {
  const name = a.result;
  if (!name || !isErrno(name) || !b.result || b.result === name) return false;
  if (isErrno(b.result)) return true;
  return b.guards.some(
    (g) =>
      g.classes === Z &&
      g.term.k === 'op' &&
      g.term.op === 'eq' &&
      g.term.args[0] === b.result &&
      g.term.args[1] === name,
  );
}

function isErrno(term: Term): boolean {
  return term.k === 'op' && term.op === 'neg' && term.args[0]!.k === 'const';
}

/** The states memory is in when a row is done, from anything that it may have been in at entry. */
export function finalState(row: Row, memory: Term): StateSet {
  let set = anyLive;
  for (const effect of row.effects) {
    if (!('memory' in effect)) continue;
    // Freeing the whole frees the part.
    if (effect.memory !== memory && !(effect.k === 'free' && wholeOf(memory) === effect.memory)) continue;
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

function sameObservables(a: Row, b: Row, isKnown: (guard: Term) => boolean): boolean {
  if (resultKey(a) !== resultKey(b) || a.writes !== b.writes) return false;
  if (tellsByErrno(a, b) || tellsByErrno(b, a)) return false;
  for (const guard of a.guards) {
    const other = b.guards.find((g) => g.term === guard.term);
    if (other && (other.classes & guard.classes) === 0 && isKnown(guard.term)) return false;
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
