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
  const files = [...parts.files].sort((a, b) => compare(a.file, b.file));
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

function asCoverage({ file, function: name, bound }: Unfollowed): Coverage {
  return { file, function: name, kind: 'bound', reason: bound, span: null };
}
