import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Cancelled } from '../../server/src/base/token.ts';
import { sameTree } from '../../server/src/syntax/flat-tree.ts';
import { createNativeBackend } from '../../server/src/syntax/native.ts';
import type { FlatTree, SyntaxBackend } from '../../server/src/syntax/types.ts';
import { NodeFlag } from '../../server/src/syntax/types.ts';
import { cutUnit } from '../../server/src/syntax/unit.ts';
import { testBackend } from '../harness/backend.ts';
import { nativePackages, noPackages } from '../harness/native-packages.ts';

const modules = await nativePackages();
const skip = modules ? false : noPackages;
// Packages that load and are not what they are taken for are no reason to skip.
const native: SyntaxBackend | null = modules && createNativeBackend(modules[0], modules[1]);

test('native: names and ids are those of the WASM grammar', { skip }, async () => {
  const { grammar } = await testBackend();
  const own = native!.grammar;
  assert.equal(own.typeCount, grammar.typeCount);
  for (let id = 1; grammar.fieldName(id) !== ''; id++) assert.equal(own.fieldName(id), grammar.fieldName(id));
  let compared = 0;
  for (let id = 1; id < grammar.typeCount; id++) {
    const name = own.typeName(id);
    if (name === '') continue;
    compared++;
    assert.equal(name, grammar.typeName(id));
    // A name may be that of a token and of a named type both, and of several ids.
    for (const isNamed of [true, false]) {
      const id = own.typeId(name, isNamed);
      if (id !== 0) assert.equal(id, grammar.typeId(name, isNamed), name);
    }
  }
  assert.ok(compared > 100);
  for (const name of ['function_definition', 'identifier', 'type_identifier', 'else_clause']) {
    assert.equal(own.typeId(name, true), grammar.typeId(name, true));
  }
  for (const name of ['+', '->', '||', '>>=']) {
    assert.equal(own.typeId(name, false), grammar.typeId(name, false));
  }
  assert.equal(own.typeId('no such', true), 0);
  assert.equal(own.fieldId('body'), grammar.fieldId('body'));
});

test('native: the same trees, characters of any width', { skip }, async () => {
  const backend = await testBackend();
  for (const text of [
    '',
    '/* é𝄞 */ int f(void) { return a + b->c[1]; } // x',
    'struct s { int a : 1; }; enum { A = 1 }; typedef int t; int (*g)(t), *h = &x;',
    'int f(void) { x = (u8 *)y ? 1 : sizeof(int); asm("a" : "=r" (b)); L: goto L; }',
    'int x = 1 +;',
    'int f(void) { return 1 }',
  ]) {
    assert.ok(sameTree(native!.parse(text), backend.parse(text)), text);
  }
});

test('native: a cancelled parse throws, and the next one starts afresh', { skip }, () => {
  const text = 'int f(int a) { return a + 1; }\n'.repeat(2000);
  assert.throws(() => native!.parse(text, { cancelled: true }), Cancelled);
  assert.equal(native!.parse('int y;').end[0], 6);
});

const { MEMBRANE_TREE: one, MEMBRANE_TREES: folder } = process.env;
const tree =
  one ??
  (folder &&
    join(
      folder,
      readdirSync(folder)
        .filter((name) => /^linux/.test(name))
        .sort()[0] ?? '.',
    ));

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (entry.isFile() && entry.name.endsWith('.c')) yield path;
  }
}

function clean(flat: FlatTree): boolean {
  return !flat.flags.some((flags) => flags & (NodeFlag.error | NodeFlag.missing));
}

test('native: the same trees over every 100th file of a kernel tree', {
  skip: skip || (tree ? false : 'no kernel tree: MEMBRANE_TREE names one, MEMBRANE_TREES a folder of them'),
}, async () => {
  const backend = await testBackend();
  let files = 0;
  let functions = 0;
  for (const [i, path] of [...sources(tree!)].sort().entries()) {
    if (i % 100 !== 0) continue;
    files++;
    for (const slice of cutUnit(readFileSync(path, 'utf8'), backend).functions) {
      // The tree of a macro is cut to what stands in the file.
      if (slice.macro) continue;
      const flat = slice.tree();
      if (!clean(flat)) continue;
      functions++;
      assert.ok(sameTree(native!.parse(slice.normalised), flat), `${path}: ${slice.name}`);
    }
    // Native trees are freed when the event loop turns.
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(files > 200 && functions > 2000, `${files} files, ${functions} functions`);
});
