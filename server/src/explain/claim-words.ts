import type { RanClaim, RanRun } from '../model/claims/run.ts';
import { platformOf, propertyWords, traceSentences } from './model-words.ts';

/** A claim that was run, in words, as reports show it. */
export interface NarratedClaim {
  readonly id: string;
  readonly says: string;
  /** The number of the thread. */
  readonly thread: string;
  /** Word for word; null: derived from the thread. */
  readonly quote: string | null;
  readonly asExpected: boolean;
  readonly runs: readonly NarratedRun[];
}

/** One exploration. */
export interface NarratedRun {
  /** From 1. */
  readonly number: number;
  readonly role: string;
  readonly name: string;
  readonly property: string;
  /** What the property says. */
  readonly asks: string;
  readonly verdict: string;
  readonly expected: string;
  readonly asExpected: boolean;
  readonly states: number;
  readonly transitions: number;
  readonly milliseconds: number;
  readonly trace: NarratedTrace | null;
}

/** The shortest way to what breaks the property. */
export interface NarratedTrace {
  readonly steps: readonly NarratedStep[];
  /** What is wrong after the last step. */
  readonly breaks: string;
}

/** A step in words and as the model has it. */
export interface NarratedStep {
  readonly text: string;
  readonly label: Readonly<Record<string, unknown>>;
  /** The values of all variables after the step. */
  readonly after: Readonly<Record<string, string>>;
}

/** The words of a claim and its runs. */
export function narrateClaim({ claim, runs, asExpected }: RanClaim): NarratedClaim {
  const { id, says, seed, quote } = claim;
  return { id, says, thread: seed, quote, asExpected, runs: runs.map(narrateRun) };
}

function narrateRun({ run, number, exploration, asExpected, milliseconds }: RanRun): NarratedRun {
  const { role, name, scenario, expect } = run;
  const { verdict, states, transitions, trace } = exploration;
  const { holds, breaks } = propertyWords[scenario.property];
  const sentences = traceSentences(trace ?? [], platformOf(scenario));
  const steps = trace?.map(({ label, after }, i) => ({ text: sentences[i]!, label: { ...label }, after }));
  return {
    number,
    role,
    name,
    property: scenario.property,
    asks: holds,
    verdict,
    expected: expect,
    asExpected,
    states,
    transitions,
    milliseconds,
    trace: steps === undefined ? null : { steps, breaks },
  };
}

/** `000 "the words of the thread"`, or where the claim comes from if the thread does not say it. */
export function quoteText(thread: string, quote: string | null): string {
  return quote === null ? `derived from ${thread}` : `${thread} "${quote}"`;
}
