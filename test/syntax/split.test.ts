import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lex } from '../../server/src/syntax/lexer.ts';
import { outline } from '../../server/src/syntax/split.ts';
import type { Presence } from '../../server/src/syntax/types.ts';

function show(presence: Presence): string {
  return presence.map(({ text, holds }) => (holds ? text : `!${text}`)).join(' ');
}

/** `name [presence]` of functions, the first words of declarations in quotes. */
function items(text: string): string[] {
  return outline(text, lex(text).tokens).items.map((item) => {
    const what = item.definition?.name ?? JSON.stringify(text.slice(item.start, item.end).slice(0, 24));
    return item.presence.length > 0 ? `${what} [${show(item.presence)}]` : what;
  });
}

test('functions and declarations', () => {
  assert.deepEqual(
    items(`struct a { int b; };
static struct a c = { .b = 1, }, *d;
struct a *f(struct a *x) { if (x) { return x; } }
int g(void);
typedef int (*t)(void);
enum { A, B };
static int h(int (*cb)(int), u8 y[2]) { }
int (*k(int a))(int b) { }
extern "C" { int m(void) { } }
int x = ({ int y = 1; y; });`),
    [
      ...[
        '"struct a { int b; };"',
        '"static struct a c = { .b"',
        'f',
        '"int g(void);"',
        '"typedef int (*t)(void);"',
      ],
      ...['"enum { A, B };"', 'h', 'k', 'm', '"int x = ({ int y = 1; y;"'],
    ],
  );
});

test('the name is the word before the parameters, not an annotation', () => {
  assert.deepEqual(
    items(`static int __printf(1, 2) a(const char *s) { }
int b(void) __releases(x) __acquires(y) { }
int c(void) SOME_NOTE(x) { }
static MACRO(1) int d(void) { }
struct __aligned(8) e { int x; };
struct f { int x; } __aligned(8);
int __g(void) { }
int H(void) { }
enum I(a, b) { J };`),
    [
      'a',
      'b',
      'c',
      'd',
      '"struct __aligned(8) e { "',
      '"struct f { int x; } __al"',
      '__g',
      'H',
      '"enum I(a, b) { J };"',
    ],
  );
});

test('macros that define functions, macros that do not', () => {
  assert.deepEqual(
    items(`SYSCALL_DEFINE2(a, int, x, int, y)
{ }
static DEFINE_ENTRY(b) { }
module_init(c)
int d(void) { }
EXPORT_SYMBOL(d);
machine(e) { .x = 1, };
ATOMIC(g)
#define X
static ATOMIC(h)
static int i(void) { }
MODULE_LICENSE("GPL")
#ifdef A
int f(void) { }
#endif
SOME_TABLE(u8, t) = { 1 };`),
    [
      ...['a', 'b', '"module_init(c)"', 'd', '"EXPORT_SYMBOL(d);"', '"machine(e) { .x = 1, };"'],
      ...[
        '"ATOMIC(g)"',
        '"static ATOMIC(h)"',
        'i',
        '"MODULE_LICENSE(\\"GPL\\")"',
        'f [A]',
        '"SOME_TABLE(u8, t) = { 1 "',
      ],
    ],
  );
});

test('presence of what stands under #if', () => {
  assert.deepEqual(
    items(`#ifdef A
int a(void) { }
#if B && C
int b;
#else
int c;
#endif
#elif D
int d;
#else
int e;
#endif
int f;`),
    [
      ...[
        'a [A]',
        '"int b;" [A B C]',
        '"int c;" [A !B && C]',
        '"int d;" [!A D]',
        '"int e;" [!A !D]',
        '"int f;"',
      ],
    ],
  );
});

test('include guards, assembly and dead arms leave no trace', () => {
  assert.deepEqual(
    items(`#ifndef _X_H
#define _X_H
#ifndef __ASSEMBLY__
int a(void) { }
#else
.macro b
#endif
#if 0
int c(void) { {
#endif
#endif`),
    ['a'],
  );
});

test('an #if inside an item leaves it one item', () => {
  assert.deepEqual(
    items(`int a(void)
{
#ifdef A
	if (x) {
#else
	if (y) {
#endif
		b();
	}
}
#ifdef B
static
#endif
int c(void) { }
static int d[] = {
#ifdef C
	1,
#endif
};
int e(void) { }`),
    ['a', 'c', '"static int d[] = {\\n#ifde"', 'e'],
  );
});

test('two heads for one body, two ends of one body', () => {
  const heads = '#ifdef A\nint f(int a)\n#else\nint f(long a)\n#endif\n{ b(); }\nint g(void) { }';
  assert.deepEqual(items(heads), ['f', 'g']);
  const bodies = '#ifdef A\nint f(int a) {\n x();\n#else\nint f(long a) {\n#endif\n y(); }\nint g(void) { }';
  assert.deepEqual(items(bodies), ['f', 'g']);
  const ends = 'int f(void) {\n#ifdef A\n x(); }\n#else\n y(); }\n#endif\nint g(void) { }';
  assert.deepEqual(items(ends), ['f', 'g']);
  const [f] = outline(ends, lex(ends).tokens).items;
  assert.ok(ends.slice(f!.start, f!.end).endsWith('#endif'));
  const both = `#ifdef B\nstatic\n#endif\n${ends}`;
  assert.deepEqual(items(both), ['f', 'g']);
});

test('a half-typed function costs itself only', () => {
  const next = 'static int g(int a)\n{\n\treturn a;\n}\n';
  for (const broken of [
    'int f(void)\n{\n\tif (x) {\n\t\ta();\n\treturn 0;\n}\n',
    'int f(void)\n{\n\ta(\n}\n',
    'int f(void\n',
    'int f(void)\n{\n#ifdef A\n\ta();\n}\n',
    'int f(void)\n{\n\tx = "abc;\n}\n',
    'struct a {\n\tint b;\n',
  ]) {
    const text = `${broken}\n${next}int h;\n`;
    assert.equal(items(text).join(' ').endsWith('g "int h;"'), true, `${broken}: ${items(text)}`);
  }
  // Old style that is whole stays whole.
  assert.deepEqual(items('int f(void)\n{\nif (x)\n{\ny();\n}\nelse if (z)\n{\n}\n}\n'), ['f']);
});

test('offsets of name and body', () => {
  const text = '/* x */\nstatic int __init f(void)\n{\n\treturn 0;\n}\n';
  const { start, end, definition } = outline(text, lex(text).tokens).items[0]!;
  assert.equal(text.slice(start, end), 'static int __init f(void)\n{\n\treturn 0;\n}');
  assert.equal(text.slice(definition!.nameStart, definition!.nameEnd), 'f');
  assert.equal(text.slice(definition!.bodyStart, definition!.bodyEnd), '{\n\treturn 0;\n}');
});

test('braces in strings, characters and comments do not count', () => {
  assert.deepEqual(items('int f(void) { g("}", \'}\'); /* } */ // }\n }\nint h(void) { }'), ['f', 'h']);
});

test('items are in order and do not overlap, whatever the text', () => {
  const piece = fc.constantFrom(
    ...[
      'int f(void) ',
      '{',
      '}',
      ';',
      '(',
      ')',
      '\n#if A\n',
      '\n#else\n',
      '\n#endif\n',
      '\n#elif B\n',
      'x ',
      '= ',
      ',',
    ],
    ...['struct a ', '"', "'", '/*', '*/', '\n', 'M(x)\n', '\n#define X\n', 'extern "C" '],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 50 }), (pieces) => {
      const text = pieces.join('');
      let last = 0;
      for (const { start, end, definition } of outline(text, lex(text).tokens).items) {
        assert.ok(start >= last && end > start && end <= text.length, JSON.stringify(text));
        last = end;
        if (definition === null) continue;
        assert.ok(definition.nameStart >= start && definition.nameEnd <= definition.bodyStart);
        assert.ok(definition.bodyStart < definition.bodyEnd && definition.bodyEnd <= end);
      }
    }),
    { numRuns: 1000 },
  );
});
