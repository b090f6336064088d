import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { NodeFileSystem } from '../../server/src/hosts/node/files.ts';
import { visualColumn } from '../harness/expectations.ts';
import { root } from '../harness/fixtures.ts';
import { folder, run } from './harness.ts';

/** One function for each thing that a contract can say, and some that get none. */
const wrappers = `// SPDX-License-Identifier: GPL-2.0
#include <linux/set_memory.h>

int share(void *buf, size_t size)
{
	return set_memory_decrypted((unsigned long)buf, PFN_UP(size));
}

/**
 * unshare - makes memory private again
 * @vaddr: where
 * @count: pages
 *
 * Return: 0 or an error.
 */
int unshare(unsigned long vaddr, int count)
{
	return set_memory_encrypted(vaddr, count);
}

static struct page *alloc_shared(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);

	if (!page)
		return NULL;
	if (set_memory_decrypted((unsigned long)page_address(page), 1 << order))
		return NULL;
	return page;
}

static void put_shared(struct ring *ring, unsigned int order)
{
	if (set_memory_encrypted((unsigned long)page_address(ring->page), 1 << order))
		return;
	__free_pages(ring->page, order);
}

static bool flip_with_a_long_name(unsigned long address_of_it, int number_of_pages, bool enc)
{
	if (enc)
		return !set_memory_encrypted(address_of_it, number_of_pages);
	return !set_memory_decrypted(address_of_it, number_of_pages);
}

/* coco: flips buf[1 pages]: shared, unknown on error */
int has_one(void *buf)
{
	return share(buf, PAGE_SIZE);
}

int add(int a, int b)
{
	return a + b;
}

int keeps_to_itself(void)
{
	struct page *page = alloc_shared(0);

	return page ? 0 : -ENOMEM;
}
`;

const diff = `--- a/drivers/w.c
+++ b/drivers/w.c
@@ -1,6 +1,7 @@
 // SPDX-License-Identifier: GPL-2.0
 #include <linux/set_memory.h>
 
+/* coco: flips buf[size bytes]: shared, unknown on error; context: sleeps */
 int share(void *buf, size_t size)
 {
 	return set_memory_decrypted((unsigned long)buf, PFN_UP(size));
@@ -12,12 +13,15 @@
  * @count: pages
  *
  * Return: 0 or an error.
+ *
+ * coco: flips vaddr[count pages]: private, unknown on error; context: sleeps
  */
 int unshare(unsigned long vaddr, int count)
 {
 	return set_memory_encrypted(vaddr, count);
 }
 
+/* coco: allocs return[1 << order pages]: shared; context: sleeps */
 static struct page *alloc_shared(unsigned int order)
 {
 	struct page *page = alloc_pages(GFP_KERNEL, order);
@@ -29,6 +33,7 @@
 	return page;
 }
 
+/* coco: frees ring->page[1 << order pages]: freed or leaked; context: sleeps */
 static void put_shared(struct ring *ring, unsigned int order)
 {
 	if (set_memory_encrypted((unsigned long)page_address(ring->page), 1 << order))
@@ -36,6 +41,10 @@
 	__free_pages(ring->page, order);
 }
 
+/*
+ * coco: flips address_of_it[number_of_pages pages]: shared or private, unknown
+ * on error; context: sleeps
+ */
 static bool flip_with_a_long_name(unsigned long address_of_it, int number_of_pages, bool enc)
 {
 	if (enc)
`;

test('a patch of contracts: what each wrapper leaves of memory, in kernel style', async () => {
  const { code, out, err } = await run(['annotate'], { '/k/Kbuild': '', '/k/drivers/w.c': wrappers });
  assert.equal(code, 0);
  assert.equal(out, diff);
  assert.equal(err, 'membrane: 5 contracts for 1 file; --write writes them\n');
  for (const line of out.split('\n').filter((one) => one.startsWith('+ ') || one.startsWith('+/')))
    assert.ok(visualColumn(line.slice(1), line.length) <= 80, line);
  assert.equal(
    (await run(['annotate', '--diff', 'drivers'], { '/k/drivers/w.c': wrappers })).out,
    diff.replaceAll('/drivers/', '/'),
  );
});

test('--write writes what --diff shows, once; all of it holds', async (context) => {
  const top = folder(context, { Kbuild: '', 'drivers/w.c': wrappers });
  const patched = folder(context, { 'drivers/w.c': wrappers });
  const fs = new NodeFileSystem();
  chmodSync(join(top, 'drivers/w.c'), 0o640);
  const wrote = await run(['annotate', '--write', '--no-cache', 'drivers'], fs, top);
  assert.deepEqual([wrote.code, wrote.out, wrote.err], [0, '', 'membrane: wrote 5 contracts into 1 file\n']);
  assert.equal(statSync(join(top, 'drivers/w.c')).mode & 0o777, 0o640);
  assert.deepEqual(readdirSync(join(top, 'drivers')), ['w.c']);
  const written = readFileSync(join(top, 'drivers/w.c'), 'utf8');
  if (spawnSync('git', ['--version']).status === 0) {
    const applied = spawnSync('git', ['apply', '-'], { cwd: patched, input: diff, encoding: 'utf8' });
    assert.equal(applied.stderr, '');
    assert.equal(readFileSync(join(patched, 'drivers/w.c'), 'utf8'), written);
  }
  const again = await run(['annotate', '--no-cache', 'drivers'], fs, top);
  assert.deepEqual([again.out, again.err], ['', 'membrane: no function here wants a contract\n']);
  const { code, out } = await run(['annotate', '--list', '--no-cache', 'drivers'], fs, top);
  assert.equal(code, 0);
  assert.match(out, /^drivers\/w\.c:4: share\(\): coco: flips buf\[size bytes\]: shared, unknown on error;/m);
  assert.match(out, /\n\n6 annotations, 0 suppressions\n$/);
});

test('a block above a function takes its contract in; what is freed under another name is part of it', async (context) => {
  const text = `/*
 * close_chan - stop it
 */
void close_chan(struct chan *c)
{
	if (set_memory_encrypted((unsigned long)c->gpadl.buffer, c->pages))
		return;
	__free_pages(c->page, c->order);
}

static int open_chan(struct chan *c)
{
	c->page = alloc_pages(GFP_KERNEL, c->order);
	if (!c->page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(c->page), c->pages))
		return -EIO;
	c->gpadl.buffer = page_address(c->page);
	return 0;
}

/*
 * The next one has nothing above it.
 */

int hide(void *buf)
{
	return set_memory_encrypted((unsigned long)buf, 1);
}
`;
  const top = folder(context, { Kbuild: '', 'a.c': text });
  await run(['annotate', '--write', '--alone', 'a.c'], new NodeFileSystem(), top);
  const written = readFileSync(join(top, 'a.c'), 'utf8');
  assert.equal(
    written.slice(0, written.indexOf('void')),
    `/*
 * close_chan - stop it
 *
 * coco: flips c->gpadl.buffer[c->pages pages]: private or unknown; frees
 * c->page: freed or unchanged; context: sleeps
 */
`,
  );
  assert.match(written, /above it\.\n \*\/\n\n\/\* coco: flips buf\[1 pages\]: .*\nint hide/);
  const again = await run(['annotate', '--alone', 'a.c'], new NodeFileSystem(), top);
  assert.deepEqual([again.out, again.err], ['', 'membrane: no function here wants a contract\n']);
  assert.equal((await run(['annotate', '--list', '--alone', 'a.c'], new NodeFileSystem(), top)).code, 0);
});

test('ends of lines, bytes that are no UTF-8 and links stay what they are', async (context) => {
  const share = wrappers.slice(0, wrappers.indexOf('/**')).trimEnd();
  const crlf = `${share}\n`.replaceAll('\n', '\r\n');
  const latin = Buffer.from(`/* J\xf6rg */\n${share}`, 'latin1');
  const top = folder(context, { Kbuild: '', 'crlf.c': crlf, 'latin.c': latin });
  symlinkSync('latin.c', join(top, 'link.c'));
  const ran = await run(['annotate', '--write', '--alone', 'crlf.c', 'link.c'], new NodeFileSystem(), top);
  assert.match(ran.err, /wrote 2 contracts into 2 files\n$/);
  const comment = '/* coco: flips buf[size bytes]: shared, unknown on error; context: sleeps */';
  const at = crlf.indexOf('int share');
  assert.equal(
    readFileSync(join(top, 'crlf.c'), 'utf8'),
    `${crlf.slice(0, at)}${comment}\r\n${crlf.slice(at)}`,
  );
  assert.ok(lstatSync(join(top, 'link.c')).isSymbolicLink());
  const text = latin.toString('latin1');
  const begin = text.indexOf('int share');
  assert.deepEqual(
    readFileSync(join(top, 'latin.c')),
    Buffer.from(`${text.slice(0, begin)}${comment}\n${text.slice(begin)}`, 'latin1'),
  );
});

test('--list: what is not understood is listed as it stands', async () => {
  const text = `/*
 * coco: flips buf[1 pgs]: private;
 *       context: sleeps
 */
int share(void *buf);
/* coco: flips buf[1   pages]:private */
int hide(void *buf);
`;
  const { code, out } = await run(['annotate', '--list', 'a.c'], { '/k/a.c': text });
  assert.equal(code, 1);
  const listed = out.split('\n').filter((line) => line.startsWith('a.c:'));
  assert.deepEqual(listed, [
    'a.c:2: share(): coco: flips buf[1 pgs]: private; context: sleeps',
    'a.c:6: hide(): coco: flips buf[1 pages]: private',
  ]);
});

test('--list: annotations and suppressions of comments and .membrane.json, and what is wrong with them', async () => {
  const text = `/* coco: flips buf[1 pages]: private */
int share(void *buf)
{
	return set_memory_decrypted((unsigned long)buf, 1);
}

int drop(void *buf)
{
	int ret = set_memory_decrypted((unsigned long)buf, 1);

	/* coco: allow size-mismatch -- nothing here */
	if (ret)
		return ret;
	/* coco: allow free-while-shared -- the pool */
	free_page((unsigned long)buf);
	return 0;
}
`;
  const config = `{
  // Kept.
  "contracts": { "other(p, n)": "flips p[n pages]: shared" },
  "allow": [
    { "rule": "free-while-shared", "file": "a.c", "function": "gone", "reason": "was once" },
    { "rule": "free-while-shared", "file": "z/b.c", "reason": "elsewhere" },
  ],
}
`;
  const files = { '/k/.membrane.json': config, '/k/a.c': text, '/k/z/b.c': '' };
  const { code, out } = await run(['annotate', '--list', 'a.c'], files);
  assert.equal(code, 1);
  assert.equal(
    out,
    `.membrane.json:3: other(p, n): flips p[n pages]: shared
.membrane.json:5: a.c, gone(): allow free-while-shared -- was once
    keeps nothing silent. Take it out.
.membrane.json:6: z/b.c: allow free-while-shared -- elsewhere
a.c:1: share(): coco: flips buf[1 pages]: private
    'flips buf' does not hold; share() leaves it shared on success, not private. Change the code, or what 'coco:' says.
a.c:11: a statement of drop(): coco: allow size-mismatch -- nothing here
    'allow size-mismatch' keeps nothing silent here; it would hide the next mistake. Remove it.
a.c:14: a statement of drop(): coco: allow free-while-shared -- the pool

2 annotations, 4 suppressions, 3 of them wrong, or of no use
`,
  );
  const broken = `{ "contracts": {
    "share": "flips buf[1 pages]: private, unknown on error; context: sleeps",
    "drop(p)": "flips p[1 pages]: private; context: atomic",
    "drop(q)": "context: sleeps"
} }
`;
  const held = await run(['annotate', '--list', 'a.c'], { '/k/.membrane.json': broken, '/k/a.c': text });
  assert.equal(
    held.out.slice(0, held.out.indexOf('a.c:1:')),
    `.membrane.json:2: share: flips buf[1 pages]: private, unknown on error; context: sleeps
.membrane.json:3: drop(p): flips p[1 pages]: private; context: atomic
    a.c:7: 'flips p' in .membrane.json does not hold; drop() leaves it freed on success, not private. Change the code, or what .membrane.json says of 'drop(p)'.
    a.c:9: calls set_memory_decrypted() in atomic context; it sleeps. Do it from process context: a work item, or queue_rcu_work() after a grace period.
.membrane.json:4: drop(q): context: sleeps
`,
  );
  const plain = await run(['annotate', '--list', '--no-config', 'z'], files);
  assert.deepEqual([plain.code, plain.out], [0, '0 annotations, 0 suppressions\n']);
});

test('what is found out of any function of the fixtures holds when it is written down', async (context) => {
  const from = join(root, 'test/analysis');
  const names = readdirSync(from).filter((name) => name.endsWith('.c'));
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(from, name), 'utf8')]));
  const top = folder(context, { Kbuild: '', ...files });
  const fs = new NodeFileSystem();
  // Each alone: functions of different fixtures have the same names.
  const wrote = await run(['annotate', '--write', '--alone', ...names], fs, top);
  const count = Number(/wrote (\d+) contracts/.exec(wrote.err)?.[1]);
  assert.ok(count > 50, wrote.err);
  const { code, out } = await run(['annotate', '--list', '--alone', ...names], fs, top);
  assert.equal(code, 0, out.replace(/^(?! {4}).*\n/gm, ''));
  assert.equal((out.match(/: coco: /g) ?? []).length, count);
});

test('one thing at a time', async () => {
  const { code, err } = await run(['annotate', '--write', '--list'], { '/k/a.c': '' });
  assert.equal(code, 2);
  assert.equal(err, 'membrane: either --write or --list, not both (membrane annotate --help)\n');
});
