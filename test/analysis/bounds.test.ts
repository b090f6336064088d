import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { never } from '../../server/src/base/token.ts';
import { createStages } from '../../server/src/project/stages.ts';
import { boundsOf, defaultTuning } from '../../server/src/project/tuning.ts';
import { rules } from '../../server/src/rules/registry.ts';
import { Service } from '../../server/src/service.ts';
import { defaultOptions } from '../../server/src/service-options.ts';
import { testBackend } from '../harness/backend.ts';
import { root } from '../harness/fixtures.ts';

test('where memory is kept that nothing converts makes no ways: a function with many such fields hits no bound', async () => {
  const service = new Service({ stages: createStages(await testBackend()), version: null, rules });
  const text = readFileSync(join(root, 'test/analysis/aside.c'), 'utf8');
  const { coverage } = service.checkText('aside.c', text, defaultOptions, never);
  assert.deepEqual(
    coverage.filter((entry) => entry.kind === 'bound').map((entry) => `${entry.function}: ${entry.reason}`),
    [],
  );
});

test('a block at its bound still follows what brings two things together: the one mistake, and no other', async () => {
  const stages = createStages(await testBackend());
  const service = new Service({
    stages: { ...stages, bounds: { ...stages.bounds, statesPerBlock: 4 } },
    version: null,
    rules,
  });
  const text = readFileSync(join(root, 'test/analysis/many.c'), 'utf8');
  const { diagnostics } = service.checkText('many.c', text, defaultOptions, never);
  assert.deepEqual(
    diagnostics.map((d) => `${d.place.function} ${d.rule}`),
    ['many_one_unguarded_bad free-after-failed-transition'],
  );
});

test('a function that takes longer than it may is left at that, and told; without such a bound no clock is read', async () => {
  const stages = createStages(await testBackend());
  const text = readFileSync(join(root, 'test/analysis/many.c'), 'utf8');
  let read = 0;
  const gaps = (timeMs: number) => {
    const bounds = boundsOf({ ...defaultTuning, timeMs }, () => ++read);
    const service = new Service({ stages: { ...stages, bounds }, version: null, rules });
    const { coverage } = service.checkText('many.c', text, defaultOptions, never);
    return coverage.filter(({ kind }) => kind === 'budget').map((entry) => entry.reason);
  };
  assert.deepEqual(gaps(0), []);
  assert.equal(read, 0);
  assert.ok(gaps(2).includes('timePerFunction'));
  assert.deepEqual(gaps(1_000_000), []);
});
