import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../server/src/base/token.ts';
import { optionsFor, testService } from '../harness/fixtures.ts';

const service = await testService();

function broken(contract: string, body: string) {
  const text = `/* coco: ${contract} */\n${body}`;
  const { diagnostics } = service.checkText('drivers/foo/a.c', text, optionsFor([]), never);
  return diagnostics.filter(({ rule }) => rule === 'wrong-annotation');
}

const share = `int share(void *buf, int n)
{
	if (n < 0)
		return -EINVAL;
	return set_memory_decrypted((unsigned long)buf, n);
}
`;

test('a contract that the body keeps is not reported', () => {
  const right = [
    'flips buf[n pages]: shared, unchanged or unknown on error',
    'flips buf[n pages]: shared',
    'flips buf[n pages]: shared, unchanged on -EINVAL, unknown otherwise',
    'flips buf[n pages]: shared on 0, unchanged or leaked on nonzero',
  ];
  for (const contract of right) assert.deepEqual(broken(contract, share), [], contract);
});

test('a contract that the body does not keep is reported at its clause, with the path', () => {
  const [first, ...more] = broken('context: sleeps; flips buf[n pages]: shared, unknown on error', share);
  assert.deepEqual(more, []);
  assert.match(
    first!.message,
    /^'flips buf' does not hold; share\(\) leaves it unchanged on error, not unknown\./,
  );
  assert.deepEqual([first!.place.start.line, first!.place.start.column], [1, 27]);
  assert.deepEqual(
    first!.trace.map(({ place }) => place.start.line),
    [5],
  );
  const put = (callee: string) => `void put(void *buf)\n{\n\t${callee}(buf);\n}\n`;
  assert.equal(broken('frees buf: freed', put('pr_info')).length, 1);
  assert.deepEqual(broken('frees buf: freed', put('out_of_view')), []);
  const [direction] = broken('flips buf[n pages]: private, unchanged or unknown on error', share);
  assert.match(direction!.message, /leaves it shared on success, not private/);
  assert.deepEqual(
    direction!.trace.map(({ place }) => place.start.line),
    [6, 6],
  );
});

test('a function that may be entered in atomic context must not sleep: told at the call, with the chain', () => {
  const text = (context: string) => `${share}
/* coco: context: ${context} */
int grab(void *p)
{
	if (!p)
		return 0;
	return share(p, 1);
}
`;
  const check = (context: string) =>
    service.checkText('drivers/foo/a.c', text(context), optionsFor([]), never).diagnostics;
  const [first, ...more] = check('atomic');
  assert.deepEqual(more, []);
  assert.deepEqual([first!.rule, first!.place.start.line], ['transition-in-atomic', 13]);
  assert.match(first!.message, /^calls share\(\) in atomic context; set_memory_decrypted\(\) in it sleeps\./);
  assert.deepEqual(
    first!.trace.map(({ text: told, place }) => `${place.start.line} ${told}`),
    [
      "13 grab() may be entered in atomic context, 'coco:' says",
      '13 calls share()',
      '5 calls set_memory_decrypted()',
    ],
  );
  assert.deepEqual(check('sleeps'), []);
});

test('through a wrapper, with a bool, and for memory that is freed', () => {
  const wrapper = `${share}
/* coco: flips p[1 pages]: shared, unknown on error */
bool grab(void *p)
{
	return share(p, 1) == 0;
}
`;
  assert.deepEqual(broken('context: sleeps', wrapper), []);
  const drop =
    'void drop(void *buf)\n{\n\tif (set_memory_encrypted((unsigned long)buf, 1))\n\t\treturn;\n\tfree_page((unsigned long)buf);\n}\n';
  assert.deepEqual(broken('frees buf[1 pages]: freed or leaked', drop), []);
  assert.match(
    broken('frees buf[1 pages]: freed', drop)[0]!.message,
    /drop\(\) leaves it unknown, not freed/,
  );
});
