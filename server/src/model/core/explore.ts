import { type CancellationToken, check, never } from '../../base/token.ts';
import { Machine, type Move } from './machine.ts';
import type { Program } from './program.ts';
import { StateStore } from './state-store.ts';

/** What exploration is allowed to cost. */
export interface Budget {
  /** States at most. */
  readonly states: number;
}

/** Enough for every claim at three pages ten times over. */
export const defaultBudget: Budget = { states: 1_000_000 };

/**
 * `holds`: no reachable step breaks the property. `breaks`: one does. `terminated`: none does, but the guest is
 * killed on some way. `undecided`: the budget was spent.
 */
export type Outcome = 'holds' | 'breaks' | 'terminated' | 'undecided';

/** One step of a trace, with the values of the variables after it. */
export interface TraceStep<L> {
  readonly process: string;
  readonly label: L;
  readonly after: Readonly<Record<string, string>>;
}

/** What was found, as plain data. */
export interface Exploration<L> {
  readonly verdict: Outcome;
  readonly states: number;
  /** Steps taken, from every state. */
  readonly transitions: number;
  /** The shortest way to what breaks the property; its last step does. Null if nothing does. */
  readonly trace: readonly TraceStep<L>[] | null;
}

/** Looks at a step with the state before and after it; true ends the exploration: the step breaks the property. */
type Judge<L> = (before: Uint8Array, move: Move<L>, after: Uint8Array, found: Search<L>) => boolean;

/**
 * Explores every interleaving, breadth first, until a step breaks the property. Deterministic: the same program gives
 * the same numbers and the same trace.
 *
 * @throws Cancelled when the token is set.
 */
export function explore<L>(
  program: Program<L>,
  { budget = defaultBudget, token = never }: { budget?: Budget; token?: CancellationToken } = {},
): Exploration<L> {
  const machine = new Machine(program);
  const search = new Search(machine, budget, token);
  let trace: readonly TraceStep<L>[] | null = machine.lawful(machine.initial()) ? null : [];
  let halted = machine.isHalted(machine.initial());
  if (trace === null)
    search.run((before, move, after) => {
      halted ||= machine.isHalted(after);
      if (!machine.breaks(before, move) && machine.lawful(after)) return false;
      trace = search.traceTo(move, after);
      return true;
    });
  const { states, transitions } = search;
  if (trace !== null) return { verdict: 'breaks', states, transitions, trace };
  const verdict = search.complete ? (halted ? 'terminated' : 'holds') : 'undecided';
  return { verdict, states, transitions, trace };
}

/** Everything of one kind that can happen. */
export interface Collection<L, K> {
  /** The shortest way to each kind, in the order in which they were found. */
  readonly found: ReadonlyMap<K, readonly TraceStep<L>[]>;
  readonly states: number;
  readonly transitions: number;
  /** False if the budget was spent. */
  readonly complete: boolean;
}

/**
 * Explores everything and keeps the shortest way to each kind of step that `classify` names.
 *
 * @throws Cancelled when the token is set.
 */
export function collect<L, K>(
  program: Program<L>,
  classify: (label: L) => K | null,
  { budget = defaultBudget, token = never }: { budget?: Budget; token?: CancellationToken } = {},
): Collection<L, K> {
  const search = new Search(new Machine(program), budget, token);
  const found = new Map<K, readonly TraceStep<L>[]>();
  search.run((_, move, after) => {
    const kind = classify(move.edge.label);
    if (kind !== null && !found.has(kind)) found.set(kind, search.traceTo(move, after));
    return false;
  });
  return { found, states: search.states, transitions: search.transitions, complete: search.complete };
}

/** How many states pass between two looks at the token. */
const patience = 256;

/** Breadth-first search with the way back to the start. */
class Search<L> {
  transitions = 0;
  complete = true;
  private readonly store: StateStore;
  private readonly parents: number[] = [-1];
  private readonly arrivals: (Move<L> | null)[] = [null];
  private current = 0;

  constructor(
    private readonly machine: Machine<L>,
    private readonly budget: Budget,
    private readonly token: CancellationToken,
  ) {
    this.store = new StateStore(machine.width);
    this.store.add(machine.initial());
  }

  get states(): number {
    return this.store.size;
  }

  run(judge: Judge<L>): void {
    for (this.current = 0; this.current < this.store.size; this.current++) {
      if (this.current % patience === 0) check(this.token);
      const state = this.store.at(this.current).slice();
      for (const move of this.machine.moves(state)) {
        const after = this.machine.after(state, move);
        this.transitions++;
        if (judge(state, move, after, this)) return;
        const known = this.store.size;
        if (this.store.add(after) < known) continue;
        this.parents.push(this.current);
        this.arrivals.push(move);
        if (this.store.size > this.budget.states) {
          this.complete = false;
          return;
        }
      }
    }
  }

  /** The way to the current state, and the step just taken from it. */
  traceTo(last: Move<L>, after: Uint8Array): TraceStep<L>[] {
    const steps = [this.step(last, after)];
    for (let i = this.current; i > 0; i = this.parents[i]!)
      steps.push(this.step(this.arrivals[i]!, this.store.at(i)));
    return steps.reverse();
  }

  private step(move: Move<L>, state: Uint8Array): TraceStep<L> {
    return {
      process: this.machine.program.processes[move.process]!.name,
      label: move.edge.label,
      after: this.machine.values(state),
    };
  }
}
