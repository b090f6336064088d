import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Layer, layerOf, readImports, readTable, violations } from './layers.ts';
import { files, none, text } from './repository.ts';

const layers = readTable(text('docs/architecture.md'));

test('no import goes against the table of docs/architecture.md', () => {
  const sources = files().filter((file) => /^((server|client)\/src|client\/webview)\/.*\.ts$/.test(file));
  assert.ok(sources.length > 10);
  none(sources.flatMap((file) => violations(file, text(file), layers)));
});

test('the table is about what is there, and has no circle of imports', () => {
  const names = new Set(layers.map((layer) => layer.name));
  for (const layer of layers)
    for (const name of [...layer.imports, ...layer.types])
      assert.ok(names.has(name), `${layer.name} -> ${name}`);
  const order: string[] = [];
  const visit = (name: string, path: string[]) => {
    assert.ok(!path.includes(name), `circle: ${[...path, name].join(' -> ')}`);
    if (order.includes(name)) return;
    for (const next of layers.find((layer) => layer.name === name)!.imports) visit(next, [...path, name]);
    order.push(name);
  };
  for (const name of names) visit(name, []);
});

test('below the hosts nobody names Node, VS Code or the language server', () => {
  const below = layers.filter((layer) => !['lsp', 'web', 'hosts', 'client'].includes(layer.name));
  for (const layer of below)
    for (const name of layer.packages)
      assert.ok(
        ['web-tree-sitter', 'jsonc-parser'].includes(name) ||
          (layer.name === 'features' && name === 'vscode-languageserver-types'),
        `${layer.name}: ${name}`,
      );
});

test('imports are read in all their forms', () => {
  const source = `
import type { A } from './a.ts';
import { type B, c } from './b.ts';
import {
  d,
} from './d.ts';
export * from './e.ts';
export type { F } from './f.ts';
import './g.ts';
// import { no } from './no.ts';
/* import { no } from './no.ts'; */
const h = await import('./h.ts');
let i: import('./i.ts').I;
const j = require('node:fs');
`;
  assert.deepEqual(
    readImports(source)
      .map(({ specifier, typeOnly, line }) => `${line} ${specifier}${typeOnly ? ' type' : ''}`)
      .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)),
    [
      '2 ./a.ts type',
      '3 ./b.ts',
      '4 ./d.ts',
      '7 ./e.ts',
      '8 ./f.ts type',
      '9 ./g.ts',
      '12 ./h.ts',
      '13 ./i.ts type',
      '14 node:fs',
    ],
  );
});

test('an arrow that must not be is found', () => {
  const check = (file: string, source: string) => violations(file, source, layers);
  assert.match(
    check('server/src/model/a.ts', "import { b } from '../syntax/b.ts';")[0]!,
    /model may not import syntax/,
  );
  assert.match(check('server/src/base/a.ts', "import 'node:fs';")[0]!, /package node:fs/);
  assert.match(
    check('server/src/rules/x/rule.ts', "import { a } from '../../analysis/a.ts';")[0]!,
    /only types/,
  );
  assert.deepEqual(check('server/src/rules/x/rule.ts', "import type { A } from '../../analysis/a.ts';"), []);
  assert.match(
    check('server/src/features/a.ts', "import { a } from 'vscode-languageserver/node';")[0]!,
    /package/,
  );
  assert.match(check('server/src/other/a.ts', '')[0]!, /no layer/);
  assert.match(
    check('client/src/a.ts', "import { a } from '../../server/src/service.ts';")[0]!,
    /may not import service/,
  );
  const name = (file: string) => layerOf(file, layers)?.name;
  assert.equal(name('server/src/service.ts'), 'service');
  assert.equal(name('server/src/service-types.ts'), 'service');
  const one: Layer[] = [{ name: 'x', where: ['server/src/x'], imports: [], types: [], packages: [] }];
  assert.equal(layerOf('server/src/xy/a.ts', one), undefined);
});
