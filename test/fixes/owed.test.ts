import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edited } from '../../server/src/service-fixes.ts';
import { offered } from './offered.ts';

/** A function that does something before a transition that nobody checks, and something behind it. */
const around = (before: string, behind: string, more = '') => `int foo_share(struct foo *foo, void *buf)
{
	int i, ret = 0;

${before}	set_memory_decrypted((unsigned long)buf, 1);
	foo->count = 4;
${behind}	return ret;
${more}}
`;

const titles = async (text: string) =>
  (await offered('unchecked-transition', text)).map(({ title }) => title);
const returned = ["Check the result: 'return ret' if it is not 0"];

const owed: readonly (readonly [what: string, before: string, behind: string])[] = [
  ['a reference to what was found', '\tfoo->dev = bus_find(foo);\n', '\tput_device(foo->dev);\n'],
  ['a reference to a member of it', '\tfoo = foo_find(buf);\n', '\tput_device(&foo->dev);\n'],
  ['a clock', '\tret = clk_on(foo->clk);\n\tif (ret)\n\t\treturn ret;\n', '\tclk_off(foo->clk);\n'],
  ['a lock of its own', '\tfoo_lock(foo);\n', '\tfoo_unlock(foo);\n'],
  ['a lock of everybody', '\tfoo_lock_all();\n', '\tfoo_unlock_all();\n'],
  ['a lock with what it kept', '\tret = foo_lock(foo);\n', '\tfoo_unlock(foo, ret);\n'],
  [
    'several',
    '\tfor (i = 0; i < 4; i++)\n\t\tclk_on(foo->clk[i]);\n',
    '\twhile (i--)\n\t\tclk_off(foo->clk[i]);\n',
  ],
  ['through a pointer', '\tfoo->ops->get(foo);\n', '\tfoo->ops->put(foo);\n'],
  [
    'by an error path',
    '\tfoo_get(foo);\n',
    '\tif (foo_start(buf)) {\n\t\tfoo_put(foo);\n\t\treturn -EIO;\n\t}\n',
  ],
  [
    'what the failure of a step before gives back',
    '\tfoo->tx = foo_make(4);\n\tfoo->rx = foo_make(4);\n\tif (!foo->rx) {\n\t\tkfree(foo->tx);\n\t\treturn -EIO;\n\t}\n',
    '',
  ],
  ['what is set to something else', '\tgpio_set(foo->gpio, 1);\n', '\tgpio_set(foo->gpio, 0);\n'],
  [
    'several, with another counter',
    '\tint n;\n\n\tfor (i = 0; i < 4; i++)\n\t\tfoo_on(foo, i);\n',
    '\tfor (n = 0; n < 4; n++)\n\t\tfoo_off(foo, n);\n',
  ],
  ['a flag', '\tfoo->busy = true;\n', '\tfoo->busy = false;\n'],
  ['a count', '\tfoo->users++;\n', '\tfoo->users--;\n'],
  ['what is saved', '\ti = foo->mode;\n\tfoo->mode = 2;\n', '\tfoo->mode = i;\n'],
  ['memory in a field', '\tfoo->tmp = foo_make(4);\n', '\tkfree(foo->tmp);\n'],
  [
    'a section of a lock that an error path left',
    '\tmutex_lock(&foo->m);\n\tif (!foo->up) {\n\t\tmutex_unlock(&foo->m);\n\t\treturn -EIO;\n\t}\n',
    '\tmutex_unlock(&foo->m);\n',
  ],
];
for (const [what, before, behind] of owed)
  test(`no return past what undoes what was done before: ${what}`, async () => {
    assert.deepEqual(await titles(around(before, behind)), []);
    assert.deepEqual(await titles(around('', '')), returned);
  });

const free: readonly (readonly [what: string, before: string, behind: string])[] = [
  ["what it takes was in nobody's hands", '', '\tfoo_start(foo);\n'],
  ['it was done before, too', '\tfoo_init(foo);\n\tfoo_kick(foo);\n', '\tfoo_kick(foo);\n'],
  [
    'the function has left without it',
    '\tfoo_init(foo);\n\tif (!foo->up)\n\t\treturn -EIO;\n',
    '\tfoo_start(foo);\n',
  ],
  ['somebody asks for its result', '\tfoo_init(foo);\n', '\tret = foo_start(foo);\n'],
  ['it only tells', '\tfoo_init(foo);\n', '\tpr_info("%p\\n", foo);\n'],
  ['it is done behind only', '', '\tfoo_lock(foo);\n\tfoo->up = true;\n\tfoo_unlock(foo);\n'],
  ['memory is another one', '', '\tfoo->tmp = kmalloc(4, GFP_KERNEL);\n\tkfree(foo->tmp);\n'],
];
for (const [why, before, behind] of free)
  test(`a return past a call undoes nothing less: ${why}`, async () => {
    assert.deepEqual(await titles(around(before, behind)), returned);
  });

test('a failure goes to the label that undoes what was done before', async () => {
  const known = around(
    '\tfoo_get(foo);\n\tif (!foo->up)\n\t\tgoto err;\n',
    '\tfoo_put(foo);\n',
    'err:\n\tfoo_put(foo);\n\treturn -EIO;\n',
  );
  assert.deepEqual(await titles(known), ["Check the result: 'goto err' if it is not 0"]);
  const shared = around('\tfoo_get(foo);\n\tif (!foo->up)\n\t\tgoto out;\n', 'out:\n\tfoo_put(foo);\n');
  const [fix] = await offered('unchecked-transition', shared);
  assert.match(
    edited(shared, fix!.edits),
    /\tret = set_memory_decrypted\(\(unsigned long\)buf, 1\);\n\tif \(ret\)\n\t\tgoto out;\n/,
  );
});

test('a failure that must not go to the label does not return past what the label gives back, either', async () => {
  const text = (more: string) => `void *foo_get(struct foo *foo)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return NULL;
	foo->slots = foo_make(foo);
	if (!foo->slots)
		goto err;
	set_memory_decrypted((unsigned long)buf, 1);
	return buf;
err:
${more}	free_page((unsigned long)buf);
	return NULL;
}
`;
  assert.deepEqual(await titles(text('')), ["Check the result: 'return NULL' if it is not 0"]);
  assert.deepEqual(await titles(text('\tkfree(foo->areas);\n')), []);
});

test('a failure does not go to a label that undoes less, nor past the release of a lock', async () => {
  const early = around('\tif (!foo->up)\n\t\tgoto out;\n\tfoo_get(foo);\n', '\tfoo_put(foo);\nout:\n');
  assert.deepEqual(await titles(early), []);
  const locked = around(
    '\tif (!foo->up)\n\t\tgoto out;\n\tmutex_lock(&foo->m);\n',
    '\tmutex_unlock(&foo->m);\nout:\n',
  );
  assert.deepEqual(await titles(locked), []);
});

test('a failure goes where the next step goes if it fails', async () => {
  const text = `int foo_share(struct foo *foo, void *buf)
{
	int ret;

	foo_get(foo);
	set_memory_decrypted((unsigned long)buf, 1);
	ret = foo_start(foo, buf);
	if (ret)
		goto err;
	return 0;
err:
	foo_put(foo);
	return ret;
}
`;
  assert.deepEqual(await titles(text), ["Check the result: 'goto err' if it is not 0"]);
  const later = text.replace('\tret = foo_start', '\tfoo_take(foo->irq);\n\tret = foo_start');
  assert.deepEqual(await titles(later), []);
});
