import type { Coverage } from '../analysis/finding.ts';
import type { AnalysisInput, Bounds, SummaryProvider, UnitAnalysis } from '../analysis/types.ts';
import { type CancellationToken, Cancelled, check } from '../base/token.ts';
import { asInSource, fileOf, link } from '../ir/link.ts';
import type { IrFunction, IrUnit } from '../ir/types.ts';
import type { Vocabulary } from '../kernel/types.ts';
import type { ConsequenceModel } from '../model/consequences.ts';
import type { MacroDefinition, Presence, SourceUnit } from '../syntax/types.ts';

/** The three steps from text to findings, as the pipeline calls them. Tests put in ones that fail. */
export interface Stages {
  /** Cuts a text; slices are parsed when asked. */
  cut(text: string): SourceUnit;
  /** Lowers what it is given, functions and declarations. */
  lower(source: SourceUnit, file: string): IrUnit;
  analyse(input: AnalysisInput): UnitAnalysis;
  /** What the engine may spend; every hit is counted and reported. */
  readonly bounds: Bounds;
}

/** One of the three steps. */
export type Step = Exclude<keyof Stages, 'bounds'>;

/** Knows no callee outside of the unit. */
export const noSummaries: SummaryProvider = { summary: () => null };

/** What a {@link Pipeline} works with. */
export interface PipelineEnvironment {
  readonly stages: Stages;
  readonly vocabulary: Vocabulary;
  readonly provider: SummaryProvider;
  /** Kept over all texts: the same path is explored once. */
  readonly consequences: ConsequenceModel;
  /** Told of every crash, with everything that helps to find its cause; never shown unless asked for. */
  onCrash?(crash: Crash): void;
}

/** A fault of ours that cost one function (or one file) its analysis. */
export interface Crash {
  readonly file: string;
  readonly function: string;
  readonly stage: Step;
  readonly error: unknown;
}

/** All that is known of one text. */
export interface AnalysedText {
  readonly file: string;
  readonly source: SourceUnit;
  readonly ir: IrUnit;
  readonly analysis: UnitAnalysis;
  /** Of kind `crash`; in {@link UnitAnalysis.coverage} too are those that the engine caught itself. */
  readonly crashes: readonly Coverage[];
}

/**
 * Cuts, lowers and analyses texts. A step that throws costs the function that made it throw, nothing else: the
 * step is run again without it. Only {@link Cancelled} passes through.
 */
export class Pipeline {
  constructor(private readonly environment: PipelineEnvironment) {}

  /** Cut and lowered only. @throws Cancelled */
  lower(file: string, text: string, token: CancellationToken): Omit<AnalysedText, 'analysis'> {
    const crashes: Coverage[] = [];
    const { stages } = this.environment;
    const source = this.attempt('cut', file, '', crashes, () => stages.cut(text)) ?? emptySource(text);
    check(token);
    const ir = this.lowerAll(source, file, crashes);
    check(token);
    return { file, source, ir, crashes };
  }

  /**
   * All three steps. `before` is what the same file gave last: where only white space or comments outside of functions
   * changed, or functions moved, its analysis still stands, because everything in it is relative to a function.
   * @throws Cancelled
   */
  analyse(file: string, text: string, token: CancellationToken, before?: AnalysedText): AnalysedText {
    const lowered = this.lower(file, text, token);
    if (before?.file === file && before.crashes.length === 0 && sameCode(before.source, lowered.source)) {
      return { ...lowered, analysis: before.analysis };
    }
    const crashes = [...lowered.crashes];
    const analysis = this.analyseAll(lowered.ir, crashes, token);
    return { ...lowered, analysis, crashes };
  }

  /**
   * Files that have to do with each other, analysed as one unit; each gets its part of what that gave. @throws Cancelled
   */
  analyseLinked(
    texts: readonly { readonly file: string; readonly text: string }[],
    token: CancellationToken,
  ): readonly AnalysedText[] {
    const files = texts.map(({ file, text }) => this.lower(file, text, token));
    if (files.length === 0) return [];
    const unit = link(files.map((lowered) => lowered.ir));
    const crashes: Coverage[] = [];
    const analysis = this.analyseAll(unit, crashes, token);
    return files.map((lowered, i) => {
      const { file } = lowered;
      const mine = new Set(unit.functions.filter((fn) => fileOf(unit, fn) === file).map((fn) => fn.name));
      return {
        ...lowered,
        crashes: [...lowered.crashes, ...crashes.filter((crash) => crash.file === file)],
        analysis: {
          findings: analysis.findings.filter((finding) => finding.at.file === file),
          summaries: new Map([...analysis.summaries].filter(([name]) => mine.has(name))),
          coverage: analysis.coverage.filter((entry) => entry.file === file),
          withTransitions: asInSource(analysis.withTransitions.filter((name) => mine.has(name))),
          // Counted while paths are followed, wherever they lead: told once.
          transitions: i === 0 ? analysis.transitions : 0,
        },
      };
    });
  }

  private lowerAll(source: SourceUnit, file: string, crashes: Coverage[]): IrUnit {
    const { stages } = this.environment;
    const lower = (part: SourceUnit) => stages.lower(part, file);
    try {
      return lower(source);
    } catch (error) {
      if (error instanceof Cancelled) throw error;
    }
    // Something in it throws. Alone they tell which; declarations are a part of their own.
    const bare = { ...source, functions: [] };
    const declarations = this.attempt('lower', file, '', crashes, () => lower(bare));
    const context = declarations === null ? { ...bare, declarations: [], macros: [] } : bare;
    const functions: IrFunction[] = [];
    for (const slice of source.functions) {
      const alone = this.attempt('lower', file, slice.name, crashes, () =>
        lower({ ...context, functions: [slice] }),
      );
      functions.push(...(alone?.functions ?? []));
    }
    return { ...(declarations ?? emptyIr(file)), functions };
  }

  private analyseAll(unit: IrUnit, crashes: Coverage[], token: CancellationToken): UnitAnalysis {
    const { stages, vocabulary, provider, consequences } = this.environment;
    const analyse = (part: IrUnit) =>
      stages.analyse({ unit: part, vocabulary, provider, consequences, bounds: stages.bounds, token });
    const run = (functions: readonly IrFunction[]) => analyse({ ...unit, functions });
    try {
      return analyse(unit);
    } catch (error) {
      if (error instanceof Cancelled) throw error;
    }
    const sound: IrFunction[] = [];
    const alone: UnitAnalysis[] = [];
    for (const fn of unit.functions) {
      const result = this.attempt('analyse', fileOf(unit, fn), fn.name, crashes, () => run([fn]));
      if (result === null) continue;
      sound.push(fn);
      alone.push(result);
    }
    try {
      return run(sound);
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      // It takes two of them: nobody is to blame alone, so each keeps what it gave by itself.
      this.report('analyse', unit.file, '', error, crashes);
      return merged(alone);
    }
  }

  private attempt<T>(stage: Step, file: string, name: string, crashes: Coverage[], step: () => T): T | null {
    try {
      return step();
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      this.report(stage, file, name, error, crashes);
      return null;
    }
  }

  private report(stage: Step, file: string, name: string, error: unknown, crashes: Coverage[]): void {
    this.environment.onCrash?.({ file, function: name, stage, error });
    crashes.push({ file, function: name, kind: 'crash', reason: `${stageNames[stage]} failed`, span: null });
  }
}

const stageNames: Readonly<Record<Step, string>> = {
  cut: 'cutting the file',
  lower: 'lowering',
  analyse: 'the analysis',
};

/** Whether two cuts hold the same functions, declarations and macros in the same order. */
function sameCode(a: SourceUnit, b: SourceUnit): boolean {
  return (
    same(a.functions, b.functions, (x, y) => x.hash === y.hash && samePresence(x, y)) &&
    same(a.declarations, b.declarations, (x, y) => x.text === y.text && samePresence(x, y)) &&
    same(a.macros, b.macros, (x, y) => macroText(x) === macroText(y)) &&
    same(a.includes, b.includes, (x, y) => x === y)
  );
}

function macroText(macro: MacroDefinition): string {
  return `${macro.name}(${macro.parameters?.join() ?? '-'}) ${macro.body}`;
}

interface Conditional {
  readonly presence: Presence;
}

function samePresence(a: Conditional, b: Conditional): boolean {
  return same(a.presence, b.presence, (x, y) => x.text === y.text && x.holds === y.holds);
}

function same<T>(a: readonly T[], b: readonly T[], equal: (x: T, y: T) => boolean): boolean {
  return a.length === b.length && a.every((x, i) => equal(x, b[i]!));
}

function emptySource(text: string): SourceUnit {
  return { text, functions: [], declarations: [], macros: [], includes: [] };
}

function emptyIr(file: string): IrUnit {
  return { file, functions: [], globals: [], structs: new Map(), constants: new Map() };
}

function merged(parts: readonly UnitAnalysis[]): UnitAnalysis {
  return {
    findings: parts.flatMap((part) => part.findings),
    summaries: new Map(parts.flatMap((part) => [...part.summaries])),
    coverage: parts.flatMap((part) => part.coverage),
    withTransitions: parts.flatMap((part) => part.withTransitions),
    transitions: parts.reduce((sum, part) => sum + part.transitions, 0),
  };
}
