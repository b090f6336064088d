import type { IrFunction } from './types.ts';

/** Where something stands, and what the text was. */
const places: ReadonlySet<string> = new Set(['start', 'end', 'hash']);

/** Whether two functions do the same and only stand elsewhere, as after a blank or a comment was typed into one. */
export function sameButPlaces(a: IrFunction, b: IrFunction): boolean {
  return a.blocks === b.blocks || same(a, b);
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((one, i) => same(one, b[i]));
  const [mine, others] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  for (const key in mine) if (!places.has(key) && !same(mine[key], others[key])) return false;
  for (const key in others) if (!(key in mine)) return false;
  return true;
}
