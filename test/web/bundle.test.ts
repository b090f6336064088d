import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';

const dist = (name: string) => join(process.env.MEMBRANE_ROOT ?? '.', 'dist', name);

/** What a bundle loads while it runs. */
async function loads(name: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [dist(name)],
    bundle: true,
    platform: 'neutral',
    packages: 'external',
    external: ['node:*'],
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  return [
    ...new Set(Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))),
  ];
}

test('what runs in a browser loads nothing of Node, and no package', async () => {
  assert.deepEqual(await loads('client-web.js'), ['vscode']);
  assert.deepEqual(await loads('server-web.js'), []);
  assert.deepEqual(await loads('view.js'), []);
});

test('a module of Node would be found', async () => {
  assert.ok((await loads('client.cjs')).some((one) => /^(node:)?path$/.test(one)));
});

test('what a browser is sent has sensible sizes', () => {
  // As they are built for development; what ships is half of that.
  assert.ok(statSync(dist('client-web.js')).size < 1_200_000);
  assert.ok(statSync(dist('server-web.js')).size < 2_800_000);
});
