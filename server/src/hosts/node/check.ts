import { type CancellationToken, Cancelled, check as stopIfCancelled } from '../../base/token.ts';
import { vocabularyFor } from '../../kernel/vocabulary.ts';
import { PortableCalls } from '../../project/call-names.ts';
import { Exclusion } from '../../project/exclusion.ts';
import type { FileSystem, Problem, StampedFiles } from '../../project/files.ts';
import { isInside, joinPath, relativePath } from '../../project/paths.ts';
import { defaultReach, type FileGroup, type Reached, reach } from '../../project/reach.ts';
import { Sources } from '../../project/sources.ts';
import { cutOnly } from '../../project/stages.ts';
import { compare } from '../../service-judge.ts';
import { mergeReports } from '../../service-merge.ts';
import type { CheckReport, FileReport } from '../../service-types.ts';
import type { SyntaxBackend } from '../../syntax/types.ts';
import { type BackendName, beside } from './backend.ts';
import { WorkerPool } from './pool.ts';
import { type Survey, Surveyor } from './survey.ts';
import { type CheckSettings, type GroupResult, Tasks } from './tasks.ts';

/** What to check and how. */
export interface CheckRequest extends CheckSettings {
  /** Absolute and normalised; they exist. */
  readonly paths: readonly string[];
  /** Wrappers, and what is kept in structs, are looked for in the whole tree; else in what is checked only. */
  readonly wholeTree: boolean;
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

/** Milliseconds that one group of files may take before it is given up. */
const jobTimeout = 120_000;

/**
 * Checks files, folders, whole trees: lists, searches for what matters, finds what belongs together, analyses that. The report
 * is the same for any number of threads. @throws Cancelled, BackendError
 */
export async function runCheck(
  resources: CheckResources,
  request: CheckRequest,
  observer: CheckObserver,
): Promise<CheckOutcome> {
  const { root, paths, wholeTree } = request;
  const exclusion = new Exclusion(request.exclude, request.configExclude);
  const surveyor = new Surveyor(
    resources,
    {
      root,
      // What is named is looked at wherever it is.
      paths: wholeTree ? [...paths.filter((path) => !isFolder(resources.fs, path)), root] : paths,
      excluded: exclusion.matches,
      old: null,
      now: 0,
    },
    observer.token,
  );
  const threaded = resources.threads && surveyor.hasMoreThan(fewFiles);
  if (threaded) observer.onThreads?.();
  const workforce = threaded
    ? new Threads(request, observer)
    : new ThisThread(resources, request, observer, await resources.loadBackend(request.backend));
  try {
    const run = new CheckRun(resources, request, observer, workforce);
    const outcome = await Promise.race([workforce.failure, run.run(surveyor)]);
    return { ...outcome, leftOut: exclusion.leftOut };
  } finally {
    await workforce.stop();
  }
}

/** Whoever does the work. */
interface Workforce {
  scan: Parameters<Surveyor['run']>[0];
  listed(): void;
  check(files: readonly string[]): Promise<GroupResult>;
  /** Rejects when nothing goes on. */
  readonly failure: Promise<never>;
  stop(): Promise<void>;
}

/** One check, whoever does the work. */
class CheckRun {
  private readonly reports: FileReport[] = [];
  private readonly problems: Problem[] = [];
  private readonly crashes: string[] = [];
  private checked = 0;
  private findings = 0;

  constructor(
    private readonly resources: CheckResources,
    private readonly request: CheckRequest,
    private readonly observer: CheckObserver,
    private readonly workforce: Workforce,
  ) {}

  async run(surveyor: Surveyor): Promise<Omit<CheckOutcome, 'leftOut'>> {
    const survey = await surveyor.run(this.workforce.scan, () => this.workforce.listed());
    const isAsked = this.asked();
    this.problems.push(...survey.problems.filter(({ file }) => isAsked(file)));
    const { groups, unfollowed, sizes } = this.together(survey);
    const wanted = groups.filter(({ files }) => files.some(isAsked));
    const size = ({ files }: FileGroup) => files.reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0);
    // The long ones first, so that none is left over at the end for one thread alone.
    const queue = [...wanted].sort((a, b) => size(b) - size(a) || compare(a.files[0]!, b.files[0]!));
    await Promise.all(queue.map((group) => this.group(group, queue.length, isAsked)));
    const { root, version } = this.request;
    return {
      report: mergeReports({
        root,
        version,
        files: this.reports,
        problems: this.problems,
        filesSearched: survey.searched.filter(isAsked).length,
        unfollowed: unfollowed.filter(({ file }) => isAsked(file)),
      }),
      crashes: [...this.crashes].sort(),
    };
  }

  /** Which files belong together; who is not asked about may still tell something of those who are. */
  private together({ index, named }: Survey): Reached & { readonly sizes: ReadonlyMap<string, number> } {
    const { root, version, extra } = this.request;
    const vocabulary = vocabularyFor(version, extra);
    const { token } = this.observer;
    const sizes = new Map<string, number>();
    const sources = new Sources(this.resources.fs, root, (file, text) => {
      sizes.set(file, text.length);
      return cutOnly(file, text);
    });
    const seeds = [...new Set([...index.relevant(), ...named])].sort();
    const reached = reach({
      seeds,
      index,
      vocabulary,
      bounds: defaultReach,
      text: (file) => sources.text(file),
      makefile: (folder) => sources.makefile(folder),
      token,
    });
    return { ...reached, sizes };
  }

  private async group(
    { files, headers }: FileGroup,
    total: number,
    isAsked: (file: string) => boolean,
  ): Promise<void> {
    const { reports, problems, crashes } = await this.workforce.check([...files, ...headers]);
    for (const report of reports) {
      // Headers that only explain others are told of if there is something in them to tell.
      if (headers.includes(report.file) && report.diagnostics.length === 0) continue;
      if (!isAsked(report.file)) continue;
      this.reports.push(report);
      this.findings += report.diagnostics.length;
    }
    this.problems.push(...problems.filter(({ file }) => isAsked(file)));
    this.crashes.push(...crashes);
    const { findings } = this;
    this.observer.onProgress?.({ phase: 'check', done: ++this.checked, total, findings });
  }

  /** Whether the user asked about a file (relative to the root). */
  private asked(): (file: string) => boolean {
    const { root, paths } = this.request;
    if (paths.includes(root)) return () => true;
    const exact = new Set(paths.map((path) => relativePath(root, path)));
    return (file) => exact.has(file) || paths.some((path) => isInside(path, joinPath(root, file)));
  }
}

/** A few files, or files that threads cannot see. */
class ThisThread implements Workforce {
  readonly failure = new Promise<never>(() => {});
  private readonly tasks: Tasks;

  constructor(
    { fs }: CheckResources,
    request: CheckRequest,
    private readonly observer: CheckObserver,
    backend: SyntaxBackend,
  ) {
    this.tasks = new Tasks(fs, request, backend, undefined, {
      fs: unstamped(fs),
      calls: new PortableCalls(),
    });
  }

  scan: Workforce['scan'] = async (files, known) => this.tasks.scan(files, known);

  listed(): void {}

  async check(files: readonly string[]): Promise<GroupResult> {
    stopIfCancelled(this.observer.token);
    const result = this.tasks.check(files, this.observer.token);
    // Lets a signal through between two groups.
    await new Promise(setImmediate);
    return result;
  }

  async stop(): Promise<void> {}
}

/** Worker threads. */
class Threads implements Workforce {
  readonly failure: Promise<never>;
  private readonly pool: WorkerPool;
  private listedFiles = 0;
  private searchedFiles = 0;
  private over = false;

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
    // Listing keeps this thread busy, so the others get work for all that time.
    this.pool.setAhead(64);
    this.failure = Promise.race([this.pool.failure, this.cancelled()]);
    this.failure.catch(() => {});
  }

  scan: Workforce['scan'] = async (files, known) => {
    this.listedFiles += files.length;
    const { answer, failure } = await this.pool.run({ k: 'scan', files, index: known });
    this.searchedFiles += files.length;
    const { listedFiles: total, searchedFiles: done } = this;
    this.observer.onProgress?.({ phase: 'search', done, total, findings: 0 });
    if (answer?.k === 'scanned') return answer.scan;
    const problems = files.map(({ path }) => this.lost(relativePath(this.request.root, path), failure));
    return { relevant: [], problems };
  };

  listed(): void {
    this.pool.setAhead(2);
  }

  async check(files: readonly string[]): Promise<GroupResult> {
    const { answer, failure } = await this.pool.run({ k: 'check', files });
    if (answer?.k === 'checked') return answer.result;
    return { reports: [], problems: files.map((file) => this.lost(file, failure)), crashes: [] };
  }

  private lost(file: string, failure: string | null): Problem {
    return { file, message: failure ?? 'not analysed' };
  }

  async stop(): Promise<void> {
    this.over = true;
    await this.pool.stop(this.request.backend === 'wasm');
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

function isFolder(fs: FileSystem, path: string): boolean {
  try {
    return fs.status(path)?.kind === 'directory';
  } catch {
    return false;
  }
}

/** Files whose stamps nobody asks for: what is read in one go needs none. */
function unstamped(fs: FileSystem): StampedFiles {
  return {
    readDirectory: (path) => fs.readDirectory(path),
    status: (path) => fs.status(path),
    readBytes: (path, limit) => fs.readBytes(path, limit),
    stamp: () => null,
    readStamped(path, limit) {
      const bytes = fs.readBytes(path, limit);
      return {
        bytes,
        stamp: { size: bytes.length, mtime: Number.NaN, ctime: Number.NaN, inode: Number.NaN },
      };
    },
  };
}
