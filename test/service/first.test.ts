import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../server/src/base/token.ts';
import { createStages } from '../../server/src/project/stages.ts';
import { rules } from '../../server/src/rules/registry.ts';
import { Service } from '../../server/src/service.ts';
import { defaultOptions } from '../../server/src/service-options.ts';
import { testBackend } from '../harness/backend.ts';

const library = (above: string, failed: string) => `
int area_share(struct area *a, void *p, int n)
{
	int ret;

	${above}
	ret = set_memory_decrypted((unsigned long)p, n);
	if (ret)
		${failed}
	a->shared = true;
	return 0;
}
`;

const driver = `
int foo_open(struct foo *f, struct area *a)
{
	f->ring = (void *)__get_free_pages(GFP_KERNEL, 4);
	if (!f->ring)
		return -ENOMEM;
	if (area_share(a, f->ring, 16)) {
		free_pages((unsigned long)f->ring, 4);
		return -EIO;
	}
	return 0;
}
`;

const lawful = 'return ret;';

function texts(above: string, failed = lawful, inDriver = driver) {
  return [
    { file: 'lib/area.c', text: library(above, failed) },
    { file: 'drivers/foo.c', text: inDriver },
  ];
}

async function session() {
  const stages = createStages(await testBackend(), 512, 512);
  const service = new Service({ stages, version: [6, 12], rules });
  const [, foo] = service.checkLinked(texts(''), defaultOptions, never);
  assert.deepEqual(
    foo!.diagnostics.map(({ rule }) => rule),
    ['free-after-failed-transition'],
  );
  return service;
}

test('text above a call costs the function that it is in, and moves what others say of it', async () => {
  const service = await session();
  const { analysed } = service.effort;
  const next = texts('/* a line\n\t * and another */');
  const [, foo] = service.checkLinked(next, defaultOptions, never);
  assert.equal(service.effort.analysed - analysed, 1);
  const [finding] = foo!.diagnostics;
  const step = finding!.trace.find(({ place }) => place.file === 'lib/area.c' && place.start.line > 7);
  const line = next[0]!.text.split('\n')[step!.place.start.line - 1];
  assert.match(line!, /set_memory_decrypted/);
});

test('what changes for callers is said first of its own file, and then of theirs', async () => {
  const service = await session();
  const next = texts('', '{ set_memory_encrypted((unsigned long)p, n); return ret; }');
  const first = service.checkFirst('lib/area.c', next, defaultOptions, never);
  assert.equal(first?.provisional, true);
  assert.deepEqual(
    first.report.diagnostics.map(({ rule }) => rule),
    ['unchecked-transition'],
  );
  const fresh = new Service({ stages: createStages(await testBackend()), version: [6, 12], rules });
  assert.deepEqual(
    service.checkLinked(next, defaultOptions, never),
    fresh.checkLinked(next, defaultOptions, never),
  );
});

test('what changes nothing for others is said at once and is all', async () => {
  const service = await session();
  const quiet = driver.replace('free_pages((unsigned long)f->ring, 4);', 'f->ring = NULL;');
  const first = service.checkFirst('drivers/foo.c', texts('', lawful, quiet), defaultOptions, never);
  assert.equal(first?.provisional, false);
  assert.deepEqual(
    first.report.diagnostics.filter(({ rule }) => rule === 'free-after-failed-transition'),
    [],
  );
  assert.equal(service.checkFirst('drivers/foo.c', texts('', lawful, quiet), defaultOptions, never), null);
});
