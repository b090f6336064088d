import type { Coverage } from './analysis/finding.ts';
import type { Problem } from './project/files.ts';
import type { Unfollowed } from './project/reach.ts';
import { byPlace, compare } from './service-judge.ts';
import { addStats, noStats } from './service-stats.ts';
import type { CheckReport, FileReport, Stats } from './service-types.ts';

/** What a check is made of, in any order. */
export interface CheckParts {
  readonly root: string;
  readonly version: CheckReport['version'];
  readonly files: readonly FileReport[];
  readonly problems: readonly Problem[];
  readonly filesSearched: number;
  /** Functions whose callers in other files were not followed. */
  readonly unfollowed?: readonly Unfollowed[];
}

/** One report of many: sorted, so that the same parts give the same bytes whoever finished first. */
export function mergeReports(parts: CheckParts): CheckReport {
  const files = eachOnce(parts.files).sort((a, b) => compare(a.file, b.file));
  const sum = files.reduce<Stats>((stats, file) => addStats(stats, file.stats), noStats);
  const unfollowed = (parts.unfollowed ?? []).map(asCoverage);
  const bounds = unfollowed.reduce<Stats>(
    (stats, { reason }) => addStats(stats, { ...noStats, bounds: { [reason]: 1 } }),
    sum,
  );
  return {
    root: parts.root,
    version: parts.version,
    diagnostics: files.flatMap((file) => file.diagnostics).sort(byPlace),
    coverage: [...files.flatMap((file) => file.coverage), ...unfollowed],
    problems: [...parts.problems].sort((a, b) => compare(a.file, b.file) || compare(a.message, b.message)),
    stats: { ...bounds, filesSearched: parts.filesSearched },
  };
}

/** A header may be looked at with several groups of files: what they found in it is one report. */
function eachOnce(reports: readonly FileReport[]): FileReport[] {
  const byFile = new Map<string, FileReport>();
  for (const report of reports) {
    const known = byFile.get(report.file);
    if (known === undefined) byFile.set(report.file, report);
    else {
      const seen = new Set(known.diagnostics.map((d) => d.fingerprint));
      const more = report.diagnostics.filter((d) => !seen.has(d.fingerprint));
      byFile.set(report.file, { ...known, diagnostics: [...known.diagnostics, ...more] });
    }
  }
  return [...byFile.values()];
}

function asCoverage({ file, function: name, bound }: Unfollowed): Coverage {
  return { file, function: name, kind: 'bound', reason: bound, span: null };
}
