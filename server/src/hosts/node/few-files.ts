import { scan } from '../../project/read.ts';
import { searchedFiles } from './searched-files.ts';
import type { ScanFiles } from './survey.ts';
import type { CheckSettings } from './tasks.ts';

/** Scans in this thread, as a worker would. */
export function scanHere({ root, version, extra, largest }: CheckSettings): ScanFiles {
  const { fs, filter, calls } = searchedFiles(version, extra);
  return async (files, known) => scan(fs, root, files, filter, { fs, calls, known }, largest);
}
