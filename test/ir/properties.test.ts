// Lowering never throws and what it gives holds together, whatever the text.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { dumpFunction } from '../../server/src/ir/dump.ts';
import { lowerUnit } from '../../server/src/ir/lower.ts';
import type { IrFunction } from '../../server/src/ir/types.ts';
import { cutUnit } from '../../server/src/syntax/unit.ts';
import { testBackend } from '../harness/backend.ts';
import { testDialect } from './dialect.ts';
import { checkFunction } from './invariants.ts';

const backend = await testBackend();
const folder = join(process.env.MEMBRANE_ROOT ?? process.cwd(), 'test/ir/fixtures');
const sources = readdirSync(folder)
  .filter((file) => file.endsWith('.c'))
  .sort()
  .map((file) => readFileSync(join(folder, file), 'utf8'));

/** Lowers everything in `text` and checks it. */
function lowerAll(text: string): readonly IrFunction[] {
  const unit = lowerUnit('test.c', cutUnit(text, backend), backend.grammar, testDialect);
  for (const fn of unit.functions) {
    const failed = fn.havocs.find((h) => h.reason.startsWith('lowering failed'));
    assert.equal(failed, undefined, failed?.reason);
    checkFunction(fn);
    dumpFunction(fn);
  }
  void [...unit.structs, ...unit.constants, unit.globals];
  return unit.functions;
}

const TOKENS = [
  ...['if', 'else', 'while', 'for', 'do', 'switch', 'case', 'default', 'break', 'continue', 'goto', 'return'],
  ...[
    '(',
    ')',
    '{',
    '}',
    '[',
    ']',
    ';',
    ',',
    ':',
    '?',
    '...',
    '.',
    '->',
    '&',
    '*',
    '!',
    '~',
    '=',
    '|=',
    '++',
  ],
  ...['&&', '||', '==', '<', '+', '-', '<<', '({', '})', 'x', 'y', 'f(', 'g()', '1', '"s"', "'c'", '0'],
  ...['int x', 'struct s', 'static', 'sizeof', 'typeof(x)', 'out:', 'goto out;', 'goto *', '&&out'],
  ...[
    '__free(kfree)',
    'guard(mutex)(&l);',
    'scoped_guard(mutex, &l)',
    'CLASS(fd, f)(x);',
    'asm("" : "=r"(x));',
  ],
  ...['list_for_each_entry(x, y, z)', 'likely(', '(u64)', 'return_ptr(x);', '__builtin_unreachable();'],
  ...['\n#ifdef A\n', '\n#if B > 1\n', '\n#else\n', '\n#elif C\n', '\n#endif\n', '/* c */', '// d\n', '\\\n'],
];

test('token soup in a body', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...TOKENS), { maxLength: 60 }), (tokens) => {
      lowerAll(`int soup(int x, struct s *y)\n{\n${tokens.join(' ')}\n}\n`);
    }),
    { numRuns: 600, seed: 1 },
  );
});

test('token soup at the top level', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...TOKENS, 'int f(void) {', '}'), { maxLength: 60 }), (tokens) => {
      lowerAll(tokens.join(' '));
    }),
    { numRuns: 300, seed: 2 },
  );
});

test('statements that nest, jump and end scopes', () => {
  const { statement } = fc.letrec<{ statement: string; expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('x', 'y->a', 'f(x)', '1', '0', 'x++', '--x', 'g(&x)'),
      fc
        .tuple(tie('expression'), fc.constantFrom('&&', '||', '==', '+', ','), tie('expression'))
        .map((t) => `(${t.join(' ')})`),
      fc
        .tuple(tie('expression'), tie('expression'), tie('expression'))
        .map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a} ?: ${b})`),
      tie('expression').map((e) => `!${e}`),
      tie('expression').map((e) => `f(${e})`),
      tie('expression').map((e) => `(x = ${e})`),
      fc.tuple(tie('statement'), tie('expression')).map(([s, e]) => `({ ${s} ${e}; })`),
    ),
    statement: fc.oneof(
      { maxDepth: 5 },
      tie('expression').map((e) => `${e};`),
      fc.constantFrom('break;', 'continue;', 'goto a;', 'goto b;', 'return x;', 'return f(x);', ';'),
      fc.constantFrom('a: ;', 'b: ;', 'guard(mutex)(&l);', 'case 1: ;', 'default: ;', 'case 2 ... 4: ;'),
      tie('expression').map((e) => `int *p __free(kfree) = ${e};`),
      fc
        .tuple(tie('expression'), tie('statement'), tie('statement'))
        .map(([e, s, t]) => `if (${e}) { ${s} } else { ${t} }`),
      fc.tuple(tie('expression'), tie('statement')).map(([e, s]) => `while (${e}) { ${s} }`),
      fc.tuple(tie('expression'), tie('statement')).map(([e, s]) => `do { ${s} } while (${e});`),
      fc.tuple(tie('expression'), tie('statement')).map(([e, s]) => `for (int i = ${e}; ${e}; i++) { ${s} }`),
      fc
        .tuple(tie('expression'), tie('statement'), tie('statement'))
        .map(([e, s, t]) => `switch (${e}) { case 7: ${s} ${t} }`),
      fc.tuple(tie('statement'), tie('statement')).map(([s, t]) => `{ ${s} ${t} }`),
      fc.tuple(tie('statement'), tie('statement')).map(([s, t]) => `scoped_guard(mutex, &l) { ${s} ${t} }`),
      fc.tuple(tie('statement'), tie('statement')).map(([s, t]) => `\n#ifdef A\n${s}\n#else\n${t}\n#endif\n`),
    ),
  }));
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 5 }), (statements) => {
      lowerAll(`int made(int x, struct s *y)\n{\n${statements.join('\n')}\na: ;\nb: ;\nreturn x;\n}\n`);
    }),
    { numRuns: 600, seed: 3 },
  );
});

test('fixtures with a stretch cut out, doubled or moved', () => {
  const edit = fc.record({
    source: fc.constantFrom(...sources),
    from: fc.nat(400),
    length: fc.nat(40),
    to: fc.nat(400),
    insert: fc.constantFrom('', ...TOKENS),
  });
  fc.assert(
    fc.property(edit, ({ source, from, length, to, insert }) => {
      const cut = source.slice(from, from + length);
      lowerAll(source.slice(0, from) + insert + source.slice(from + length));
      lowerAll(source.slice(0, to) + cut + insert + source.slice(to));
    }),
    { numRuns: 400, seed: 4 },
  );
});

test('nesting does not overflow the stack', () => {
  const n = 10_000;
  const deep: readonly string[] = [
    `x = ${'('.repeat(n)}1${')'.repeat(n)};`,
    `x = ${'f('.repeat(n)}1${')'.repeat(n)};`,
    `x = ${'-('.repeat(n)}1${')'.repeat(n)};`,
    `x = 1${' + x'.repeat(n)};`,
    `if (x${' && f(x)'.repeat(1000)}) g();`,
    `if (x${' && (x || f(x)'.repeat(n)}${')'.repeat(n)}) g();`,
    `x = ${'x ? 1 : '.repeat(n)}2;`,
    `${'if (x) f(); else '.repeat(n)} g();`,
    `${'if (x) '.repeat(n)} g();`,
    `${'{'.repeat(n)} g(); ${'}'.repeat(n)}`,
    `x = ${'({ '.repeat(1000)} 1; ${'}); '.repeat(1000)}`,
    `${'while (x) '.repeat(n)} g();`,
    `${'a: '.repeat(n)} g();`,
    `x ${'= x '.repeat(n)};`,
    `x${'->y'.repeat(n)} = 1;`,
    `struct s v = ${'{ '.repeat(n)}1${' }'.repeat(n)};`,
    `int ${'*'.repeat(n)}p;`,
    `switch (x) { ${'case 1: '.repeat(n)} ; }`,
    `x = a${', b'.repeat(n)};`,
  ];
  for (const body of deep) {
    const [fn] = lowerAll(`int deep(int x)\n{\n${body}\n}\n`);
    assert.ok(fn, body.slice(0, 40));
  }
});

test('the same text gives the same IR', () => {
  for (const source of sources) {
    assert.deepEqual(lowerAll(source).map(dumpFunction), lowerAll(source).map(dumpFunction));
  }
});
