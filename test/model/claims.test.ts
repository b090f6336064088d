import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimById, claims } from '../../server/src/model/claims/registry.ts';
import { type RanRun, runClaim } from '../../server/src/model/claims/run.ts';
import type { Claim } from '../../server/src/model/claims/types.ts';
import { collect, explore } from '../../server/src/model/core/explore.ts';
import { data } from '../../server/src/model/data.ts';
import { build } from '../../server/src/model/scenario.ts';
import type { TransitionScenario } from '../../server/src/model/transition/scenario.ts';
import { isQuoted, noSeeds } from './seeds.ts';

const numbers = (letter: string, most: number): string[] =>
  Array.from({ length: most }, (_, i) => `${letter}${i + 1}`);

const ran = new Map(claims.map((claim) => [claim.id, runClaim(claim, data)]));

test('all claims are there, in the order of the threads', () => {
  const k = numbers('K', 15);
  const wanted = [
    ...k.slice(0, 1),
    'K1b',
    ...k.slice(1),
    ...numbers('T', 5),
    ...numbers('A', 13),
    ...numbers('V', 4),
    ...numbers('X', 7),
  ];
  assert.deepEqual(
    claims.map((claim) => claim.id),
    wanted,
  );
  const seeds: Record<string, string> = { K: '000', T: '001', A: '002', V: '003', X: '004' };
  for (const { id, seed } of claims) assert.equal(seed, seeds[id[0]!], id);
});

test('a claim is found by its id, however it is written', () => {
  for (const claim of claims) assert.equal(claimById(claim.id.toLowerCase()), claim);
  assert.equal(claimById('K99'), undefined);
  assert.equal(claimById(''), undefined);
});

for (const claim of claims)
  test(`${claim.id}: ${claim.says}`, () => {
    const { runs, asExpected } = ran.get(claim.id)!;
    const wrong = runs.filter((run) => !run.asExpected).map(told);
    assert.deepEqual(wrong, []);
    assert.equal(asExpected, true);
    for (const run of runs) {
      const { verdict, trace } = run.exploration;
      assert.notEqual(verdict, 'undecided', told(run));
      assert.equal(trace !== null, verdict === 'breaks', told(run));
    }
    const names = runs.map(({ run }) => `${run.name}, ${run.scenario.property}`);
    assert.equal(new Set(names).size, names.length, 'two runs of one name');
  });

const told = ({ run, number, exploration }: RanRun): string =>
  `${number} ${run.name}: ${exploration.verdict}, expected ${run.expect}`;

for (const claim of claims)
  test(`${claim.id}: a twin turns the verdict of the same property`, () => {
    const turned = pairsOf(claim).filter(({ first, second }) => first !== second);
    assert.ok(turned.length > 0, claim.id);
  });

/** The verdicts of each run of a claim beside each twin that asks for the same. */
function pairsOf(claim: Claim): { first: string; second: string }[] {
  const { runs } = ran.get(claim.id)!;
  const stated = runs.filter(({ run }) => run.role === 'claim');
  const twins = runs.filter(({ run }) => run.role === 'twin');
  assert.ok(stated.length > 0 && twins.length > 0, `${claim.id} has no claim, or no twin`);
  return stated.flatMap((a) =>
    twins
      .filter((b) => a.run.scenario.property === b.run.scenario.property)
      .map((b) => ({ first: a.exploration.verdict, second: b.exploration.verdict })),
  );
}

test('a run that is not as its claim says is told', () => {
  const claim = claimById('K10')!;
  const [run, ...rest] = claim.runs;
  const wrong = runClaim({ ...claim, runs: [{ ...run!, expect: 'breaks' }, ...rest] }, data);
  assert.equal(wrong.asExpected, false);
  assert.deepEqual(
    wrong.runs.filter((r) => !r.asExpected).map((r) => r.number),
    [1],
  );
});

test('time is taken with the clock that is handed in, and no other', () => {
  let now = 0;
  const claim = claimById('K1b')!;
  const { runs } = runClaim(claim, data, { now: () => now++ });
  assert.deepEqual(
    runs.map((run) => run.milliseconds),
    runs.map(() => 1),
  );
  assert.deepEqual(
    runClaim(claim, data).runs.map((run) => run.milliseconds),
    runs.map(() => 0),
  );
});

test('a budget that is too small leaves a claim undecided', () => {
  const { runs, asExpected } = runClaim(claimById('K3')!, data, { budget: { states: 5 } });
  assert.equal(asExpected, false);
  assert.ok(runs.some((run) => run.exploration.verdict === 'undecided'));
});

test('what holds holds for one, two and three pages, and the states grow', () => {
  for (const claim of claims)
    for (const { name, scenario, expect } of claim.runs) {
      if (expect !== 'holds' || scenario.family !== 'transition') continue;
      if (scenario.caller.length === 0 || scenario.caller.some((step) => 'pages' in step)) continue;
      const states = [1, 2, 3].map((pages) => {
        const found = explore(build({ ...scenario, pages }, data));
        assert.equal(found.verdict, 'holds', `${claim.id} ${name}, ${pages} pages`);
        return found.states;
      });
      const grows = states[0]! < states[1]! && states[1]! < states[2]!;
      // A page for a device's registers is one; a refused address is refused whatever follows.
      assert.ok(grows || states[0] === states[2], `${claim.id} ${name}: ${states.join(', ')}`);
    }
  const grown = [1, 2, 3].map(
    (pages) =>
      explore(build({ ...claimById('K3')!.runs[0]!.scenario, pages } as Parameters<typeof build>[0], data))
        .states,
  );
  assert.ok(grown[1]! > 2 * grown[0]! && grown[2]! > 2 * grown[1]!, grown.join(', '));
});

test('every quotation is in its thread, word for word', { skip: noSeeds }, () => {
  for (const { id, seed, quote } of claims)
    if (quote !== null) assert.ok(isQuoted(seed, quote), `${id}: ${quote}`);
});

/** Who acts in a scenario, and whether anything fails. */
function happens(scenario: TransitionScenario): ReadonlySet<string> {
  const { found } = collect(build(scenario, data), ({ actor, error }) =>
    error === undefined ? actor : `${actor} fails`,
  );
  return new Set(found.keys());
}

test('nobody is in a scenario for nothing: who is to read or to fail can do so on some way', () => {
  const idle: string[] = [];
  for (const { id, runs } of claims)
    for (const { name, scenario } of runs) {
      if (scenario.family !== 'transition') continue;
      const seen = happens(scenario);
      const wanted = {
        'stray reader': scenario.stray !== undefined,
        'kernel fails': scenario.fails !== undefined,
        user: scenario.user === true,
        cache: scenario.incoherentCache === true,
        'next owner': scenario.nextOwner === true,
        host: scenario.hostile === true,
      };
      for (const [actor, is] of Object.entries(wanted))
        if (is && !seen.has(actor)) idle.push(`${id}, ${name}: ${actor}`);
    }
  assert.deepEqual(idle, []);
});
