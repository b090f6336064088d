import type { CancellationToken } from '../base/token.ts';
import type { IrUnit } from '../ir/types.ts';
import type { Vocabulary } from '../kernel/types.ts';
import type { ConsequenceModel } from '../model/consequences.ts';
import type { Coverage, Finding } from './finding.ts';
import type { Summary } from './summary.ts';

/** Where the engine gets callees from that are not in the unit. Null: no row, the call changes nothing in view. */
export interface SummaryProvider {
  summary(name: string, fromFile: string): Summary | null;
}

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
}

/** What one file is analysed with. */
export interface AnalysisInput {
  readonly unit: IrUnit;
  readonly vocabulary: Vocabulary;
  readonly provider: SummaryProvider;
  readonly bounds: Bounds;
  /** Says what a finding's path leads to. */
  readonly consequences: ConsequenceModel;
  readonly token: CancellationToken;
}

/** What the analysis of one file gives. */
export interface UnitAnalysis {
  /** Sorted by function order in the file, then place, then violation. */
  readonly findings: readonly Finding[];
  readonly summaries: ReadonlyMap<string, Summary>;
  readonly coverage: readonly Coverage[];
  /** Functions that call a transition, directly or through rows. */
  readonly withTransitions: readonly string[];
  readonly transitions: number;
}
