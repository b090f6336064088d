import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeFound } from '../../server/src/hosts/node/found.ts';
import { Tasks } from '../../server/src/hosts/node/tasks.ts';
import { testBackend } from '../harness/backend.ts';
import { MemoryFiles } from '../harness/memory-files.ts';
import { nativePackages, noPackages } from '../harness/native-packages.ts';
import { bad, folder, spawned } from './harness.ts';

const root = process.env.MEMBRANE_ROOT!;
const skip = (await nativePackages()) ? false : noPackages;

/** More files than are checked without threads. */
function many(): Record<string, string> {
  return Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}.c`, bad.replace('bad', `f${i}`)]));
}

async function findings(backend: string, cwd: string, path: string): Promise<string> {
  const { code, out, err } = await spawned(['check', '--backend', backend, '--format', 'json', path], cwd);
  assert.equal(err, '');
  assert.equal(code, 1);
  return out;
}

test('native: the same report as with WebAssembly, without threads and with them', {
  skip,
}, async (context) => {
  for (const [cwd, path] of [
    [root, 'example'],
    [folder(context, many()), '.'],
  ] as const) {
    const wasm = await findings('wasm', cwd, path);
    assert.ok(JSON.parse(wasm).findings.length > 0);
    assert.equal(await findings('native', cwd, path), wasm);
  }
});

test('native where its packages are not: exit 2 and a line that says what to do', (context) => {
  const top = folder(context, { ...many(), 'alone/a.c': bad });
  const bundles = readdirSync(join(root, 'dist')).filter((name) =>
    /^(cli|worker|engine).*\.mjs$|\.wasm$/.test(name),
  );
  for (const name of bundles) cpSync(join(root, 'dist', name), join(top, '.bundle', name));
  const run = (...argv: string[]) =>
    spawnSync(process.execPath, [join(top, '.bundle/cli.mjs'), 'check', ...argv], {
      cwd: top,
      encoding: 'utf8',
      timeout: 60_000,
    });
  for (const path of ['alone/a.c', '.']) {
    const { status, stdout, stderr } = run('--backend', 'native', path);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /^membrane: the native parser does not load \(.*\); it needs the packages tree-sitter and tree-sitter-c: .*\n$/,
    );
  }
  assert.equal(run('alone/a.c').status, 1);
});

test('a parser that crashed: the file and those after it are told, not taken for clean', async () => {
  const wasm = await testBackend();
  let crashed = false;
  const tasks = new Tasks(
    new MemoryFiles({ '/k/a.c': bad, '/k/b.c': bad }),
    { root: '/k', version: null },
    {
      ...wasm,
      get crashed() {
        return crashed;
      },
      parse(text) {
        crashed = true;
        return wasm.parse(text);
      },
    },
    false,
  );
  const token = { cancelled: false };
  assert.equal(tasks.parserCrashed, false);
  const check = (file: string) => {
    const { found, hashes } = tasks.check([file], token);
    assert.equal(hashes, null);
    return decodeFound(found)!;
  };
  assert.deepEqual(check('a.c').problems, [
    { file: 'a.c', message: 'partly analysed: the parser crashed on it, or on a file beside it' },
  ]);
  assert.equal(tasks.parserCrashed, true);
  const { files, problems } = check('b.c');
  assert.deepEqual(files, []);
  assert.deepEqual(problems, [{ file: 'b.c', message: 'not analysed: the parser crashed on another file' }]);
});
