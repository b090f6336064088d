import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edited } from '../../server/src/service-fixes.ts';
import { offered, rewritesOf } from './offered.ts';

const helper = `static void foo_hide(void *buf)
{
	int ret = set_memory_encrypted((unsigned long)buf, 4);

	if (ret)
		pr_err("cannot hide: %d\\n", ret);
}

void foo_close(struct foo *foo)
{
	foo_hide(foo->mem);
	free_pages((unsigned long)foo->mem, 2);
	kfree(foo);
}
`;

test('a helper returns its result: every call of it is changed, and what declares it', async () => {
  const text = `static void foo_hide(void *buf);\n\n${helper}`;
  const [fix] = await offered('unchecked-transition', text);
  assert.equal(fix?.title, 'Return the result from foo_hide(), check it in its callers');
  assert.equal(
    edited(text, fix.edits),
    `static int foo_hide(void *buf);

static int foo_hide(void *buf)
{
	int ret = set_memory_encrypted((unsigned long)buf, 4);

	if (ret)
		pr_err("cannot hide: %d\\n", ret);
	return ret;
}

void foo_close(struct foo *foo)
{
	/* leaked if it cannot be made private again */
	if (!foo_hide(foo->mem))
		free_pages((unsigned long)foo->mem, 2);
	kfree(foo);
}
`,
  );
});

test('a function that frees twice has one variable for both results', async () => {
  const text = helper.replace(
    '\tfoo_hide(foo->mem);\n',
    '\tfoo_hide(foo->tx);\n\n\tfree_page((unsigned long)foo->tx);\n\tfoo_hide(foo->rx);\n\tfoo->count = 0;\n\tfree_page((unsigned long)foo->rx);\n\tfoo_hide(foo->mem);\n\tfoo->count = 0;\n',
  );
  const [fix] = await offered('unchecked-transition', text);
  const fixed = edited(text, fix!.edits);
  assert.equal(
    fixed
      .slice(fixed.indexOf('void foo_close'))
      .replaceAll('\t/* leaked if it cannot be made private again */\n', ''),
    `void foo_close(struct foo *foo)
{
	int ret;

	if (!foo_hide(foo->tx))
		free_page((unsigned long)foo->tx);
	ret = foo_hide(foo->rx);
	foo->count = 0;
	if (!ret)
		free_page((unsigned long)foo->rx);
	ret = foo_hide(foo->mem);
	foo->count = 0;
	if (!ret)
		free_pages((unsigned long)foo->mem, 2);
	kfree(foo);
}
`,
  );
});

test('comments and messages may name it', async () => {
  const text = `/* foo_hide() may fail */\n${helper.replace('cannot hide', 'foo_hide: failed')}`;
  assert.deepEqual(await rewritesOf('unchecked-transition', text), ['return-from-helper']);
});

const handing = `static void foo_hide(void *buf)
{
	if (!buf)
		return foo_note(buf);
	set_memory_encrypted((unsigned long)buf, 4);
}

${helper.slice(helper.indexOf('void foo_close'))}`;

const outOfView: readonly (readonly [why: string, text: string, file?: string])[] = [
  ['others can call it', helper.replace('static void', 'void')],
  ['others include it', helper, 'drivers/foo/ring.h'],
  [
    'its address is in a structure',
    `${helper}\nstatic const struct foo_ops ops = {\n\t.hide = foo_hide,\n};\n`,
  ],
  ['its address is taken', `${helper}\nvoid foo_init(struct foo *foo)\n{\n\tfoo->hide = foo_hide;\n}\n`],
  [
    'its address is handed on',
    `${helper}\nvoid foo_init(struct foo *foo)\n{\n\tfoo_add(foo, &foo_hide);\n}\n`,
  ],
  ['a macro calls it', `#define FOO_HIDE(foo) foo_hide((foo)->mem)\n\n${helper}`],
  [
    'there is another one under #else',
    `#ifdef CONFIG_FOO\n${helper}#else\nstatic void foo_hide(void *buf)\n{\n}\n#endif\n`,
  ],
  ['it hands on what another one says', handing],
  [
    'a call of it is in an arm of #if',
    helper.replace('\tfoo_hide(foo->mem);\n', '#ifdef CONFIG_FOO\n\tfoo_hide(foo->mem);\n#endif\n'),
  ],
  [
    'a function that does not parse calls it',
    `${helper}\nvoid foo_odd(void)\n{\n\tfoo_hide(mem) oops oops;\n}\n`,
  ],
  [
    'a caller that returns nothing has nowhere to say it',
    helper.replace('\tfree_pages((unsigned long)foo->mem, 2);\n', ''),
  ],
  [
    'others come to the free with memory that was never converted',
    helper.replace(
      '\tfoo_hide(foo->mem);\n',
      '\tif (foo->dead)\n\t\tgoto out;\n\tfoo_hide(foo->mem);\nout:\n',
    ),
  ],
  [
    'one function calls it twice, and does not free by it',
    helper.replace('\tkfree(foo);\n', '\tfoo_hide(foo->other);\n\tkfree(foo);\n'),
  ],
];
for (const [why, text, file] of outOfView)
  test(`a helper returns nothing still where ${why}`, async () => {
    assert.deepEqual(await rewritesOf('unchecked-transition', text, file), []);
  });

test('where the callers look already it is a quick fix, and no rewrite beside it', async () => {
  const text = `static int foo_hide(void *buf)
{
	int ret = set_memory_encrypted((unsigned long)buf, 4);

	if (ret)
		pr_err("cannot hide: %d\\n", ret);
	return 0;
}

int foo_close(struct foo *foo)
{
	int ret = foo_hide(foo->mem);

	if (ret)
		return ret;
	free_pages((unsigned long)foo->mem, 2);
	return 0;
}
`;
  const fixes = await offered('failure-swallowed', text);
  assert.deepEqual(
    fixes.map(({ kind, id }) => [kind, id]),
    [['quickfix', 'return-error']],
  );
});

/** A function that allocates, with what it does then. */
const opened = (lines: string, before = '') => `struct foo {
	spinlock_t lock;
	void *mem;
	bool open;
};

${before}int foo_open(struct foo *foo)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL, 2);
	int ret = 0;

	if (!buf)
		return -ENOMEM;
${lines}
	return ret;
}
`;
const share = 'ret = set_memory_decrypted((unsigned long)buf, 4);';
const section = (...lines: readonly string[]) =>
  ['spin_lock(&foo->lock);', ...lines, 'spin_unlock(&foo->lock);'].map((line) => `\t${line}`).join('\n');

test('a transition is moved before the lock, or behind it', async () => {
  const text = opened(section('foo->open = true;', share));
  assert.deepEqual(
    (await offered('transition-in-atomic', text)).map(({ kind, title }) => [kind, title]),
    [
      ['refactor.rewrite', 'Move set_memory_decrypted() out of the lock: before spin_lock()'],
      ['refactor.rewrite', 'Move set_memory_decrypted() out of the lock: after spin_unlock()'],
    ],
  );
});

test('a jump to what releases the lock does not come along behind it', async () => {
  const lines = section('foo->open = true;', share, 'if (ret)', '\tgoto unlock;').replace(
    /\tspin_unlock.*/,
    'unlock:\n$&',
  );
  const text = opened(`${lines}\n\tfoo_note(foo);`);
  assert.deepEqual(await rewritesOf('transition-in-atomic', text), ['before-lock']);
});

test('memory that others find in a field is taken out of there while the lock is held', async () => {
  const text = `struct foo {
	spinlock_t lock;
	void *mem;
	unsigned int npages, order;
};

void foo_close(struct foo *foo)
{
	spin_lock(&foo->lock);
	if (foo->mem) {
		if (!set_memory_encrypted((unsigned long)foo->mem, foo->npages))
			free_pages((unsigned long)foo->mem, foo->order);
		foo->mem = NULL;
	}
	spin_unlock(&foo->lock);
}
`;
  const [fix] = await offered('transition-in-atomic', text);
  assert.equal(fix?.title, "Take 'foo->mem' away under the lock, convert it after spin_unlock()");
  assert.match(
    edited(text, fix.edits),
    /\n\{\n\tvoid \*mem;\n\tunsigned int npages;\n\tunsigned int order;\n\n\tspin_lock\(&foo->lock\);\n\tmem = foo->mem;\n\tnpages = foo->npages;\n\torder = foo->order;\n\tfoo->mem = NULL;\n\tspin_unlock\(&foo->lock\);\n\tif \(mem\) \{\n\t\tif \(!set_memory_encrypted\(\(unsigned long\)mem, npages\)\)\n\t\t\tfree_pages\(\(unsigned long\)mem, order\);\n\t}\n}\n$/,
  );
});

const close = (
  lines: string,
  structure = 'struct foo {\n\tspinlock_t lock;\n\tvoid *mem;\n};\n\n',
) => `${structure}void foo_close(struct foo *foo)
{
${lines}
}
`;
const hideField = `	if (!set_memory_encrypted((unsigned long)foo->mem, 4))
		free_pages((unsigned long)foo->mem, 2);`;
const attach = (more: string) => `static int foo_attach(struct foo *foo, void *buf)
{
	int ret;

	spin_lock(&foo->lock);
	foo->open = true;
	ret = set_memory_decrypted((unsigned long)buf, 4);
	spin_unlock(&foo->lock);
	return ret;
}

int foo_open(struct foo *foo)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!buf)
		return -ENOMEM;
	return foo_attach(foo, buf);
}
${more}`;

const stays: readonly (readonly [why: string, text: string])[] = [
  [
    'others find the memory in a field before',
    opened(section('foo->mem = buf;', 'foo->open = true;', share)),
  ],
  ['it was stored before the lock', opened(`\tfoo->mem = buf;\n${section('foo->open = true;', share)}`)],
  [
    'somebody was shown it before',
    opened(`\tfoo_register(foo, buf);\n${section('foo->open = true;', share)}`),
  ],
  ['its address was taken', opened(`\tfoo_fill(foo, &buf);\n${section('foo->open = true;', share)}`)],
  ['the section decides whether', opened(section('if (foo->open)', `\t${share}`, 'foo->open = true;'))],
  [
    'it may leave the section before',
    opened(
      section(
        'if (foo->open) {',
        '\tspin_unlock(&foo->lock);',
        '\treturn -EBUSY;',
        '}',
        share,
        'foo->mem = buf;',
      ),
    ),
  ],
  [
    'a failure undoes what the section did',
    opened(
      section(
        'foo->open = true;',
        'if (set_memory_decrypted((unsigned long)buf, 4)) {',
        '\tfoo->open = false;',
        '\tspin_unlock(&foo->lock);',
        '\treturn -EIO;',
        '}',
        'foo->mem = buf;',
      ),
    ),
  ],
  [
    'it is done again',
    opened(`\twhile (foo->busy) {\n${section('foo->open = true;', share).replace(/^/gm, '\t')}\n\t}`),
  ],
  [
    'it is in an arm of #if',
    opened(section('foo->open = true;', share)).replace(
      `\t${share}\n`,
      `#ifdef CONFIG_FOO\n\t${share}\n#endif\n`,
    ),
  ],
  [
    'others come to the end of the section without it',
    opened(
      section('if (foo->open)', '\tgoto unlock;', 'foo->open = true;', share).replace(
        /\tspin_unlock.*/,
        'unlock:\n$&',
      ),
    ),
  ],
  [
    'somebody may jump to where the lock is taken',
    opened(
      `\tif (foo->open)\n\t\tgoto lock;\n\tfoo_note(foo);\nlock:\n${section(share, 'if (!ret)', '\tfoo->mem = buf;')}`,
    ),
  ],
  [
    'the block of a guard is left without it',
    close(
      `\tscoped_guard(spinlock, &foo->lock) {\n\t\tif (foo->dead)\n\t\t\tbreak;\n${hideField.replace(/^/gm, '\t')}\n\t\tfoo->mem = NULL;\n\t}`,
    ),
  ],
  [
    'the section has copied the address',
    close(
      `\tvoid *mem;\n\n\tspin_lock(&foo->lock);\n\tmem = foo->mem;\n${hideField}\n\tfoo->mem = NULL;\n\tfoo->old = mem;\n\tspin_unlock(&foo->lock);`,
    ),
  ],
  [
    'the section has variables of its own',
    opened(
      '\tscoped_guard(spinlock, &foo->lock) {\n\t\tint err = 0;\n\n\t\terr = set_memory_decrypted((unsigned long)buf, 4);\n\t\tfoo->open = !err;\n\t}',
    ),
  ],
  ['nothing else is in the section', opened(section(share))],
  ['the memory is a parameter of a function that anybody may call', attach('').replace('static int', 'int')],
  [
    'a caller hands in memory that others know',
    attach('\nint foo_again(struct foo *foo)\n{\n\treturn foo_attach(foo, foo->mem);\n}\n'),
  ],
  ['its function is in a structure', attach('\nconst struct foo_ops ops = {\n\t.attach = foo_attach,\n};\n')],
  [
    'the memory stays in its field',
    close(`\tspin_lock(&foo->lock);\n\tfoo->open = false;\n${hideField}\n\tspin_unlock(&foo->lock);`),
  ],
  [
    'readers are in the section at the same time',
    close(`\trcu_read_lock();\n${hideField}\n\tfoo->mem = NULL;\n\trcu_read_unlock();`),
  ],
  [
    'the type of the field is not in view',
    close(`\tspin_lock(&foo->lock);\n${hideField}\n\tfoo->mem = NULL;\n\tspin_unlock(&foo->lock);`, ''),
  ],
  [
    'the memory is looked at again in the section',
    close(
      `\tspin_lock(&foo->lock);\n${hideField}\n\tfoo_trace(foo->mem);\n\tfoo->mem = NULL;\n\tspin_unlock(&foo->lock);`,
    ),
  ],
];
for (const [why, text] of stays)
  test(`a transition stays under the lock where ${why}`, async () => {
    assert.deepEqual(await rewritesOf('transition-in-atomic', text), []);
  });

test('an interrupt handler has no lock to move out of', async () => {
  const text = `static irqreturn_t foo_irq(int irq, void *data)
{
	return set_memory_encrypted((unsigned long)data, 1) ? IRQ_NONE : IRQ_HANDLED;
}

int foo_probe(struct foo *foo)
{
	return request_irq(foo->irq, foo_irq, 0, "foo", foo->mem);
}
`;
  assert.deepEqual(await rewritesOf('transition-in-atomic', text), []);
});
