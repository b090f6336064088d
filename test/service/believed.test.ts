import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../server/src/base/token.ts';
import { optionsFor, testService } from '../harness/fixtures.ts';

const service = await testService();

function check(text: string, file = 'drivers/foo/a.c') {
  return service.checkText(file, text, optionsFor([]), never).diagnostics;
}

/** Rules and lines of what is found. */
const found = (text: string) => check(text).map(({ rule, place }) => `${rule} ${place.start.line}`);

/** A page that is given to a function of which only a prototype is in view; `after` is done if it failed. */
const caller = (
  contract: string,
  { after = 'free_page(p);', type = 'int', failed = 'ret' } = {},
) => `/* coco: ${contract} */
${type} foo_share(void *buf, int n);

int caller(void)
{
	unsigned long p = __get_free_page(GFP_KERNEL);
	${type} ret;

	if (!p)
		return -ENOMEM;
	ret = foo_share((void *)p, 1);
	if (${failed}) {
		${after}
		return -EIO;
	}
	keep(p);
	return 0;
}
`;

test('a contract above a prototype is believed, and the steps that rest on it say so', () => {
  const text = caller('flips buf[n pages]: shared, unknown on error');
  const [finding, ...more] = check(text);
  assert.deepEqual(more, []);
  assert.deepEqual([finding!.rule, finding!.place.start.line], ['free-after-failed-transition', 13]);
  assert.match(finding!.message, /after foo_share\(\) failed/);
  assert.deepEqual(
    finding!.trace.map((step) => step.text),
    [
      "'p' from __get_free_page(), private",
      'foo_share() fails: state unknown, by annotation',
      'ret != 0',
      'free_page(): back to the allocator',
    ],
  );
  assert.deepEqual(found(text.replace(/\/\*.*\*\/\n/, '')), []);
});

test('what an error leaves is what the contract says: unknown, if it says nothing', () => {
  const bad = ['free-after-failed-transition 13'];
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['flips buf[n pages]: shared', bad],
    ['flips buf[n pages]: shared, unchanged on error', []],
    ['flips buf[n pages]: shared, unchanged or unknown on error', bad],
    ['flips buf[n pages]: shared, unknown on nonzero', bad],
    ['flips buf[n pages]: shared on 0, private otherwise', []],
    ['flips buf[n pages]: shared, shared on error', ['free-while-shared 13']],
    ['flips buf[n pages]: shared, freed on error', []],
    ['frees buf[n pages]: freed', []],
    ['context: sleeps', []],
  ];
  for (const [contract, expected] of cases) assert.deepEqual(found(caller(contract)), expected, contract);
});

test('an error of a name is told apart from the others', () => {
  const contract = 'flips buf[n pages]: shared, unchanged on -EBUSY, unknown otherwise';
  assert.deepEqual(found(caller(contract, { failed: 'ret == -EBUSY' })), []);
  assert.deepEqual(found(caller(contract, { failed: 'ret == -EIO' })), ['free-after-failed-transition 13']);
});

test('success is what the type of the result says', () => {
  const bool = caller('flips buf[n pages]: shared, unknown on false', { type: 'bool', failed: '!ret' });
  assert.deepEqual(found(bool), ['free-after-failed-transition 13']);
  const wrong = caller('flips buf[n pages]: shared, unknown on false', { type: 'bool' });
  assert.deepEqual(found(wrong), ['free-while-shared 13']);
});

test('memory that is reached over a member, and that comes back', () => {
  const text = `struct ring { void *buf; };
/* coco: flips ring->buf: shared, unknown on error */
int ring_share(struct ring *ring);
/* coco: allocs return[1 << order pages]: shared */
struct page *pool_get(unsigned int order);

void a(struct ring *ring)
{
	if (ring_share(ring))
		free_page((unsigned long)ring->buf);
}

void b(void)
{
	struct page *page = pool_get(1);

	if (page)
		__free_pages(page, 1);
}
`;
  const diagnostics = check(text);
  assert.deepEqual(
    diagnostics.map(({ rule, place }) => `${rule} ${place.start.line}`),
    ['free-after-failed-transition 10', 'free-while-shared 18'],
  );
});

test('a body in view says more than what is written above its prototype', () => {
  const body = `int foo_share(void *buf, int n)\n{\n\treturn set_memory_decrypted((unsigned long)buf, n) ? -EIO : 0;\n}\n`;
  const contract = 'flips buf[n pages]: shared, unchanged on error';
  assert.deepEqual(found(caller(contract) + body), ['free-after-failed-transition 13']);
});

test('context: a conversion that is said to sleep must not be done under a spin lock', () => {
  const text = (context: string) => `/* coco: flips buf[n pages]: shared, unknown on error${context} */
int foo_share(void *buf, int n);

int caller(void *buf)
{
	int ret;

	spin_lock(&lock);
	ret = foo_share(buf, 1);
	spin_unlock(&lock);
	return ret;
}
`;
  assert.deepEqual(found(text('; context: sleeps')), ['transition-in-atomic 9']);
  assert.deepEqual(found(text('; context: any')), []);
  assert.deepEqual(found(text('')), []);
});

test('an edit of the comment alone changes what is found', () => {
  const before = caller('flips buf[n pages]: shared, unchanged on error');
  assert.deepEqual(found(before), []);
  assert.deepEqual(found(before.replace('unchanged', 'unknown')), ['free-after-failed-transition 13']);
  assert.deepEqual(found(before), []);
});

test('what a function requires is asked of its callers, with a body and without, over members', () => {
  const text = (contract: string, between = '', body = ';') => `struct ring { void *buf; };
/* coco: requires ${contract} */
void put(struct ring *ring)${body}

int use(struct ring *ring)
{
	if (set_memory_decrypted((unsigned long)ring->buf, 1))
		return -EIO;
	${between}
	put(ring);
	return 0;
}
`;
  const unmet = ['unmet-requirement 10'];
  assert.deepEqual(found(text('ring->buf: private')), unmet);
  assert.deepEqual(found(text('ring->buf: shared')), []);
  assert.deepEqual(found(text('ring->buf: private or shared')), []);
  assert.deepEqual(found(text('ring->buf: unknown or private')), unmet);
  const back = 'if (set_memory_encrypted((unsigned long)ring->buf, 1))\n\t\treturn -EIO;';
  assert.deepEqual(found(text('ring->buf: private', back)), []);
  const body = '\n{\n\tring->buf = NULL;\n}';
  assert.deepEqual(found(text('ring->buf: private', '', body)), ['unmet-requirement 13']);
  const [finding] = check(text('ring->buf: private'));
  assert.match(finding!.message, /^calls put\(\) with 'ring->buf' shared; its annotation requires private\./);
  assert.deepEqual(
    finding!.trace.map((step) => `${step.text} | ${step.state}`),
    [
      'set_memory_decrypted() == 0: shared | ring->buf: shared',
      'calls put(), which wants it otherwise, by annotation | ring->buf: shared',
    ],
  );
});

test("what a call took or leaked is not the caller's to free or convert, with a body in view or not", () => {
  const took = (contract: string, body = ';') => `/* coco: ${contract} */
int pool_add(void *buf)${body}

int fill(void)
{
	unsigned long p = __get_free_page(GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	if (set_memory_decrypted(p, 1))
		return -EIO; /* leaked */
	if (pool_add((void *)p)) {
		if (!set_memory_encrypted(p, 1))
			free_page(p);
		return -EIO;
	}
	if (!set_memory_encrypted(p, 1))
		free_page(p);
	return 0;
}
`;
  const rule = 'unmet-requirement';
  const after = [`${rule} 17`];
  const failed = [`${rule} 13`];
  assert.deepEqual(found(took('takes buf on 0')), after);
  assert.deepEqual(found(took('takes buf on success')), after);
  assert.deepEqual(found(took('takes buf on error')), failed);
  assert.deepEqual(found(took('leaks buf on error -- nobody knows')), failed);
  assert.deepEqual(found(took('takes buf')), [...failed, ...after]);
  assert.deepEqual(found(took('context: any')), []);
  const body = '\n{\n\tif (full)\n\t\treturn -EBUSY;\n\tlist_add(pool, buf);\n\treturn 0;\n}';
  const below = (all: readonly string[]) => all.map((one) => one.replace(/\d+/, (line) => `${+line + 6}`));
  assert.deepEqual(found(took('takes buf on 0', body)), below(after));
  assert.deepEqual(found(took('leaks buf on nonzero -- full', body)), below(failed));
  const [convert] = check(took('takes buf on 0'));
  assert.match(
    convert!.message,
    /^converts 'p', which pool_add\(\) took; by its annotation it is that function's now\./,
  );
  assert.deepEqual(convert!.trace.map(({ text }) => text).slice(2), [
    'pool_add() takes it, by annotation',
    'set_memory_encrypted() == 0: private',
  ]);
});

test('memory that is given away by a helper, freed by one, or not given away at all', () => {
  const text = (free: string, back = '') => `/* coco: takes buf */
void pool_add(void *buf);

static void give(void *buf)
{
	pool_add(buf);
}

static void drop(void *buf)
{
	free_page((unsigned long)buf);
}

void fill(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return;
	if (set_memory_decrypted((unsigned long)buf, 1))
		return; /* leaked */
	give(buf);
	${back}
	${free}
}
`;
  const page = 'buf = (void *)__get_free_page(GFP_KERNEL);';
  assert.deepEqual(found(text('free_page((unsigned long)buf);', 'memset(buf, 0, 1);')), [
    'free-while-shared 24',
  ]);
  assert.deepEqual(found(text('drop(buf);')), ['free-while-shared 11']);
  assert.deepEqual(found(text('drop(buf);', page)), []);
  const back = 'if (set_memory_encrypted((unsigned long)buf, 1))\n\t\treturn;';
  assert.deepEqual(found(text('drop(buf);', back)), ['unmet-requirement 23']);
  assert.deepEqual(found(text('put_page(virt_to_page(buf));').replace(/\tif \(set_mem.*\n.*\n/, '')), []);
});

test("memory that is given away on one way only is the caller's on the other", () => {
  const text = (free: string) => `/* coco: takes buf */
void pool_add(void *buf);

void fill(int keep)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);
	bool given = false;

	if (!buf)
		return;
	if (set_memory_decrypted((unsigned long)buf, 1))
		return; /* leaked */
	if (keep) {
		pool_add(buf);
		given = true;
	}
	pr_info("on");
	${free}
	if (set_memory_encrypted((unsigned long)buf, 1))
		return; /* leaked */
	free_page((unsigned long)buf);
}
`;
  assert.deepEqual(found(text('if (given)\n\t\treturn;')), []);
  assert.deepEqual(found(text('')), ['unmet-requirement 19']);
});
