import { pairsOf } from './pairs.ts';
import { mergeRows, resultSignature, signatureOf } from './rows.ts';
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
    uses: { row: null, before: through(a, a.uses), met: [through(b, b.uses)] },
  };
}

function narrowed(row: Row, bounds: Bounds, hit: (bound: 'effectsPerRow') => void): Row {
  const effects = row.effects.filter((effect) => effect.k !== 'write' || effect.unasked !== true);
  const limit = bounds.effectsPerRow * 2;
  if (effects.length <= limit) return effects.length === row.effects.length ? row : { ...row, effects };
  hit('effectsPerRow');
  // What happens to memory stays in any case; without some of the stores the row is no longer exact.
  const serious = effects.filter(isSerious).length;
  let room = Math.max(0, limit - serious);
  return {
    ...row,
    joined: true,
    effects: effects.filter((effect) => isSerious(effect) || room-- > 0),
  };
}

function isSerious(effect: Effect): boolean {
  return effect.k === 'flip' || effect.k === 'free' || effect.k === 'new' || effect.k === 'lock';
}

/** At most `bounds.rows` of a function's rows: those that do something to memory before those that do not. */
function keptRows(rows: readonly Row[], bounds: Bounds, hit: (bound: 'rows') => void): readonly Row[] {
  if (rows.length <= bounds.rows) return rows;
  for (let i = bounds.rows; i < rows.length; i++) hit('rows');
  const interest = (row: Row) =>
    row.effects.reduce(
      (sum, e) =>
        sum + (e.k === 'flip' ? (e.ok ? 4 : 6) : e.k === 'free' || e.k === 'new' || e.k === 'map' ? 2 : 0),
      0,
    );
  const ranked = rows.map((row, i) => ({ row, i, interest: interest(row) }));
  // One way for each result stays, whatever it does: a caller must have somewhere to go.
  const results = new Set<string>();
  const first = ranked.filter(({ row }) => {
    const key = resultSignature(row, false);
    return !results.has(key) && results.add(key);
  });
  const rest = ranked.filter((r) => !first.includes(r)).sort((a, b) => b.interest - a.interest || a.i - b.i);
  const seen = new Set(first.flatMap(({ row }) => visiblePairs(row)));
  // Then those that bring two things together for the first time, then the rest.
  const news = rest.filter(({ row }) => {
    const pairs = visiblePairs(row).filter((pair) => !seen.has(pair));
    for (const pair of pairs) seen.add(pair);
    return pairs.length > 0;
  });
  const old = rest.filter((r) => !news.includes(r));
  return [...first, ...news, ...old]
    .slice(0, bounds.rows)
    .sort((a, b) => a.i - b.i)
    .map((r) => r.row);
}

/** Every two of what callers can see of a row: its result, outcomes, frees, what it leaves in cells. */
function visiblePairs(row: Row): string[] {
  return pairsOf([
    resultSignature(row, false),
    ...row.effects.flatMap((e) =>
      e.k === 'flip' ? [`${e.site.key}${e.ok}`] : e.k === 'free' ? [e.site.key] : [],
    ),
    ...row.writes.split(';'),
  ]);
}

