import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Cancelled } from '../../server/src/base/token.ts';
import { collect, explore } from '../../server/src/model/core/explore.ts';
import { Machine } from '../../server/src/model/core/machine.ts';
import {
  add,
  all,
  always,
  any,
  become,
  change,
  count,
  is,
  never,
  not,
  ProcessBuilder,
  type Program,
  variable,
} from '../../server/src/model/core/program.ts';
import { StateStore } from '../../server/src/model/core/state-store.ts';
import { holds, type Plain, programs, startOf } from './programs.ts';

interface PlainStep {
  readonly label: string;
  readonly breaks: boolean;
  readonly after: Plain;
}

function stepsFrom(program: Program<string>, state: Plain): PlainStep[] {
  if (holds(program.halted, state)) return [];
  return program.processes.flatMap((process, p) =>
    process.edges
      .filter((edge) => edge.from === state.at[p] && holds(edge.guard, state))
      .map((edge) => {
        const values = { ...state.values };
        for (const e of edge.effects) values[e.variable.name] = e.table[values[e.from.name]!]!;
        const after = { values, at: state.at.map((at, i) => (i === p ? edge.to : at)) };
        const breaks = holds(edge.breaks, state) || !holds(program.invariant, after);
        return { label: edge.label, breaks, after };
      }),
  );
}

/** Level by level: what breaks, how many steps from the start, and the steps to each label. */
function reference(program: Program<string>) {
  const start = startOf(program);
  const seen = new Set([JSON.stringify(start)]);
  const labels = new Map<string, number>();
  let level = [start];
  let shortest = holds(program.invariant, start) ? null : 0;
  let steps = 0;
  let halted = holds(program.halted, start);
  for (let depth = 1; level.length > 0; depth++) {
    const next: Plain[] = [];
    for (const state of level)
      for (const { label, breaks, after } of stepsFrom(program, state)) {
        steps++;
        if (!labels.has(label)) labels.set(label, depth);
        if (breaks) shortest ??= depth;
        halted ||= holds(program.halted, after);
        const key = JSON.stringify(after);
        if (seen.has(key)) continue;
        seen.add(key);
        next.push(after);
      }
    level = next;
  }
  const verdict = shortest !== null ? 'breaks' : halted ? 'terminated' : 'holds';
  return { verdict, shortest, states: seen.size, steps, labels };
}

test('the explorer says what the definition says, and no trace is longer than it must be', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(programs, (program) => {
      const wanted = reference(program);
      const found = explore(program);
      seen.add(found.verdict);
      assert.equal(found.verdict, wanted.verdict);
      if (found.trace === null) {
        assert.equal(found.states, wanted.states);
        assert.equal(found.transitions, wanted.steps);
      } else {
        assert.equal(found.trace.length, wanted.shortest);
        replay(program, found.trace);
      }
      assert.deepEqual(explore(program), found);
    }),
    { numRuns: 1500 },
  );
  assert.deepEqual([...seen].sort(), ['breaks', 'holds', 'terminated']);
});

/** Takes the steps of a trace one by one: only the last one breaks anything. */
function replay(
  program: Program<string>,
  trace: readonly { process: string; label: string; after: object }[],
) {
  let state = startOf(program);
  trace.forEach(({ process, label, after }, i) => {
    const step = stepsFrom(program, state).find((candidate) => candidate.label === label);
    assert.ok(step, `${label} is not possible`);
    assert.equal(process, `p${label.split('.')[0]}`);
    assert.equal(step.breaks, i === trace.length - 1);
    state = step.after;
    const values = Object.entries(state.values).map(([name, index]) => {
      const v = program.variables.find((candidate) => candidate.name === name)!;
      return [name, v.values[index]];
    });
    assert.deepEqual(after, Object.fromEntries(values));
  });
}

test('collecting finds the shortest way to every step that can be taken', () => {
  fc.assert(
    fc.property(programs, (program) => {
      const wanted = reference(program);
      const { found, states, transitions, complete } = collect(program, (label) => label);
      assert.equal(complete, true);
      assert.deepEqual([states, transitions], [wanted.states, wanted.steps]);
      assert.deepEqual(
        new Map([...found].map(([label, trace]) => [label, trace.length])),
        new Map(
          [...wanted.labels].sort(([a], [b]) => [...found.keys()].indexOf(a) - [...found.keys()].indexOf(b)),
        ),
      );
      for (const [label, trace] of found) assert.equal(trace.at(-1)!.label, label);
    }),
    { numRuns: 500 },
  );
});

/** Counts up to `most`; `bad` is where the property breaks. */
function counter(most: number, bad: number | null = null): Program<string> {
  const n = variable('n', count(most), '0');
  const process = new ProcessBuilder<string>('counting');
  process.edge(0, 0, 'counts', { effects: [add(n, 1)] });
  return {
    variables: [n],
    processes: [process.build()],
    invariant: bad === null ? always : not(is(n, `${bad}`)),
    halted: never,
  };
}

test('a budget that is spent decides nothing, unless the property broke before', () => {
  assert.equal(explore(counter(20)).states, 21);
  assert.equal(explore(counter(20), { budget: { states: 21 } }).verdict, 'holds');
  assert.equal(explore(counter(20), { budget: { states: 20 } }).verdict, 'undecided');
  assert.equal(explore(counter(20), { budget: { states: 1 } }).trace, null);
  assert.equal(explore(counter(20, 5), { budget: { states: 10 } }).trace!.length, 5);
  assert.equal(explore(counter(20, 15), { budget: { states: 10 } }).verdict, 'undecided');
  assert.equal(collect(counter(20), (label) => label, { budget: { states: 10 } }).complete, false);
});

test('a program that starts where its property is broken breaks without a step', () => {
  const { verdict, trace } = explore(counter(3, 0));
  assert.deepEqual([verdict, trace], ['breaks', []]);
});

test('a cancelled search throws', () => {
  const token = { cancelled: true };
  assert.throws(() => explore(counter(3), { token }), Cancelled);
  assert.throws(() => collect(counter(3), (label) => label, { token }), Cancelled);
});

test('the search looks at the token while it runs', () => {
  let looks = 0;
  const token = {
    get cancelled() {
      return ++looks > 2;
    },
  };
  const two = [variable('m', count(30), '0'), variable('n', count(30), '0')];
  const processes = two.map((v) => {
    const process = new ProcessBuilder<string>(v.name);
    process.edge(0, 0, 'counts', { effects: [add(v, 1)] });
    return process.build();
  });
  const program = { variables: two, processes, invariant: always, halted: never };
  assert.equal(explore(program).states, 31 * 31);
  assert.throws(() => explore(program, { token }), Cancelled);
});

test('what a program must not have is refused', () => {
  const n = variable('n', ['0', '1'], '0');
  const program = counter(1);
  const of = (more: Partial<Program<string>>) => () => new Machine({ ...program, ...more });
  assert.throws(of({ invariant: is(n, '0') }), /no variable 'n'/);
  assert.throws(of({ variables: [...program.variables, n] }), /two variables of one name/);
  assert.throws(of({ processes: [{ name: 'p', locations: 257, edges: [] }] }), /257 locations/);
  assert.throws(() => variable('n', ['0', '1'], '2'), /no value '2'/);
  assert.throws(() => is(n, '2'), RangeError);
  assert.throws(() => become(n, '2'), RangeError);
  assert.throws(() => change(n, () => '2'), RangeError);
});

test('conditions made of constants are constants', () => {
  const n = is(variable('n', ['0', '1'], '0'), '0');
  assert.deepEqual([all(), any(), all(never, n), any(always, n)], [always, never, never, always]);
  assert.deepEqual([all(always, n), any(never, n), not(not(n))], [n, n, n]);
});

test('states are stored once each, and found again', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }).chain((width) =>
        fc.record({
          width: fc.constant(width),
          states: fc.array(fc.uint8Array({ minLength: width, maxLength: width, max: 2 }), {
            maxLength: 3000,
            size: 'max',
          }),
        }),
      ),
      ({ width, states }) => {
        const store = new StateStore(width);
        const known = new Map<string, number>();
        for (const state of states) {
          const key = state.join();
          const wanted = known.get(key) ?? known.size;
          known.set(key, wanted);
          assert.equal(store.add(state), wanted);
          assert.equal(store.size, known.size);
        }
        for (const [key, index] of known) assert.equal(store.at(index).join(), key);
      },
    ),
    { numRuns: 50 },
  );
});

test('the store grows with every state in it', () => {
  const store = new StateStore(3);
  const state = (i: number) => Uint8Array.of(i & 255, (i >> 8) & 255, i >> 16);
  for (let i = 0; i < 100_000; i++) assert.equal(store.add(state(i)), i);
  for (let i = 0; i < 100_000; i += 997) {
    assert.equal(store.add(state(i)), i);
    assert.deepEqual(store.at(i), state(i));
  }
  assert.equal(store.size, 100_000);
});
