import type { Outcome } from '../core/explore.ts';
import type { Scenario } from '../scenario.ts';

/** One exploration of a claim: a scenario and the verdict that the claim expects of it. */
export interface Run {
  /** What this run differs in, after "when": `nobody reads meanwhile`. */
  readonly name: string;
  /** `claim` runs state it, a `twin` makes the one change that turns the verdict, a `third` says more. */
  readonly role: 'claim' | 'twin' | 'third';
  readonly scenario: Scenario;
  readonly expect: Outcome;
}

/** A row of the table of claims. */
export interface Claim {
  readonly id: string;
  /** The thread it comes from. */
  readonly seed: '000' | '001' | '002' | '003' | '004';
  /** What is claimed, one sentence. */
  readonly says: string;
  /** The sentence of the thread, word for word; null if the claim is derived from what it says. */
  readonly quote: string | null;
  readonly runs: readonly Run[];
}
