import type { CancellationToken } from '../base/token.ts';
import type { IrUnit } from '../ir/types.ts';
import type { Vocabulary } from '../kernel/types.ts';
import type { ConsequenceModel } from '../model/consequences.ts';
import type { Coverage, Finding } from './finding.ts';
import type { Summary } from './summary.ts';

/** Named bounds; every hit is counted in the coverage. Defaults: `defaultBounds`. */
export interface Bounds {
  readonly statesPerBlock: number;
  readonly loopVisits: number;
  readonly rows: number;
  readonly effectsPerRow: number;
  readonly cases: number;
  readonly objects: number;
  readonly pathFields: number;
  readonly stepsPerFunction: number;
  /** Times that functions which call each other in a circle are looked at. */
  readonly rounds: number;
  /** Left out: as long as it takes. With it the same input may give other findings. */
  readonly timePerFunction?: TimeBound;
}

/** The engine reads no clock; whoever sets such a bound brings one. */
export interface TimeBound {
  readonly milliseconds: number;
  readonly now: () => number;
}

/** What one unit is analysed with. */
export interface AnalysisInput {
  readonly unit: IrUnit;
  readonly vocabulary: Vocabulary;
  readonly bounds: Bounds;
  /** Says what a finding's path leads to. */
  readonly consequences: ConsequenceModel;
  readonly token: CancellationToken;
}

/** What the analysis of one unit gives. */
export interface UnitAnalysis {
  /** Sorted by file, function order in the file, place, violation. */
  readonly findings: readonly Finding[];
  readonly summaries: ReadonlyMap<string, Summary>;
  readonly coverage: readonly Coverage[];
  /** Functions that call a transition, directly or through rows. By file, in its order. */
  readonly withTransitions: readonly { readonly file: string; readonly name: string }[];
  /** Calls of transitions that paths led through. */
  readonly transitions: readonly { readonly file: string; readonly count: number }[];
  /** Functions that are not in view and get memory that matters, or give it: whoever finds them learns more. Sorted. */
  readonly missing: readonly string[];
  /** Not all of the unit was looked at: see `Analyser.analyse`. */
  readonly provisional: boolean;
}
