import type { Foremost } from '../analysis/carried.ts';
import type { EngineInput } from '../analysis/engine.ts';
import type { Coverage, Finding } from '../analysis/finding.ts';
import type { Summary } from '../analysis/summary.ts';
import type { Bounds, UnitAnalysis } from '../analysis/types.ts';
import { type CancellationToken, Cancelled, check } from '../base/token.ts';
import type { FileUnit } from '../ir/lower.ts';
import type { IrUnit } from '../ir/types.ts';
import type { Vocabulary } from '../kernel/types.ts';
import type { ConsequenceModel } from '../model/consequences.ts';
import type { Grammar, SourceUnit } from '../syntax/types.ts';
import { emptySource, emptyUnit, withHeads } from './units.ts';

/** Analyses versions of one unit, one after the other. */
export interface UnitAnalyser {
  /** @throws Cancelled */
  analyse(unit: IrUnit, token: CancellationToken, first?: Foremost | null): UnitAnalysis;
  /** How much has piled up in it: the number of terms. */
  readonly weight: number;
  readonly effort?: Effort;
}

/** How far an analysis has come, also one that was cancelled; both only grow. */
export interface Effort {
  /** Functions that were analysed. */
  readonly analysed: number;
  /** Parts of the work that need not be done again. */
  readonly done: number;
}

/** The three steps from text to findings, as the pipeline calls them. Tests put in ones that fail. */
export interface Stages {
  /** Cuts a text; slices are parsed when asked. */
  cut(text: string): SourceUnit;
  /** Makes what is asked for of a file's functions and declarations. */
  lower(source: SourceUnit, file: string): FileUnit;
  analyser(input: EngineInput): UnitAnalyser;
  /** Of the trees that slices give. */
  readonly grammar: Grammar;
  /** What the engine may spend; every hit is counted and reported. */
  readonly bounds: Bounds;
}

/** One of the three steps. */
export type Step = 'cut' | 'lower' | 'analyse';

/** What a {@link Pipeline} works with. */
export interface PipelineEnvironment {
  readonly stages: Stages;
  readonly vocabulary: Vocabulary;
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

/** A text that is cut; what is asked for of it is lowered. */
export interface LoweredText {
  readonly file: string;
  readonly source: SourceUnit;
  readonly ir: FileUnit;
  /** Of kind `crash`. */
  readonly crashes: readonly Coverage[];
}

/** The part of an analysis that is about one file. */
export interface FileAnalysis {
  readonly findings: readonly Finding[];
  /** By the names of the source. */
  readonly summaries: ReadonlyMap<string, Summary>;
  readonly coverage: readonly Coverage[];
  readonly withTransitions: readonly string[];
  readonly transitions: number;
}

/** All that is known of one text. */
export interface AnalysedText extends LoweredText {
  readonly analysis: FileAnalysis;
}

/**
 * Cuts, lowers and analyses texts. A step that throws costs the function that made it throw, nothing else: the
 * step is run again without it. Only {@link Cancelled} passes through.
 */
export class Pipeline {
  constructor(private readonly environment: PipelineEnvironment) {}

  /** Cut only; lowered when asked for. @throws Cancelled */
  lower(file: string, text: string, token: CancellationToken): LoweredText {
    const crashes: Coverage[] = [];
    const { stages } = this.environment;
    const source = this.attempt('cut', file, '', crashes, () => stages.cut(text)) ?? emptySource(text);
    check(token);
    const ir = this.lowerAll(source, file, crashes);
    check(token);
    return { file, source, ir, crashes };
  }

  get vocabulary(): Vocabulary {
    return this.environment.vocabulary;
  }

  /** A new analyser for versions of one unit. `vocabulary`: with what the unit itself says of functions. */
  analyser(vocabulary: Vocabulary): UnitAnalyser {
    const { stages, consequences } = this.environment;
    return stages.analyser({ vocabulary, consequences, bounds: stages.bounds });
  }

  /** What an analyser says of a unit, of one file of it `first`; of what it fails on, `crashes` is told. @throws Cancelled */
  analyse(
    { analyser, vocabulary }: { readonly analyser: UnitAnalyser; readonly vocabulary: Vocabulary },
    unit: IrUnit,
    crashes: Coverage[],
    token: CancellationToken,
    first: Foremost | null = null,
  ): UnitAnalysis {
    try {
      return analyser.analyse(unit, token, first);
    } catch (error) {
      if (error instanceof Cancelled) throw error;
    }
    const run = (heads: IrUnit['heads']) => this.analyser(vocabulary).analyse(withHeads(unit, heads), token);
    const sound: IrUnit['heads'][number][] = [];
    const alone: UnitAnalysis[] = [];
    for (const head of unit.heads) {
      const result = this.attempt('analyse', head.file, head.name, crashes, () => run([head]));
      if (result === null) continue;
      sound.push(head);
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

  private lowerAll(source: SourceUnit, file: string, crashes: Coverage[]): FileUnit {
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
    const units: FileUnit[] = [];
    for (const slice of source.functions) {
      if (slice.macro) continue;
      const alone = this.attempt('lower', file, slice.name, crashes, () =>
        lower({ ...context, functions: [slice] }),
      );
      if (alone !== null) units.push(alone);
    }
    return withHeads(
      declarations ?? emptyUnit(file),
      units.flatMap((unit) => unit.heads),
    );
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

function merged(parts: readonly UnitAnalysis[]): UnitAnalysis {
  return {
    findings: parts.flatMap((part) => part.findings),
    summaries: new Map(parts.flatMap((part) => [...part.summaries])),
    coverage: parts.flatMap((part) => part.coverage),
    withTransitions: parts.flatMap((part) => part.withTransitions),
    transitions: parts.flatMap((part) => part.transitions),
    missing: [...new Set(parts.flatMap((part) => part.missing))].sort(),
    provisional: false,
  };
}
