import assert from 'node:assert/strict';
import { test } from 'node:test';
import { septClaims } from '../../server/src/model/claims/t.ts';
import { collect, type Exploration, explore } from '../../server/src/model/core/explore.ts';
import { edited } from '../../server/src/model/protocol.ts';
import { buildSept, type SeptProtocols, type SeptScenario } from '../../server/src/model/sept/build.ts';
import { septProtocols } from '../../server/src/model/sept/protocols.ts';
import type { StepLabel } from '../../server/src/model/step.ts';
import { differs, survivorsOf } from './mutants.ts';

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
    'zapper: freeze',
    'zapper: set-final',
    'vCPU: freeze',
    'vCPU: aug',
  ]);
});

test('T2: the guest still has a translation of a page that is removed before the shootdown', () => {
  const steps = stepsOf('T2', 'the hook comes before the shootdown');
  assert.ok(steps.includes('guest: uses the page'));
  assert.equal(steps.at(-1), 'zapper: remove');
});

test('T2: writing the final value first takes both sides of mmu_lock', () => {
  const run = scenarios.find(
    ({ name }) => name === 'Linux 7.3: nothing is frozen and mmu_lock is held for writing',
  );
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

/** The failures that a scenario allows, and those that some path meets. */
function failuresOf(scenario: SeptScenario): { allowed: string[]; met: string[] } {
  const allowed = scenario.actors.flatMap(({ protocol, edits }) =>
    edited(septProtocols[protocol]!.ways.done, edits?.done ?? []).flatMap(({ id, fails }) =>
      fails === undefined ? [] : [`${id} ${fails.error}`],
    ),
  );
  const { found, complete } = collect(buildSept(scenario, septProtocols), ({ step, error }) =>
    error === undefined ? null : `${step} ${error}`,
  );
  assert.ok(complete);
  return { allowed: allowed.sort(), met: allowed.filter((failure) => found.has(failure)).sort() };
}

test('every run that allows failures meets each of them on some path', () => {
  const failing = scenarios.filter(({ scenario }) => scenario.fails);
  assert.ok(failing.length >= 10, `${failing.length}`);
  for (const { id, name, scenario } of failing) {
    const { allowed, met } = failuresOf(scenario);
    assert.ok(allowed.length > 0, `${id}, when ${name}: nothing can fail`);
    assert.deepEqual(met, allowed, `${id}, when ${name}`);
  }
});

test('a failure that no path meets is found out', () => {
  const scenario: SeptScenario = {
    family: 'sept',
    property: 'P-orphan',
    initially: 'empty',
    fails: true,
    actors: [{ protocol: 'zap-7.3' }],
  };
  assert.deepEqual(failuresOf(scenario).met, [], 'there is no page to remove');
  assert.deepEqual(failuresOf({ ...scenario, initially: 'page', fails: false }).met, []);
});

test('T5: Linux 7.3 leaves a removal that fails half done, with the final value in the mirror', () => {
  const run = scenarios.find(({ name }) => name.startsWith('Linux 7.3: a page is removed, the final value'));
  assert.ok(run);
  const { found } = collect(buildSept(run.scenario, septProtocols), ({ step, error }) =>
    error === '-EIO' ? (step ?? null) : null,
  );
  const left = [...found].map(([step, trace]) => {
    const { spte_4K, sept_4K, hkid } = trace.at(-1)!.after;
    return [step, spte_4K, sept_4K, hkid];
  });
  assert.deepEqual(left, [
    ['block', 'none', 'old_page', 'guest'],
    ['remove', 'none', 'blocked', 'guest'],
    ['wbinvd', 'none', 'none', 'guest'],
  ]);
});

test('T3: Linux 7.3 gives a page back that could not be removed, whatever failed', () => {
  const run = scenarios.find(
    ({ name }) => name === 'Linux 7.3: a page of the guest could not be removed, and is given back',
  );
  assert.ok(run);
  for (const failing of ['block', 'remove', 'wbinvd']) {
    const { ways, ...protocol } = septProtocols['zap-7.3']!;
    const done = ways.done.map((step) => {
      const { fails, ...always } = step;
      return fails === undefined || step.id === failing ? step : always;
    });
    const changed = { ...septProtocols, 'zap-7.3': { ...protocol, ways: { ...ways, done } } };
    assert.equal(look(run.scenario, changed).verdict, 'breaks', failing);
  }
});

const apart = 'the page is given back only when the call returns: mmu_lock has no part in it';

/** Changes of neighbours and omissions that no claim can tell, and why. */
const neutral: Readonly<Record<string, string>> = {
  'zap-7.3 done swap wbinvd unlock': apart,
  'zap-7.3 done swap unlock give-back': apart,
  'zap-7.3 failed swap unlock give-back': apart,
  'zap-7.3 done drop unlock': 'who waits for mmu_lock hangs, and only safety is asked',
  'zap-7.3 done drop give-back': 'the page stays with KVM: nobody is there to use it',
};

test('every step left out, or swapped with its neighbour, changes a verdict or has a reason not to', () => {
  const survivors = survivorsOf(septProtocols, (changed) =>
    scenarios.some(({ scenario, expect }) => differs(() => look(scenario, changed), expect)),
  );
  assert.deepEqual(survivors, Object.keys(neutral).sort());
});
