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

test('an extent in the other unit is reported with the call that tells; another amount is not', () => {
  const [first, ...more] = broken('flips buf[n bytes]: shared, unchanged or unknown on error', share);
  assert.deepEqual(more, []);
  assert.equal(
    first!.message,
    "'[n bytes]' does not hold; share() takes n for pages. Write '[n pages]', or change the code.",
  );
  assert.deepEqual(
    first!.trace.map(({ place, text }) => `${place.start.line} ${text}`),
    ['6 calls set_memory_decrypted()'],
  );
  const rounded = share.replace('(unsigned long)buf, n)', '(unsigned long)buf, PFN_UP(n))');
  const of = (extent: string) =>
    broken(`flips buf[${extent}]: shared, unchanged or unknown on error`, rounded).map(
      ({ message }) => /takes n for \w+/.exec(message)?.[0],
    );
  assert.deepEqual(of('n pages'), ['takes n for bytes']);
  for (const right of ['n bytes', 'PFN_UP(n) pages', '2 pages']) assert.deepEqual(of(right), [], right);
});

test('members, results and arguments that cannot be are told at their places', () => {
  const told = (contract: string, head: string) =>
    broken(contract, `struct ring {\n\tvoid *ring;\n\tint n;\n};\n\n/* coco: ${contract} */\n${head}\n{\n}\n`)
      .map(({ message }) => message)
      .slice(1);
  const cases: readonly (readonly [string, string, string | null])[] = [
    ['takes s->rign', 'int f(struct ring *s)', "struct ring has no member 'rign'. Did you mean 'ring'?"],
    ['takes s->ring', 'int f(struct ring *s)', null],
    ['takes s.ring', 'int f(struct ring *s)', "'s' is a pointer. Write 's->ring'."],
    ['takes s->ring', 'int f(struct ring s)', "'s' is no pointer. Write 's.ring'."],
    ['takes s->anything', 'int f(struct elsewhere *s)', null],
    ['takes s->anything', 'int f(ring_t s)', null],
    ['takes b on NULL', 'static int f(void *b)', "'NULL' is no result of f(), which returns int."],
    ['takes b on ERR_PTR', 'struct ring *f(void *b)', null],
    [
      'takes b on true',
      'struct ring *f(void *b)',
      "'true' is no result of f(), which returns struct ring *.",
    ],
    ['takes b on -EBUSY', 'bool f(void *b)', "'-EBUSY' is no result of f(), which returns bool."],
    ['takes b on 0', 'void f(void *b)', "f() returns nothing. Leave out 'on 0'."],
    ['takes b on NULL', 'ring_t f(void *b)', null],
    ['flips b[PFN_UP(n, 2) pages]: shared', 'int f(void *b, int n)', 'PFN_UP() takes 1 argument, not 2.'],
    [
      'flips b[NR_PAGES pages]: shared',
      'int f(void *b)',
      "there is no parameter of f() 'NR_PAGES'. Known here: b.",
    ],
  ];
  for (const [contract, head, message] of cases)
    assert.deepEqual(told(contract, head), message === null ? [] : [message], `${contract} / ${head}`);
  const sized = `#define NR_PAGES 4\n/* coco: flips b[NR_PAGES pages]: shared */\nint f(void *b)\n{\n\treturn set_memory_decrypted((unsigned long)b, NR_PAGES);\n}\n`;
  assert.deepEqual(
    broken('context: sleeps', sized)
      .map(({ message }) => message)
      .slice(1),
    [],
  );
});

test('a contract above a pointer to a function says that nothing is said there', () => {
  const text = '/* coco: flips b[1 pages]: shared */\nint (*share)(void *b);\n';
  const { diagnostics } = service.checkText('drivers/foo/a.c', text, optionsFor([]), never);
  assert.deepEqual(
    diagnostics.map(({ message }) => message),
    ["'flips' says nothing here. Write it above a function."],
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
