import type { Problem } from './project/files.ts';
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
}

/** One report of many: sorted, so that the same parts give the same bytes whoever finished first. */
export function mergeReports(parts: CheckParts): CheckReport {
  const files = [...parts.files].sort((a, b) => compare(a.file, b.file));
  const sum = files.reduce<Stats>((stats, file) => addStats(stats, file.stats), noStats);
  return {
    root: parts.root,
    version: parts.version,
    diagnostics: files.flatMap((file) => file.diagnostics).sort(byPlace),
    coverage: files.flatMap((file) => file.coverage),
    problems: [...parts.problems].sort((a, b) => compare(a.file, b.file) || compare(a.message, b.message)),
    stats: { ...sum, filesSearched: parts.filesSearched },
  };
}
