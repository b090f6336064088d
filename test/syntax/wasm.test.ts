import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { Cancelled } from '../../server/src/base/token.ts';
import { sameTree } from '../../server/src/syntax/flat-tree.ts';
import type { FlatTree, SyntaxBackend } from '../../server/src/syntax/types.ts';
import { NodeFlag } from '../../server/src/syntax/types.ts';
import { createWasmBackend } from '../../server/src/syntax/wasm.ts';

const root = process.env.MEMBRANE_ROOT!;
const runtime = readFileSync(join(root, 'node_modules/web-tree-sitter/web-tree-sitter.wasm'));
const grammar = readFileSync(join(root, 'grammars/c/tree-sitter-c.wasm'));
const memory = createWasmBackend(runtime, grammar, { walk: 'memory' });
const cursor = createWasmBackend(runtime, grammar, { walk: 'cursor' });

function show(tree: FlatTree, backend: SyntaxBackend, text: string): string[] {
  const lines: string[] = [];
  for (let i = 0; i < tree.count; i++) {
    const { grammar } = backend;
    const field = tree.field[i] ? `${grammar.fieldName(tree.field[i]!)}: ` : '';
    const missing = tree.flags[i]! & NodeFlag.missing ? ' MISSING' : '';
    lines.push(
      `${field}${grammar.typeName(tree.type[i]!)}${missing} ${text.slice(tree.start[i], tree.end[i])}`,
    );
  }
  return lines;
}

test('a flat tree has named nodes, operators and MISSING tokens in pre-order, with fields', async () => {
  const text = 'int x = a + 1';
  const backend = await memory;
  assert.deepEqual(show(backend.parse(text), backend, text), [
    'translation_unit int x = a + 1',
    'declaration int x = a + 1',
    'type: primitive_type int',
    'declarator: init_declarator x = a + 1',
    'declarator: identifier x',
    '= =',
    'value: binary_expression a + 1',
    'left: identifier a',
    'operator: + +',
    'right: number_literal 1',
    '; MISSING ',
  ]);
});

test('next jumps over a subtree: the children of a node are what lies between', async () => {
  const tree = (await memory).parse('int f(void) { return g(1, 2); }\nint h;');
  const visited: number[] = [];
  const visit = (i: number): void => {
    visited.push(i);
    for (let j = i + 1; j < tree.next[i]!; j = tree.next[j]!) visit(j);
  };
  visit(0);
  assert.deepEqual(visited, [...visited.keys()].slice(0, tree.count));
});

test('the memory walk and the cursor give the same tree for any text', async () => {
  const [a, b] = [await memory, await cursor];
  const piece = fc.constantFrom(
    ...['int ', 'x', ' = ', ';', '(', ')', '{', '}', '\n', '#if A\n', '#endif\n', '"s\\n"', '/* c */', ','],
    ...[
      'struct s ',
      'return ',
      '*',
      '&&',
      'case 1:',
      'L: ',
      '1.5f',
      "'c'",
      '@',
      'é',
      '𝄞',
      '[3]',
      '.a',
      '->b',
    ],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const text = pieces.join('');
      assert.ok(sameTree(a.parse(text), b.parse(text)), JSON.stringify(text));
    }),
    { numRuns: 300 },
  );
});

test('long and deep texts: the memory grows, the walk does not notice', async () => {
  const backend = await memory;
  const text = `int x = ${'('.repeat(400)}1${')'.repeat(400)};\n${'int f(int a) { return a + 1; }\n'.repeat(20000)}`;
  const tree = backend.parse(text);
  assert.equal(tree.end[0], text.length);
  let functions = 0;
  const definition = backend.grammar.typeId('function_definition', true);
  for (let i = 0; i < tree.count; i++) if (tree.type[i] === definition) functions++;
  assert.equal(functions, 20000);
});

test('offsets are string indices, whatever the characters', async () => {
  const text = '/* 𝄞 é */ int é = 1;';
  const backend = await memory;
  const tree = backend.parse(text);
  const one = tree.type.indexOf(backend.grammar.typeId('number_literal', true));
  assert.equal(text.slice(tree.start[one], tree.end[one]), '1');
});

test('a cancelled parse throws, and the next one starts afresh', async () => {
  const backend = await memory;
  const text = 'int f(int a) { return a + 1; }\n'.repeat(2000);
  assert.throws(() => backend.parse(text, { cancelled: true }), Cancelled);
  const tree = backend.parse('int y;');
  assert.equal(tree.end[0], 6);
});
