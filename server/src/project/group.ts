import { Analyser } from '../analysis/analyser.ts';
import type { Foremost } from '../analysis/carried.ts';
import type { Coverage } from '../analysis/finding.ts';
import { type Here, lookAt } from '../analysis/here.ts';
import type { Summary } from '../analysis/summary.ts';
import type { UnitAnalysis } from '../analysis/types.ts';
import { type CancellationToken, check, never } from '../base/token.ts';
import { Linker } from '../ir/link.ts';
import { asInSource, plainName } from '../ir/marks.ts';
import type { Vocabulary } from '../kernel/types.ts';
import type { FunctionSlice } from '../syntax/types.ts';
import { carriedOver, HalfTyped } from './carry-over.ts';
import { contractsInView } from './contracts.ts';
import { entryRows } from './entries.ts';
import type { AnalysedText, Effort, LoweredText, Pipeline, UnitAnalyser } from './pipeline.ts';
import { sameCode, sameFrame } from './units.ts';

export { asInSource };

/** Terms that may pile up before a new analyser is made: some hundred megabytes. */
const heaviest = 1_500_000;

/** A file, and what is in it. */
export interface NamedText {
  /** Relative to the tree's root. */
  readonly file: string;
  readonly text: string;
}

/** What is known soonest. */
export interface First {
  readonly analysed: readonly AnalysedText[];
  /** What functions of other files make of it is not in it yet. */
  readonly provisional: boolean;
  /** Nothing was changed that says something: all that was known of the texts is so of these, only elsewhere. */
  readonly isCarried: boolean;
}

/** Files that have to do with each other, analysed as one unit, over and over as they change. */
export class Group {
  private analyser: UnitAnalyser | null = null;
  private analyserFor: Vocabulary | null = null;
  /** With what the texts of the last analysis say of functions that none of them has, as text and as rows. */
  private told: { readonly key: string; readonly vocabulary: Vocabulary };
  private last: {
    readonly texts: readonly LoweredText[];
    readonly analysed: readonly AnalysedText[];
    readonly vocabulary: Vocabulary;
  } | null = null;
  /** Functions that are not in view and would tell more; of the last analysis. */
  missing: readonly string[] = [];

  /** What was cut for an analysis that is not done yet. */
  private cut: readonly LoweredText[] = [];

  private readonly linker = new Linker();

  private readonly halfTyped = new HalfTyped();

  constructor(private readonly pipeline: Pipeline) {
    this.told = { key: '[]', vocabulary: pipeline.vocabulary };
  }

  /** How far the last analysis has come. */
  get effort(): Effort {
    return this.analyser?.effort ?? { analysed: 0, done: 0 };
  }

  /** Names of the files of the last analysis. */
  get files(): readonly string[] {
    return this.last?.texts.map(({ file }) => file) ?? [];
  }

  /**
   * What is known of one of the texts soonest, where they were analysed before: functions of the others are taken to be as they
   * were, and so are half-typed ones and, where `hurry` says so, those of its own file that only call what was edited. Null: what
   * they gave is there already, or nothing is known of them yet. @throws Cancelled
   */
  checkFirst(
    file: string,
    texts: readonly NamedText[],
    token: CancellationToken,
    hurry: () => boolean = () => false,
  ): First | null {
    const { last } = this;
    if (last === null || last.texts.length !== texts.length) return null;
    if (!last.texts.every((text, i) => text.file === texts[i]!.file)) return null;
    const cut = this.cutAll(texts, token);
    if (this.stands(cut)) {
      this.cut = [];
      return null;
    }
    const onlyBodies = cut.every((text, i) => isSameFrame(last.texts[i]!, text));
    if (onlyBodies && this.vocabularyOf(cut) === last.vocabulary) {
      const before = carriedOver(last.analysed, cut, this.halfTyped);
      if (before !== null) return { analysed: before, provisional: true, isCarried: true };
    }
    const { analysed, provisional } = this.afresh(cut, token, { file, onlyBodies, hurry });
    if (!provisional) this.keep(cut, analysed);
    return { analysed, provisional, isCarried: false };
  }

  /**
   * What each of the texts gave, in the order given. What did not change is not cut again, and what was finished before a
   * cancellation is not done again. @throws Cancelled
   */
  check(texts: readonly NamedText[], token: CancellationToken): readonly AnalysedText[] {
    const { last } = this;
    const isSame = ({ file, source }: LoweredText, i: number) =>
      file === texts[i]!.file && source.text === texts[i]!.text;
    if (last?.texts.length === texts.length && last.texts.every(isSame)) return last.analysed;
    return this.analyse(this.cutAll(texts, token), token);
  }

  private cutAll(texts: readonly NamedText[], token: CancellationToken): readonly LoweredText[] {
    const { last } = this;
    const known = new Map([...(last?.texts ?? []), ...this.cut].map((text) => [text.file, text]));
    const cut: LoweredText[] = [];
    for (const { file, text } of texts) {
      check(token);
      const before = known.get(file);
      // Without the token: a file that takes longer than a turn must still get done.
      const now = before?.source.text === text ? before : this.pipeline.lower(file, text, never);
      known.set(file, now);
      cut.push(now);
      this.cut = [...known.values()];
    }
    return cut;
  }

  /**
   * What each of the texts gave, in the order given. Where only white space or comments outside of functions changed, or
   * functions moved, the analysis still stands, because everything in it is relative to a function.
   * @throws Cancelled; what was finished by then is not done again
   */
  analyse(texts: readonly LoweredText[], token: CancellationToken): readonly AnalysedText[] {
    const { last } = this;
    const analysed =
      last !== null && this.stands(texts)
        ? texts.map((text, i) => ({ ...text, analysis: last.analysed[i]!.analysis }))
        : this.afresh(texts, token, null).analysed;
    this.keep(texts, analysed);
    return analysed;
  }

  /** What each of these texts gave, if that is known already: nothing is analysed for the answer. */
  standing(texts: readonly NamedText[]): readonly AnalysedText[] | null {
    const { last } = this;
    if (last === null || last.texts.length !== texts.length || this.cut.length > 0) return null;
    const isSame = ({ file, source }: LoweredText, i: number) =>
      file === texts[i]!.file && source.text === texts[i]!.text;
    return last.texts.every(isSame) ? last.analysed : null;
  }

  /**
   * What is known at an offset of one of the texts that were analysed last, and the function that it lies in; null: nothing.
   * @throws Cancelled
   */
  lookAt(
    file: string,
    offset: number,
    token: CancellationToken,
  ): { readonly here: Here; readonly slice: FunctionSlice } | null {
    const { analyser, last } = this;
    const source = last?.analysed.find((one) => one.file === file)?.source;
    const slice = source?.functions.find((fn) => !fn.macro && fn.start <= offset && offset <= fn.end);
    if (!(analyser instanceof Analyser) || slice === undefined) return null;
    const roots: Summary[] = [];
    const called: Summary[] = [];
    // What a function leaves to its callers is in their rows.
    const callees = new Set(
      last!.analysed.flatMap(({ ir }) =>
        ir.heads.flatMap((head) => [...head.calls].filter((name) => name !== head.name)),
      ),
    );
    for (const { analysis } of last!.analysed)
      for (const [own, summary] of analysis.summaries) (callees.has(own) ? called : roots).push(summary);
    const { name, hash, text, start } = slice;
    const here = lookAt(analyser, { file, name, hash, text }, offset - start, { roots, called }, token);
    return here && { here, slice };
  }

  /** Whether what the last analysis gave is what these texts give: their code is the same, and what they say of other code. */
  private stands(texts: readonly LoweredText[]): boolean {
    const { last } = this;
    return last !== null && sameTexts(last.texts, texts) && this.vocabularyOf(texts) === last.vocabulary;
  }

  /** The vocabulary with the contracts that the texts have; the same one as before where those are the same. */
  private vocabularyOf(texts: readonly LoweredText[]): Vocabulary {
    const { vocabulary: known } = this.pipeline;
    const rows = [...contractsInView(texts, known), ...entryRows(known.held, texts)];
    const key = JSON.stringify(rows);
    if (key !== this.told.key) {
      const { vocabulary } = this.pipeline;
      this.told = { key, vocabulary: rows.length === 0 ? vocabulary : vocabulary.with(rows) };
    }
    return this.told.vocabulary;
  }

  private keep(texts: readonly LoweredText[], analysed: readonly AnalysedText[]): void {
    this.last = { texts, analysed, vocabulary: this.told.vocabulary };
    this.cut = [];
  }

  private afresh(
    texts: readonly LoweredText[],
    token: CancellationToken,
    first: Foremost | null,
  ): Omit<First, 'isCarried'> {
    if (texts.length === 0) return { analysed: [], provisional: false };
    check(token);
    const vocabulary = this.vocabularyOf(texts);
    if (this.analyser === null || this.analyser.weight > heaviest || vocabulary !== this.analyserFor) {
      this.analyser = this.pipeline.analyser(vocabulary);
      this.analyserFor = vocabulary;
    }
    const crashes: Coverage[] = [];
    const unit = this.linker.link(texts.map((text) => text.ir));
    const analysis = this.pipeline.analyse(
      { analyser: this.analyser, vocabulary },
      unit,
      crashes,
      token,
      first,
    );
    // It may be in any state after a crash.
    if (crashes.length > 0) this.analyser = null;
    this.missing = analysis.missing.map(plainName);
    const { provisional } = analysis;
    return { analysed: parts(texts, analysis, asInSource(crashes)), provisional };
  }
}

/** To each text what is about it. */
function parts(
  texts: readonly LoweredText[],
  analysis: UnitAnalysis,
  crashes: readonly Coverage[],
): readonly AnalysedText[] {
  return texts.map((text) => {
    const { file } = text;
    const mine = <T extends { readonly file: string }>(all: readonly T[]) =>
      texts.length === 1 ? all : all.filter((one) => one.file === file);
    const summaries = [...analysis.summaries].filter(([, summary]) => summary.file === file);
    return {
      ...text,
      crashes: [...text.crashes, ...mine(crashes)],
      analysis: {
        findings: analysis.findings.filter((finding) => finding.at.file === file),
        summaries: new Map(summaries.map(([name, summary]) => [plainName(name), summary])),
        coverage: mine(analysis.coverage),
        withTransitions: [...new Set(mine(analysis.withTransitions).map(({ name }) => name))],
        transitions: mine(analysis.transitions).reduce((sum, { count }) => sum + count, 0),
      },
    };
  });
}

/** Whether bodies of functions are all that differs. */
function isSameFrame(a: LoweredText, b: LoweredText): boolean {
  return a === b || (a.crashes.length + b.crashes.length === 0 && sameFrame(a.source, b.source));
}

function sameTexts(a: readonly LoweredText[], b: readonly LoweredText[]): boolean {
  return (
    a.length === b.length &&
    a.every((text, i) => {
      const other = b[i]!;
      return text.file === other.file && text.crashes.length === 0 && sameCode(text.source, other.source);
    })
  );
}
