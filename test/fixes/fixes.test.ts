import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../server/src/base/token.ts';
import { fixableRules } from '../../server/src/fixes/registry.ts';
import { rules } from '../../server/src/rules/registry.ts';
import { edited, type Fix } from '../../server/src/service-fixes.ts';
import type { CheckOptions } from '../../server/src/service-types.ts';
import { readFixture } from '../harness/expectations.ts';
import { testService } from '../harness/fixtures.ts';
import { fences } from '../pages/page.ts';

const file = 'drivers/foo/ring.c';
const options: CheckOptions = { rules: rules.map(({ id }) => id), levels: {}, platforms: [] };

type Text = { readonly file: string; readonly text: string };

/** The fixes of the first finding of a rule, in the first of some texts. */
async function fixesOf(rule: string, texts: readonly Text[]): Promise<readonly Fix[]> {
  const service = await testService();
  const { file: name } = texts[0]!;
  const report = service.checkLinked(texts, options, never)[0]!;
  const found = report.diagnostics.find((one) => one.rule === rule);
  assert.ok(found, `no ${rule} in\n${texts[0]!.text}`);
  return service.fixes(name, texts, { fingerprint: found.fingerprint, options, message: 'none' }, never);
}

const one = (text: string): readonly Text[] => [{ file, text }];

/** An example without what it expects. */
function example(name: string, code: string): string {
  const given = code.split('\n');
  const { source } = readFixture(name, code);
  const lines = source.split('\n').map((line) => line.trimEnd());
  return `${lines.filter((line, i) => line !== '' || !/^\s*\/\//.test(given[i] ?? '')).join('\n')}\n`;
}

for (const rule of rules) {
  test(`${rule.id}: the page's fix is what the quick fix makes of its examples`, async () => {
    const fixed = fences(rule.page).find(({ section }) => section === 'Fix')!.code;
    const examples = fences(rule.page).filter(({ section }) => section === 'Example');
    for (const [index, { code }] of examples.entries()) {
      const text = example(rule.id, code);
      const [first] = await fixesOf(rule.id, one(text));
      if (!fixableRules.includes(rule.id)) assert.equal(first, undefined);
      else if (first === undefined) assert.ok(index > 0, 'no fix for the first example');
      else assert.ok(`${fixed}\n`.includes(edited(text, first.edits)), edited(text, first.edits));
    }
    const fix = rule.page.slice(rule.page.indexOf('\n## Fix'), rule.page.indexOf('\n## Limits'));
    const whole = fixableRules.includes(rule.id) ? fix : rule.page;
    assert.match(whole, fixableRules.includes(rule.id) ? /quick\s+fix/i : /no\s+quick\s+fix/i);
  });
}

const ring = `struct foo_ring {
	void *buf;
	bool decrypted;
};

int foo_ring_init(struct foo_ring *ring)
{
	ring->buf = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!ring->buf)
		return -ENOMEM;
	ring->decrypted = true;
	if (set_memory_decrypted((unsigned long)ring->buf, 4))
		return -EIO;
	return 0;
}

void foo_ring_close(struct foo_ring *r)
{
	free_pages((unsigned long)r->buf, 2);
}
`;

test('a free in another function asks the flag that is left beside the memory, under its own name', async () => {
  const offered = await fixesOf('free-after-failed-transition', one(ring));
  assert.deepEqual(
    offered.map(({ id, title }) => [id, title]),
    [
      ['free-by-flag', "Free only if '!r->decrypted'"],
      ['reencrypt', 'Re-encrypt, free only if that returns 0'],
    ],
  );
  assert.match(edited(ring, offered[0]!.edits), /\tif \(!r->decrypted\)\n\t\tfree_pages\(/);
});

test('what is only cleared, or counted, is no flag', async () => {
  const text = ring
    .replace('bool decrypted', 'u32 head')
    .replace('\tring->decrypted = true;\n', '\tring->head = 0;\n')
    .concat('\nvoid foo_ring_put(struct foo_ring *r, u32 v)\n{\n\t((u32 *)r->buf)[r->head++] = v;\n}\n');
  const titles = (await fixesOf('free-after-failed-transition', one(text))).map(({ title }) => title);
  assert.deepEqual(
    titles.filter((title) => title.includes('head')),
    [],
  );
});

test('a repair that would bring another finding is not offered', async () => {
  // The label frees: to jump to it when the transition fails is the next mistake.
  const text = `void *foo_get(struct foo *foo)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return NULL;
	if (foo_prepare(foo))
		goto err;
	set_memory_decrypted((unsigned long)buf, 1);
	return buf;
err:
	free_page((unsigned long)buf);
	return NULL;
}
`;
  const offered = await fixesOf('unchecked-transition', one(text));
  assert.deepEqual(
    offered.map(({ title }) => title),
    ["Check the result: 'return NULL' if it is not 0"],
  );
});

test('a function that holds a lock does not return with it', async () => {
  const text = `int foo_open(struct foo *foo, void *buf)
{
	int ret = 0;

	mutex_lock(&foo->lock);
	set_memory_decrypted((unsigned long)buf, 1);
	foo->buf = buf;
	mutex_unlock(&foo->lock);
	return ret;
}
`;
  assert.deepEqual(await fixesOf('unchecked-transition', one(text)), []);
});

test('what the other files of a group say of it counts', async () => {
  const driver = `int foo_open(struct foo *foo)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (foo_share(buf)) {
		foo_put(buf);
		free_page((unsigned long)buf);
		return -EIO;
	}
	foo->buf = buf;
	return 0;
}
`;
  const helper = `int foo_share(void *buf)
{
	return set_memory_decrypted((unsigned long)buf, 1);
}
`;
  const other = { file: 'drivers/foo/share.c', text: helper };
  const [first] = await fixesOf('free-after-failed-transition', [{ file, text: driver }, other]);
  assert.match(edited(driver, first!.edits), /\t\tfoo_put\(buf\);\n\t\t\/\* leaked: .*\n\t\treturn -EIO;/);
});

test('two findings in one function: each has its own fixes', async () => {
  const text = `int foo_pair(struct foo *foo)
{
	void *a = (void *)__get_free_page(GFP_KERNEL);
	void *b;

	if (!a)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)a, 1)) {
		free_page((unsigned long)a);
		return -EIO;
	}
	b = (void *)__get_free_page(GFP_KERNEL);
	if (b && set_memory_decrypted((unsigned long)b, 1)) {
		free_page((unsigned long)b);
		return -EIO;
	}
	foo->a = a;
	foo->b = b;
	return 0;
}
`;
  const offered = await fixesOf('free-after-failed-transition', one(text));
  assert.deepEqual(
    offered.map(({ id }) => id),
    ['leak', 'reencrypt'],
  );
  assert.match(edited(text, offered[0]!.edits), /free_page\(\(unsigned long\)b\)/);
});

test('nothing is offered in a text with other line ends, or in the body of a macro', async () => {
  assert.deepEqual(await fixesOf('free-after-failed-transition', one(ring.replaceAll('\n', '\r\n'))), []);
  const macro = `#define FOO_DROP(buf)				\\
do {						\\
	set_memory_encrypted((unsigned long)(buf), 1);	\\
	free_page((unsigned long)(buf));	\\
} while (0)

void foo_close(void *buf)
{
	FOO_DROP(buf);
}
`;
  assert.deepEqual(await fixesOf('free-after-failed-transition', one(macro)), []);
});

const sized = (more = '') => `struct foo_ring {
	void *buf;
	size_t size;
};

int foo_ring_init(struct foo_ring *ring, size_t size)
{
	ring->size = size;
	ring->buf = alloc_pages_exact(size, GFP_KERNEL);
	if (!ring->buf)
		return -ENOMEM;
	return set_memory_decrypted((unsigned long)ring->buf, PFN_UP(size));
}

void foo_ring_close(struct foo_ring *r)
{
	free_pages_exact(r->buf, r->size);
	r->size = 0;
}
${more}`;

test('what another function shared is made private with the size that it had there', async () => {
  const [fix] = await fixesOf('free-while-shared', one(sized()));
  assert.equal(fix?.title, 'Call set_memory_encrypted() first, free only if that returns 0');
  assert.match(
    edited(sized(), fix.edits),
    /if \(!set_memory_encrypted\(\(unsigned long\)r->buf, PFN_UP\(r->size\)\)\)\n/,
  );
});

for (const [why, text] of [
  [
    'may have changed since',
    sized('\nvoid foo_ring_grow(struct foo_ring *r, size_t n)\n{\n\tr->size += n;\n}\n'),
  ],
  ['is known to the other function alone', sized().replace('\tring->size = size;\n', '')],
  [
    'was shared only if something else was so',
    sized().replace('\treturn set_mem', '\tif (!foo_enabled(size))\n\t\treturn 0;\n\treturn set_mem'),
  ],
] as const)
  test(`nothing is made private for a free where what was shared ${why}`, async () => {
    assert.deepEqual(await fixesOf('free-while-shared', one(text)), []);
  });

test('no return past a free of what the function holds besides', async () => {
  const text = (rest: string) => `int foo_share(struct foo *foo)
{
	void *tmp = kmalloc(10, GFP_KERNEL);

	foo_fill(tmp);
	set_memory_decrypted((unsigned long)foo->p, 1);
	foo_use(foo);
${rest}	return 0;
}
`;
  assert.deepEqual(await fixesOf('unchecked-transition', one(text('\tkfree(tmp);\n'))), []);
  const [found] = await fixesOf('unchecked-transition', one(text('')));
  assert.match(found?.title ?? '', /return ret/);
});

test('a free that leaves is not run by halves: who stays would publish the memory', async () => {
  const text = `int foo_share(struct foo *foo)
{
	void *p = (void *)__get_free_page(GFP_KERNEL);
	int ret;

	if (!p)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)p, 1);
	if (ret)
		return free_page((unsigned long)p), ret;
	foo->p = p;
	return 0;
}
`;
  const found = await fixesOf('free-after-failed-transition', one(text));
  assert.deepEqual(
    found.filter(({ manner }) => /^(?:free|reencrypt|encrypt)/.test(manner)).map(({ manner }) => manner),
    [],
  );
});

test('a free that runs by the wrong answer of a flag is not made to ask for the other as well', async () => {
  const text = `int ring_init(struct ring *ring)
{
	int ret;

	ring->buf = (void *)__get_free_page(GFP_KERNEL);
	if (!ring->buf)
		return -ENOMEM;
	ring->shared = true;
	ret = set_memory_decrypted((unsigned long)ring->buf, 1);
	if (ret)
		ring->shared = false;
	return ret;
}

void ring_exit(struct ring *ring)
{
	if (ring->buf && ring->shared)
		free_page((unsigned long)ring->buf);
}
`;
  const found = await fixesOf('free-while-shared', one(text));
  assert.ok(
    !found.some(({ title }) => title.startsWith('Free only if')),
    JSON.stringify(found.map((f) => f.title)),
  );
});

for (const result of ['err |= ', 'foo->err = ', 'err = err ?: ', 'foo->up && '])
  test(`a result is not taken out of what is made of it with something else: ${result}`, async () => {
    const text = `int foo_close(struct foo *foo)
{
	int err = 0;

	err |= foo_stop(foo);
	${result}set_memory_encrypted((unsigned long)foo->mem, 1);
	free_page((unsigned long)foo->mem);
	return err;
}
`;
    assert.deepEqual(await fixesOf('free-after-failed-transition', one(text)), []);
    const plain = text.replace(`${result}set`, 'set');
    assert.notDeepEqual(await fixesOf('free-after-failed-transition', one(plain)), []);
  });

test('nor where nobody looks at either', async () => {
  const text = `int foo_open(struct foo *foo, void *buf)
{
	int err = 0;

	err |= foo_prepare(foo);
	err |= set_memory_decrypted((unsigned long)buf, 1);
	foo->mem = buf;
	return 0;
}
`;
  assert.deepEqual(await fixesOf('unchecked-transition', one(text)), []);
  const plain = text.replace('err |= set', 'set');
  assert.notDeepEqual(await fixesOf('unchecked-transition', one(plain)), []);
});

test('a macro that tells of a failure goes on telling of it, and the error is what is returned', async () => {
  const text = `int foo_share(struct foo *foo, void *buf)
{
	int ret;

	WARN_ON(set_memory_decrypted((unsigned long)buf, 1));
	foo->mem = buf;
	return 0;
}
`;
  const [fix] = await fixesOf('unchecked-transition', one(text));
  assert.match(
    edited(text, fix!.edits),
    /\tret = set_memory_decrypted\(\(unsigned long\)buf, 1\);\n\tif \(WARN_ON\(ret\)\)\n\t\treturn ret;\n/,
  );
});
