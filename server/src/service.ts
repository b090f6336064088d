import type { Note } from './annotations/types.ts';
import type { CancellationToken } from './base/token.ts';
import { knownInPart } from './explain/coverage.ts';
import type { Silent } from './explain/silent.ts';
import { summaryText } from './explain/summaries.ts';
import { type CallQuestion, type ToldCall, tellCall } from './explain/transition-call.ts';
import { TransitionSteps } from './explain/transition-steps.ts';
import type { ApiRow, Version, Vocabulary } from './kernel/types.ts';
import { isTransition, vocabularyFor } from './kernel/vocabulary.ts';
import { ConsequenceModel } from './model/consequences.ts';
import { data } from './model/data.ts';
import type { Platforms, ProtocolChoice } from './model/transition/platform.ts';
import { platforms } from './model/transition/platforms/index.ts';

import { asInSource, Group, type NamedText } from './project/group.ts';
import { HandedOn } from './project/handed-on.ts';
import { irText } from './project/ir-text.ts';
import { type AnalysedText, type Crash, type Effort, Pipeline, type Stages } from './project/pipeline.ts';
import { type Stem, stemsOf } from './project/prefilter.ts';
import type { Rule } from './rules/types.ts';
import { brokenEntries } from './service-entries.ts';
import { type FileFindings, resolveFindings, type TextOf } from './service-findings.ts';
import { comesBackClean, type Fix, fixCandidates, type WantedFix, withFix } from './service-fixes.ts';
import { FlagChecks } from './service-flags.ts';
import { inferredNotes } from './service-infer.ts';
import { judged, judgeFile } from './service-judge.ts';
import {
  type ConvertingCall,
  type ConvertingFunction,
  callersOf,
  convertingFunctions,
  type JudgedThere,
  type LookedAt,
  lookAt,
  type Stretch,
  transitionsOf,
} from './service-look.ts';
import { type KnownCode, listedNotes, notesOf } from './service-notes.ts';
import { activeRules } from './service-options.ts';
import { ResolvableText } from './service-resolve.ts';
import { type Silencing, silentAt } from './service-silent.ts';
import { coverageOf, statsOf } from './service-stats.ts';
import type { CheckOptions, Diagnostic, FileAnnotations, FileReport } from './service-types.ts';

/** What a service needs from its host. */
export interface ServiceEnvironment {
  readonly stages: Stages;
  /** Of the tree, from its root Makefile; null: not known, the newest is assumed. */
  readonly version: Version | null;
  readonly rules: readonly Rule[];
  /** Rows of the tree's own vocabulary. */
  readonly extra?: readonly ApiRow[];
  /** What the platforms do; left out: as the model has them. */
  readonly model?: Platforms;
  /** How they are taken to do it; left out: as the tree's kernel does. */
  readonly protocol?: ProtocolChoice;
  /** Told of faults of the engine with all details; a report says only which function they cost. */
  onCrash?(crash: Crash): void;
}

/** Files, alone or with those that they have to do with, whose analysis is kept for the next edit. */
const keptGroups = 16;

/**
 * The one front door: command line, editor and tests ask here and nowhere else, so that they agree. Answers are
 * pure functions of the text, the options and the environment; what is kept between calls only saves time.
 */
export class Service {
  readonly vocabulary: Vocabulary;
  private readonly pipeline: Pipeline;
  private readonly stems: readonly Stem[];
  private readonly groups = new Map<string, Group>();
  private readonly steps: TransitionSteps;
  private readonly transitionsOfLast = new WeakMap<
    readonly AnalysedText[],
    ReturnType<typeof transitionsOf>
  >();

  private readonly flagsOfLast = new WeakMap<readonly AnalysedText[], FlagChecks>();

  constructor(private readonly environment: ServiceEnvironment) {
    const { model = platforms, version, protocol } = environment;
    this.vocabulary = vocabularyFor(version, environment.extra);
    this.steps = new TransitionSteps({ ...data, platforms: model }, protocol);
    this.stems = stemsOf(this.vocabulary.needles);
    this.pipeline = new Pipeline({
      stages: environment.stages,
      vocabulary: this.vocabulary,
      consequences: new ConsequenceModel(model, version, protocol),
      ...(environment.onCrash ? { onCrash: (crash) => environment.onCrash?.(crash) } : {}),
    });
  }

  /** All rules, whether they run or not. */
  get rules(): readonly Rule[] {
    return this.environment.rules;
  }

  /** Whether `text` names anything that makes it worth parsing; nothing is parsed for the answer. */
  matters(text: string): boolean {
    return this.stems.some(
      (stem) => text.includes(stem.text) && stem.needles.some((needle) => text.includes(needle)),
    );
  }

  /**
   * Checks one text. `file` is relative to the tree's root, it decides on the architecture.
   * @throws Cancelled when the token is set.
   */
  checkText(file: string, text: string, options: CheckOptions, token: CancellationToken): FileReport {
    const analysed = this.analyse(file, text, token);
    const resolvable = new ResolvableText(file, text, analysed.source.functions);
    return judgeFile(
      this.resolved(analysed, (name) => (name === file ? resolvable : null), [analysed]),
      this.rules,
      options,
    );
  }

  private resolved(analysed: AnalysedText, textOf: TextOf, linked: readonly AnalysedText[]): FileFindings {
    const coverage = coverageOf(analysed);
    const { file, source, analysis } = analysed;
    const known: KnownCode = {
      platforms: this.vocabulary.platformsOf(file),
      summaryOf: (name) => analysis.summaries.get(name),
      handedOn: () => new HandedOn(linked, this.vocabulary),
      flags: () => this.flagsOf(linked),
      resolve: (findings) => resolveFindings(findings, textOf),
    };
    const ids = this.rules.map(({ id }) => id);
    const { allows, wrong } = notesOf(file, source, ids, known);
    const broken = brokenEntries(this.vocabulary.held, analysed, linked, known);
    return {
      file,
      findings: [...resolveFindings(analysis.findings, textOf), ...wrong, ...broken],
      coverage,
      stats: statsOf(analysed, coverage),
      allows,
    };
  }

  /**
   * Checks texts that have to do with each other: paths lead from one into the other. A report for each, in the order
   * given; what one says may lie in another.
   * @throws Cancelled when the token is set.
   */
  checkLinked(
    texts: readonly NamedText[],
    options: CheckOptions,
    token: CancellationToken,
  ): readonly FileReport[] {
    return this.findLinked(texts, token).map((found) => judgeFile(found, this.rules, options));
  }

  /** What {@link checkLinked} judges: good for any rules and options; `contracts`: with those that could be written. @throws Cancelled when the token is set. */
  findLinked(
    texts: readonly NamedText[],
    token: CancellationToken,
    contracts = false,
  ): readonly FileFindings[] {
    const linked = this.analyseGroup(texts, token);
    const textOf = resolvableTexts(linked);
    return linked.map((analysed) => ({
      ...this.resolved(analysed, textOf, linked),
      annotations: contracts
        ? this.annotationsIn(analysed)
        : { notes: listedNotes(analysed.file, analysed.source), inferred: [] },
    }));
  }

  /** The annotations of the one of `texts` that is named `file`, and those that could be there, if their analysis stands; null: it does not. */
  annotations(file: string, texts: readonly NamedText[], marker: Note['marker']): FileAnnotations | null {
    const analysed = this.standing(texts)?.find((one) => one.file === file);
    return analysed === undefined ? null : this.annotationsIn(analysed, marker);
  }

  private annotationsIn({ file, source, analysis }: AnalysedText, marker?: Note['marker']): FileAnnotations {
    const inPart = knownInPart(analysis.coverage);
    const summaryOf = (name: string) => (inPart.has(name) ? undefined : analysis.summaries.get(name));
    const isKnown = (name: string) => this.vocabulary.rows(name).length > 0;
    return {
      notes: listedNotes(file, source),
      inferred: inferredNotes(file, source, summaryOf, isKnown, marker),
    };
  }

  /**
   * What {@link checkLinked} says of the one text that is named `file`. @throws Cancelled when the token is set.
   * @throws RangeError if there is none
   */
  checkAmong(
    file: string,
    texts: readonly NamedText[],
    options: CheckOptions,
    token: CancellationToken,
  ): FileReport {
    const linked = this.analyseGroup(texts, token);
    const found = this.resolved(among(linked, file), resolvableTexts(linked), linked);
    return judgeFile(found, this.rules, options);
  }

  /**
   * What can be said of the one text that is named `file` before all of them are analysed again; null if there is nothing to gain.
   * `hurry`: whether functions of it that only call what was edited may wait. `provisional`: what {@link checkAmong} says may differ;
   * `isCarried`: hardly, for nothing was typed that says something, and the others of the texts may be asked for like this one.
   * @throws Cancelled when the token is set
   */
  checkFirst(
    file: string,
    texts: readonly NamedText[],
    options: CheckOptions,
    token: CancellationToken,
    hurry: () => boolean = () => false,
  ): {
    readonly report: FileReport;
    readonly functions: readonly Slice[];
    readonly provisional: boolean;
    readonly isCarried: boolean;
  } | null {
    const first = this.groups.get(keyOf(texts))?.checkFirst(file, texts, token, hurry);
    if (!first) return null;
    const { analysed, provisional, isCarried } = first;
    const one = among(analysed, file);
    const report = judgeFile(this.resolved(one, resolvableTexts(analysed), analysed), this.rules, options);
    return { report, functions: slicesOf(one), provisional, isCarried };
  }

  /**
   * Ways to repair the finding of that fingerprint in the one of `texts` that is named `file`, in the order of a menu. Nobody has
   * looked yet whether they come back clean: {@link fixes} does. @throws Cancelled
   */
  fixCandidates(
    file: string,
    texts: readonly NamedText[],
    wanted: WantedFix,
    token: CancellationToken,
  ): readonly Fix[] {
    const linked = this.analyseGroup(texts, token);
    const analysed = among(linked, file);
    const { findings } = this.resolved(analysed, resolvableTexts(linked), linked);
    const active = activeRules(this.rules, wanted.options);
    const found = judged(findings, active, wanted.options).find(
      ({ diagnostic }) => diagnostic.fingerprint === wanted.fingerprint,
    );
    if (found === undefined) return [];
    const { grammar } = this.environment.stages;
    return fixCandidates(found, analysed.source, grammar, this.vocabulary, wanted.message);
  }

  /**
   * The repairs of a finding that come back clean: with one of them in the text the finding is gone and no other has come.
   * @throws Cancelled
   */
  fixes(
    file: string,
    texts: readonly NamedText[],
    wanted: WantedFix,
    token: CancellationToken,
  ): readonly Fix[] {
    const { options } = wanted;
    const candidates = this.fixCandidates(file, texts, wanted, token);
    const before = this.checkLinked(texts, options, token);
    const clean = new Map<string, Fix>();
    for (const fix of candidates) {
      if (clean.has(fix.id)) continue;
      const after = this.checkLinked(withFix(texts, fix), options, token);
      if (comesBackClean(before, after, fix)) clean.set(fix.id, fix);
    }
    return [...clean.values()];
  }

  /** Analyses texts that have to do with each other, for those who ask about them afterwards. @throws Cancelled */
  prepare(texts: readonly NamedText[], token: CancellationToken): void {
    this.analyseGroup(texts, token);
  }

  /** How far the last analysis of each has come; of interest is the difference. */
  get effort(): Effort {
    const efforts = [...this.groups.values()].map(({ effort }) => effort);
    return {
      analysed: efforts.reduce((sum, { analysed }) => sum + analysed, 0),
      done: efforts.reduce((sum, { done }) => sum + done, 0),
    };
  }

  /** Names of the functions of a text, in its order; macros are none. @throws Cancelled */
  functionNames(file: string, text: string, token: CancellationToken): readonly string[] {
    const { functions } = this.pipeline.lower(file, text, token).source;
    return functions.filter((fn) => !fn.macro).map((fn) => fn.name);
  }

  /**
   * The functions of the one of `texts` that is named `file`: the offset (UTF-16 units) at which each starts, which spans of
   * coverage are relative to, and a hash of its text. Macros that are read as functions are among them. @throws Cancelled
   */
  functionSlices(file: string, texts: readonly NamedText[], token: CancellationToken): readonly Slice[] {
    return slicesOf(among(this.analyseGroup(texts, token), file));
  }

  /**
   * What the engine knows of a function of the one of `texts` that is named `file`, its rows in words; null if that defines none
   * of that name. @throws Cancelled
   */
  explainFunction(
    file: string,
    texts: readonly NamedText[],
    name: string,
    token: CancellationToken,
  ): string | null {
    const analysed = among(this.analyseGroup(texts, token), file);
    if (!analysed.source.functions.some((fn) => fn.name === name)) return null;
    const gaps = coverageOf(analysed).filter((entry) => entry.function === name);
    const isItself = this.vocabulary.rows(name).some(isTransition);
    return asInSource(summaryText(name, analysed.analysis.summaries.get(name) ?? null, gaps, isItself));
  }

  /**
   * What is known at an offset (UTF-16 units) of the one of `texts` that is named `file`, if their analysis stands: nothing is analysed
   * for the answer but the function that it lies in. Null: there is nothing to be said. @throws Cancelled
   */
  lookAt(
    file: string,
    texts: readonly NamedText[],
    offset: number,
    judged: (stretch: Stretch) => JudgedThere,
    token: CancellationToken,
  ): LookedAt | null {
    const group = this.groups.get(keyOf(texts));
    const analysed = group?.standing(texts) ?? null;
    if (group === undefined || analysed === null) return null;
    return asInSource(lookAt(group, analysed, file, offset, judged, token));
  }

  /** What keeps findings of `file` silent where `isHere`, if the analysis of `texts` stands. */
  silentAt(
    file: string,
    texts: readonly NamedText[],
    silencing: Silencing,
    isHere: (diagnostic: Diagnostic) => boolean,
  ): readonly Silent[] {
    const linked = this.standing(texts);
    if (linked === null) return [];
    const found = this.resolved(among(linked, file), resolvableTexts(linked), linked);
    return silentAt(found, this.rules, silencing, isHere);
  }

  /** The functions of `file` that convert memory, if the analysis of `texts` stands; null: it does not. */
  convertingFunctions(file: string, texts: readonly NamedText[]): readonly ConvertingFunction[] | null {
    const analysed = this.standing(texts);
    return analysed && convertingFunctions(analysed, file);
  }

  /** What a call of that name does, as the model and the vocabulary have it; null if it converts no memory. */
  tellCall(question: CallQuestion): ToldCall | null {
    return tellCall(question, this.vocabulary, this.steps);
  }

  /** Functions that convert memory and calls of transitions in all of `texts`, if their analysis stands; null: it does not. */
  transitions(texts: readonly NamedText[]): ReturnType<typeof transitionsOf> | null {
    const analysed = this.standing(texts);
    if (analysed === null) return null;
    const known = this.transitionsOfLast.get(analysed) ?? transitionsOf(analysed, this.vocabulary);
    this.transitionsOfLast.set(analysed, known);
    return known;
  }

  /** Calls of `name` in `texts`, if their analysis stands; null: it does not. */
  callersOf(name: string, texts: readonly NamedText[]): readonly ConvertingCall[] | null {
    const analysed = this.standing(texts);
    return analysed && callersOf(analysed, name);
  }

  private flagsOf(linked: readonly AnalysedText[]): FlagChecks {
    const known = this.flagsOfLast.get(linked) ?? new FlagChecks(linked, this.vocabulary);
    this.flagsOfLast.set(linked, known);
    return known;
  }

  private standing(texts: readonly NamedText[]): readonly AnalysedText[] | null {
    return this.groups.get(keyOf(texts))?.standing(texts) ?? null;
  }

  /** The function as the engine reads it; null if the text defines none of that name. @throws Cancelled */
  irOf(file: string, text: string, name: string, token: CancellationToken): string | null {
    const { ir } = this.pipeline.lower(file, text, token);
    const functions = ir.lowerNamed([name]);
    return functions.length === 0 ? null : functions.map(irText).join('\n');
  }

  /** The page of a rule, markdown; null if there is no such rule. */
  rulePage(id: string): string | null {
    return this.rules.find((rule) => rule.id === id)?.page ?? null;
  }

  /** Forgets what was kept of a file alone. */
  forget(file: string): void {
    this.groups.delete(file);
  }

  /** Forgets what was kept of files of which `wanted` says no to each. */
  forgetUnless(wanted: (file: string) => boolean): void {
    for (const key of [...this.groups.keys()]) if (!key.split('\0').some(wanted)) this.groups.delete(key);
  }

  /** Forgets everything that only saves time. */
  forgetAll(): void {
    this.groups.clear();
  }

  private analyse(file: string, text: string, token: CancellationToken): AnalysedText {
    return this.analyseGroup([{ file, text }], token)[0]!;
  }

  private analyseGroup(texts: readonly NamedText[], token: CancellationToken): readonly AnalysedText[] {
    const key = keyOf(texts);
    const group = this.groups.get(key) ?? this.grown(texts) ?? new Group(this.pipeline);
    this.groups.delete(key);
    this.groups.set(key, group);
    if (this.groups.size > keptGroups) this.groups.delete(this.groups.keys().next().value!);
    return group.check(texts, token);
  }

  /** A group that these texts have most of their files from: a file that joins one, or leaves it, is like an edit. */
  private grown(texts: readonly NamedText[]): Group | null {
    const files = new Set(texts.map(({ file }) => file));
    for (const [key, group] of this.groups) {
      if (group.files.length < 2) continue;
      const shared = group.files.filter((file) => files.has(file)).length;
      if (shared * 2 <= Math.max(files.size, group.files.length)) continue;
      this.groups.delete(key);
      return group;
    }
    return null;
  }
}

/** A function by its place (UTF-16 units) and what its text is. */
interface Slice {
  readonly name: string;
  readonly start: number;
  readonly hash: string;
}

function slicesOf({ source }: AnalysedText): readonly Slice[] {
  return source.functions
    .map(({ name, start, hash }) => ({ name, start, hash }))
    .sort((a, b) => a.start - b.start);
}

function keyOf(texts: readonly NamedText[]): string {
  return texts.map(({ file }) => file).join('\0');
}

function resolvableTexts(linked: readonly AnalysedText[]): (file: string) => ResolvableText | null {
  const resolvable = new Map(
    linked.map(({ file, source }) => [file, new ResolvableText(file, source.text, source.functions)]),
  );
  return (file) => resolvable.get(file) ?? null;
}

function among(linked: readonly AnalysedText[], file: string): AnalysedText {
  const found = linked.find((analysed) => analysed.file === file);
  if (found === undefined) throw new RangeError(`${file} is not among the texts`);
  return found;
}
