import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../server/src/base/token.ts';
import { createStages } from '../../server/src/project/stages.ts';
import { rules } from '../../server/src/rules/registry.ts';
import { Service } from '../../server/src/service.ts';
import { defaultOptions } from '../../server/src/service-options.ts';
import type { CheckOptions } from '../../server/src/service-types.ts';
import { testBackend } from '../harness/backend.ts';

/** Where one page cannot fail midway, and the share fails before it changes anything. */
const sev: Partial<CheckOptions> = { platforms: ['sev'] };

async function found(body: string, options: Partial<CheckOptions>, file = 'drivers/a.c') {
  const service = new Service({ stages: createStages(await testBackend()), version: [6, 12], rules });
  const report = service.checkText(file, body, { ...defaultOptions, ...options }, never);
  return report.diagnostics.map((d) => d.rule);
}

const share = (allocation: string, pages: string, free: string) => `
int f(int one)
{
	unsigned long v;
	int n = 1;

	${allocation}
	if (!v)
		return -ENOMEM;
	if (set_memory_decrypted(v, ${pages})) {
		${free}
		return -EIO;
	}
	return 0;
}
`;

const onePage = 'v = __get_free_page(GFP_KERNEL);';
const many = 'v = __get_free_pages(GFP_KERNEL, 4); n = 16;';

test('one page that fails before anything is done is as it was; of several the first may be shared', async () => {
  assert.deepEqual(await found(share(onePage, '1', 'free_page(v);'), sev), []);
  assert.deepEqual(await found(share(many, '16', 'free_pages(v, 4);'), sev), [
    'free-after-failed-transition',
  ]);
});

test('what is converted counts, not what was allocated', async () => {
  for (const pages of ['4', 'some_number']) {
    assert.deepEqual(await found(share(onePage, pages, 'free_page(v);'), sev), [
      'free-after-failed-transition',
    ]);
  }
});

test('of paths with one page and with several that end in one place, those with several tell', async () => {
  const free = 'if (one) free_page(v); else free_pages(v, 4);';
  for (const allocation of [
    `if (one) { ${onePage} } else { ${many} }`,
    `if (!one) { ${many} } else { ${onePage} }`,
  ])
    assert.deepEqual(await found(share(allocation, 'n', free), sev), ['free-after-failed-transition']);
});

test('a page may be several granules of the hypervisor, and fail between them', async () => {
  assert.deepEqual(await found(share(onePage, '1', 'free_page(v);'), { platforms: ['pkvm'] }), [
    'free-after-failed-transition',
  ]);
});

test('what only larger pages make a mistake is told of platforms that may have them, of none where none gets there', async () => {
  const service = new Service({ stages: createStages(await testBackend()), version: [6, 12], rules });
  const told = (condition: string, file = 'drivers/a.c') => {
    const buf = 'v = (unsigned long)kmalloc(4096, GFP_KERNEL);';
    const body = share(buf, '1', 'return -EIO;').replace('if (set_', `if (${condition}set_`);
    return service
      .checkText(file, body, defaultOptions, never)
      .diagnostics.filter(({ rule }) => rule === 'subpage-transition');
  };
  const [open] = told('');
  assert.deepEqual(open?.platforms, ['pkvm', 'powerpc-svm']);
  assert.deepEqual(
    open?.consequences.flatMap(({ platforms }) => platforms),
    ['pkvm', 'powerpc-svm'],
  );
  const [guarded] = told('cc_platform_has(CC_ATTR_GUEST_SEV_SNP) && ');
  assert.deepEqual([guarded?.platforms, guarded?.consequences], [[], []]);
  assert.match(guarded!.message, /; no platform that is known gets here with such pages\. /);
  assert.deepEqual(told('', 'arch/x86/kernel/a.c'), []);
});

test('a call that ends the guest each time is no harmless one', async () => {
  const vmalloc = share('v = (unsigned long)vmalloc(PAGE_SIZE);', '1', 'return -EIO;');
  assert.deepEqual(await found(vmalloc, {}, 'arch/s390/mm/a.c'), ['vmalloc-alias-flip']);
});

test('of a transition that the model does not have nothing is said, and only where it does something', async () => {
  const service = new Service({ stages: createStages(await testBackend()), version: [6, 12], rules });
  const body = 'void f(void *v)\n{\n\tearly_set_memory_decrypted((unsigned long)v, PAGE_SIZE);\n}\n';
  const [diagnostic] = service.checkText('arch/x86/kernel/a.c', body, defaultOptions, never).diagnostics;
  assert.equal(diagnostic?.rule, 'unchecked-transition');
  assert.deepEqual(diagnostic?.consequences, []);
  assert.equal(diagnostic?.unmodelled, 'early_set_memory_decrypted');
  assert.deepEqual(diagnostic?.platforms, ['sme', 'sev', 'snp']);
});
