import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../server/src/base/token.ts';
import { optionsFor, testService } from '../harness/fixtures.ts';

const service = await testService();

const struct = (clause: string) => `struct foo {
	void *buffer;
	bool decrypted;	/* coco: ${clause} */
};
`;

const isPrivate = 'flag !decrypted means *buffer: private';

function wrong(body: string, clause = isPrivate, more: readonly { file: string; text: string }[] = []) {
  const texts = [{ file: 'drivers/foo/a.c', text: `${struct(clause)}\n${body}` }, ...more];
  const reports = service.checkLinked(texts, optionsFor([]), never);
  return reports.flatMap(({ diagnostics }) => diagnostics.filter(({ rule }) => rule === 'wrong-annotation'));
}

const messages = (...args: Parameters<typeof wrong>) => wrong(...args).map(({ message }) => message);

const open = (failed: string, before = '') => `int foo_open(struct foo *foo)
{
	int ret;

	${before}
	ret = set_memory_decrypted((unsigned long)foo->buffer, 1);
	if (ret) {
		${failed}
		return ret;
	}
	foo->decrypted = true;
	return 0;
}
`;

test('a flag that is not set where memory is left unknown is told at its clause, with the way there', () => {
  const [first, ...more] = wrong(open(''));
  assert.deepEqual(more, []);
  assert.match(
    first!.message,
    /^'flag !decrypted' does not hold; foo_open\(\) leaves 'buffer' unknown on error, 'decrypted' as it was\. 'coco:' says that decrypted clear means private\./,
  );
  assert.deepEqual([first!.place.start.line, first!.place.start.column], [3, 27]);
  assert.deepEqual(
    first!.trace.map(({ text, place }) => `${place.start.line} ${text}`),
    ['11 set_memory_decrypted() != 0: state unknown', '14 returns ret'],
  );
});

test('a flag that is set on every way that leaves memory so holds', () => {
  assert.deepEqual(messages(open('foo->decrypted = true;')), []);
  assert.deepEqual(messages(open('', 'foo->decrypted = true;')), []);
  assert.deepEqual(messages(open('foo->buffer = NULL;')), []);
  assert.deepEqual(messages(open('kfree(foo);')), []);
  assert.deepEqual(messages(open('foo_leak(foo);')), []);
  assert.deepEqual(messages(open('foo->decrypted = ret != 0;')), []);
});

test('a flag that says the opposite of what is left', () => {
  const [cleared] = messages(open('foo->decrypted = false;'));
  assert.match(cleared!, /leaves 'buffer' unknown on error, 'decrypted' clear\./);
  const close = (after: string) => `int foo_close(struct foo *foo)
{
	if (!foo->decrypted)
		return 0;
	if (set_memory_encrypted((unsigned long)foo->buffer, 1))
		return -EIO;
	${after}
	return 0;
}
`;
  assert.deepEqual(messages(close('foo->decrypted = false;')), []);
  assert.deepEqual(messages(close('')), []);
  const shared = 'flag decrypted means *buffer: shared or unknown';
  assert.match(
    messages(close(''), shared)[0]!,
    /leaves 'buffer' private on success, 'decrypted' set\. .* set means shared or unknown/,
  );
  assert.deepEqual(messages(close('foo->decrypted = false;'), shared), []);
  assert.deepEqual(messages(close('free_page((unsigned long)foo->buffer);\n\tkfree(foo);'), shared), []);
});

test('who never sets a flag may leave that to others; a caller that sets it does', () => {
  const share =
    'static int share(struct foo *foo)\n{\n\treturn set_memory_decrypted((unsigned long)foo->buffer, 1);\n}\n';
  assert.deepEqual(messages(share), []);
  const caller = (set: string) => `${share}
int foo_open(struct foo *foo)
{
	if (foo->decrypted)
		return 0;
	${set}
	return share(foo);
}
`;
  assert.deepEqual(messages(caller('foo->decrypted = true;')), []);
  const [first] = wrong(caller(''));
  assert.match(first!.message, /foo_open\(\) leaves 'buffer' \w+ on \w+, 'decrypted' clear\./);
  assert.deepEqual(
    first!.trace.map(({ place }) => place.function),
    ['foo_open', 'share', 'foo_open'],
  );
  assert.deepEqual(messages(caller('foo_note(foo);')), []);
});

test('another struct with such fields is another struct; a header speaks of all files', () => {
  const other = open('').replace('struct foo *', 'struct bar *');
  const bar = 'struct bar { void *buffer; bool decrypted; };\n';
  assert.deepEqual(messages(bar + other), []);
  const outer = 'struct dev { struct foo ring; struct foo *far; };\n';
  const nested = (way: string) =>
    outer + open('').replace('struct foo *foo', 'struct dev *dev').replaceAll('foo->', way);
  assert.equal(messages(nested('dev->ring.')).length, 1);
  assert.equal(messages(nested('dev->far->')).length, 1);
  const header = { file: 'drivers/foo/foo.h', text: struct(isPrivate) };
  const source = { file: 'drivers/foo/a.c', text: open('') };
  const found = service
    .checkLinked([source, header], optionsFor([]), never)
    .flatMap(({ file, diagnostics }) => diagnostics.map(({ rule }) => `${file} ${rule}`));
  assert.deepEqual(found, ['drivers/foo/foo.h wrong-annotation']);
});
