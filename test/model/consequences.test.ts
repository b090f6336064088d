import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancelled } from '../../server/src/base/token.ts';
import { type Consequence, ConsequenceModel, type MemoryPath } from '../../server/src/model/consequences.ts';
import type { PlatformName } from '../../server/src/model/transition/platform.ts';
import { platforms } from '../../server/src/model/transition/platforms/index.ts';

const all = Object.keys(platforms) as PlatformName[];
const model = new ConsequenceModel(platforms, [7, 3]);

const works = (to: 'shared' | 'private') => ({ k: 'convert', to, outcome: 'works' }) as const;
const fails = (to: 'shared' | 'private') => ({ k: 'convert', to, outcome: 'fails' }) as const;
const either = (to: 'shared' | 'private') => ({ k: 'convert', to, outcome: 'either' }) as const;
const free = { k: 'free' } as const;
const ending = (...events: MemoryPath['events']): MemoryPath => ({
  address: 'linear',
  mistake: 'end',
  events,
});

const brief = ({ verdict, reachable }: Consequence): string =>
  verdict === 'harmed' ? `${reachable[0]!.who}: ${reachable[0]!.harm}` : verdict;
const told = (path: MemoryPath, of = model) =>
  Object.fromEntries(of.of(path, all).map((c) => [c.platform, brief(c)]));

test('memory that was converted back may be freed', () => {
  const { snp, ...others } = told(ending(works('shared'), { k: 'use' }, works('private'), free));
  assert.deepEqual(new Set(Object.values(others)), new Set(['harmless']));
  // Its handler ends the guest if something strays into a page that is not validated: whoever converts risks that.
  assert.equal(snp, 'no-worse');
});

test('memory that is freed after a failure is exposed where a host may have it', () => {
  for (const path of [ending(fails('shared'), free), ending(works('shared'), fails('private'), free)])
    assert.deepEqual(told(path), {
      sme: 'memory: unencrypted',
      sev: 'host: host-access',
      snp: 'host: host-access',
      tdx: 'host: host-access',
      'snp-vtom': 'host: host-access',
      'tdx-paravisor': 'host: host-access',
      cca: path.events.length === 2 ? 'next owner: oops' : 'host: host-access',
      pkvm: 'host: host-access',
      'powerpc-svm': 'impossible',
      's390-pv': 'terminates',
    });
});

test('memory that is freed while shared is exposed everywhere', () => {
  const outcomes = told(ending(works('shared'), free));
  assert.deepEqual(new Set(Object.values(outcomes)), new Set(['host: host-access', 'memory: unencrypted']));
  const part = told(ending(works('shared'), { ...works('private'), part: true }, free));
  assert.deepEqual(part, outcomes);
});

test('memory that is leaked instead harms nobody that it would not harm anyway', () => {
  for (const path of [ending(fails('shared'), { k: 'leak' }), ending(works('shared'), { k: 'leak' })])
    for (const { platform, verdict } of model.of(path, all)) assert.notEqual(verdict, 'harmed', platform);
});

test('a vmalloc address hits other memory, is refused, or is no trouble', () => {
  const path: MemoryPath = {
    address: 'vmalloc',
    mistake: 'address',
    events: [works('shared'), { k: 'use' }],
  };
  assert.deepEqual(told(path), {
    sme: 'harmless',
    sev: 'harmless',
    snp: 'no-worse',
    tdx: 'owner: corruption',
    'snp-vtom': 'harmless',
    'tdx-paravisor': 'harmless',
    cca: 'refused',
    pkvm: 'host: host-access',
    'powerpc-svm': 'device: unreached',
    's390-pv': 'ends',
  });
  const foreign = model.of(path, ['tdx', 'pkvm', 'cca']);
  assert.deepEqual(
    foreign.map((c) => [c.reachable[0]?.foreign ?? null, c.error]),
    [
      [false, null],
      [true, null],
      [null, '-EINVAL'],
    ],
  );
});

test('an unchecked result is a trap for its caller where a mapping disagrees with the host', () => {
  const path: MemoryPath = { address: 'linear', mistake: 'result', events: [either('shared'), { k: 'use' }] };
  const outcomes = told(path);
  assert.equal(outcomes.tdx, 'owner: corruption');
  assert.equal(outcomes.snp, 'owner: fatal');
  assert.equal(outcomes.pkvm, 'device: unreached');
  assert.equal(outcomes['powerpc-svm'], 'impossible');
});

test('a mapping with the wrong attribute harms where page tables carry it', () => {
  const path: MemoryPath = {
    address: 'linear',
    mistake: 'attribute',
    events: [works('shared'), { k: 'map', attribute: 'private', memory: 'shared' }],
  };
  const outcomes = told(path);
  assert.equal(outcomes.tdx, 'owner: fatal');
  assert.equal(outcomes.cca, 'owner: unfixed-exception');
  assert.equal(outcomes.pkvm, 'harmless');
});

test('the protocol is that of the kernel that is reviewed', () => {
  const freed = ending(works('shared'), free);
  const whoMeets = (version: [number, number]) =>
    new ConsequenceModel(platforms, version).of(freed, ['snp-vtom'])[0]!.reachable.map((r) => r.harm);
  // 6.1 tells the host alone: whoever gets the page next reaches it through a private mapping.
  assert.deepEqual(whoMeets([6, 1]), ['unfixed-exception']);
  assert.deepEqual(whoMeets([6, 12]), ['host-access']);
  assert.deepEqual(whoMeets([6, 18]), ['host-access']);
});

test('every consequence comes with a way to it that ends with it, and the same one each time', () => {
  const path = ending(fails('shared'), free);
  const again = new ConsequenceModel(platforms, [7, 3]);
  assert.deepEqual(again.of(path, all), model.of(path, all));
  for (const { platform, reachable } of model.of(path, all))
    for (const { harm, who, trace } of reachable) {
      assert.equal(trace.at(-1)?.harm, harm, platform);
      assert.equal(trace.at(-1)?.actor, who);
      assert.ok(
        trace.some((label) => label.error !== undefined),
        platform,
      );
    }
});

test('a token that is set ends the exploration', () => {
  const path = ending(works('shared'), works('private'), works('shared'), free);
  assert.throws(() => new ConsequenceModel(platforms, null).of(path, all, { cancelled: true }), Cancelled);
});

test('of one state there is one answer: memory is shared by the way of its protocol, in view or not', () => {
  const old = new ConsequenceModel(platforms, [6, 1]);
  const [unseen] = old.of(ending(fails('private'), free), ['snp-vtom']);
  const [seen] = old.of(ending(works('shared'), fails('private'), free), ['snp-vtom']);
  assert.equal(unseen?.verdict, 'harmed');
  assert.equal(unseen.reachable[0]?.harm, seen?.reachable[0]?.harm);
});
