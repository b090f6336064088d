import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kexecClaims } from '../../server/src/model/claims/x.ts';
import { collect, type Exploration, explore } from '../../server/src/model/core/explore.ts';
import { buildKexec, type KexecProtocols, type KexecScenario } from '../../server/src/model/kexec/build.ts';
import { kexecProtocols } from '../../server/src/model/kexec/protocols.ts';
import { edited } from '../../server/src/model/protocol.ts';
import type { StepLabel } from '../../server/src/model/step.ts';
import { platforms } from '../../server/src/model/transition/platforms/index.ts';
import { differs, survivorsOf } from './mutants.ts';

const data = { platforms, kexec: kexecProtocols };
const look = (scenario: KexecScenario, kexec: KexecProtocols = kexecProtocols): Exploration<StepLabel> =>
  explore(buildKexec(scenario, { platforms, kexec }));

/** The scenario of a run by the name of its claim and its own. */
function scenarioOf(id: string, name: string): KexecScenario {
  const run = kexecClaims.find((claim) => claim.id === id)?.runs.find((r) => r.name === name);
  assert.ok(run?.scenario.family === 'kexec', `${id}: ${name}`);
  return run.scenario;
}

function traceOf(id: string, name: string): readonly { process: string; label: StepLabel; after: unknown }[] {
  const { trace } = look(scenarioOf(id, name));
  assert.ok(trace, `${id}: ${name} holds`);
  return trace;
}

const scenarios = kexecClaims.flatMap(({ id, runs }) =>
  runs.map(({ name, scenario, expect }) => ({ id, name, scenario: scenario as KexecScenario, expect })),
);

for (const { id, name, scenario, expect } of scenarios)
  test(`${id}, when ${name}: ${scenario.property} ${expect}`, () => {
    const { verdict, states, trace } = look(scenario);
    assert.equal(verdict, expect, trace?.map(({ label }) => `${label.actor} ${label.action}`).join('\n'));
    assert.ok(states < 5_000, `${states} states`);
  });

test('X6: a reader overtakes the store that is still pending', () => {
  const trace = traceOf(
    'X6',
    'stores are buffered, and a page is made private with PRESENT cleared, which the thread did not do',
  );
  const ids = trace.map(({ label }) => label.step);
  const read = ids.indexOf('wait');
  assert.ok(ids.indexOf('clear-flag') < read && read < ids.indexOf('check'));
  assert.ok(!trace.some(({ process }) => process === 'store_buffer'), 'the store never gets out');
  const atCheck = trace[ids.indexOf('check')]!.after as Record<string, string>;
  assert.equal(atCheck.store, 'pending');
  assert.equal(atCheck.allowed, 'yes');
});

test('X6: without a store buffer the compiler is enough, and without a barrier it is the compiler that breaks it', () => {
  const scenario = scenarioOf('X6', 'no store is buffered, PRESENT is cleared');
  assert.equal(look({ ...scenario, edits: { normal: [{ drop: 'barrier' }] } }).verdict, 'breaks');
});

test('X2: in the shortest trace the count agrees, and the warning was given all the same', () => {
  const trace = traceOf('X2', 'nobody waits');
  assert.ok(trace.some(({ label }) => label.step === 'warn' && label.action.startsWith('reports')));
  assert.ok(trace.some(({ label }) => label.step === 'compare' && label.action === 'finds the count right'));
  assert.equal(trace.at(-1)!.label.outcome, 'fatal');
  assert.equal(trace.at(-1)!.label.harm, 'fatal');
});

test('X2: the count can be off as well', () => {
  const { found } = collect(buildKexec(scenarioOf('X2', 'nobody waits'), data), (label) =>
    label.step === 'compare' ? label.action : null,
  );
  assert.deepEqual([...found.keys()].sort(), [
    'finds the count right',
    'reports that the count of shared pages is off',
  ]);
});

test('X3: on TDX with the old protocol no stopped conversion leaves a page that the walk misses', () => {
  for (const direction of ['share', 'unshare'] as const) {
    const scenario = scenarioOf('X3', 'a page is being shared, the old way: no page stays shared');
    const changed: KexecScenario = { ...scenario, conversion: { protocol: 'old', direction } };
    assert.equal(look({ ...changed, property: 'P-done' }).verdict, 'holds');
    assert.equal(look({ ...changed, property: 'P-count' }).verdict, 'breaks');
  }
});

test('X3: only SEV-SNP with the old protocol can stop amid sharing a page without a miscount', () => {
  const silent = { crash: [{ drop: 'warn' }] } as const;
  const crash = scenarioOf(
    'X3',
    'a page is being shared on SEV-SNP: the count is right although harm follows',
  );
  for (const protocol of ['old', 'new'])
    for (const direction of ['share', 'unshare'] as const)
      for (const platform of ['snp', 'tdx'] as const) {
        const scenario: KexecScenario = {
          ...crash,
          platform,
          conversion: { protocol, direction },
          edits: silent,
        };
        const silently = platform === 'snp' && protocol === 'old' && direction === 'share';
        const expected = silently ? 'breaks' : 'holds';
        assert.equal(look(scenario).verdict, expected, `${platform}, ${protocol}, ${direction}`);
      }
});

test('X3: SEV-SNP stops amid sharing a page: the count is found right, then the second kernel comes to harm', () => {
  const trace = traceOf('X3', 'a page is being shared on SEV-SNP: the count is right although harm follows');
  assert.ok(trace.some(({ label }) => label.step === 'compare' && label.action === 'finds the count right'));
  assert.ok(trace.at(-1)!.label.harm !== undefined);
});

test('X1: a page that the host refuses is counted, reported, and ends the second kernel', () => {
  const trace = traceOf('X1', 'Linux 6.12 walks and the host refuses');
  const refused = trace.findIndex(({ label }) => label.step === 'convert' && label.error !== undefined);
  assert.equal(trace[refused + 1]!.label.step, 'count');
  assert.ok(trace.some(({ label }) => label.action === 'finds the count right'));
  assert.equal((trace.at(-1)!.after as Record<string, string>).reported, 'yes');
  assert.equal(trace.at(-1)!.label.harm, 'fatal');
});

test('X4: what saves a flush after the loop is that the other CPUs were stopped', () => {
  for (const name of [
    'Linux 6.12: the TLB has a translation, and whoever uses the page was stopped',
    'Linux 6.12 crashes: the TLB has a translation, and whoever uses the page was stopped',
    'Linux 7.3 on SEV-SNP: the TLB has a translation, and whoever uses the page was stopped',
    'Linux 7.3 crashes on SEV-SNP: the TLB has a translation, and whoever uses the page was stopped',
  ]) {
    const scenario = scenarioOf('X4', name);
    const edits = { [scenario.way]: [{ drop: 'stop-cpus' }] };
    assert.equal(look({ ...scenario, edits }).verdict, 'breaks', name);
  }
});

/** The failures that a scenario allows, and those that some path meets. */
function failuresOf(scenario: KexecScenario): { allowed: string[]; met: string[] } {
  const { ways } = kexecProtocols[scenario.protocol]!;
  const steps = ([scenario.way, 'walk'] as const).flatMap((way) =>
    edited(ways[way], scenario.edits?.[way] ?? []),
  );
  const allowed = steps.flatMap(({ id, fails = [] }) => fails.map(({ error }) => `${id} ${error}`));
  const { found, complete } = collect(buildKexec(scenario, data), ({ step, error }) =>
    error === undefined ? null : `${step} ${error}`,
  );
  assert.ok(complete);
  return { allowed: allowed.sort(), met: allowed.filter((failure) => found.has(failure)).sort() };
}

test('every run that allows failures meets each of them on some path', () => {
  const failing = scenarios.filter(({ scenario }) => scenario.fails);
  assert.ok(failing.length >= 6, `${failing.length}`);
  for (const { id, name, scenario } of failing) {
    const { allowed, met } = failuresOf(scenario);
    assert.ok(allowed.length > 0, `${id}, when ${name}: nothing can fail`);
    assert.deepEqual(met, allowed, `${id}, when ${name}`);
  }
});

test('a run that asks for nothing that could be refused is found out', () => {
  const scenario = scenarioOf('X1', 'Linux 6.12 walks and the host refuses');
  assert.deepEqual(failuresOf({ ...scenario, pages: ['private'] }).met, []);
  assert.deepEqual(failuresOf({ ...scenario, fails: false }).met, []);
});

test('X4: the host converts back what somebody touches through the entry that stayed', () => {
  const trace = traceOf('X4', 'the entry stays');
  const converted = trace.findIndex(({ label }) => label.step === 'convert');
  const touched = trace.findIndex(({ process }) => process === 'accessor');
  assert.ok(converted >= 0 && converted < touched);
});

test('X5: no request reaches the host through a GHCB that the walk has converted', () => {
  const { found } = collect(
    buildKexec(scenarioOf('X5', 'it is no crash, and the GHCB comes first in the walk'), data),
    (label) => label.error ?? null,
  );
  assert.deepEqual([...found.keys()], ['GHCB']);
});

test('a name or a property that there is not is refused', () => {
  const scenario = scenarioOf('X1', 'nobody makes shared memory private');
  assert.throws(() => look({ ...scenario, protocol: 'tdx-v7' }), /no protocol 'tdx-v7'/);
  assert.throws(() => look({ ...scenario, property: 'P-sept' }), /not asked for P-sept/);
  assert.throws(() => look({ ...scenario, edits: { walk: [{ drop: 'boot' }] } }), /no step 'boot'/);
});

const flushes = 'a CPU that starts another kernel loads CR3; for the conversion it comes too late, see X4';
const apart = 'the two steps have nothing to do with each other';
const idle = 'the CPUs are stopped: nobody is there to start a conversion';
const frozen = 'what is in progress, or holds the lock, on a stopped CPU stays so';
const hangs = 'a CPU that is stopped amid a conversion keeps the lock: kexec hangs, and only safety is asked';
const noIo = 'without it there is no I/O that could fail';

/** Changes of neighbours and omissions that no claim can tell, and why. */
const neutral: Readonly<Record<string, string>> = {
  'tdx-v6 normal swap wait warn': 'the warning comes too often then, never too seldom',
  'tdx-v6 normal swap warn stop-cpus': frozen,
  'tdx-v6 normal swap stop-cpus disable-apics': apart,
  'tdx-v6 normal drop disable-apics': noIo,
  'tdx-v6 normal swap walk flush': flushes,
  'tdx-v6 normal drop flush': flushes,
  'tdx-v6 normal swap flush compare': apart,
  'tdx-v6 crash swap stop-cpus clear-flag': idle,
  'tdx-v6 crash drop clear-flag': idle,
  'tdx-v6 crash swap clear-flag barrier': idle,
  'tdx-v6 crash drop barrier': idle,
  'tdx-v6 crash swap barrier warn': idle,
  'tdx-v6 crash swap warn walk': frozen,
  'tdx-v6 crash swap walk flush': flushes,
  'tdx-v6 crash drop flush': flushes,
  'tdx-v6 crash swap flush compare': apart,
  'tdx-v6 crash swap compare disable-apics': apart,
  'tdx-v6 walk swap convert count': apart,
  'tdx-6.12 normal swap lock stop-cpus': hangs,
  'tdx-6.12 normal swap walk flush': flushes,
  'tdx-6.12 normal drop flush': flushes,
  'tdx-6.12 normal swap flush compare': apart,
  'tdx-6.12 crash swap stop-cpus lock': 'who gets the lock first is either refused or reported',
  'tdx-6.12 crash swap lock walk': frozen,
  'tdx-6.12 crash swap walk flush': flushes,
  'tdx-6.12 crash drop flush': flushes,
  'tdx-6.12 crash swap flush compare': apart,
  'tdx-6.12 walk swap convert count': apart,
  'snp-7.3 normal swap lock stop-cpus': hangs,
  'snp-7.3 normal swap stop-cpus disable-apics': apart,
  'snp-7.3 normal drop disable-apics': noIo,
  'snp-7.3 normal swap disable-apics walk': 'the walk leaves the GHCBs as they are',
  'snp-7.3 normal swap walk convert-bss': apart,
  'snp-7.3 normal swap convert-bss flush': apart,
  'snp-7.3 normal drop flush': flushes,
  'snp-7.3 normal swap flush use-msr': apart,
  'snp-7.3 crash swap stop-cpus disable-apics': apart,
  'snp-7.3 crash drop disable-apics': noIo,
  'snp-7.3 crash swap disable-apics lock': apart,
  'snp-7.3 crash swap lock walk': frozen,
  'snp-7.3 crash swap walk convert-bss': apart,
  'snp-7.3 crash swap convert-bss flush': apart,
  'snp-7.3 crash drop flush': flushes,
  'snp-7.3 crash swap flush use-msr': apart,
};

test('every step left out, or swapped with its neighbour, changes a verdict or has a reason not to', () => {
  const survivors = survivorsOf(kexecProtocols, (changed) =>
    scenarios.some(({ scenario, expect }) => differs(() => look(scenario, changed), expect)),
  );
  assert.deepEqual(survivors, Object.keys(neutral).sort());
});
