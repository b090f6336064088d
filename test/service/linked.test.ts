import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../server/src/base/token.ts';
import { createStages } from '../../server/src/project/stages.ts';
import { rules } from '../../server/src/rules/registry.ts';
import { Service } from '../../server/src/service.ts';
import { defaultOptions } from '../../server/src/service-options.ts';
import { testBackend } from '../harness/backend.ts';

/** A library that shares buffers, with a flag for what is left, in a file of its own. */
const library = `
int chan_share(struct chan *c, struct area *a, void *buf, u32 bytes)
{
	int ret;

	a->decrypted = true;
	ret = set_memory_decrypted((unsigned long)buf, PFN_UP(bytes));
	if (ret) {
		a->decrypted = true;
		return ret;
	}
	a->buffer = buf;
	a->size = bytes;
	return 0;
}

int chan_unshare(struct chan *c, struct area *a)
{
	int ret = set_memory_encrypted((unsigned long)a->buffer, PFN_UP(a->size));

	a->decrypted = ret;
	return ret;
}
`;

const driver = (freeing: string) => `
int foo_open(struct foo *f, struct chan *c)
{
	int ret;

	f->ring = (void *)__get_free_pages(GFP_KERNEL, 4);
	if (!f->ring)
		return -ENOMEM;
	ret = chan_share(c, &f->area, f->ring, PAGE_SIZE << 4);
	if (ret) {
		${freeing}
		f->ring = NULL;
		return ret;
	}
	return 0;
}
`;

async function checked(files: Readonly<Record<string, string>>, separately = false) {
  const service = new Service({ stages: createStages(await testBackend()), version: [6, 12], rules });
  const texts = Object.entries(files).map(([file, text]) => ({ file, text }));
  return separately
    ? texts.map(({ file, text }) => service.checkText(file, text, defaultOptions, never))
    : service.checkLinked(texts, defaultOptions, never);
}

const brief = (reports: Awaited<ReturnType<typeof checked>>) =>
  reports.flatMap((report) => report.diagnostics.map((d) => `${d.place.file}:${d.place.function} ${d.rule}`));

test('a free after a wrapper of another file failed is found, with the path through that file', async () => {
  const files = {
    'lib/chan.c': library,
    'drivers/foo/foo.c': driver('free_pages((unsigned long)f->ring, 4);'),
  };
  assert.deepEqual(brief(await checked(files, true)), []);
  const reports = await checked(files);
  assert.deepEqual(brief(reports), ['drivers/foo/foo.c:foo_open free-after-failed-transition']);
  const [finding] = reports[1]!.diagnostics;
  const inLibrary = finding!.trace.filter((step) => step.place.file === 'lib/chan.c');
  assert.ok(inLibrary.some((step) => step.event.k === 'transition' && step.place.function === 'chan_share'));
  assert.ok(inLibrary.every((step) => step.depth > 0));
});

test('who tests the flag that the wrapper left is right', async () => {
  const freeing = 'if (!f->area.decrypted)\n\t\t\tfree_pages((unsigned long)f->ring, 4);';
  assert.deepEqual(brief(await checked({ 'lib/chan.c': library, 'drivers/foo/foo.c': driver(freeing) })), []);
});

test('the order of the files does not matter', async () => {
  const freeing = 'free_pages((unsigned long)f->ring, 4);';
  const forth = await checked({ 'lib/chan.c': library, 'drivers/foo/foo.c': driver(freeing) });
  const back = await checked({ 'drivers/foo/foo.c': driver(freeing), 'lib/chan.c': library });
  assert.deepEqual(back[0]!.diagnostics, forth[1]!.diagnostics);
});

test('a static helper of the same name elsewhere is somebody else', async () => {
  const helper = (body: string) => `static void undo(void *p)\n{\n\t${body}\n}\n`;
  const files = {
    'lib/chan.c': `${library}${helper('free_pages((unsigned long)p, 4);')}`,
    'drivers/foo/foo.c': `${helper('pr_err("%p leaked", p);')}${driver('undo(f->ring);')}`,
  };
  assert.deepEqual(brief(await checked(files)), []);
});

test('a definition an architecture: its rows hold where it is built', async () => {
  const define = (fail: string) => `
int arch_share(void *p)
{
	int ret = set_memory_decrypted((unsigned long)p, 1);

	if (ret)
		${fail}
	return ret;
}
`;
  const caller = `
int grow(struct foo *f)
{
	void *p = (void *)__get_free_page(GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	if (arch_share(p)) {
		free_page((unsigned long)p);
		return -EIO;
	}
	f->page = p;
	return 0;
}
`;
  const reports = await checked({
    'arch/x86/foo.c': define('return ret;'),
    'arch/s390/foo.c': define('return ret;'),
    'drivers/foo.c': caller,
  });
  const [finding] = reports[2]!.diagnostics;
  assert.equal(finding?.rule, 'free-after-failed-transition');
  assert.ok(
    finding.platforms.includes('tdx') && !finding.platforms.includes('cca'),
    finding.platforms.join(),
  );
});

test('headers that every build of a file includes tell where its functions run, and what is done by calling them', async () => {
  const caller = driver('free_pages((unsigned long)f->ring, 4);');
  const on = async (includes: string, change: (text: string) => string = (text) => text) => {
    const reports = await checked({
      'lib/chan.c': `${includes}\n${library}`,
      'drivers/foo/foo.c': change(caller),
    });
    return reports.flatMap(({ diagnostics }) => diagnostics.map(({ platforms }) => platforms.join(' ')));
  };
  const all = 'sme sev snp tdx snp-vtom tdx-paravisor pkvm';
  assert.deepEqual(await on('#include <linux/slab.h>'), [all]);
  assert.deepEqual(await on('#include <asm/msr-index.h>'), [all.replace(' pkvm', '')]);
  assert.deepEqual(await on('#include <asm/sysreg.h>'), ['pkvm']);
  assert.deepEqual(await on('#ifdef CONFIG_ARM64\n#include <asm/sysreg.h>\n#endif'), [all]);
  assert.deepEqual(await on('', (text) => `#include <asm/sysreg.h>\n${text}`), ['pkvm']);
});

test('a path that goes back in a loop says so where it does', async () => {
  const loop = (head: string, end: string) => `
int fill(struct foo *f)
{
	int cpu, ret = -ENOMEM;

	${head}
		f->page = get_zeroed_page(GFP_KERNEL);
		if (!f->page)
			goto err;
		ret = set_memory_decrypted(f->page, 1);
		if (ret)
			goto err;
		f->pages[f->count++] = f->page;
	${end}
	return 0;
err:
	return ret;
}
`;
  const steps = async (text: string) => {
    const [finding] = (await checked({ 'a.c': text })).flatMap(({ diagnostics }) => diagnostics);
    return finding!.trace.map(({ place, text }) => `${place.start.line} ${text}`);
  };
  const told = ['11 ret == 0', '8 in a later round, f->page == 0', '9 goto err', '17 returns ret'];
  assert.deepEqual((await steps(loop('for_each_present_cpu(cpu) {', '}'))).slice(1), told);
  const [first, ...others] = told;
  assert.deepEqual((await steps(loop('again:', 'if (f->more) goto again;'))).slice(1), [
    ...[first, '14 goto again', ...others],
  ]);
  // What runs at the end of a scope is of the same round.
  const once = `
int g(struct foo *f)
{
	int cpu;

	for_each_present_cpu(cpu) {
		void *p __free(kfree) = kmalloc(PAGE_SIZE, GFP_KERNEL);

		if (!p)
			return -ENOMEM;
		if (set_memory_decrypted((unsigned long)p, 1))
			return -EIO;
		f->page = no_free_ptr(p);
	}
	return 0;
}
`;
  assert.deepEqual((await steps(once)).slice(-1), ['12 kfree(): back to the allocator']);
  assert.ok((await steps(once)).every((step) => !step.includes('later round')));
});

test('conditions are told as the source has them, and all that the functions of the path stand under', async () => {
  const files = (condition: string, end: string) => ({
    'include/linux/foo.h': `${condition}\nstatic inline int foo_share(void *p)\n{\n\treturn set_memory_decrypted((unsigned long)p, 1);\n}\n${end}\n`,
    'a.c': `#ifdef CONFIG_FOO
int f(void)
{
	void *p = (void *)__get_free_page(GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	if (foo_share(p)) {
		free_page((unsigned long)p);
		return -EIO;
	}
	return 0;
}
#endif
`,
  });
  const told = async (condition: string, end: string) => {
    const found = (await checked(files(condition, end))).flatMap(({ diagnostics }) => diagnostics);
    return found.map(({ level, configurations }) => `${level}: ${configurations.join(', ')}`);
  };
  assert.deepEqual(await told('', ''), ['error: CONFIG_FOO=y']);
  assert.deepEqual(await told('#ifndef foo_share', '#endif'), ['warning: CONFIG_FOO=y, #ifndef foo_share']);
  assert.deepEqual(await told('#if !foo_share', '#endif'), ['warning: CONFIG_FOO=y, #if !foo_share']);
  assert.deepEqual(await told('#if defined(BAR) || FOO_BAR', '#endif'), [
    'warning: CONFIG_FOO=y, #if defined(BAR) || FOO_BAR',
  ]);
});

test('a report has what its own file is about, and nothing is counted twice', async () => {
  const reports = await checked({
    'lib/chan.c': library,
    'drivers/foo/foo.c': driver('free_pages((unsigned long)f->ring, 4);'),
  });
  assert.deepEqual(
    reports.map((report) => [report.file, report.stats.functions]),
    [
      ['lib/chan.c', 2],
      ['drivers/foo/foo.c', 1],
    ],
  );
  assert.ok(reports.reduce((sum, report) => sum + report.stats.transitions, 0) >= 2);
});

const opening = (call: string, freeing: string) => `
int foo_open(struct foo *f)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (${call}) {
		${freeing}
		return -EIO;
	}
	f->buf = buf;
	return 0;
}
`;
const bad = 'free_page((unsigned long)buf);';
const ok = 'pr_err("leaked");';

test('a macro of a header is followed where another file uses it', async () => {
  const header = '#define foo_share(p, n) \\\n\tset_memory_decrypted((unsigned long)(p), n)\n';
  const files = (freeing: string) => ({
    'drivers/foo/foo.h': header,
    'drivers/foo/foo.c': opening('foo_share(buf, 1)', freeing),
  });
  const reports = await checked(files(bad));
  assert.deepEqual(brief(reports), ['drivers/foo/foo.c:foo_open free-after-failed-transition']);
  assert.ok(reports[1]!.diagnostics[0]!.trace.some((step) => step.place.file === 'drivers/foo/foo.h'));
  assert.deepEqual(brief(await checked(files(ok))), []);
});

test('a macro of a source file is nobody else’s', async () => {
  const macro = '#define foo_share(p, n) set_memory_decrypted((unsigned long)(p), n)\n';
  const other = 'int bar(void *p)\n{\n\treturn foo_share(p, 1);\n}\n';
  const files = { 'a/a.c': `${macro}${other}`, 'b/b.c': opening('foo_share(buf, 1)', bad) };
  assert.deepEqual(brief(await checked(files)), []);
});

test('a function that one file puts into a table is reached by a call in another', async () => {
  const files = (freeing: string) => ({
    'drivers/foo/foo.h':
      'struct foo_ops { int (*share)(void *p, int n); };\nstruct foo { const struct foo_ops *ops; void *buf; };\n',
    'drivers/foo/ops.c':
      'const struct foo_ops foo_ops = {\n\t.share = foo_share,\n};\n\nvoid foo_init(struct foo *f)\n{\n\tf->ops = &foo_ops;\n}\n',
    'drivers/foo/share.c':
      'int foo_share(void *p, int n)\n{\n\treturn set_memory_decrypted((unsigned long)p, n);\n}\n',
    'drivers/foo/foo.c': opening('f->ops->share(buf, 1)', freeing),
  });
  assert.deepEqual(brief(await checked(files(bad))), [
    'drivers/foo/foo.c:foo_open free-after-failed-transition',
  ]);
  assert.deepEqual(brief(await checked(files(ok))), []);
});

test('another name that a header gives a function is that function', async () => {
  const files = (freeing: string) => ({
    'drivers/foo/foo.h': '#define foo_share foo_decrypt\n#define foo_decrypt set_memory_decrypted\n',
    'drivers/foo/foo.c': opening('foo_share((unsigned long)buf, 1)', freeing),
  });
  assert.deepEqual(brief(await checked(files(bad))), [
    'drivers/foo/foo.c:foo_open free-after-failed-transition',
  ]);
  assert.deepEqual(brief(await checked(files(ok))), []);
});

test('memory in a field of a new struct is called by the variable that points there', async () => {
  const user = `
struct foo *foo_new(struct chan *c)
{
	struct foo *fresh = kzalloc(sizeof(*fresh), GFP_KERNEL);

	if (!fresh)
		return NULL;
	fresh->ring = (void *)__get_free_pages(GFP_KERNEL, 4);
	if (fresh->ring && chan_share(c, &fresh->area, fresh->ring, PAGE_SIZE << 4))
		free_pages((unsigned long)fresh->ring, 4);
	return fresh;
}
`;
  const [, report] = await checked({ 'lib/chan.c': library, 'drivers/foo/foo.c': user });
  assert.match(report!.diagnostics[0]!.message, /^frees 'fresh->ring' after/);
});

const stub = `
#ifdef CONFIG_EXAMPLE_POOL
struct page *pool_take(struct pool *p);
bool pool_wants_leak(struct pool *p);
#else
static inline struct page *pool_take(struct pool *p)
{
	return NULL;
}
static inline bool pool_wants_leak(struct pool *p)
{
	return true;
}
#endif
`;

test('a stub of a header says nothing of builds that have the function, which is not in view', async () => {
  const user = `
#include "pool.h"

int user_open(struct pool *p)
{
	struct page *page = pool_take(p);

	if (!page)
		page = alloc_pages(GFP_KERNEL, 0);
	if (!page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page_address(page), 1)) {
		if (!pool_wants_leak(p))
			__free_pages(page, 0);
		return -EIO;
	}
	return 0;
}
`;
  const [, report] = await checked({ 'mm/pool.h': stub, 'mm/user.c': user });
  const [found] = report!.diagnostics;
  assert.equal(found?.rule, 'free-after-failed-transition');
  assert.deepEqual(found.configurations, ['CONFIG_EXAMPLE_POOL=y']);
  // With a definition for either kind of build nothing is left open.
  const both = stub.replace(
    'bool pool_wants_leak(struct pool *p);',
    'static inline bool pool_wants_leak(struct pool *p)\n{\n\treturn true;\n}',
  );
  assert.deepEqual(brief(await checked({ 'mm/pool.h': both, 'mm/user.c': user })), []);
});
