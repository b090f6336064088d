import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../server/src/base/token.ts';
import { optionsFor, testService } from '../harness/fixtures.ts';

const service = await testService();

function check(text: string) {
  return service.checkText('drivers/foo/a.c', text, optionsFor([]), never).diagnostics;
}

/** Rules and lines of what is found. */
const found = (text: string) => check(text).map(({ rule, place }) => `${rule} ${place.start.line}`);

/** A page that is shared, and then handed to `through`, which is what `helpers` make of it. */
const use = (helpers: string, through = 'give(p);', between = '') => `/* coco: requires buf: private */
void pool_put(void *buf);

${helpers}
int use(int n)
{
	void *p = (void *)__get_free_page(GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)p, 1))
		return -EIO;
	${between}
	${through}
	return 0;
}
`;

const give = (body: string, parameters = 'void *buf') => `static void give(${parameters})
{
	${body}
}
`;

const line = (text: string, of: string) => text.split('\n').findIndex((one) => one.trim().startsWith(of)) + 1;

test('what a function hands on is asked of its callers, with the path through it', () => {
  const text = use(give('pool_put(buf);'));
  const [first, ...more] = check(text);
  assert.deepEqual(more, []);
  assert.deepEqual(
    [first!.rule, first!.level, first!.place.start.line],
    ['unmet-requirement', 'error', line(text, 'give(p)')],
  );
  assert.equal(
    first!.message,
    "calls give() with 'p' shared; it hands that to pool_put(), whose annotation requires private. " +
      'Convert it first, or change what is required.',
  );
  assert.deepEqual(
    first!.trace
      .slice(-2)
      .map(({ place, text: told, depth }) => [place.start.line, place.function, depth, told]),
    [
      [line(text, 'give(p)'), 'use', 0, 'calls give()'],
      [line(text, 'pool_put(buf);'), 'give', 1, 'calls pool_put(), which wants it otherwise, by annotation'],
    ],
  );
  const back = 'if (set_memory_encrypted((unsigned long)p, 1))\n\t\treturn -EIO;';
  assert.deepEqual(found(use(give('pool_put(buf);'), 'give(p);', back)), []);
  assert.deepEqual(found(use(give('pool_put(buf);')).replace('buf: private', 'buf: private or shared')), []);
});

test('over several functions, members, and what a function has besides', () => {
  const unmet = (text: string, of = 'give(p)') => [`unmet-requirement ${line(text, of)}`];
  const two = use(`${give('pool_put(buf);').replace('give', 'below')}\n${give('below(buf);')}`);
  assert.deepEqual(found(two), unmet(two));
  const cast = use(
    give('void *q = (char *)buf;\n\n\tpr_info("%d\\n", n);\n\tpool_put(q);', 'unsigned long buf, int n'),
    'give((unsigned long)p, n);',
  );
  assert.deepEqual(found(cast), unmet(cast, 'give(('));
  const member = use(
    `struct ring { void *buf; };\n${give('pool_put(ring->buf);', 'struct ring *ring')}`,
    'give(ring);',
    'ring->buf = p;',
  ).replace('int n)', 'struct ring *ring)');
  assert.deepEqual(found(member), unmet(member, 'give(ring)'));
  const guarded = use(give('if (!buf)\n\t\treturn;\n\tpool_put(buf);'));
  assert.deepEqual(found(guarded), unmet(guarded));
  const both = use(
    give('if (n)\n\t\tpool_put(buf);\n\telse\n\t\tpool_put(buf);', 'void *buf, int n'),
    'give(p, n);',
  );
  assert.deepEqual(found(both), unmet(both, 'give(p, n)'));
});

test('not where the function sees to it itself, or hands it on only on some ways', () => {
  const body = (text: string) => found(use(give(text, 'void *buf, int n'), 'give(p, n);'));
  const encrypt = 'if (set_memory_encrypted((unsigned long)buf, 1))\n\t\treturn; /* leaked */';
  assert.deepEqual(body(`${encrypt}\n\tpool_put(buf);`), []);
  assert.deepEqual(body('if (n)\n\t\tpool_put(buf);'), []);
  assert.deepEqual(body('if (n)\n\t\tpool_put(buf);\n\tpr_info("done\\n");'), []);
  assert.deepEqual(body('buf = page_of(n);\n\tpool_put(buf);'), []);
  const one = use(give('if (n)\n\t\tpool_put(buf);', 'void *buf, int n'), 'give(p, 1);');
  assert.deepEqual(found(one), [`unmet-requirement ${line(one, 'give(p, 1)')}`]);
  const none = use(give('if (n)\n\t\tpool_put(buf);', 'void *buf, int n'), 'give(p, 0);');
  assert.deepEqual(found(none), []);
});

test('a requirement that is handed on comes before what is done to the memory afterwards', () => {
  const share = 'if (set_memory_decrypted((unsigned long)buf, 1))\n\t\tpr_warn("not shared\\n");';
  const text = use(give(`pool_put(buf);\n\t${share}`));
  assert.ok(found(text).includes(`unmet-requirement ${line(text, 'give(p)')}`), found(text).join());
});

test('functions that call themselves or each other come to an end', () => {
  const list = `struct node { struct node *next; void *buf; };\n${give('pool_put(node->buf);\n\tif (node->next)\n\t\tgive(node->next);', 'struct node *node')}`;
  const text = use(list, 'give(node);', 'node->buf = p;').replace('int n)', 'struct node *node)');
  assert.deepEqual(found(text), [`unmet-requirement ${text.split('\n').lastIndexOf('\tgive(node);') + 1}`]);
  const circle = `static void other(void *buf);\n${give('other(buf);\n\tpool_put(buf);')}\n${give('if (again)\n\t\tgive(buf);\n\tpool_put(buf);').replace('give(void', 'other(void')}`;
  assert.deepEqual(found(use(circle)), [`unmet-requirement ${line(use(circle), 'give(p)')}`]);
});

test('in another file, too', () => {
  const header = '/* coco: requires buf: private */\nvoid pool_put(void *buf);\nvoid give(void *buf);\n';
  const [, user = ''] = use('').split(';\n\n\n');
  const texts = [
    { file: 'drivers/foo/a.c', text: user },
    { file: 'drivers/foo/b.c', text: give('pool_put(buf);').replace('static ', '') },
    { file: 'drivers/foo/foo.h', text: header },
  ];
  const told = service
    .checkLinked(texts, optionsFor([]), never)
    .flatMap(({ diagnostics }) =>
      diagnostics.map(({ rule, place, trace }) => [rule, place.file, trace.at(-1)!.place.file]),
    );
  assert.deepEqual(told, [['unmet-requirement', 'drivers/foo/a.c', 'drivers/foo/b.c']]);
});
