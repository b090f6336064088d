/**
 * A finite transition system: variables with few values, and processes that take turns, one atomic step at a time.
 * Everything the model says is compiled to this; the explorer runs it and the Promela printer prints it.
 */

/** A variable with named values; its value is the index into `values`. */
export interface Variable {
  /** Unique within a program; letters, digits and `_`. */
  readonly name: string;
  readonly values: readonly string[];
  readonly initial: number;
}

/** A condition over the current values. */
export type Condition =
  | { readonly k: 'constant'; readonly value: boolean }
  | { readonly k: 'among'; readonly variable: Variable; readonly values: readonly number[] }
  | { readonly k: 'equal'; readonly left: Variable; readonly right: Variable }
  | { readonly k: 'not'; readonly of: Condition }
  | { readonly k: 'all' | 'any'; readonly of: readonly Condition[] };

/** `variable` becomes `table[value of from]`. Effects of one step happen in the order of the list. */
export interface Effect {
  readonly variable: Variable;
  readonly from: Variable;
  readonly table: readonly number[];
}

/** One atomic step of a process. */
export interface Edge<L> {
  readonly from: number;
  readonly to: number;
  readonly guard: Condition;
  readonly effects: readonly Effect[];
  /** Taking the step where this holds breaks the property: judged on the step, before its effects. */
  readonly breaks: Condition;
  readonly label: L;
}

/** A process is where it is in its program; a daemon has one location and may step for ever. */
export interface Process<L> {
  readonly name: string;
  readonly locations: number;
  readonly edges: readonly Edge<L>[];
}

/** A program with the property it is explored for. */
export interface Program<L> {
  readonly variables: readonly Variable[];
  readonly processes: readonly Process<L>[];
  /** Must hold after every step and at the start. */
  readonly invariant: Condition;
  /** Where this holds nobody steps any more: the guest was terminated. */
  readonly halted: Condition;
}

export const always: Condition = { k: 'constant', value: true };
export const never: Condition = { k: 'constant', value: false };

/** A variable that starts with `initial`. @throws RangeError on a value it does not have. */
export function variable(name: string, values: readonly string[], initial: string): Variable {
  return { name, values, initial: indexOf(name, values, initial) };
}

function indexOf(name: string, values: readonly string[], value: string): number {
  const index = values.indexOf(value);
  if (index < 0) throw new RangeError(`${name} has no value '${value}': ${values.join(', ')}`);
  return index;
}

/** Whether the variable has one of the values named. @throws RangeError on a value it does not have. */
export function is(v: Variable, ...values: readonly string[]): Condition {
  return { k: 'among', variable: v, values: values.map((value) => indexOf(v.name, v.values, value)) };
}

/** Two variables with the same list of values are equal. */
export const equal = (left: Variable, right: Variable): Condition => ({ k: 'equal', left, right });

/** The opposite; constants are folded, here and below. */
export function not(of: Condition): Condition {
  if (of.k === 'constant') return { k: 'constant', value: !of.value };
  return of.k === 'not' ? of.of : { k: 'not', of };
}

/** Every one of the conditions; none: always. */
export function all(...of: readonly Condition[]): Condition {
  const kept = of.filter((c) => !(c.k === 'constant' && c.value));
  if (kept.some((c) => c.k === 'constant')) return never;
  return kept.length === 0 ? always : kept.length === 1 ? kept[0]! : { k: 'all', of: kept };
}

/** At least one of the conditions; none: never. */
export function any(...of: readonly Condition[]): Condition {
  const kept = of.filter((c) => !(c.k === 'constant' && !c.value));
  if (kept.some((c) => c.k === 'constant')) return always;
  return kept.length === 0 ? never : kept.length === 1 ? kept[0]! : { k: 'any', of: kept };
}

export const implies = (premise: Condition, conclusion: Condition): Condition =>
  any(not(premise), conclusion);

/** The variable becomes the value named. @throws RangeError on a value it does not have. */
export function become(v: Variable, value: string): Effect {
  const index = indexOf(v.name, v.values, value);
  return { variable: v, from: v, table: v.values.map(() => index) };
}

/** The variable becomes what `map` says of its own value. */
export function change(v: Variable, map: (value: string) => string): Effect {
  return derive(v, v, map);
}

/** The variable becomes what `map` says of another one's value. */
export function derive(v: Variable, from: Variable, map: (value: string) => string): Effect {
  return { variable: v, from, table: from.values.map((value) => indexOf(v.name, v.values, map(value))) };
}

/** The values `0` to `most`, for counters. */
export const count = (most: number): readonly string[] => Array.from({ length: most + 1 }, (_, i) => `${i}`);

/** A counter goes up or down and stays within its range. */
export function add(v: Variable, by: 1 | -1): Effect {
  return change(v, (value) => `${Math.min(v.values.length - 1, Math.max(0, Number(value) + by))}`);
}

/** Writes the program of one process, location after location. */
export class ProcessBuilder<L> {
  readonly edges: Edge<L>[] = [];
  private size = 1;

  constructor(
    readonly name: string,
    /** Holds at every step: a stopped CPU takes none. */
    private readonly enabled: Condition = always,
  ) {}

  /** A new location. The first one, where the process starts, is 0. */
  location(): number {
    return this.size++;
  }

  edge(
    from: number,
    to: number,
    label: L,
    step: {
      readonly guard?: Condition;
      readonly effects?: readonly Effect[];
      readonly breaks?: Condition;
    } = {},
  ): void {
    const guard = all(this.enabled, step.guard ?? always);
    if (guard.k === 'constant' && !guard.value) return;
    this.edges.push({ from, to, guard, effects: step.effects ?? [], breaks: step.breaks ?? never, label });
  }

  build(): Process<L> {
    return { name: this.name, locations: this.size, edges: this.edges };
  }
}
