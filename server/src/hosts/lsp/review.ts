import { hashText } from '../../base/hash.ts';
import { type CancellationToken, Cancelled, never } from '../../base/token.ts';
import { shown as isShown, type Presentation, present } from '../../features/diagnostics.ts';
import type { Analysis, FirstAnalysis } from '../../features/engine.ts';
import { heldFunctions, settle } from '../../features/keep.ts';
import type { Settings } from '../../features/settings.ts';
import { skipped, status } from '../../features/status.ts';
import type { StatusParams } from '../../protocol.ts';
import type { CheckOptions } from '../../service-types.ts';
import type { OpenDocument } from './documents.ts';
import { restFor, sliced, turn, within } from './slices.ts';
import type { Unit, Units } from './units.ts';

/** What the review needs of the server around it. */
export interface ReviewHost {
  /** What clients can show; the rest is of the document. */
  readonly presentation: Pick<Presentation, 'relatedInformation' | 'codeDescription' | 'rulePages'>;
  /** The client hears of results that it did not wait for. */
  readonly canFollow: boolean;
  /** Grows when what was found before then no longer counts. */
  generation(): number;
  /** Something is new of a document: its outcome, and perhaps what is shown for it. */
  onOutcome(document: OpenDocument): void;
  /** A fault, for the log. */
  onFault(what: string, error: unknown): void;
}

/** Files that are being analysed together. */
interface Job {
  /** Nothing is left but to tell the documents. */
  analysed: boolean;
  /** What can be said first of the document that somebody types in has been said, if anything. */
  first: Promise<unknown>;
  /** False if it was given up. */
  over: Promise<boolean>;
  /** Somebody wants the whole: it waits for no pause any more. */
  hasten: () => void;
}

/** What was said first: nothing; what can be said of the document itself; all, for nothing was typed that says something. */
type Told = 'nothing' | 'own' | 'all';

/** What takes longer is no first answer. */
const firstMilliseconds = 250;

/** After so long, of the file that somebody types in only what was edited is looked at at once. */
const soon = 15;

/** Milliseconds in which nobody typed, after which what has to wait is begun: others wait for it, or nobody does. */
const pauses = { own: 60, all: 400 } as const;

type Why = NonNullable<StatusParams['skipped']>;

/** Brings what is shown for documents up to date: each alone or with the files that it belongs with. */
export class Reviewer {
  private readonly jobs = new Map<string, Job>();
  /** Documents that are looked at alone, which groups wait for. */
  private alone = 0;

  constructor(
    private readonly units: Units,
    private readonly host: ReviewHost,
  ) {}

  /**
   * Brings `outcome` and `shown` of a document up to date; false if `givenUp` said so before that was done. The first time
   * that may be what the document gives alone, if the whole would take long; the whole follows by itself.
   */
  async review(document: OpenDocument, givenUp: () => boolean): Promise<boolean> {
    await this.units.ready();
    // Two turns: changes that wait in the pipe come first, and each of them gives this analysis up.
    await turn();
    await turn();
    for (;;) {
      const unit = await this.units.of(document);
      if (givenUp()) return false;
      const done = await this.attempt(unit, givenUp);
      if (done !== null) return done;
    }
  }

  /** Whether what is shown for a document is what its texts give now: nothing is from before an edit, or from it alone. */
  isFresh(unit: Unit): boolean {
    return unit.document.outcome?.resultId === this.resultId(unit) && !this.waitsForSave(unit);
  }

  /** Null: the texts changed on the way, although nobody gave up. */
  private async attempt(unit: Unit, givenUp: () => boolean): Promise<boolean | null> {
    const { document } = unit;
    if (document.outcome?.resultId === this.resultId(unit)) return true;
    const why = this.skipFor(unit);
    if (why !== null) return this.skip(unit, why);
    if (this.waitsForSave(unit)) return this.hold(unit);
    if (unit.texts.length === 1) return (await this.checkAlone(unit, givenUp)) ? true : null;
    const job = this.job(unit);
    if (this.host.canFollow && !job.analysed) {
      await job.first;
      if (document.outcome?.resultId === this.firstId(unit)) return !givenUp();
    }
    const isFirst = !document.linked && this.host.canFollow;
    if (!isFirst || job.analysed) return (await job.over) ? true : null;
    const alone = this.units.alone(unit);
    if (document.outcome?.resultId === this.resultId(alone)) return true;
    if (!alone.bound.engine.matters(document.text)) return this.skip(alone, 'no-transition');
    return (await this.checkAlone(alone, givenUp)) ? true : null;
  }

  /** Says with what a unit is checked: its texts, settings, and what trees say of themselves. */
  resultId(unit: Unit): string {
    return `${hashText(unit.stamp)}:${this.wanted(unit.settings)}`;
  }

  /** Of what is said before the others of a group were looked at. */
  private firstId(unit: Unit): string {
    return `${this.resultId(unit)}:first`;
  }

  private wanted(settings: Settings): string {
    return JSON.stringify([this.host.generation(), settings]);
  }

  private skipFor({ document, settings, bound, texts }: Unit): Why | null {
    if (settings.enable === 'off') return 'off';
    if (bound.engine.excludes(bound.file)) return 'excluded';
    return texts.length > 1 || bound.engine.matters(document.text) ? null : 'no-transition';
  }

  private waitsForSave({ document, settings }: Unit): boolean {
    return settings.run === 'onSave' && document.dirty && document.outcome !== null;
  }

  private hold(unit: Unit): true {
    const { document } = unit;
    if (document.outcome !== null)
      document.outcome = { ...document.outcome, resultId: this.resultId(unit), revision: document.revision };
    this.host.onOutcome(document);
    return true;
  }

  private async checkAlone(unit: Unit, givenUp: () => boolean): Promise<boolean> {
    const { document, bound, texts } = unit;
    const { engine, file } = bound;
    const stale = () => givenUp() || document.revision !== unit.revision;
    this.alone++;
    try {
      const started = performance.now();
      const prepare = (token: CancellationToken) => engine.prepare(texts, token);
      if (!(await sliced(prepare, stale, { effort: () => engine.effort }))) return false;
      const analysis = engine.check(file, texts, this.options(unit), never);
      this.finish(unit, analysis, false, performance.now() - started);
    } catch (error) {
      if (error instanceof Cancelled) return false;
      this.fail(unit, error);
    } finally {
      this.alone--;
    }
    return true;
  }

  private job(unit: Unit): Job {
    const known = this.jobs.get(unit.stamp);
    if (known !== undefined) return known;
    const job: Job = {
      analysed: false,
      first: Promise.resolve(),
      over: Promise.resolve(false),
      hasten: () => {},
    };
    this.jobs.set(unit.stamp, job);
    const wanted = new Promise<void>((resolve) => {
      job.hasten = resolve;
    });
    const told = this.tellFirst(unit);
    job.first = told;
    job.over = told
      // Who types on gets a first answer for each key; the whole would be given up each time.
      .then((what) => {
        const canWait = what !== 'nothing' && this.host.canFollow;
        return canWait ? Promise.race([restFor(pauses[what]), wanted]) : undefined;
      })
      .then(() => this.work(unit, job))
      .finally(() => this.jobs.delete(unit.stamp));
    job.over.catch((error) => this.host.onFault('diagnostics', error));
    return job;
  }

  /** What is shown once all is known of the texts, which is hastened; false: they changed before that. */
  async whole(unit: Unit): Promise<boolean> {
    if (this.isFresh(unit)) return true;
    const job = this.jobs.get(unit.stamp);
    job?.hasten();
    return (await job?.over) === true && this.isFresh(unit);
  }

  /**
   * Says of the one document whose text changed what is known before the rest of its group is analysed again: somebody types there
   * and looks there. Where the same holds of the others, they are told, too.
   */
  private async tellFirst(unit: Unit): Promise<Told> {
    const open = (await this.units.among(unit)).filter(({ stamp }) => stamp === unit.stamp);
    const [typed, ...more] = open.filter(
      ({ document }) => document.linked && document.outcome?.revision !== document.revision,
    );
    if (typed === undefined || more.length > 0 || !this.isShown(typed) || !this.units.isCurrent(unit))
      return 'nothing';
    const first = this.checkFirst(typed);
    if (first === null) return 'nothing';
    if (!first.isCarried) return 'own';
    const { shown } = typed.document;
    const isHalfTyped = shown !== null && heldFunctions(shown).length > 0;
    for (const other of open) if (other !== typed && this.isShown(other)) this.checkFirst(other, isHalfTyped);
    return 'all';
  }

  private isShown(unit: Unit): boolean {
    return this.skipFor(unit) === null && !this.waitsForSave(unit);
  }

  /** What can be said first of a document, which is shown; null: nothing, or all is known already. */
  private checkFirst(unit: Unit, elsewhere = false): FirstAnalysis | null {
    const { engine, file } = unit.bound;
    const started = performance.now();
    try {
      const token = within(firstMilliseconds);
      const late = within(soon);
      const options = this.options(unit);
      const first = engine.checkFirst(file, unit.texts, options, token, () => late.cancelled);
      if (!first?.provisional) return null;
      const milliseconds = performance.now() - started;
      this.finish(unit, first.analysis, elsewhere, milliseconds, this.firstId(unit), !first.isCarried);
      return first;
    } catch (error) {
      // Too much for a first answer. Anything else the whole analysis meets, too, and tells.
      if (!(error instanceof Cancelled)) this.host.onFault(`analysis of ${file}`, error);
      return null;
    }
  }

  /** Analyses a group, for as long as its texts are what they are, and tells all its open documents. */
  private async work(unit: Unit, job: Job): Promise<boolean> {
    const { engine } = unit.bound;
    const stale = () => !this.units.isCurrent(unit);
    const started = performance.now();
    let fault: { readonly error: unknown } | null = null;
    try {
      const prepare = (token: CancellationToken) => engine.prepare(unit.texts, token);
      const effort = () => engine.effort;
      // What a document gives alone is there sooner, and somebody waits for it.
      const hold = () => this.alone > 0;
      if (!(await sliced(prepare, stale, { effort, hold }))) return false;
    } catch (error) {
      fault = { error };
    }
    job.analysed = true;
    return await this.tellAll(unit, stale, fault, performance.now() - started);
  }

  private async tellAll(
    unit: Unit,
    stale: () => boolean,
    fault: { readonly error: unknown } | null,
    milliseconds: number,
  ): Promise<boolean> {
    const all = (await this.units.among(unit)).filter(({ stamp }) => stamp === unit.stamp);
    if (stale()) return false;
    const open = all.filter((one) => this.skipFor(one) === null && !this.waitsForSave(one));
    const behind = open.filter((one) => one.document.outcome?.resultId !== this.resultId(one));
    if (fault !== null) {
      for (const one of behind) this.fail(one, fault.error);
      return true;
    }
    // Those whose own text changed come first: somebody is typing there.
    const changed = behind.filter(({ document }) => document.outcome?.revision !== document.revision);
    const halfTyped = new Set<OpenDocument>();
    const analyses = new Map<Unit, Analysis>();
    for (const one of all) {
      const { shown } = one.document;
      if (!changed.includes(one)) {
        if (shown !== null && heldFunctions(shown).length > 0) halfTyped.add(one.document);
        continue;
      }
      const analysis = this.check(one);
      if (analysis === null) continue;
      analyses.set(one, analysis);
      if (heldFunctions(this.settled(one, analysis, false)).length > 0) halfTyped.add(one.document);
    }
    const others = behind.filter((one) => !changed.includes(one));
    for (const one of [...changed, ...others]) {
      if (!changed.includes(one)) {
        await turn();
        if (stale()) return true;
      }
      const analysis = analyses.get(one) ?? this.check(one);
      if (analysis === null) continue;
      const elsewhere = [...halfTyped].some((document) => document !== one.document);
      this.finish(one, analysis, elsewhere, milliseconds);
      one.bound.engine.forget(one.bound.file);
    }
    return true;
  }

  /** Null if it fails, which is told. */
  private check(unit: Unit): Analysis | null {
    const { engine, file } = unit.bound;
    try {
      return engine.check(file, unit.texts, this.options(unit), never);
    } catch (error) {
      this.fail(unit, error);
      return null;
    }
  }

  /** What a unit is checked with. */
  options({ settings }: Unit): CheckOptions {
    return { rules: [], levels: settings.rules, platforms: settings.platforms };
  }

  private settled(unit: Unit, analysis: Analysis, elsewhere: boolean) {
    const { document, settings, bound } = unit;
    const { report } = analysis;
    const presentation = {
      ...this.host.presentation,
      uri: document.uri,
      file: bound.file,
      uriOf: bound.uriOf,
    };
    const broken = report.coverage.filter((gap) => gap.kind === 'parse-error');
    const before = document.outcome?.settings === this.wanted(settings) ? document.shown : null;
    return settle(before, {
      text: document.text,
      diagnostics: report.diagnostics
        .filter((diagnostic) => isShown(diagnostic, settings))
        .map((diagnostic) => present(diagnostic, presentation)),
      functions: analysis.functions,
      broken: new Set(broken.map((gap) => gap.function)),
      elsewhere,
    });
  }

  private finish(
    unit: Unit,
    analysis: Analysis,
    elsewhere: boolean,
    milliseconds: number,
    resultId = this.resultId(unit),
    isPending = false,
  ): void {
    const { document, settings } = unit;
    const shown = this.settled(unit, analysis, elsewhere);
    document.shown = shown;
    document.usedAllows = analysis.usedAllows;
    document.linked ||= unit.texts.length > 1;
    this.outcome(
      unit,
      status({
        uri: document.uri,
        version: document.version,
        functions: analysis.functions,
        lineAt: (offset) => document.lineAt(offset),
        report: analysis.report,
        shown,
        settings,
        config: analysis.config,
        index: unit.index(!document.linked || isPending),
        unfollowed: unit.project?.unfollowedOf(unit.bound.file) ?? [],
        milliseconds,
      }),
      resultId,
    );
  }

  /** What was shown stays, moved with the text: an analysis that fails says nothing about the code. */
  private fail(unit: Unit, error: unknown): void {
    this.host.onFault(`analysis of ${unit.bound.file}`, error);
    this.outcome(
      unit,
      skipped(unit.document.uri, unit.document.version, 'failed', unit.index(!unit.document.linked)),
    );
  }

  private skip(unit: Unit, why: Why): true {
    unit.document.shown = null;
    unit.document.usedAllows = [];
    this.outcome(unit, skipped(unit.document.uri, unit.document.version, why, unit.index(true)));
    return true;
  }

  private outcome(unit: Unit, told: StatusParams, resultId = this.resultId(unit)): void {
    const { document, settings } = unit;
    document.outcome = {
      resultId,
      settings: this.wanted(settings),
      revision: document.revision,
      status: told,
    };
    this.host.onOutcome(document);
  }
}
