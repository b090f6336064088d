import type { Coverage } from '../analysis/finding.ts';
import { count } from './words.ts';

/** Kinds after which a function counts as not analysed; after the others it was, with a gap. */
const lost: ReadonlySet<Coverage['kind']> = new Set(['budget', 'crash']);

const kindWords: Readonly<Record<Coverage['kind'], string>> = {
  budget: 'over budget',
  crash: 'crash of the engine',
  'parse-error': 'parse error',
  havoc: 'not understood',
  bound: 'over a bound',
  'dropped-arm': '#if arm dropped',
};

/** One entry in words, for a listing: `over budget: steps per function`. */
export function coverageText(entry: Coverage): string {
  return `${kindWords[entry.kind]}: ${entry.reason}`;
}

/**
 * What was not analysed, in one or two short lines; empty if all was.
 * `not analysed: 2 functions (1 crash of the engine, 1 over budget); partly: 1 function (1 computed goto); 4 #if arms dropped`
 */
export function coverageSummary(coverage: readonly Coverage[]): string[] {
  const lostBy = new Map<string, string>();
  const partly = new Map<string, string>();
  let arms = 0;
  for (const entry of coverage) {
    const key = `${entry.file}\0${entry.function}`;
    if (entry.kind === 'dropped-arm') arms++;
    else if (lost.has(entry.kind)) lostBy.set(key, lostBy.get(key) ?? kindWords[entry.kind]);
    else partly.set(key, partly.get(key) ?? (entry.kind === 'havoc' ? entry.reason : kindWords[entry.kind]));
  }
  for (const key of lostBy.keys()) partly.delete(key);
  const parts: string[] = [];
  if (lostBy.size > 0) parts.push(`not analysed: ${functions(lostBy)}`);
  if (partly.size > 0) parts.push(`analysed in part: ${functions(partly)}`);
  if (arms > 0) parts.push(`${count(arms, '#if arm')} dropped`);
  return parts;
}

function functions(reasons: ReadonlyMap<string, string>): string {
  const counts = new Map<string, number>();
  for (const reason of reasons.values()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const shown = sorted.slice(0, 4).map(([reason, n]) => `${n} ${reason}`);
  const rest = sorted.slice(4).reduce((sum, [, n]) => sum + n, 0);
  if (rest > 0) shown.push(`${rest} other`);
  return `${count(reasons.size, 'function')} (${shown.join(', ')})`;
}

/** `4 errors, 2 warnings`, loudest first; empty for none. */
export function levelCounts(levels: readonly ('error' | 'warning' | 'info' | 'hint')[]): string {
  const names = [
    ['error', 'error', 'errors'],
    ['warning', 'warning', 'warnings'],
    ['info', 'note', 'notes'],
    ['hint', 'hint', 'hints'],
  ] as const;
  const parts: string[] = [];
  for (const [level, one, many] of names) {
    const n = levels.filter((l) => l === level).length;
    if (n > 0) parts.push(count(n, one, many));
  }
  return parts.join(', ');
}
