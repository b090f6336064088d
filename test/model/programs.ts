import fc from 'fast-check';
import {
  always,
  type Condition,
  count,
  type Effect,
  never,
  not,
  type Program,
  type Variable,
} from '../../server/src/model/core/program.ts';

/* Programs of any shape: labels are `process.edge`, so that a step of a trace names the edge that it took. */

const names = ['a', 'b', 'c'];
const variables: fc.Arbitrary<Variable[]> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(2)), { minLength: 1, maxLength: 3 })
  .map((shapes) =>
    shapes.map(([size, initial], i) => ({
      name: names[i]!,
      values: count(size - 1),
      initial: initial % size,
    })),
  );

function conditions(of: readonly Variable[]): fc.Arbitrary<Condition> {
  const v = fc.constantFrom(...of);
  const { node } = fc.letrec<{ node: Condition }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 2 },
      fc.record({ k: fc.constant('among' as const), variable: v, values: fc.array(fc.nat(2)) }),
      fc.record({ k: fc.constant('constant' as const), value: fc.boolean() }),
      fc.record({ k: fc.constant('equal' as const), left: v, right: v }),
      fc.record({ k: fc.constant('not' as const), of: tie('node') }),
      fc.record({
        k: fc.constantFrom('all' as const, 'any' as const),
        of: fc.array(tie('node'), { maxLength: 3 }),
      }),
    ),
  }));
  return node;
}

function effects(of: readonly Variable[]): fc.Arbitrary<Effect> {
  const pair = fc.tuple(
    fc.constantFrom(...of),
    fc.constantFrom(...of),
    fc.array(fc.nat(2), { minLength: 3 }),
  );
  return pair.map(([v, from, table]) => ({
    variable: v,
    from,
    table: from.values.map((_, i) => table[i]! % v.values.length),
  }));
}

const rarely = (condition: fc.Arbitrary<Condition>): fc.Arbitrary<Condition> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(never) }, { weight: 1, arbitrary: condition });

/** Programs of up to three processes over up to three variables, with any property. */
export const programs: fc.Arbitrary<Program<string>> = variables.chain((of) => {
  const condition = conditions(of);
  const edge = fc.record({
    from: fc.nat(2),
    to: fc.nat(2),
    guard: fc.oneof(fc.constant(always), condition),
    effects: fc.array(effects(of), { maxLength: 2 }),
    breaks: rarely(condition),
  });
  return fc
    .record({
      processes: fc.array(fc.array(edge, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 }),
      invariant: rarely(condition).map(not),
      halted: rarely(condition),
    })
    .map(({ processes, invariant, halted }) => ({
      variables: of,
      processes: processes.map((edges, p) => ({
        name: `p${p}`,
        locations: 3,
        edges: edges.map((e, i) => ({ ...e, label: `${p}.${i}` })),
      })),
      invariant,
      halted,
    }));
});

/* The reference: says what a program means in the plainest way, and shares nothing with the explorer. */

/** A state: values by the names of the variables, and where each process is. */
export interface Plain {
  readonly values: Readonly<Record<string, number>>;
  readonly at: readonly number[];
}

/** What a condition means. */
export function holds(condition: Condition, { values }: Plain): boolean {
  if (condition.k === 'constant') return condition.value;
  if (condition.k === 'among') return condition.values.includes(values[condition.variable.name]!);
  if (condition.k === 'equal') return values[condition.left.name] === values[condition.right.name];
  if (condition.k === 'not') return !holds(condition.of, { values, at: [] });
  const each = condition.of.map((c) => holds(c, { values, at: [] }));
  return condition.k === 'all' ? !each.includes(false) : each.includes(true);
}

/** Where a program starts. */
export const startOf = (program: Pick<Program<string>, 'variables' | 'processes'>): Plain => ({
  values: Object.fromEntries(program.variables.map((v) => [v.name, v.initial])),
  at: program.processes.map(() => 0),
});
