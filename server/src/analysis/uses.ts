import type { Row } from './summary.ts';

/**
 * Which rows of callees a path has gone through. Paths that meet are one afterwards, so their ways there hang on the place
 * where they met, also those that come later.
 */
export interface Uses {
  readonly row: Row | null;
  readonly before: Uses | null;
  readonly met: (Uses | null)[];
}

/** A path goes through a row. */
export const through = (row: Row, before: Uses | null): Uses => ({ row, before, met: [] });

/** A place where other paths can join a path. */
export const meeting = (before: Uses | null): Uses => ({ row: null, before, met: [] });

/**
 * Every row that paths which end with one of `rows` have gone through, in callees of callees too; those included. `renewed`: of rows that
 * are kept from an earlier run, the ways that led to them in the last one.
 */
export function rowsBehind(rows: Iterable<Row>, renewed: ReadonlyMap<Row, Uses | null>): ReadonlySet<Row> {
  const waysTo = (row: Row) => (renewed.has(row) ? renewed.get(row)! : row.uses);
  const found = new Set<Row>(rows);
  const seen = new Set<Uses>();
  const open: (Uses | null)[] = [...found].map(waysTo);
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === null || seen.has(at)) continue;
    seen.add(at);
    open.push(at.before, ...at.met);
    if (at.row === null || found.has(at.row)) continue;
    found.add(at.row);
    open.push(waysTo(at.row));
  }
  return found;
}
