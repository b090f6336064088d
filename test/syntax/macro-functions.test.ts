import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FunctionSlice } from '../../server/src/syntax/types.ts';
import { cutUnit } from '../../server/src/syntax/unit.ts';
import { testBackend } from '../harness/backend.ts';

async function macrosOf(text: string): Promise<FunctionSlice[]> {
  return cutUnit(text, await testBackend()).functions.filter((slice) => slice.macro);
}

const names = async (text: string) => (await macrosOf(text)).map((slice) => slice.name);

test('a macro that calls something is a function whose name and body are where they are in the file', async () => {
  const text =
    '#define first(p)\t\\\n\tshare((p), \\\n\t      1) /* one */\nint f(void) { return first(0); }\n#\tdefine  far(a,b)          do { put(a); get(b); } while (0) // end\n';
  const slices = await macrosOf(text);
  assert.deepEqual(
    slices.map((slice) => slice.name),
    ['first', 'far'],
  );
  const at = (slice: FunctionSlice, { start, end }: { start: number; end: number }) =>
    text.slice(slice.start + start, slice.start + end);
  const bodies = slices.map((slice) => at(slice, slice.bodySpan));
  assert.deepEqual(bodies, [
    'share((p), \\\n\t      1) /* one */',
    'do { put(a); get(b); } while (0) // end',
  ]);
  for (const slice of slices) {
    assert.equal(at(slice, slice.nameSpan), slice.name);
    assert.ok(slice.nameSpan.start >= 0);
    assert.equal(slice.errorCount(), 0, slice.text);
    assert.equal(slice.text.length, slice.normalised.length);
  }
});

test('no node behind the head leaves the body of the macro', async () => {
  const [slice] = await macrosOf('#define share(p, n) set_shared((unsigned long)(p), n)\n');
  const { start, end, count } = slice!.tree();
  const brace = slice!.text.indexOf('{');
  for (let i = 0; i < count; i++) {
    if (start[i]! < brace) continue;
    assert.ok(start[i]! >= slice!.bodySpan.start && end[i]! <= slice!.bodySpan.end);
  }
});

test('what is only a part of something, or takes words, is no function', async () => {
  for (const body of [
    'foo(a, ...) bar(a, __VA_ARGS__)',
    'foo(a, args...) bar(a, ##args)',
    'foo(a) bar_##a(1)',
    'foo(a) bar(#a)',
    'foo(a) for (a = first(); a; a = next(a))',
    'foo(a) if (bar(a))',
    'foo(a) if (bar(a)) baz(); else',
    'foo(a) while (bar(a))',
    'foo(a) do { bar(a);',
    'foo(a) struct x a = { .y = bar() }',
    'foo(a) static int a = bar(1)',
    'foo(t) t *x = bar()',
    'foo(t, x) ((t)bar(x))',
    'foo(t, x) ((t *)bar(x))',
    'foo(x, m) bar((x)->m)',
    'foo(f, x) f(bar(x))',
    'foo(a) do { if (bar(a)) return -EIO; } while (0)',
    'foo(a) do { if (bar(a)) goto out; } while (0)',
    'foo(a) if (bar(a)) break;',
    'foo(a) bar(a), 1',
    'foo(a) foo((a), 1)',
    'foo(a) ((a) + 1)',
    'foo bar(1)',
  ])
    assert.deepEqual(await names(`#define ${body}\n`), [], body);
});

test('expressions, statement expressions, statements and lists of them are functions', async () => {
  for (const body of [
    'foo(a) bar(a)',
    'foo() bar()',
    'foo(a, b) ((a) ? bar(a) : baz((b) + 1))',
    'foo(a) ({ typeof(a) x = bar(a); x; })',
    'foo(a) do { bar(a); } while (0)',
    'foo(a) { bar(a); }',
    'foo(a) bar(a); baz(a)',
    'foo(a) if (a) bar(a)',
    'foo(a) do { while (bar(a)) { if (baz(a)) break; } } while (0)',
    'foo(a) bar(sizeof(*(a)), (a) * 2)',
  ]) {
    const slices = await macrosOf(`#define ${body}\n`);
    assert.deepEqual([slices.length, slices[0]?.errorCount()], [1, 0], body);
  }
});

test('several definitions are several functions where an #if tells which one holds', async () => {
  const two = '#ifdef A\n#define foo(a) bar(a)\n#else\n#define foo(a) (0)\n#endif\n';
  const slices = await macrosOf(two);
  assert.deepEqual(
    slices.map((slice) => slice.presence),
    [[{ text: 'A', holds: true }], [{ text: 'A', holds: false }]],
  );
  assert.deepEqual(await names('#define foo(a) bar(a)\n#undef foo\n#define foo(a) baz(a)\n'), []);
  assert.deepEqual(await names(two.replace('(0)', 'for (bar(a);;)')), []);
  assert.deepEqual(await names('int foo(int a) { return 1; }\n#define foo(a) bar(a)\n'), []);
  assert.deepEqual(
    await names('#ifdef A\n#define foo(a) bar(a)\n#else\nint foo(int a) { return 1; }\n#endif\n'),
    ['foo'],
  );
});
