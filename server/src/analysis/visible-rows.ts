import { addTo } from '../base/maps.ts';
import { pairsOf } from './pairs.ts';
import { mergeRows, resultSignature, signatureOf } from './rows.ts';
import { Z } from './state.ts';
import type { Effect, Row } from './summary.ts';
import type { Terms } from './terms.ts';
import type { Bounds } from './types.ts';
import { through } from './uses.ts';

/**
 * The rows of a function as its callers see them: without stores that nobody asks for, errors by any name alike, no more
 * effects and no more rows than the bounds allow. `hit` is told of bounds.
 */
export function visibleRows(
  rows: readonly Row[],
  bounds: Bounds,
  terms: Terms,
  hit: (bound: 'rows' | 'effectsPerRow') => void,
): readonly Row[] {
  const bySignature = new Map<string, Row>();
  for (const row of rows) {
    const mine = narrowed(row, bounds, hit);
    const signature = signatureOf(mine, false);
    const known = bySignature.get(signature);
    bySignature.set(signature, known === undefined ? mine : both(known, mine, terms));
  }
  return keptRows([...bySignature.values()], bounds, hit);
}

/** One row for two: the ways to it lead through both. */
function both(a: Row, b: Row, terms: Terms): Row {
  return {
    ...mergeRows(a, b, terms),
    uses: { row: null, before: through(a, null), met: [through(b, null)] },
  };
}

function narrowed(row: Row, bounds: Bounds, hit: (bound: 'effectsPerRow') => void): Row {
  const effects = row.effects.filter((effect) => effect.k !== 'write' || effect.unasked !== true);
  const limit = bounds.effectsPerRow * 2;
  if (effects.length === row.effects.length && effects.length <= limit) return row;
  // Who goes through this row goes through the one that it stands for.
  const uses = through(row, null);
  if (effects.length <= limit) return { ...row, effects, uses };
  hit('effectsPerRow');
  // What happens to memory stays in any case; without some of the stores the row is no longer exact.
  const serious = effects.filter(isSerious).length;
  let room = Math.max(0, limit - serious);
  return {
    ...row,
    uses,
    joined: true,
    effects: effects.filter((effect) => isSerious(effect) || room-- > 0),
  };
}

function isSerious(effect: Effect): boolean {
  return effect.k === 'flip' || effect.k === 'free' || effect.k === 'new' || effect.k === 'lock';
}

/**
 * At most `bounds.rows` of a function's rows. One way for each result stays, whatever it does: a caller must have somewhere to
 * go. Then each situation at entry gets its turn, for callers know which one is theirs; in it those rows come first that
 * do something to memory, and bring two things together for the first time.
 */
function keptRows(rows: readonly Row[], bounds: Bounds, hit: (bound: 'rows') => void): readonly Row[] {
  if (rows.length <= bounds.rows) return rows;
  for (let i = bounds.rows; i < rows.length; i++) hit('rows');
  const kept = new Set<Row>();
  const results = new Set<string>();
  for (const row of rows) {
    const key = resultSignature(row, false);
    if (!results.has(key)) kept.add(row);
    results.add(key);
  }
  const situations = bySituation(rows);
  const seen = new Set([...kept].flatMap(visiblePairs));
  while (kept.size < bounds.rows) {
    const before = kept.size;
    for (const queue of situations) {
      const row = next(queue, kept, seen);
      if (row !== null && kept.size < bounds.rows) kept.add(row);
    }
    if (kept.size === before) break;
  }
  return rows.filter((row) => kept.has(row)).slice(0, bounds.rows);
}

/** Rows by what they ask of cells at entry, those of a new struct first, then those that ask least; in each the most eventful first. */
function bySituation(rows: readonly Row[]): Row[][] {
  const situations = new Map<string, Row[]>();
  for (const row of rows) addTo(situations, situationOf(row).join('&'), row);
  for (const queue of situations.values()) queue.sort((a, b) => interestOf(b) - interestOf(a));
  const demands = (queue: readonly Row[]) => [demandsOf(queue[0]!), situationOf(queue[0]!).length] as const;
  return [...situations.values()]
    .map((queue) => ({ queue, of: demands(queue) }))
    .sort((a, b) => a.of[0] - b.of[0] || a.of[1] - b.of[1])
    .map(({ queue }) => queue);
}

/** What must have been set before: a new struct, in which all is 0, is what constructors work on. */
function demandsOf(row: Row): number {
  return row.guards.filter(
    ({ term, classes }) => term.k === 'entry' && term.path.length > 0 && (classes & Z) === 0,
  ).length;
}

function situationOf(row: Row): string[] {
  return row.guards.flatMap(({ term, classes }) =>
    term.k === 'entry' && term.path.length > 0 ? [`${term.key}?${classes}`] : [],
  );
}

/** The next row of a situation that brings news, or else the next one; null if none is left. Takes it out. */
function next(queue: Row[], kept: ReadonlySet<Row>, seen: Set<string>): Row | null {
  while (queue.length > 0 && kept.has(queue[0]!)) queue.shift();
  const news = queue.findIndex((row) => !kept.has(row) && visiblePairs(row).some((pair) => !seen.has(pair)));
  const [row] = queue.splice(Math.max(0, news), 1);
  if (row === undefined) return null;
  for (const pair of visiblePairs(row)) seen.add(pair);
  return row;
}

function interestOf(row: Row): number {
  return row.effects.reduce(
    (sum, e) =>
      sum + (e.k === 'flip' ? (e.ok ? 4 : 6) : e.k === 'free' || e.k === 'new' || e.k === 'map' ? 2 : 0),
    0,
  );
}

/** Every two of what callers can see of a row: its result, outcomes, frees, what it leaves in cells. */
function visiblePairs(row: Row): readonly string[] {
  let pairs = pairsOfRow.get(row);
  if (pairs === undefined) {
    pairs = pairsOf([
      resultSignature(row, false),
      ...row.effects.flatMap((e) =>
        e.k === 'flip' ? [`${e.site.key}${e.ok}`] : e.k === 'free' ? [e.site.key] : [],
      ),
      ...row.writes.split(';'),
    ]);
    pairsOfRow.set(row, pairs);
  }
  return pairs;
}

const pairsOfRow = new WeakMap<Row, readonly string[]>();
