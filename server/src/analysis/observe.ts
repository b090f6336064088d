import type { Instr, Terminator } from '../ir/types.ts';
import type { State } from './state.ts';

/** What is run at a place: an instruction, or what ends a block. */
export type Step = Instr | Terminator;

/** Sees the states that come to some steps of a function, while it is run once more for that reason. */
export interface Observer {
  wants(step: Step): boolean;
  /** A state that comes to the step. It changes afterwards: what is kept of it must be copied. */
  before(step: Step, state: State): void;
  /** The states that an instruction leaves; copies, too. */
  after(step: Step, states: readonly State[]): void;
}
