import { callText, count, list } from '../explain/words.ts';
import type { ConfigEffect } from '../service-types.ts';

const file = '.membrane.json';

/**
 * What the tree's own configuration changes about a report, a line each; nothing where it changes nothing. With `stats` or
 * `verbose` also the number of baseline entries that match nothing, with `verbose` which.
 */
export function configLines(
  config: ConfigEffect,
  {
    stats,
    verbose,
    pathOf,
  }: {
    readonly stats: boolean;
    readonly verbose: boolean;
    readonly pathOf: (file: string) => string;
  },
): string[] {
  const lines: string[] = [];
  const { off, lowered, redefined, leftOut, known, stale, allowed, unusedAllows, problems } = config;
  if (problems.length > 0) {
    lines.push(`${count(problems.length, 'mistake')} in the configuration:`);
    for (const { file: where, line, column, message } of problems)
      lines.push(`  ${pathOf(where)}:${line}:${column}: ${message}`);
  }
  if (off.length > 0) lines.push(`${count(off.length, 'rule')} off by ${file}: ${list(off)}`);
  if (lowered.length > 0) {
    const rules = lowered.map(({ rule, level }) => `${rule} (${level})`);
    lines.push(`${count(lowered.length, 'rule')} lowered by ${file}: ${list(rules)}`);
  }
  if (redefined.length > 0) {
    const names = list(redefined.map(callText));
    lines.push(`${count(redefined.length, 'name')} of the kernel redefined by ${file}: ${names}`);
  }
  if (leftOut > 0) lines.push(`${count(leftOut, 'file or folder', 'files and folders')} left out by ${file}`);
  if (allowed > 0) lines.push(`${count(allowed, 'finding')} allowed by ${file}`);
  if (unusedAllows.length > 0) {
    lines.push(
      `${count(unusedAllows.length, "entry of 'allow'", "entries of 'allow'")} in ${file} ${unusedAllows.length === 1 ? 'keeps' : 'keep'} nothing silent; remove:`,
    );
    for (const { rule, file: where, function: name } of unusedAllows)
      lines.push(`  ${where}: ${name === undefined ? '' : `${callText(name)}: `}${rule}`);
  }
  if (known > 0) lines.push(`${count(known, 'finding')} in the baseline`);
  if (stale.length > 0 && (stats || verbose)) {
    const matches = stale.length === 1 ? 'matches' : 'match';
    lines.push(`${count(stale.length, 'baseline entry', 'baseline entries')} ${matches} nothing`);
    if (verbose) {
      for (const { file: where, function: name, rule, fingerprint } of stale)
        lines.push(`  ${where}: ${name === '' ? '' : `${callText(name)}: `}${rule} ${fingerprint}`);
    }
  }
  return lines;
}
