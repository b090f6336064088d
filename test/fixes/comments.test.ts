import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edited } from '../../server/src/service-fixes.ts';
import { offered } from './offered.ts';
import { styleOf } from './style.ts';
import { type Variant, variants } from './variants.ts';

/** What takes code away for good that is not run any more, or was run twice: what is said of it goes, too. */
const takesAway = ['leak:jump', 'only-once'];
/** Those that are not offered where there are comments in their way. */
const shy = [
  'a helper with two callers',
  'the arm unlocks',
  'told in several lines, and freed in several',
  'two locks, and the arm says so',
];

/** A variant with a comment of its own behind each line that ends a statement and has room for one. */
function noted({ text }: Variant): { readonly text: string; readonly comments: readonly string[] } {
  const comments: string[] = [];
  const lines = text.split('\n').map((line) => {
    const comment = `/* n${comments.length + 10} */`;
    const next = `${line}\t${comment}`;
    if (!/^\t.*;$/.test(line) || /"|leak/.test(line) || styleOf(`\n\n${next}\n`).length > 0) return line;
    comments.push(comment);
    return next;
  });
  return { text: lines.join('\n'), comments };
}

for (const variant of variants().filter(({ name }) => name.endsWith(', foo')))
  test(`${variant.name}: comments stay`, async () => {
    const { text, comments } = noted(variant);
    const known = styleOf(text).length;
    const fixes = await offered(variant.rule, text);
    if (!shy.some((name) => variant.name.includes(`: ${name},`))) assert.ok(fixes.length > 0, text);
    for (const fix of fixes) {
      const fixed = edited(text, fix.edits);
      const lost = comments.filter((one) => !fixed.includes(one));
      if (!takesAway.includes(fix.manner)) assert.deepEqual(lost, [], `${fix.manner}\n${fixed}`);
      assert.ok(styleOf(fixed).length <= known, `${fix.manner}\n${fixed}`);
    }
  });

/** A fixed text, of the fix of a manner. */
async function fixed(rule: string, manner: string, text: string): Promise<string> {
  const fixes = await offered(rule, text);
  const fix = fixes.find((one) => one.manner === manner);
  assert.ok(fix, `${manner} is not among ${fixes.map((one) => one.manner).join()}`);
  return edited(text, fix.edits);
}

const close = (lines: string) => `void foo_close(struct foo *foo)
{
${lines}}
`;

test('a comment behind a transition goes above the condition that it becomes', async () => {
  const text = close(`	set_memory_encrypted((unsigned long)foo->mem, 4);	/* the host is done */
	free_pages((unsigned long)foo->mem, 2);	/* ours again */
`);
  assert.equal(
    await fixed('free-after-failed-transition', 'free-on-success:call', text),
    close(`	/* the host is done */
	/* leaked if it cannot be made private again */
	if (!set_memory_encrypted((unsigned long)foo->mem, 4))
		free_pages((unsigned long)foo->mem, 2);	/* ours again */
`),
  );
});

const open = (lines: string) => `int foo_open(struct foo *foo, void *buf)
{
	int ret;

${lines}	foo->mem = buf;
	return 0;
}
`;

test('a comment behind a transition stays with it where its result is kept', async () => {
  assert.equal(
    await fixed(
      'unchecked-transition',
      'check:new',
      open('\tset_memory_decrypted((unsigned long)buf, 1);\t/* for host */\n'),
    ),
    open(`	ret = set_memory_decrypted((unsigned long)buf, 1);	/* for host */
	if (ret)
		return ret;
`),
  );
});

test('it goes above where the line has no room for it any more', async () => {
  assert.equal(
    await fixed(
      'unchecked-transition',
      'check:new',
      open('\tset_memory_decrypted((unsigned long)buf, 1);\t/* the host reads from it */\n'),
    ),
    open(`	/* the host reads from it */
	ret = set_memory_decrypted((unsigned long)buf, 1);
	if (ret)
		return ret;
`),
  );
});

test('a comment of several lines behind a transition stays whole', async () => {
  const text = open(`	ret = set_memory_decrypted((unsigned long)buf, 1); /* the host
							    * reads it
							    */
`);
  assert.match(
    await fixed('unchecked-transition', 'check:new', text),
    / \*\/\n\tif \(ret\)\n\t\treturn ret;\n/,
  );
});

test('a comment in the arguments is not lost: nothing is offered', async () => {
  const text = open('\tset_memory_decrypted((unsigned long)buf, /* pages */ 1);\n');
  assert.deepEqual(await offered('unchecked-transition', text), []);
});

test('what is moved takes its comments along, and does not come between others and their code', async () => {
  const text = `int foo_read(struct foo *foo, void *to)
{
	int ret;

	/* the host is done */
	ret = set_memory_encrypted((unsigned long)foo->mem, 1);
	if (ret)
		return ret;
	/* what it said */
	memcpy(to, foo->mem, 64);	/* its answer */
	foo->count = 0;
	return 0;
}
`;
  assert.match(
    await fixed('stale-contents', 'read-before', text),
    /\n\n\t\/\* what it said \*\/\n\tmemcpy\(to, foo->mem, 64\);\t\/\* its answer \*\/\n\t\/\* the host is done \*\/\n\tret = set/,
  );
});

test('what goes into an else takes its comment along', async () => {
  const text = close(`	if (set_memory_encrypted((unsigned long)foo->mem, 4))
		pr_warn("cannot hide\\n");
	free_pages((unsigned long)foo->mem, 2);	/* ours again */
	foo->mem = NULL;
`);
  assert.match(
    await fixed('free-after-failed-transition', 'free-on-success:else', text),
    /\telse\n\t\tfree_pages\(\(unsigned long\)foo->mem, 2\);\t\/\* ours again \*\/\n/,
  );
});

test('a comment that says nothing of a leak does not keep one from being told', async () => {
  const text = `void *foo_get(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return NULL;
	if (set_memory_decrypted((unsigned long)buf, 1))
		return NULL;	/* no luck */
	return buf;
}
`;
  assert.match(
    await fixed('unaccounted-leak', 'tell-leak', text),
    / \{\n\t\t\/\* leaked: its state is unknown \*\/\n\t\treturn NULL;\t\/\* no luck \*\/\n\t\}\n/,
  );
});
