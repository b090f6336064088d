import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../server/src/base/token.ts';
import { summaryText } from '../../server/src/explain/summaries.ts';
import { createStages } from '../../server/src/project/stages.ts';
import { Service } from '../../server/src/service.ts';
import { testBackend } from '../harness/backend.ts';

const text = `
struct foo { struct ring *ring; };

int share(struct device *dev, struct foo *foo, size_t size)
{
	if (!force_dma_unencrypted(dev))
		return 0;
	return set_memory_decrypted((unsigned long)foo->ring, PFN_UP(size));
}

void *fresh(void)
{
	return (void *)__get_free_pages(GFP_KERNEL, 2);
}

void drop(struct foo *foo)
{
	free_page((unsigned long)foo->ring);
	foo->ring = NULL;
}

int use(struct device *dev, struct foo *foo)
{
	foo->ring = fresh();
	if (share(dev, foo, 4096))
		return -EIO;
	drop(foo);
	return 0;
}

int filled(struct foo *foo)
{
	int ret;

	share(NULL, foo, 4096);
	unknown_fills(foo, &ret);
	return ret;
}

size_t by_asm(struct foo *foo)
{
	size_t n;

	share(NULL, foo, 4096);
	asm volatile("x" : "=r" (n));
	return n;
}

static struct page *from_pool(size_t size, void **address)
{
	return pool_gives(size, address);
}

void *pooled(struct device *dev, struct foo *foo)
{
	void *mem;

	if (from_pool(4096, &mem))
		return mem;
	share(dev, foo, 4096);
	return NULL;
}

int pure(int a)
{
	return a + 1;
}
`;

async function told(name: string): Promise<string> {
  const service = new Service({ stages: createStages(await testBackend()), version: [6, 12], rules: [] });
  return service.explainFunction('drivers/a.c', [{ file: 'drivers/a.c', text }], name, never)!;
}

test('the ways through a wrapper: condition, effects, result, in words and C', async () => {
  const words = await told('share');
  assert.match(words, /^share\(dev, foo, size\): 3 ways through it$/m);
  assert.match(words, /if force_dma_unencrypted\(dev\) is 0\n +leaves memory as it is\n +returns 0$/m);
  assert.match(words, /set_memory_decrypted\(\) on the memory of foo->ring, PFN_UP\(size\) pages: shared$/m);
  assert.match(
    words,
    /set_memory_decrypted\(\) on the memory of foo->ring, .* pages: fails, state unknown$/m,
  );
  assert.match(await told('use'), /returns -EIO$/m);
  assert.match(await told('fresh'), /^ {2}1 {2}may happen at any call$/m);
  assert.match(words, /may sleep, in set_memory_decrypted\(\)$/m);
  assert.doesNotMatch(words, /undefined|\[object|%\d/);
});

test('allocations, frees and stores have their sentence', async () => {
  assert.match(await told('fresh'), /__get_free_pages\(\): new memory, private/);
  const drop = await told('drop');
  assert.match(drop, /free_page\(\) on the memory of foo->ring: back to the allocator/);
  assert.match(drop, /sets foo->ring = 0/);
  assert.match(drop, /returns nothing/);
});

test('what a variable holds that others fill in is called by the name of the variable', async () => {
  assert.match(await told('filled'), /^ +returns some value \('ret'\)$/m);
  assert.match(await told('by_asm'), /^ +returns some value \('n'\)$/m);
  assert.match(await told('pooled'), /^ +returns some value \('mem'\)$/m);
});

test('a function that was not followed says so, and its gaps all the same', async () => {
  assert.equal(
    await told('pure'),
    'pure(): not followed, because nothing in view leads from it to a transition\n',
  );
  const gap = { file: 'a.c', function: 'f', kind: 'bound', reason: 'rows', span: null } as const;
  assert.match(
    summaryText('f', null, [gap]),
    /\nNot analysed:\n {2}cut short: callers know only its most telling ways\n$/,
  );
});
