import { reasonText } from '../explain/coverage.ts';
import type { Stats } from '../service-types.ts';

/** The numbers that `--stats` prints, one a line, counts by reason indented below their sum. */
export function statsText(stats: Stats): string[] {
  const rows: [string, string][] = [
    ['files searched', `${stats.filesSearched}`],
    ['files parsed', `${stats.filesParsed}`],
    ['functions', `${stats.functions}`],
    ['functions with transitions', `${stats.functionsWithTransitions}`],
    ['transitions', `${stats.transitions}`],
    ['functions with a parse error', share(stats.functionsWithParseErrors, stats.functions)],
    ['functions with a havoc', share(stats.functionsWithHavoc, stats.functions)],
    [
      '  of those with transitions',
      share(stats.transitionFunctionsWithHavoc, stats.functionsWithTransitions),
    ],
    ...group('havocs', stats.havocs),
    ...group('#if arms dropped', stats.droppedArms),
    ...group('cut short', stats.bounds, reasonText),
    ['crashes of the engine', `${stats.crashes}`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

function group(
  name: string,
  counts: Readonly<Record<string, number>>,
  words: (reason: string) => string = (reason) => reason,
): [string, string][] {
  const entries = Object.entries(counts).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const sum = entries.reduce((total, [, n]) => total + n, 0);
  return [
    [name, `${sum}`],
    ...entries.map(([reason, n]): [string, string] => [`  ${words(reason)}`, `${n}`]),
  ];
}

function share(part: number, whole: number): string {
  return whole === 0 ? `${part}` : `${part} of ${whole} (${((100 * part) / whole).toFixed(2)} %)`;
}
