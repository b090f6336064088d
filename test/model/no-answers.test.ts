import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../server/src/base/token.ts';
import { claimById } from '../../server/src/model/claims/registry.ts';
import { runClaim } from '../../server/src/model/claims/run.ts';
import { ConsequenceModel, type MemoryPath } from '../../server/src/model/consequences.ts';
import { data } from '../../server/src/model/data.ts';
import { edited } from '../../server/src/model/protocol.ts';
import { transitionTable } from '../../server/src/model/show.ts';
import type {
  Direction,
  Failure,
  PlatformName,
  Platforms,
} from '../../server/src/model/transition/platform.ts';
import { platforms } from '../../server/src/model/transition/platforms/index.ts';
import { createStages } from '../../server/src/project/stages.ts';
import { rules } from '../../server/src/rules/registry.ts';
import { Service } from '../../server/src/service.ts';
import { defaultOptions } from '../../server/src/service-options.ts';
import { testBackend } from '../harness/backend.ts';

/** Nothing is stored as an answer: what a step of a protocol does is gone from every answer once the step is. */

/** The platforms with a step of a protocol gone. */
function without(platform: PlatformName, protocol: string, way: Direction, step: string): Platforms {
  const old = platforms[platform];
  const from = old.protocols[protocol]!;
  const ways = { ...from.ways, [way]: edited(from.ways[way], [{ drop: step }]) };
  return {
    ...platforms,
    [platform]: { ...old, protocols: { ...old.protocols, [protocol]: { ...from, ways } } },
  };
}

/** The platforms with another reaction to every failure of a protocol. */
function reacting(platform: PlatformName, protocol: string, then: Failure['then']): Platforms {
  const old = platforms[platform];
  const from = old.protocols[protocol]!;
  const changed = (way: Direction) =>
    from.ways[way].map((step) => ({ ...step, fails: step.fails?.map((f) => ({ ...f, then })) ?? [] }));
  const ways = { share: changed('share'), unshare: changed('unshare') };
  return {
    ...platforms,
    [platform]: { ...old, protocols: { ...old.protocols, [protocol]: { ...from, ways } } },
  };
}

const freed: MemoryPath = {
  address: 'linear',
  mistake: 'end',
  events: [{ k: 'convert', to: 'shared', outcome: 'fails' }, { k: 'free' }],
};

const verdictOf = (path: MemoryPath, platform: PlatformName, of: Platforms) => {
  const [consequence] = new ConsequenceModel(of, [7, 3]).of(path, [platform]);
  return [consequence!.verdict, ...consequence!.reachable.map((r) => `${r.who}: ${r.harm}`)];
};

test('a claim changes with a step of the protocol that it is about', () => {
  const claim = claimById('V4')!;
  assert.equal(runClaim(claim, data).asExpected, true);
  const ran = runClaim(claim, {
    ...data,
    platforms: without('snp-vtom', '6.12', 'share', 'set-attribute'),
  });
  const turned = ran.runs
    .filter((run) => !run.asExpected)
    .map((run) => [run.run.name, run.exploration.verdict]);
  assert.deepEqual(turned, [['callback in the common path', 'breaks']]);
});

test('the table of a transition changes with a step of its protocol', () => {
  const options = { platform: 'tdx', protocol: 'old', direction: 'share' } as const;
  const table = transitionTable(options, data);
  const changed = transitionTable(options, { ...data, platforms: without('tdx', 'old', 'share', 'map-gpa') });
  assert.ok(table.steps.some((step) => step.id === 'map-gpa'));
  assert.ok(!changed.steps.some((step) => step.id === 'map-gpa'));
  assert.notDeepEqual(changed.rows.at(-1), table.rows.at(-1));
});

test('consequences change with a step of the protocol', () => {
  assert.deepEqual(verdictOf(freed, 'pkvm', platforms), ['harmed', 'host: host-access']);
  assert.deepEqual(verdictOf(freed, 'pkvm', without('pkvm', 'new', 'share', 'hypercall')), ['impossible']);
  assert.deepEqual(verdictOf(freed, 's390-pv', platforms), ['terminates']);
  assert.deepEqual(verdictOf(freed, 's390-pv', reacting('s390-pv', 'new', 'return')), [
    'harmed',
    'host: host-access',
  ]);
});

const source = `
int grow(struct foo *f)
{
	void *p = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!p)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)p, 4)) {
		free_pages((unsigned long)p, 2);
		return -EIO;
	}
	f->page = p;
	return 0;
}
`;

async function said(file: string, model: Platforms) {
  const service = new Service({ stages: createStages(await testBackend()), version: [7, 3], rules, model });
  return service.checkText(file, source, defaultOptions, never).diagnostics.map((d) => ({
    message: d.message,
    told: d.consequences.map((c) => `${c.platforms}: ${c.text}`),
  }));
}

test('messages and levels of a check change with a step of the protocol', async () => {
  const [arm] = await said('arch/arm64/foo.c', platforms);
  assert.match(arm!.message, /on pKVM the host may still have it/);
  assert.deepEqual(arm!.told, [
    'cca: the next owner can oops',
    'pkvm: the host can read and change what the next owner keeps there',
  ]);
  const [changed] = await said('arch/arm64/foo.c', without('pkvm', 'new', 'share', 'hypercall'));
  assert.match(changed!.message, /on Arm CCA its next owner may fault on it; pKVM cannot fail here/);
  assert.deepEqual(changed!.told, ['cca: the next owner can oops', 'pkvm: it never returns an error there']);
});

test('where nobody can come to harm nothing is said, until the protocol is another', async () => {
  assert.deepEqual(await said('arch/s390/foo.c', platforms), []);
  assert.deepEqual(await said('arch/powerpc/foo.c', platforms), []);
  assert.equal((await said('arch/s390/foo.c', reacting('s390-pv', 'new', 'return'))).length, 1);
  assert.equal((await said('arch/powerpc/foo.c', reacting('powerpc-svm', 'new', 'return'))).length, 1);
});
