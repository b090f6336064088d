import type { Coverage } from '../analysis/finding.ts';
import { count } from './words.ts';

/** Kinds after which a function counts as not analysed; after the others it was, with a gap. */
const lost: ReadonlySet<Coverage['kind']> = new Set(['budget', 'crash']);

const kindWords: Readonly<Record<Coverage['kind'], string>> = {
  budget: 'over budget',
  crash: 'crash of the engine',
  'parse-error': 'parse error',
  havoc: 'not understood',
  bound: 'cut short',
  'dropped-arm': '#if arm dropped',
};

/** What it means to a reader that a bound of the engine was hit, by the bound's name. */
const boundWords: Readonly<Record<string, string>> = {
  rows: 'callers know only its most telling ways',
  effectsPerRow: 'callers do not know all that it does',
  statesPerBlock: 'some of its ways were joined, and what they show is a hint at most',
  cases: 'not all that other functions leave behind was tried on it',
  rounds: 'it calls itself through others, and was looked at a few times only',
  fanIn: 'its callers are not followed, too many files use its name',
  hops: 'its callers are not followed, they are too many files away',
  stepsPerFunction: 'it takes more steps than a function gets',
  timePerFunction: 'it takes more time than a function gets',
  loopVisits: 'its loops go round more often than is followed',
  objects: 'it has more memory at hand than is told apart',
  pathFields: 'it reaches deeper into structures than is followed',
};

/** Bounds that end the search for callers; the others leave out ways through the function itself. */
const callersLost: ReadonlySet<string> = new Set(['fanIn', 'hops']);

/** Bounds that leave the ways through the function itself as they are. */
const othersLost: ReadonlySet<string> = new Set(['cases', ...callersLost]);

/** The name of the bound that a reason tells of: `rows` of `rows (10 times)`. */
function boundOf(reason: string): string {
  return /^\w*/.exec(reason)![0];
}

/** Names of functions of which not every way is known, or not all that it does. */
export function knownInPart(coverage: readonly Coverage[]): ReadonlySet<string> {
  const isPart = ({ kind, reason }: Coverage) =>
    lost.has(kind) || (kind === 'bound' && !othersLost.has(boundOf(reason)));
  return new Set(coverage.filter(isPart).map((entry) => entry.function));
}

/** A reason in words: `callers know only its most telling ways (10 times)`. The name of the bound is for programs. */
export function reasonText(reason: string): string {
  const name = boundOf(reason);
  const words = Object.hasOwn(boundWords, name) ? boundWords[name] : undefined;
  return words === undefined ? reason : `${words}${reason.slice(name.length)}`;
}

/** The bounds that a report may say were hit, sorted. */
export const boundNames: readonly string[] = Object.keys(boundWords).sort();

/** One entry in words, for a listing: `over budget: it takes more steps than a function gets`. */
export function coverageText({ kind, reason }: Pick<Coverage, 'kind' | 'reason'>): string {
  return `${kindWords[kind]}: ${kind === 'bound' || kind === 'budget' ? reasonText(reason) : reason}`;
}

/**
 * What was not analysed, in one or two short lines; empty if all was. `not analysed: 2 functions (1 crash of the engine, 1 over budget);
 * analysed in part: 1 function (1 computed goto), what only the rest shows is missed; 4 #if arms dropped`
 */
export function coverageSummary(coverage: readonly Coverage[]): string[] {
  const lostBy = new Map<string, string>();
  const partly = new Map<string, string>();
  let arms = 0;
  for (const entry of coverage) {
    const key = `${entry.file}\0${entry.function}`;
    if (entry.kind === 'dropped-arm') arms++;
    else if (lost.has(entry.kind)) lostBy.set(key, lostBy.get(key) ?? kindWords[entry.kind]);
    else partly.set(key, partly.get(key) ?? partOf(entry));
  }
  for (const key of lostBy.keys()) partly.delete(key);
  const parts: string[] = [];
  if (lostBy.size > 0) parts.push(`not analysed: ${functions(lostBy)}`);
  if (partly.size > 0)
    parts.push(`analysed in part: ${functions(partly)}, what only the rest shows is missed`);
  if (arms > 0) parts.push(`${count(arms, '#if arm')} dropped`);
  return parts;
}

/** Why a function was analysed in part, behind a number of such functions. */
function partOf({ kind, reason }: Coverage): string {
  if (kind === 'havoc') return reason;
  if (kind !== 'bound') return kindWords[kind];
  return callersLost.has(reason) ? 'whose callers are not followed' : 'with more ways than are followed';
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
    ['info', 'info', 'infos'],
    ['hint', 'hint', 'hints'],
  ] as const;
  const parts: string[] = [];
  for (const [level, one, many] of names) {
    const n = levels.filter((l) => l === level).length;
    if (n > 0) parts.push(count(n, one, many));
  }
  return parts.join(', ');
}
