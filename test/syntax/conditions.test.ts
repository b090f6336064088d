import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  conjunction,
  literalsOf,
  negate,
  parseCondition,
  parseDirective,
  print,
} from '../../server/src/syntax/conditions.ts';

/** Literals as text: `X !Y`. */
function literals(directive: string, negated = false): string {
  const condition = parseCondition(parseDirective(directive));
  return literalsOf(negated ? negate(condition) : condition)
    .map(({ text, holds }) => (holds ? text : `!${text}`))
    .join('; ');
}

test('one text for one configuration symbol, however it is asked for', () => {
  for (const form of [
    '#ifdef CONFIG_X',
    '#  if defined(CONFIG_X)',
    '#if defined CONFIG_X',
    '#if IS_ENABLED(CONFIG_X)',
    '#if IS_BUILTIN(CONFIG_X)',
    '#if IS_REACHABLE( CONFIG_X )',
    '#if CONFIG_X',
    '#if defined(CONFIG_X) || defined(CONFIG_X_MODULE)',
    '#if (defined(CONFIG_X)) /* comment */ // more',
    '#if !!defined(CONFIG_X)',
    '#if \\\n defined(CONFIG_X)',
  ]) {
    assert.equal(literals(form), 'CONFIG_X', form);
    assert.equal(literals(form, true), '!CONFIG_X', form);
  }
  assert.equal(literals('#ifndef CONFIG_X'), '!CONFIG_X');
});

test('a conjunction that holds is several literals, a disjunction is one', () => {
  assert.equal(literals('#if defined(A) && !defined(B)'), 'A; !B');
  assert.equal(literals('#if defined(A) && !defined(B)', true), '!A && !B');
  assert.equal(literals('#if defined(A) || B'), 'A || B');
  assert.equal(literals('#if defined(A) || B', true), '!A; !B');
  assert.equal(literals('#if A && (B || C) && D'), 'A; B || C; D');
  assert.equal(literals('#if !(A || !B)'), '!A; B');
  assert.equal(literals('#if !(A && B)'), '!A && B');
});

test('anything else is text, with one way of spacing it', () => {
  assert.equal(literals('#if PAGE_SIZE>4096'), 'PAGE_SIZE > 4096');
  assert.equal(literals('#if  LEVELS  ==  2 && A'), 'LEVELS == 2; A');
  assert.equal(literals('#if HAS( a,b ) && !HAS(c)'), 'HAS(a, b); !HAS(c)');
  assert.equal(literals('#if (A + 1) * 2 > B'), '(A + 1) * 2 > B');
  assert.equal(literals("#if 'a' == 97"), "'a' == 97");
  assert.equal(literals('#if ~X & 1'), '~ X & 1');
});

test('what is known is decided', () => {
  const decided = (directive: string) => print(parseCondition(parseDirective(directive)));
  assert.equal(decided('#if 0'), '0');
  assert.equal(decided('#if 1'), '1');
  assert.equal(decided('#if 0x0UL || 0'), '0');
  assert.equal(decided('#if 0 && A'), '0');
  assert.equal(decided('#if A || 1'), '1');
  assert.equal(decided('#ifdef __ASSEMBLY__'), '0');
  assert.equal(decided('#ifndef __ASSEMBLER__'), '1');
  assert.equal(decided('#ifdef __cplusplus'), '0');
  assert.equal(decided('#if defined(__KERNEL__) && A'), 'A');
});

test('the other arms: the negations of those before', () => {
  const a = parseCondition(parseDirective('#if A'));
  const b = parseCondition(parseDirective('#elif B && C'));
  assert.deepEqual(literalsOf(conjunction([negate(a), b])), [
    { text: 'A', holds: false },
    { text: 'B', holds: true },
    { text: 'C', holds: true },
  ]);
  assert.deepEqual(literalsOf(conjunction([negate(a), negate(b)])), [
    { text: 'A', holds: false },
    { text: 'B && C', holds: false },
  ]);
});

test('directives in parts', () => {
  assert.deepEqual(parseDirective('#\tdefine X(a) \\\n\ta /* b\n c */ + "/* d */"'), {
    name: 'define',
    rest: 'X(a)  \ta   + "/* d */"',
  });
  assert.deepEqual(parseDirective('#'), { name: '', rest: '' });
});

test('any condition parses, and its printed form means the same', () => {
  const token = fc.constantFrom(
    ...['A', 'B', 'defined', '(', ')', '!', '&&', '||', '1', '0', '==', '>', ',', 'IS_ENABLED', '+', '"s"'],
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
      const condition = parseCondition({ name: 'if', rest: tokens.join(' ') });
      const text = print(condition);
      assert.equal(typeof text, 'string');
      literalsOf(condition);
      literalsOf(negate(condition));
    }),
    { numRuns: 2000 },
  );
  // Well-formed ones survive printing.
  const tree = fc.letrec<{ expr: string }>((tie) => ({
    expr: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('A', 'B', 'defined(C)', 'D > 1'),
      fc
        .tuple(tie('expr'), fc.constantFrom('&&', '||'), tie('expr'))
        .map(([a, op, b]) => `(${a}) ${op} (${b})`),
      tie('expr').map((a) => `!(${a})`),
    ),
  })).expr;
  fc.assert(
    fc.property(tree, (rest) => {
      const once = print(parseCondition({ name: 'if', rest }));
      assert.equal(print(parseCondition({ name: 'if', rest: once })), once);
    }),
  );
});
