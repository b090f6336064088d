import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lex, Token } from '../../server/src/syntax/lexer.ts';
import { normalise } from '../../server/src/syntax/normalise/normalise.ts';

/** Pieces that the rules look at, and some that nobody expects. */
const piece = fc.constantFrom(
  ...[
    'if ',
    'while ',
    'for ',
    'switch ',
    'case ',
    'else ',
    'do ',
    'return ',
    'goto ',
    'break',
    'static ',
    'struct ',
  ],
  ...[
    'int ',
    'const ',
    'typeof',
    'offsetof',
    'alignof',
    'asm ',
    'asm_inline ',
    '__label__ ',
    '__init ',
    '__free',
  ],
  ...['name', 'FOO', 'FOO ', 'for_each', 'a', 'b ', '1', '3DNOW', '"s"', "'c'", '(', ')', '{', '}', '[', ']'],
  ...[';', ',', ':', '?', '=', '*', '&', '&&', '.', '->', '...', '<', '|', '!', '-', ' ', '\t', '\n', '\r\n'],
  ...[
    '\n#if A\n',
    '\n#ifdef B\n',
    '\n#elif C\n',
    '\n#else\n',
    '\n#endif\n',
    '\n#define X \\\n',
    '/* c */',
    '//',
    '/*',
  ],
  ...['\\\n', '"', "'", 'é', '\u201c', '𝄞', '\ufeff', '\u0000', '#', '@', '$', '`'],
);
const text = fc.oneof(
  fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
  fc.array(piece, { maxLength: 60 }).map((pieces) => `int f(void) {${pieces.join('')}}`),
  fc.string({ maxLength: 80 }),
);

function all(source: string): string[] {
  const open = source.indexOf('{');
  const shape = open > 0 ? { name: Math.max(source.indexOf('f'), 0), body: open } : null;
  return [
    normalise(source, null).text,
    normalise(source, shape).text,
    normalise(source, shape, new Set([0, 1, 2, 3, 5, 8, 13])).text,
  ];
}

test('any text: no failure, same length, same line ends', () => {
  fc.assert(
    fc.property(text, (source) => {
      for (const result of all(source)) {
        assert.equal(result.length, source.length);
        for (let i = 0; i < source.length; i++) {
          if (source[i] === '\n' || source[i] === '\r') assert.equal(result[i], source[i]);
          else assert.notEqual(result[i], '\n');
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test('what was normalised before makes no difference', () => {
  const other = `int g(void) {${'a(b, c); '.repeat(50)}}`;
  fc.assert(
    fc.property(text, (source) => {
      const first = all(source);
      normalise(other, { name: 4, body: 12 });
      assert.deepEqual(all(source), first);
    }),
  );
});

test('comments stay as they are, character for character of ASCII', () => {
  fc.assert(
    fc.property(text, (source) => {
      const result = normalise(source, null, new Set()).text;
      // A comment of its own line, outside of what may be dropped.
      const framed = `${source.replace(/[#"'\\/]/g, ' ')}\n/* a "b" {c} */\n`;
      assert.ok(normalise(framed, null).text.includes('a "b" {c}') || framed.length === 0);
      assert.equal(result.length, source.length);
    }),
  );
});

test('string and character literals are kept or blanked whole, never changed', () => {
  fc.assert(
    fc.property(text, (source) => {
      const { tokens } = lex(source);
      const result = normalise(source, null).text;
      for (let i = 0; i < tokens.count; i++) {
        if (tokens.kind[i] !== Token.string && tokens.kind[i] !== Token.character) continue;
        const before = source.slice(tokens.start[i], tokens.end[i]);
        if (/[^\x20-\x7e]/.test(before)) continue;
        const after = result.slice(tokens.start[i], tokens.end[i]);
        const kept = after === before;
        const blank = /^[ ,;{}"]*$/.test(after);
        assert.ok(
          kept || blank,
          `${JSON.stringify(before)} became ${JSON.stringify(after)} in ${JSON.stringify(source)}`,
        );
      }
    }),
    { numRuns: 1000 },
  );
});

test('plain C comes out as it went in, so normalising twice is normalising once', () => {
  const statement = fc.letrec<{ s: string; e: string }>((tie) => ({
    e: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom('a', 'b->c', 'd[1]', '"s"', "'c'", '0x1f', 'sizeof(struct x)', '-e', '*p', '&q'),
      fc
        .tuple(tie('e'), fc.constantFrom('+', '==', '&&', '<<', '='), tie('e'))
        .map((t) => `(${t.join(' ')})`),
      fc.array(tie('e'), { maxLength: 3 }).map((args) => `f(${args.join(', ')})`),
      tie('e').map((e) => `(u8 *)${e}`),
    ),
    s: fc.oneof(
      { maxDepth: 3 },
      tie('e').map((e) => `x = ${e};`),
      tie('e').map((e) => `return ${e};`),
      tie('e').map((e) => `int y = ${e}, *z;`),
      fc.tuple(tie('e'), tie('s'), tie('s')).map(([e, a, b]) => `if (${e}) ${a} else ${b}`),
      fc.tuple(tie('e'), tie('s')).map(([e, s]) => `while (${e}) { ${s} }`),
      fc.tuple(tie('e'), tie('s')).map(([e, s]) => `do { ${s} } while (${e});`),
      fc
        .tuple(tie('e'), tie('s'))
        .map(([e, s]) => `switch (${e}) { case 1: ${s} break; default: goto out; }`),
      fc.tuple(tie('e'), tie('s')).map(([e, s]) => `for (i = 0; i < ${e}; i++) ${s}`),
    ),
  })).s;
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 4 }), (statements) => {
      const source = `static int f(struct a *p, u32 n)\n{\n\t${statements.join('\n\t')}\nout:\n\treturn 0;\n}`;
      const shape = { name: 11, body: source.indexOf('{') };
      // `int y` behind `if (x)` is no C, and the only thing that may differ is nothing at all.
      assert.equal(normalise(source, shape).text, source);
    }),
    { numRuns: 200 },
  );
});

test('normalising what was normalised changes nothing', () => {
  const sources = [
    'static int __init f(void)\n{\n\tlist_for_each_entry(p, &h, struct a, l) { g(u8 *, <=); }\n\tASSERT(x)\n\treturn 0;\n}',
    'int f(void)\n{\n\tif (x)\n#ifdef A\n\t\ta();\n#else\n\t\tb();\n#endif\n\tasm(X "y" : M(a));\n\tswitch (a) { case 1 ... 2: typeof(b) c; }\n}',
  ];
  for (const source of sources) {
    const shape = { name: source.indexOf('f('), body: source.indexOf('{') };
    const once = normalise(source, shape).text;
    assert.notEqual(once, source);
    assert.equal(normalise(once, shape).text, once);
  }
});
