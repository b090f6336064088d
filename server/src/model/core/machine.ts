import type { Condition, Edge, Program, Variable } from './program.ts';

/** One step that is possible in a state. */
export interface Move<L> {
  /** Index into the processes of the program. */
  readonly process: number;
  readonly edge: Edge<L>;
}

/** Sets of values are bits of a number. */
const mostValues = 31;

type Test = (state: Uint8Array) => boolean;

interface Compiled<L> extends Move<L> {
  readonly guard: Test;
  readonly breaks: Test;
  apply(state: Uint8Array): void;
}

/**
 * A program made ready to run. A state is a vector of bytes: the variables in the order of the program, then the
 * location of each process.
 */
export class Machine<L> {
  readonly width: number;
  private readonly places: ReadonlyMap<Variable, number>;
  private readonly steps: readonly (readonly (readonly Compiled<L>[])[])[];
  private readonly invariant: Test;
  private readonly halted: Test;

  /** @throws RangeError on a variable that the program does not declare, on two with one name, or on a process that is too long. */
  constructor(readonly program: Program<L>) {
    this.places = new Map(program.variables.map((v, i) => [v, i]));
    if (new Set(program.variables.map((v) => v.name)).size !== program.variables.length)
      throw new RangeError('two variables of one name');
    for (const { name, locations } of program.processes)
      if (locations > 256) throw new RangeError(`process '${name}' has ${locations} locations; 256 fit`);
    for (const { name, values } of program.variables)
      if (values.length > mostValues)
        throw new RangeError(`'${name}' has ${values.length} values; ${mostValues} fit`);
    this.width = program.variables.length + program.processes.length;
    this.invariant = this.test(program.invariant);
    this.halted = this.test(program.halted);
    this.steps = program.processes.map((process, p) => {
      const byLocation: Compiled<L>[][] = Array.from({ length: process.locations }, () => []);
      for (const edge of process.edges) byLocation[edge.from]!.push(this.compile(p, edge));
      return byLocation;
    });
  }

  /** The state that the program starts in. */
  initial(): Uint8Array {
    const state = new Uint8Array(this.width);
    this.program.variables.forEach((v, i) => {
      state[i] = v.initial;
    });
    return state;
  }

  /** The steps that are possible, processes and edges in the order of the program. */
  moves(state: Uint8Array): Move<L>[] {
    const found: Compiled<L>[] = [];
    if (this.halted(state)) return found;
    this.steps.forEach((byLocation, p) => {
      for (const step of byLocation[state[this.program.variables.length + p]!]!)
        if (step.guard(state)) found.push(step);
    });
    return found;
  }

  /** The state after a step; `state` is left as it was. */
  after(state: Uint8Array, move: Move<L>): Uint8Array {
    const next = state.slice();
    (move as Compiled<L>).apply(next);
    next[this.program.variables.length + move.process] = move.edge.to;
    return next;
  }

  /** Whether taking the step there breaks the property. */
  breaks(state: Uint8Array, move: Move<L>): boolean {
    return (move as Compiled<L>).breaks(state);
  }

  /** Whether the invariant holds. */
  lawful(state: Uint8Array): boolean {
    return this.invariant(state);
  }

  isHalted(state: Uint8Array): boolean {
    return this.halted(state);
  }

  /** Where a process is. */
  location(state: Uint8Array, process: number): number {
    return state[this.program.variables.length + process]!;
  }

  /** The value of a variable by name. */
  value(state: Uint8Array, v: Variable): string {
    return v.values[state[this.place(v)]!]!;
  }

  /** The values of all variables by their names. */
  values(state: Uint8Array): Readonly<Record<string, string>> {
    return Object.fromEntries(this.program.variables.map((v, i) => [v.name, v.values[state[i]!]!]));
  }

  /** Whether a condition holds in a state. */
  holds(condition: Condition, state: Uint8Array): boolean {
    return this.test(condition)(state);
  }

  private place(v: Variable): number {
    const place = this.places.get(v);
    if (place === undefined) throw new RangeError(`the program has no variable '${v.name}'`);
    return place;
  }

  private compile(process: number, edge: Edge<L>): Compiled<L> {
    const effects = edge.effects.map((e) => ({
      to: this.place(e.variable),
      from: this.place(e.from),
      table: Uint8Array.from(e.table),
    }));
    const apply = (state: Uint8Array): void => {
      for (const { to, from, table } of effects) state[to] = table[state[from]!]!;
    };
    return { process, edge, guard: this.test(edge.guard), breaks: this.test(edge.breaks), apply };
  }

  private test(condition: Condition): Test {
    switch (condition.k) {
      case 'constant':
        return condition.value ? () => true : () => false;
      case 'among': {
        const place = this.place(condition.variable);
        const [only, ...more] = condition.values;
        if (more.length === 0) return (state) => state[place] === only;
        const wanted = condition.values.reduce((bits, value) => bits | (1 << value), 0);
        return (state) => (wanted & (1 << state[place]!)) !== 0;
      }
      case 'equal': {
        const { left: a, right: b } = condition;
        // Indexes are compared: they must mean the same as far as both have them.
        if (a.values.some((value, i) => i < b.values.length && value !== b.values[i]))
          throw new RangeError(`'${a.name}' and '${b.name}' have other values`);
        const left = this.place(condition.left);
        const right = this.place(condition.right);
        return (state) => state[left] === state[right];
      }
      case 'not': {
        const of = this.test(condition.of);
        return (state) => !of(state);
      }
      case 'all': {
        const of = condition.of.map((c) => this.test(c));
        return (state) => of.every((test) => test(state));
      }
      case 'any': {
        const of = condition.of.map((c) => this.test(c));
        return (state) => of.some((test) => test(state));
      }
    }
  }
}
