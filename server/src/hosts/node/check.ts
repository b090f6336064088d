import type { CancellationToken } from '../../base/token.ts';
import { neverShares } from '../../kernel/layout.ts';
import type { CallIndex } from '../../project/call-index.ts';
import type { ConfigProblem } from '../../project/config/document.ts';
import { Exclusion } from '../../project/exclusion.ts';
import type { FileSystem, Problem } from '../../project/files.ts';
import { isInside, joinPath, relativePath } from '../../project/paths.ts';
import { rules } from '../../rules/registry.ts';
import { unnamedContracts } from '../../service-config.ts';
import { compare, judgeFile } from '../../service-judge.ts';
import { mergeReports } from '../../service-merge.ts';
import type { CheckOptions, CheckReport, FileReport } from '../../service-types.ts';
import type { SyntaxBackend } from '../../syntax/types.ts';
import type { BackendName } from './backend.ts';
import type { StoreNote } from './cache-folder.ts';
import { NodeFileSystem } from './files.ts';
import { decodeFound, type Found } from './found.ts';
import type { FileGroup, Grouping, GroupingInput } from './grouping.ts';
import { Kept } from './kept.ts';
import { Stamps } from './stamps.ts';
import { type ScanFiles, type Survey, Surveyor } from './survey.ts';
import type { CheckSettings } from './tasks.ts';
import { Threads } from './threads.ts';
import type { Cuts } from './together.ts';
import { scanChanged } from './unchanged.ts';
import type { Workforce } from './workforce.ts';

/** What to check and how. */
export interface CheckRequest extends CheckSettings {
  readonly options: CheckOptions;
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
  /** Where something is kept for the next check of a whole tree that takes threads, and in how many bytes; null: nothing is kept. */
  readonly cache: { readonly folder: string; readonly bytes?: number } | null;
}

/** What a check works with. */
export interface CheckResources {
  readonly fs: FileSystem;
  /** @throws BackendError */
  loadBackend(name: BackendName): Promise<SyntaxBackend>;
  /** Worker threads can be used: they see the same files, those of the disk. */
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
  /** What each of the files that were asked about gave, headers that explain others included; in any order. */
  readonly files: readonly FileReport[];
  readonly crashes: readonly string[];
  /** Files and folders that the tree's own configuration left out. */
  readonly leftOut: number;
  /** Of contracts of the tree's configuration that speak of nothing in it, if all of it was searched. */
  readonly unnamed: readonly ConfigProblem[];
  /** Groups of files that were asked about, and how many of them were taken from the last check; null: nothing is kept. */
  readonly kept: { readonly groups: number; readonly taken: number } | null;
  /** About what is kept. */
  readonly notes: readonly StoreNote[];
}

/** So many files are checked in this thread: starting others would take longer than the work. */
const fewFiles = 16;

/**
 * Checks files, folders, whole trees: lists, searches for what matters, finds what belongs together, analyses that. The report
 * is the same for any number of threads, whatever is kept from an earlier check. @throws Cancelled, BackendError
 */
export async function runCheck(
  resources: CheckResources,
  request: CheckRequest,
  observer: CheckObserver,
): Promise<CheckOutcome> {
  const { result: report, ...rest } = await withRun(resources, request, observer, (run, surveyor, now) =>
    run.run(surveyor, now),
  );
  return { ...rest, report };
}

/** Which files of a tree belong together, and its index; nothing is analysed. @throws Cancelled, BackendError */
export async function groupsOf(
  resources: CheckResources,
  request: CheckRequest,
  observer: CheckObserver,
): Promise<{ readonly groups: readonly FileGroup[]; readonly index: CallIndex }> {
  const done = await withRun(resources, request, observer, (run, surveyor, now) =>
    run.groupsOf(surveyor, now),
  );
  return done.result;
}

async function withRun<T>(
  resources: CheckResources,
  request: CheckRequest,
  observer: CheckObserver,
  work: (run: CheckRun, surveyor: Surveyor, now: number) => Promise<T>,
): Promise<Omit<CheckOutcome, 'report'> & { readonly result: T }> {
  const now = Date.now();
  const { root, version, extra = [], tuning, largest, contracts, paths, wholeTree } = request;
  const settings: CheckSettings = {
    ...{ root, version, extra },
    ...(tuning && { tuning }),
    ...(largest !== undefined && { largest }),
    ...(contracts !== undefined && { contracts }),
  };
  const exclusion = new Exclusion(request.exclude, request.configExclude);
  const surveyor = new Surveyor(
    resources,
    {
      root,
      // What is named is looked at wherever it is, also a folder that a walk over the tree leaves out.
      paths: wholeTree ? [...paths.filter((path) => isApart(resources.fs, root, path)), root] : paths,
      excluded: exclusion.matches,
    },
    observer.token,
  );
  const threaded = resources.threads && surveyor.hasMoreThan(fewFiles);
  if (threaded) observer.onThreads?.();
  const kept = threaded && wholeTree ? keptOf(request, settings) : null;
  const workforce = threaded
    ? new Threads({ settings, backend: request.backend, keeps: kept !== null }, request.jobs, observer)
    : await thisThread(resources, request, settings, observer);
  const run = new CheckRun(resources.fs, request, settings, observer, workforce, kept);
  try {
    const result = await Promise.race([workforce.failure, work(run, surveyor, now)]);
    return { ...run.outcome, result, leftOut: exclusion.leftOut, notes: kept?.save() ?? [] };
  } finally {
    // What was done before it was stopped need not be done again.
    kept?.save();
    await workforce.stop();
  }
}

function keptOf(request: CheckRequest, settings: CheckSettings): Kept | null {
  const { cache, backend, exclude, configExclude = [] } = request;
  if (cache === null) return null;
  const excluded = [exclude, configExclude];
  return new Kept(new NodeFileSystem(), { ...cache, settings, backend, excluded });
}

async function thisThread(
  { fs, loadBackend }: CheckResources,
  { backend }: CheckRequest,
  settings: CheckSettings,
  { token }: CheckObserver,
): Promise<Workforce> {
  const { ThisThread } = await import('./this-thread.ts');
  return new ThisThread(fs, settings, token, await loadBackend(backend));
}

/** One check, whoever does the work. */
class CheckRun {
  private readonly reports: FileReport[] = [];
  private readonly headers: FileReport[] = [];
  private readonly problems: Problem[] = [];
  private readonly crashes: string[] = [];
  private readonly isAsked: (file: string) => boolean;
  private groups = 0;
  private taken = 0;
  private checked = 0;
  private findings = 0;
  private unnamed: readonly ConfigProblem[] = [];
  private readonly seeds: SeedsAhead;

  constructor(
    fs: FileSystem,
    private readonly request: CheckRequest,
    private readonly settings: CheckSettings,
    private readonly observer: CheckObserver,
    private readonly workforce: Workforce,
    private readonly kept: Kept | null,
  ) {
    this.isAsked = asked(request);
    this.seeds = new SeedsAhead(fs, settings.root, kept !== null);
  }

  async run(surveyor: Surveyor, now: number): Promise<CheckReport> {
    const { isAsked, kept } = this;
    const { survey, grouping } = await this.surveyed(surveyor, now);
    const { index } = survey;
    const { wholeTree, options } = this.request;
    if (wholeTree) this.unnamed = unnamedContracts(this.settings.extra ?? [], options.contracts ?? {}, index);
    const wanted = grouping.groups.filter(({ files }) => files.some(isAsked));
    const missing = wanted.filter((group) => {
      const found = kept?.found(group, index) ?? null;
      if (found !== null) this.add(group, found);
      return found === null;
    });
    this.groups = missing.length;
    this.taken = wanted.length - missing.length;
    // The long ones first, so that none is left over at the end for one thread alone.
    const queue = missing.sort((a, b) => b.size - a.size || compare(a.files[0]!, b.files[0]!));
    const work = queue.map((group) => this.check(group));
    // The threads are busy with the first ones meanwhile.
    if (survey.changed) kept?.saveIndex(index);
    await Promise.all(work);
    const { root, version } = this.settings;
    return mergeReports({
      root,
      version,
      files: this.reports,
      problems: this.problems,
      filesSearched: survey.searched.filter(isAsked).length,
      unfollowed: grouping.unfollowed.filter(({ file }) => isAsked(file)),
    });
  }

  async groupsOf(
    surveyor: Surveyor,
    now: number,
  ): Promise<{ readonly groups: readonly FileGroup[]; readonly index: CallIndex }> {
    const { survey, grouping } = await this.surveyed(surveyor, now);
    if (survey.changed) this.kept?.saveIndex(survey.index);
    return { groups: grouping.groups, index: survey.index };
  }

  private async surveyed(
    surveyor: Surveyor,
    now: number,
  ): Promise<{ readonly survey: Survey; readonly grouping: Grouping }> {
    const survey = await this.survey(surveyor, now);
    if (survey.changed) this.kept?.indexChanged();
    this.problems.push(...survey.problems.filter(({ file }) => this.isAsked(file)));
    const { index, named } = survey;
    const seeds = [...new Set([...index.relevant(), ...named])].sort();
    return { survey, grouping: await this.grouping({ seeds, index }) };
  }

  get outcome(): Pick<CheckOutcome, 'crashes' | 'files' | 'kept' | 'unnamed'> {
    const { groups, taken, crashes, reports, headers, unnamed } = this;
    return {
      unnamed,
      files: [...reports, ...headers],
      crashes: [...crashes].sort(),
      kept: this.kept && { groups: groups + taken, taken },
    };
  }

  private async survey(surveyor: Surveyor, now: number): Promise<Survey> {
    const { workforce } = this;
    const old = this.kept?.loadIndex() ?? null;
    if (old !== null) return this.surveyAgain(surveyor, now, old);
    const listed = () => {
      workforce.listed();
      this.seeds.open().catch(() => {});
    };
    const scan: ScanFiles = async (files, known) => {
      const found = await workforce.scan(files, known);
      for (const { path } of found.relevant) this.seeds.add(path);
      return found;
    };
    return surveyor.run({ scan, listed, old, now });
  }

  private async surveyAgain(surveyor: Surveyor, now: number, old: CallIndex): Promise<Survey> {
    const { workforce, settings, request } = this;
    const stamps = new Stamps(new NodeFileSystem(), request.jobs < 2, settings.largest);
    let here: ScanFiles | null = null;
    const few = async () => {
      here ??= (await import('./few-files.ts')).scanHere(settings);
      return here;
    };
    const scan = scanChanged(stamps, settings.root, { few, many: workforce.scan });
    const listed = () => {
      workforce.listed();
      stamps.listed();
    };
    try {
      return await surveyor.run({ scan, listed, old, now });
    } finally {
      stamps.stop();
    }
  }

  /** Which files belong together; who is not asked about may still tell something of those who are. */
  private async grouping(input: GroupingInput): Promise<Grouping> {
    const known = this.kept?.grouping(input) ?? null;
    if (known !== null) return known;
    this.workforce.getReady();
    const { together, cuts } = await this.seeds.open();
    const grouping = together(cuts, this.settings, input, this.observer.token);
    this.kept?.keepGrouping(input, grouping);
    return grouping;
  }

  private async check(group: FileGroup): Promise<void> {
    const checked = await this.workforce.check([...group.files, ...group.headers]);
    this.kept?.keepFound(group, checked);
    this.add(group, decodeFound(checked.found)!);
    const { findings, groups: total } = this;
    this.observer.onProgress?.({ phase: 'check', done: ++this.checked, total, findings });
  }

  private add({ headers }: FileGroup, { files, problems, crashes }: Found): void {
    const { isAsked } = this;
    for (const file of files) {
      if (!isAsked(file.file)) continue;
      const report = judgeFile(file, rules, this.request.options);
      // Headers that only explain others are told of if there is something in them to tell.
      if (headers.includes(report.file) && report.diagnostics.length === 0) {
        this.headers.push(report);
        continue;
      }
      this.reports.push(report);
      this.findings += report.diagnostics.length;
    }
    this.problems.push(...problems.filter(({ file }) => isAsked(file)));
    this.crashes.push(...crashes);
  }
}

/** Reads and cuts the files that the grouping begins with as the search finds them, when this thread would only wait. */
class SeedsAhead {
  private opened: ReturnType<SeedsAhead['load']> | null = null;
  private cuts: Cuts | null = null;
  private readonly waiting: string[] = [];

  constructor(
    private readonly fs: FileSystem,
    private readonly root: string,
    private readonly keeps: boolean,
  ) {}

  /** `path`: absolute. */
  add(path: string): void {
    const file = relativePath(this.root, path);
    if (this.cuts === null) this.waiting.push(file);
    else this.cuts.ahead(file);
  }

  /** From here on there is nothing else to do in this thread. */
  open() {
    this.opened ??= this.load();
    return this.opened;
  }

  private async load() {
    const { Cuts, together } = await import('./together.ts');
    const cuts = new Cuts(this.fs, this.root, this.keeps);
    this.cuts = cuts;
    for (const file of this.waiting.splice(0)) cuts.ahead(file);
    return { together, cuts };
  }
}

/** Whether the user asked about a file (relative to the root). */
function asked({ root, paths }: CheckRequest): (file: string) => boolean {
  if (paths.includes(root)) return () => true;
  const exact = new Set(paths.map((path) => relativePath(root, path)));
  return (file) => exact.has(file) || paths.some((path) => isInside(path, joinPath(root, file)));
}

/** Whether a walk over the tree would not do for a path: it is a file, or in a folder that is left out. */
function isApart(fs: FileSystem, root: string, path: string): boolean {
  if (neverShares(relativePath(root, path))) return true;
  try {
    return fs.status(path)?.kind !== 'directory';
  } catch {
    return true;
  }
}
