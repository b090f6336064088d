import type { ScanFiles } from './survey.ts';
import type { Checked } from './tasks.ts';

/** Whoever does the work of a check. */
export interface Workforce {
  readonly scan: ScanFiles;
  /** Everything that is to be scanned was handed out. */
  listed(): void;
  /** There will be something to check: who has nothing else to do may make ready for it. */
  getReady(): void;
  /** `files`: relative to the root; they have to do with each other. */
  check(files: readonly string[]): Promise<Checked>;
  /** Rejects when nothing goes on. */
  readonly failure: Promise<never>;
  stop(): Promise<void>;
}
