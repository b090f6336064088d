import type { CancellationToken } from '../../base/token.ts';
import type { CallIndex } from '../../project/call-index.ts';
import { discover, type SourceFile } from '../../project/discover.ts';
import type { Problem } from '../../project/files.ts';
import type { PathMatcher } from '../../project/glob.ts';
import { IndexUpdate, type UpdatePart } from '../../project/index-update.ts';
import { relativePath } from '../../project/paths.ts';
import type { Scan } from '../../project/read.ts';
import type { CheckResources } from './check.ts';

/** What is to be looked at. */
export interface SurveyRequest {
  readonly root: string;
  /** Absolute paths that exist: files or folders. */
  readonly paths: readonly string[];
  readonly excluded: PathMatcher | null;
}

/** How it is to be looked at. */
export interface SurveyRun {
  readonly scan: ScanFiles;
  /** Told when the last part was handed out. */
  listed?(): void;
  /** From the last time; null: all files are read. */
  readonly old: CallIndex | null;
  /** Milliseconds since 1970, from before any file was looked at. */
  readonly now: number;
}

/** What was found: names of every file, and the files that must be checked because they were named. */
export interface Survey {
  readonly index: CallIndex;
  /** Something is different from `old`. */
  readonly changed: boolean;
  /** Files that were named and could be read, relative to the root. */
  readonly named: readonly string[];
  /** Relative to the root. */
  readonly searched: readonly string[];
  readonly problems: readonly Problem[];
}

/** Searches some files; how, and in which thread, is for others to say. */
export type ScanFiles = (files: readonly SourceFile[], known: Float64Array) => Promise<Scan>;

/** Files that are searched in one go. */
const chunk = 256;

/** Lists what is to be looked at, and has it searched in parts. */
export class Surveyor {
  private readonly problems: Problem[] = [];
  private readonly searched: string[] = [];
  private readonly named: string[] = [];
  private readonly files: Generator<SourceFile>;
  private readonly ahead: SourceFile[] = [];

  constructor(
    { fs }: Pick<CheckResources, 'fs'>,
    private readonly request: SurveyRequest,
    token: CancellationToken,
  ) {
    const { root, paths, excluded } = request;
    this.files = discover({ fs, root, paths, excluded, token, onProblem: (p) => this.problems.push(p) });
  }

  /** Whether there are more than so many files; they are not lost. */
  hasMoreThan(count: number): boolean {
    while (this.ahead.length <= count) {
      const next = this.files.next();
      if (next.done) return false;
      this.ahead.push(next.value);
    }
    return true;
  }

  /** Lists everything now; how many files there are. */
  count(): number {
    this.hasMoreThan(Number.POSITIVE_INFINITY);
    return this.ahead.length;
  }

  /** Searches everything. */
  async run({ scan, listed, old, now }: SurveyRun): Promise<Survey> {
    const update = new IndexUpdate(old, now);
    const scans: Promise<void>[] = [];
    let part: SourceFile[] = [];
    const hand = () => {
      if (part.length > 0) scans.push(this.part(part, scan, update));
      part = [];
    };
    for (const file of this.all()) {
      part.push(file);
      if (part.length === chunk) hand();
    }
    hand();
    listed?.();
    await Promise.all(scans);
    const { index, same } = update.finish();
    return {
      index,
      changed: !same,
      named: this.named.sort(),
      searched: this.searched,
      problems: this.problems,
    };
  }

  private *all(): Generator<SourceFile> {
    yield* this.ahead;
    // Not `for … of`: what was begun in {@link hasMoreThan} goes on here.
    for (let next = this.files.next(); !next.done; next = this.files.next()) yield next.value;
  }

  private async part(files: readonly SourceFile[], scan: ScanFiles, update: IndexUpdate): Promise<void> {
    const { root } = this.request;
    const names = files.map(({ path }) => relativePath(root, path));
    const part: UpdatePart = update.part(names);
    const { calls, relevant, problems } = await scan(files, part.known);
    if (calls !== undefined) update.scanned(part, calls);
    this.problems.push(...problems);
    for (const name of names) this.searched.push(name);
    if (!files.some(({ named }) => named)) return;
    const read = new Set(relevant.map(({ path }) => path));
    const kept = new Set(calls?.kept ?? []);
    for (const [i, { path, named }] of files.entries())
      if (named && (read.has(path) || kept.has(i))) this.named.push(names[i]!);
  }
}
