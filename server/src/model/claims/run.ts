import type { CancellationToken } from '../../base/token.ts';
import { type Budget, type Exploration, explore } from '../core/explore.ts';
import { build, type Data } from '../scenario.ts';
import type { StepLabel } from '../step.ts';
import type { Claim, Run } from './types.ts';

/** What a claim may cost, and how its time is taken. */
export interface RunOptions {
  readonly budget?: Budget;
  readonly token?: CancellationToken;
  /** Milliseconds on a clock that only goes forward: the model has none. Left out: everything takes 0. */
  readonly now?: () => number;
}

/** One run of a claim and what exploration found. */
export interface RanRun {
  readonly run: Run;
  /** From 1, within the claim. */
  readonly number: number;
  readonly exploration: Exploration<StepLabel>;
  readonly asExpected: boolean;
  /** For building the program and exploring it. */
  readonly milliseconds: number;
}

/** A claim with all of its runs. */
export interface RanClaim {
  readonly claim: Claim;
  readonly runs: readonly RanRun[];
  readonly asExpected: boolean;
}

/**
 * Explores every run of a claim.
 *
 * @throws RangeError on a scenario that names what the data do not have.
 * @throws Cancelled when the token is set.
 */
export function runClaim(claim: Claim, data: Data, options: RunOptions = {}): RanClaim {
  const { now = () => 0, ...limits } = options;
  const runs = claim.runs.map((run, i): RanRun => {
    const started = now();
    const exploration = explore(build(run.scenario, data), limits);
    const asExpected = exploration.verdict === run.expect;
    return { run, number: i + 1, exploration, asExpected, milliseconds: now() - started };
  });
  return { claim, runs, asExpected: runs.every((run) => run.asExpected) };
}
