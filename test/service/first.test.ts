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

test('what changes nothing for others is said at once, and stands', async () => {
  const service = await session();
  const quiet = texts(
    '',
    lawful,
    driver.replace('free_pages((unsigned long)f->ring, 4);', 'f->ring = NULL;'),
  );
  const first = service.checkFirst('drivers/foo.c', quiet, defaultOptions, never);
  assert.deepEqual(
    first?.report.diagnostics.filter(({ rule }) => rule === 'free-after-failed-transition'),
    [],
  );
  const { analysed } = service.effort;
  const [, whole] = service.checkLinked(quiet, defaultOptions, never);
  assert.deepEqual(whole!.diagnostics, first?.report.diagnostics);
  assert.equal(service.effort.analysed - analysed, 0, 'what was run for the first answer is not run again');
  assert.equal(service.checkFirst('drivers/foo.c', quiet, defaultOptions, never), null);
});

test('a blank or a comment in a function costs nothing, and moves what is said', async () => {
  const service = await session();
  const { analysed } = service.effort;
  const next = texts('', lawful, driver.replace('\tif (area_share', '\n\t/* now */\n\tif (area_share'));
  const first = service.checkFirst('drivers/foo.c', next, defaultOptions, never);
  assert.equal(service.effort.analysed - analysed, 0);
  const fresh = new Service({ stages: createStages(await testBackend()), version: [6, 12], rules });
  const [, whole] = fresh.checkLinked(next, defaultOptions, never);
  assert.deepEqual(first?.report.diagnostics, whole!.diagnostics);
});

test('a statement that is half-typed costs nothing, and its function and its callers keep what they showed', async () => {
  const service = await session();
  const before = service.checkLinked(texts(''), defaultOptions, never);
  for (const typed of ['if (', 'if (n', 'if (n > 2', 'foo(n, ']) {
    const { analysed } = service.effort;
    const first = service.checkFirst('lib/area.c', texts(typed), defaultOptions, never);
    assert.equal(service.effort.analysed - analysed, 0, typed);
    assert.deepEqual(rulesOf(first!.report), rulesOf(before[0]!), typed);
    const after = service.checkLinked(texts(typed), defaultOptions, never);
    assert.deepEqual(after.map(rulesOf), before.map(rulesOf), typed);
  }
  const done = service.checkLinked(texts('if (n > 2) return -EINVAL;'), defaultOptions, never);
  const fresh = new Service({ stages: createStages(await testBackend()), version: [6, 12], rules });
  assert.deepEqual(done, fresh.checkLinked(texts('if (n > 2) return -EINVAL;'), defaultOptions, never));
});

test('a function that has never parsed is analysed as far as it does', async () => {
  const service = new Service({ stages: createStages(await testBackend()), version: [6, 12], rules });
  service.checkLinked(texts('a->k = 2 @;'), defaultOptions, never);
  const { analysed } = service.effort;
  service.checkFirst('lib/area.c', texts('a->k = 3 @;'), defaultOptions, never);
  assert.equal(service.effort.analysed - analysed, 1);
});

test('of two that bear one name under #if, one that never parses is not taken for the other', async () => {
  const text = library('', lawful);
  const both = `
#ifdef CONFIG_AREA
${text}
#else
${text.replace('a->shared = true;', 'a->k = 2 @;').replace('ret = set_memory_decrypted', 'set_memory_decrypted')}
#endif
`;
  const service = new Service({ stages: createStages(await testBackend()), version: [6, 12], rules });
  const [area] = service.checkLinked(
    [{ file: 'lib/area.c', text: both }, texts('')[1]!],
    defaultOptions,
    never,
  );
  const [dropped] = area!.diagnostics;
  assert.equal(dropped?.rule, 'unchecked-transition');
  assert.ok(dropped.place.start.line > both.slice(0, both.indexOf('#else')).split('\n').length);
});

test('where time is short, callers in the same file are told of an edit below them a moment later', async () => {
  const caller = `
int foo_again(struct foo *f, struct area *a)
{
	f->spare = (void *)__get_free_pages(GFP_KERNEL, 4);
	if (foo_share(a, f->spare, 16))
		free_pages((unsigned long)f->spare, 4);
	return 0;
}
`;
  const both = (failed: string) =>
    texts('', lawful, library('', failed).replace('area_share', 'foo_share') + caller);
  const repaired = both('{ panic("no"); }');
  const service = await session();
  const before = service.checkLinked(both(lawful), defaultOptions, never);
  const line = 'free-after-failed-transition';
  assert.ok(rulesOf(before[1]!).includes(line));
  const hurried = service.checkFirst('drivers/foo.c', repaired, defaultOptions, never, () => true);
  assert.ok(rulesOf(hurried!.report).includes(line), 'as it was');
  const patient = service.checkFirst('drivers/foo.c', repaired, defaultOptions, never);
  assert.ok(!rulesOf(patient!.report).includes(line));
  const [, whole] = service.checkLinked(repaired, defaultOptions, never);
  assert.ok(!rulesOf(whole!).includes(line));
});

function rulesOf({ diagnostics }: { diagnostics: readonly { rule: string }[] }): string[] {
  return diagnostics.map(({ rule }) => rule);
}
