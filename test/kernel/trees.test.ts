import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ARCHITECTURES_WITH } from '../../server/src/kernel/headers.ts';
import { TRANSITION_FACTS } from '../../server/src/kernel/transition-facts.ts';
import type { Version } from '../../server/src/kernel/types.ts';
import { holdsIn, TABLES, vocabularyFor } from '../../server/src/kernel/vocabulary.ts';

/** The tree that MEMBRANE_TREE names, or those in the folder that MEMBRANE_TREES names. */
function trees(): string[] {
  const { MEMBRANE_TREE: one, MEMBRANE_TREES: folder } = process.env;
  if (one) return [one];
  if (!folder || !existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, 'Kbuild')) && existsSync(join(path, 'Makefile')));
}

/** VERSION and PATCHLEVEL of the tree's root Makefile. */
function versionOf(tree: string): Version {
  const text = readFileSync(join(tree, 'Makefile'), 'utf8');
  const number = (name: string) => Number(new RegExp(`^${name} = (\\d+)`, 'm').exec(text)?.[1]);
  return [number('VERSION'), number('PATCHLEVEL')];
}

/** What is wrong with the place that a row or an axiom names: null if it is there. */
function problem(tree: string, files: Map<string, string | null>, source: string, name: string) {
  const [file, symbol = name] = source.split(':') as [string, string?];
  let text = files.get(file);
  if (text === undefined) {
    const path = join(tree, file);
    text = existsSync(path) ? readFileSync(path, 'latin1') : null;
    files.set(file, text);
  }
  if (text === null) return `${name}: no file ${file}`;
  return new RegExp(`\\b${symbol}\\b`).test(text) ? null : `${name}: not in ${file}`;
}

/** Headers that an architecture has although the table says that it has not. */
function misplaced(tree: string): string[] {
  const kbuild = (path: string) =>
    existsSync(join(tree, path)) ? readFileSync(join(tree, path), 'latin1') : '';
  const wrapped = (path: string, name: string) =>
    new RegExp(`^(?:generic|generated|mandatory)-y.*\\s${name.replace('.', '\\.')}(?:\\s|$)`, 'm').test(
      kbuild(path),
    );
  const wrong: string[] = [];
  for (const [header, on] of ARCHITECTURES_WITH)
    for (const arch of ['arm64', 'powerpc', 's390', 'x86'] as const) {
      if (on.includes(arch)) continue;
      const name = header.replace('asm/', '');
      const folders = ['include/asm', 'include/uapi/asm'].map((folder) => `arch/${arch}/${folder}`);
      if (
        folders.some((folder) => existsSync(join(tree, folder, name)) || wrapped(`${folder}/Kbuild`, name)) ||
        wrapped('include/asm-generic/Kbuild', name)
      )
        wrong.push(`${arch} has ${header}`);
    }
  return wrong;
}

const found = trees();
if (found.length === 0)
  test('rows name what is in a kernel tree', {
    skip: 'no kernel tree: MEMBRANE_TREE names one, MEMBRANE_TREES a folder of them',
  });
for (const tree of found) {
  const version = versionOf(tree);
  test(`rows for ${version.join('.')} name a file of the tree that has the symbol`, () => {
    const files = new Map<string, string | null>();
    const wrong: string[] = [];
    for (const [table, rows] of Object.entries(TABLES))
      for (const row of rows) {
        if (!holdsIn(row, version)) continue;
        const text = problem(tree, files, row.source, row.name);
        if (text !== null) wrong.push(`${table}: ${text}`);
      }
    const facts = TRANSITION_FACTS.filter((fact) => holdsIn(fact, version));
    for (const { source } of [...vocabularyFor(version).axioms, ...facts]) {
      const text = problem(tree, files, source, source.split(':')[1] ?? '');
      if (text !== null) wrong.push(`axiom or fact: ${text}`);
    }
    assert.deepEqual(wrong, []);
  });
  test(`headers of ${version.join('.')} are on the architectures that the table has`, () => {
    assert.deepEqual(misplaced(tree), []);
  });
}
