import { compileGlobs, type PathMatcher } from './glob.ts';

/** What a check leaves out: as it was asked to, and as the tree's own configuration has it, which is counted. */
export class Exclusion {
  /** Null where nothing is left out. */
  readonly matches: PathMatcher | null;
  private count = 0;

  constructor(asked: readonly string[], configured: readonly string[] = []) {
    const byRequest = compileGlobs(asked);
    const byConfig = compileGlobs(configured);
    const either: PathMatcher = (path) => {
      if (byRequest(path)) return true;
      if (!byConfig(path)) return false;
      this.count++;
      return true;
    };
    this.matches = asked.length + configured.length === 0 ? null : either;
  }

  /** How often the configuration alone said so: files and folders, if each is asked about once. */
  get leftOut(): number {
    return this.count;
  }
}
