import { type CancellationToken, Cancelled, check as stopIfCancelled } from '../../base/token.ts';
import { discover, type SourceFile } from '../../project/discover.ts';
import { Exclusion } from '../../project/exclusion.ts';
import type { FileSystem, Problem } from '../../project/files.ts';
import { relativePath } from '../../project/paths.ts';
import type { RelevantFile } from '../../project/read.ts';
import { compare } from '../../service-judge.ts';
import { mergeReports } from '../../service-merge.ts';
import type { CheckReport, FileReport } from '../../service-types.ts';
import type { SyntaxBackend } from '../../syntax/types.ts';
import { type BackendName, beside } from './backend.ts';
import { WorkerPool } from './pool.ts';
import { type CheckSettings, type FileResult, Tasks } from './tasks.ts';

/** What to check and how. */
export interface CheckRequest extends CheckSettings {
  /** Absolute and normalised; they exist. */
  readonly paths: readonly string[];
  /** Globs of paths relative to the root. */
  readonly exclude: readonly string[];
  /** The same, from the tree's own configuration; what they leave out is counted. */
  readonly configExclude?: readonly string[];
  /** Worker threads; a few files are checked without any. */
  readonly jobs: number;
  readonly backend: BackendName;
}

/** What a check works with. */
export interface CheckResources {
  readonly fs: FileSystem;
  /** @throws BackendError */
  loadBackend(name: BackendName): Promise<SyntaxBackend>;
  /** Worker threads can be used: they see the same files. */
  readonly threads: boolean;
}

/** How far a check is. `total` grows while folders are listed. */
export interface Progress {
  readonly phase: 'search' | 'check';
  readonly done: number;
  readonly total: number;
  readonly findings: number;
}

/** Who wants to know, and who may stop it. */
export interface CheckObserver {
  readonly token: CancellationToken;
  onProgress?(progress: Progress): void;
  /** The work is done by threads from here on, so that this one is free to listen. */
  onThreads?(): void;
}

/** A report, and what went wrong inside of us on the way to it (stacks, for those who ask). */
export interface CheckOutcome {
  readonly report: CheckReport;
  readonly crashes: readonly string[];
  /** Files and folders that the tree's own configuration left out. */
  readonly leftOut: number;
}

/** So many files are checked in this thread: starting others would take longer than the work. */
const fewFiles = 16;

/** Files that a thread searches in one go. */
const chunk = 256;

/** Milliseconds that one file may take before it is given up. */
const jobTimeout = 120_000;

/**
 * Checks files, folders, whole trees: lists, searches for what matters, analyses that. The report is the same for any
 * number of threads. @throws Cancelled, BackendError
 */
export async function runCheck(
  resources: CheckResources,
  request: CheckRequest,
  observer: CheckObserver,
): Promise<CheckOutcome> {
  const { fs, threads } = resources;
  const problems: Problem[] = [];
  const exclusion = new Exclusion(request.exclude, request.configExclude);
  const files = discover({
    fs,
    root: request.root,
    paths: request.paths,
    excluded: exclusion.matches,
    token: observer.token,
    onProblem: (problem) => problems.push(problem),
  });
  const first: SourceFile[] = [];
  // Not `for … of`: leaving one early would end the walk.
  while (!threads || first.length <= fewFiles) {
    const next = files.next();
    if (next.done) break;
    first.push(next.value);
  }
  const run = threads && first.length > fewFiles ? new ThreadedRun(request, observer) : null;
  if (run) observer.onThreads?.();
  const work = run
    ? await run.check(chained(first, files))
    : await checkHere(resources, request, observer, first);
  return {
    report: mergeReports({
      root: request.root,
      version: request.version,
      files: work.reports,
      problems: [...problems, ...work.problems],
      filesSearched: work.searched,
    }),
    crashes: [...work.crashes].sort(),
    leftOut: exclusion.leftOut,
  };
}

interface Work {
  readonly reports: FileReport[];
  readonly problems: Problem[];
  readonly crashes: string[];
  searched: number;
}

function noWork(): Work {
  return { reports: [], problems: [], crashes: [], searched: 0 };
}

function take(work: Work, result: FileResult): void {
  if (result.report !== null) work.reports.push(result.report);
  work.problems.push(...result.problems);
  work.crashes.push(...result.crashes);
}

async function checkHere(
  { fs, loadBackend }: CheckResources,
  request: CheckRequest,
  { token }: CheckObserver,
  files: readonly SourceFile[],
): Promise<Work> {
  const work = noWork();
  if (files.length === 0) return work;
  const tasks = new Tasks(fs, request, await loadBackend(request.backend));
  const { relevant, problems } = tasks.scan(files);
  work.searched = files.length;
  work.problems.push(...problems);
  for (const { path } of relevant) {
    stopIfCancelled(token);
    take(work, tasks.check(path, token));
    // Lets a signal through between two files.
    await new Promise(setImmediate);
  }
  return work;
}

/** A check with worker threads. */
class ThreadedRun {
  private readonly pool: WorkerPool;
  private readonly work = noWork();
  private readonly relevant: RelevantFile[] = [];
  private listed = 0;
  private checked = 0;
  private findings = 0;

  constructor(
    private readonly request: CheckRequest,
    private readonly observer: CheckObserver,
  ) {
    const { root, version, options, extra = [], backend } = request;
    this.pool = new WorkerPool({
      script: beside('worker.mjs'),
      size: Math.max(1, request.jobs),
      start: { settings: { root, version, options, extra }, backend },
      jobTimeout,
    });
  }

  async check(files: Iterable<SourceFile>): Promise<Work> {
    try {
      await Promise.race([this.all(files), this.pool.failure, this.cancelled()]);
      return this.work;
    } finally {
      this.over = true;
      await this.pool.stop(this.request.backend === 'wasm');
    }
  }

  private over = false;

  private async all(files: Iterable<SourceFile>): Promise<void> {
    await this.search(files);
    // The long ones first, so that none is left over at the end for one thread alone.
    this.relevant.sort((a, b) => b.size - a.size || compare(a.path, b.path));
    await Promise.all(this.relevant.map(({ path }) => this.checkOne(path)));
  }

  private async search(files: Iterable<SourceFile>): Promise<void> {
    const scans: Promise<void>[] = [];
    // Listing keeps this thread busy, so the others get work for all that time.
    this.pool.setAhead(64);
    let part: SourceFile[] = [];
    for (const file of files) {
      part.push(file);
      if (part.length < chunk) continue;
      scans.push(this.scanPart(part));
      part = [];
    }
    if (part.length > 0) scans.push(this.scanPart(part));
    this.pool.setAhead(2);
    await Promise.all(scans);
  }

  private async scanPart(files: readonly SourceFile[]): Promise<void> {
    this.listed += files.length;
    const { answer, failure } = await this.pool.run({ k: 'scan', files });
    if (answer?.k === 'scanned') {
      this.relevant.push(...answer.scan.relevant);
      this.work.problems.push(...answer.scan.problems);
    } else {
      for (const { path } of files) this.fail(path, failure);
    }
    this.work.searched += files.length;
    this.progress('search', this.work.searched, this.listed);
  }

  private async checkOne(path: string): Promise<void> {
    const { answer, failure } = await this.pool.run({ k: 'check', path });
    if (answer?.k === 'checked') {
      take(this.work, answer.result);
      this.findings += answer.result.report?.diagnostics.length ?? 0;
    } else this.fail(path, failure);
    this.checked++;
    this.progress('check', this.checked, this.relevant.length);
  }

  private fail(path: string, failure: string | null): void {
    this.work.problems.push({
      file: relativePath(this.request.root, path),
      message: failure ?? 'not analysed',
    });
  }

  private progress(phase: Progress['phase'], done: number, total: number): void {
    this.observer.onProgress?.({ phase, done, total, findings: this.findings });
  }

  /** Rejects once the token is set; the token is somebody else's, so it is looked at from time to time. */
  private async cancelled(): Promise<never> {
    for (;;) {
      await new Promise((done) => setTimeout(done, 50).unref());
      if (this.observer.token.cancelled) throw new Cancelled();
      if (this.over) return new Promise<never>(() => {});
    }
  }
}

function* chained(first: readonly SourceFile[], rest: Iterator<SourceFile>): Generator<SourceFile> {
  yield* first;
  for (let next = rest.next(); !next.done; next = rest.next()) yield next.value;
}
