import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exceedsParser } from '../../server/src/syntax/limits.ts';
import { ERROR_TYPE } from '../../server/src/syntax/types.ts';
import { cutUnit } from '../../server/src/syntax/unit.ts';
import { testBackend } from '../harness/backend.ts';

const N = 20_000;
const many = (text: string, n = N) => text.repeat(n);

test('what is nested beyond all measure is told from what is only long', () => {
  assert.equal(exceedsParser(`x = ${many('(', 400)}1${many(')', 400)};`), false);
  assert.equal(exceedsParser(`x = ${many('(', 600)}1${many(')', 600)};`), true);
  assert.equal(exceedsParser(many('f(a)[1] = {b + c};')), false);
  assert.equal(exceedsParser(`int a[] = {${many('(1 | 2),')}};`), false);
  assert.equal(exceedsParser(`x = ${many('(a)*', 1000)}b;`), false);
  assert.equal(exceedsParser(`x = ${many('(a)*')}b;`), true);
  assert.equal(exceedsParser(`/* ${many('((**')} */ "${many('((')}" // ${many('((')}`), false);
});

test('texts of great depth and length: an answer, and the parser goes on working', async () => {
  const backend = await testBackend();
  const f = (body: string) => `int f(void){${body}}`;
  const texts = [
    f(`${many('\n#if A\n')}a();${many('\n#endif\n')}`),
    `${many('\n#if A\nint x;')}${many('\n#endif\n')}`,
    f(`\n#if A\n${many('\n#elif B\na();')}\n#endif\n`),
    f(`a=${many('(')}1${many(')')};`),
    f(`a=${many('(')}${many(']')};`),
    f(many('{') + many('}')),
    f(`g(${many('{ .a = ')}1${many('}')});`),
    f(`g(${many('( a = ')}1${many(')')});`),
    f(`x=${many('(a)*')}b;`),
    f(`x=${many('(a)&')}b;`),
    f(`${many('({')}${many('})')};`),
    `#if ${many('!')}A\nint x;\n#endif\n#if ${many('(')}A${many(')')}\nint y;\n#endif`,
    f(many('\n\tM(x)')),
    f(many('if(a)b();else ')),
    many('a '),
    many('"'),
    many('int f(void)\n{\n', 2000),
    many('struct a {') + many('}'),
    many('#'),
  ];
  for (const text of texts) {
    const unit = cutUnit(text, backend);
    for (const slice of unit.functions) slice.errorCount();
    for (const slice of unit.declarations.slice(0, 20)) slice.tree();
  }
  assert.notEqual(backend.crashed, true);
  assert.equal(cutUnit(f('return 0;'), backend).functions[0]!.errorCount(), 0);
});

test('a function that is not parsed has one error, and its tree is that error', async () => {
  const [slice] = cutUnit(`int f(void){x=${many('(a)*')}b;}`, await testBackend()).functions;
  assert.equal(slice!.name, 'f');
  assert.equal(slice!.errorCount(), 1);
  assert.deepEqual([...slice!.tree().type], [ERROR_TYPE]);
  assert.equal(slice!.tree().end[0], slice!.text.length);
});
