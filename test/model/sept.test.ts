import assert from 'node:assert/strict';
import { test } from 'node:test';
import { septClaims } from '../../server/src/model/claims/t.ts';
import { collect, type Exploration, explore } from '../../server/src/model/core/explore.ts';
import { buildSept, type SeptProtocols, type SeptScenario } from '../../server/src/model/sept/build.ts';
import { septProtocols } from '../../server/src/model/sept/protocols.ts';
import type { StepLabel } from '../../server/src/model/step.ts';

const look = (scenario: SeptScenario, protocols: SeptProtocols = septProtocols): Exploration<StepLabel> =>
  explore(buildSept(scenario, protocols));

const scenarios = septClaims.flatMap(({ id, runs }) =>
  runs.map(({ name, scenario, expect }) => ({ id, name, scenario: scenario as SeptScenario, expect })),
);

/** Who does which step, in the shortest trace. */
function stepsOf(id: string, name: string): readonly string[] {
  const run = scenarios.find((s) => s.id === id && s.name === name);
  const trace = run && look(run.scenario).trace;
  assert.ok(trace, `${id}: ${name}`);
  return trace.map(({ label }) => `${label.actor}: ${label.step ?? label.action}`);
}

for (const { id, name, scenario, expect } of scenarios)
  test(`${id}, when ${name}: ${scenario.property} ${expect}`, () => {
    const { verdict, states, trace } = look(scenario);
    assert.equal(verdict, expect, trace?.map(({ label }) => `${label.actor} ${label.action}`).join('\n'));
    assert.ok(states < 1_000, `${states} states`);
  });

test('T1: the page gets to the Secure EPT between the entry and the hook of its table', () => {
  assert.deepEqual(stepsOf('T1', 'the entry is written at once and the hook comes afterwards'), [
    'vCPU 1: set-final',
    'vCPU 2: freeze',
    'vCPU 2: aug',
  ]);
});

test('T2: a page goes into an entry that is not empty yet', () => {
  assert.deepEqual(stepsOf('T2', 'the final value comes before the shootdown'), [
    'vCPU 1: freeze',
    'vCPU 1: set-final',
    'vCPU 2: freeze',
    'vCPU 2: aug',
  ]);
});

test('T2: the guest still has a translation of a page that is removed before the shootdown', () => {
  const steps = stepsOf('T2', 'the hook comes before the shootdown');
  assert.ok(steps.includes('guest: uses the page'));
  assert.equal(steps.at(-1), 'vCPU 1: remove');
});

test('T2: writing the final value first takes both sides of mmu_lock', () => {
  const run = scenarios.find(({ name }) => name === 'nothing is frozen and mmu_lock is held for writing');
  assert.ok(run);
  const [alone] = run.scenario.actors;
  const reckless: SeptScenario = { ...run.scenario, actors: [alone!, { protocol: 'populate' }] };
  assert.equal(look(reckless).verdict, 'breaks');
});

test('T3: the page is used by its next owner, with the key of the guest', () => {
  const steps = stepsOf('T3', 'unlinking fails and the page is freed');
  assert.deepEqual(steps.slice(-2), [
    'next owner: gets the page',
    'next owner: uses a page with the key of the guest',
  ]);
});

test('T3: a page that could be unlinked is used by its next owner with the key of the kernel', () => {
  const scenario: SeptScenario = {
    family: 'sept',
    property: 'P-hkid',
    initially: 'empty',
    actors: [{ protocol: 'unlink-table' }],
  };
  const { found } = collect(buildSept(scenario, septProtocols), ({ actor, outcome }) =>
    actor === 'next owner' ? (outcome ?? null) : null,
  );
  assert.deepEqual([...found.keys()], ['ok']);
  assert.equal(look({ ...scenario, property: 'P-leaks' }).verdict, 'holds');
});

test('T5: after a hook that failed the entry can be changed again', () => {
  const again: SeptScenario = {
    family: 'sept',
    property: 'P-orphan',
    initially: 'empty',
    fails: true,
    actors: [{ protocol: 'link' }, { protocol: 'link' }],
  };
  const { found } = collect(buildSept(again, septProtocols), ({ actor, step, error }) =>
    error === undefined && step === 'set-final' ? actor : null,
  );
  const second = found.get('vCPU 2');
  assert.ok(second);
  assert.equal(look(again).verdict, 'holds');
});

test('a name or a property that there is not is refused', () => {
  const scenario: SeptScenario = {
    family: 'sept',
    property: 'P-sept',
    initially: 'empty',
    actors: [{ protocol: 'split' }],
  };
  assert.throws(() => look(scenario), /no protocol 'split'/);
  assert.throws(() => look({ ...scenario, property: 'P-io' }), /not asked for P-io/);
});

test('every step left out, or swapped with its neighbour, changes a verdict', () => {
  const survivors: string[] = [];
  for (const protocol of Object.values(septProtocols))
    for (const [way, steps] of Object.entries(protocol.ways)) {
      const mutants = steps.flatMap((step, i) => {
        const next = steps[i + 1];
        const dropped = [{ name: `drop ${step.id}`, steps: steps.toSpliced(i, 1) }];
        if (next === undefined) return dropped;
        return [
          ...dropped,
          { name: `swap ${step.id} ${next.id}`, steps: steps.with(i, next).with(i + 1, step) },
        ];
      });
      for (const mutant of mutants) {
        const ways = { ...protocol.ways, [way]: mutant.steps };
        const changed = { ...septProtocols, [protocol.id]: { ...protocol, ways } };
        const noticed = scenarios.some(({ scenario, expect }) => differs(scenario, expect, changed));
        if (!noticed) survivors.push(`${protocol.id} ${way} ${mutant.name}`);
      }
    }
  assert.deepEqual(survivors, []);
});

/** A run that edits the step that is gone tells nothing. */
function differs(scenario: SeptScenario, expect: string, protocols: SeptProtocols): boolean {
  try {
    return look(scenario, protocols).verdict !== expect;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
