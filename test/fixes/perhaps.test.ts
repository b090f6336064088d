import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edited } from '../../server/src/service-fixes.ts';
import { offered } from './offered.ts';

const open = (lines: string, more = '') => `int foo_open(struct foo *foo, void *buf)
{
${lines}	foo->buf = buf;
	return 0;
${more}}
`;

test('a result that is asked for behind something else is kept between the two', async () => {
  const text = open(`	if (buf && set_memory_decrypted((unsigned long)buf, 1))
		pr_err("cannot share\\n");	/* told */
`);
  const [fix] = await offered('unchecked-transition', text);
  assert.equal(
    edited(text, fix!.edits),
    open(`	int ret;

	if (buf) {
		ret = set_memory_decrypted((unsigned long)buf, 1);
		if (ret) {
			pr_err("cannot share\\n");	/* told */
			return ret;
		}
	}
`),
  );
});

const teardown = (condition: string, between = '') => `void foo_close(struct foo *foo)
{
	if (${condition})
		pr_err("cannot hide\\n");
${between}	free_page((unsigned long)foo->p);
}
`;
const hide = 'set_memory_encrypted((unsigned long)foo->p, 1)';

test('what is freed behind it is freed only where it has not failed', async () => {
  const text = teardown(`foo->p && ${hide}`);
  const [fix] = await offered('free-after-failed-transition', text);
  assert.match(
    edited(text, fix!.edits),
    /\tif \(foo->p && set[^\n]*\n\t\tpr_err[^\n]*\n\telse\n\t\tfree_page\(\(unsigned long\)foo->p\);\n}/,
  );
});

for (const [why, text] of [
  ['the call would be made in any case', teardown(`foo->p && ${hide}`, '\tfoo->count = 0;\n')],
  ['it is not the last that is asked', teardown(`${hide} && foo->p`)],
  ['it is one of several reasons', teardown(`foo->dead || ${hide}`)],
  ['success is asked for', teardown(`foo->p && !${hide}`)],
] as const)
  test(`nothing is offered where ${why}`, async () => {
    assert.deepEqual(await offered('free-after-failed-transition', text), []);
  });

test('what is kept of several answers is none of the transition', async () => {
  const text = `void foo_close(struct foo *foo)
{
	int bad = foo->p && ${hide};

	if (bad)
		pr_err("cannot hide\\n");
	free_page((unsigned long)foo->p);
}
`;
  assert.deepEqual(await offered('free-after-failed-transition', text), []);
});

test('a jump behind something else is a jump of the failure', async () => {
  const text = open(
    `	buf = (void *)__get_free_page(GFP_KERNEL);
	if (buf && set_memory_decrypted((unsigned long)buf, 1))
		goto err;
`,
    'err:\n\tfree_page((unsigned long)buf);\n\treturn -EIO;\n',
  );
  const fixes = await offered('free-after-failed-transition', text);
  assert.deepEqual(
    fixes.map(({ manner }) => manner),
    ['leak:jump', 'leak-flag', 'reencrypt:guard'],
  );
  assert.match(edited(text, fixes[0]!.edits), /\t\treturn -EIO;\t\/\* leaked: its state is unknown \*\/\n/);
});
