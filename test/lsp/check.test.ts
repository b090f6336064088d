import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { CheckTreeResult, StatusParams } from '../../server/src/protocol.ts';
import { type Client, type ClientOptions, withServer } from './client.ts';

const limit = { timeout: 120_000 };
const root = process.env.MEMBRANE_ROOT ?? '.';

/** A tree with the example in it, and enough other files that a check takes threads. */
async function session(
  options: ClientOptions,
  run: (client: Client, uri: string, folder: string) => Promise<void>,
  config = '{}',
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'membrane-tree-'));
  cpSync(join(root, 'example'), join(folder, 'drivers'), { recursive: true });
  writeFileSync(join(folder, '.membrane.json'), config);
  mkdirSync(join(folder, 'lib'));
  for (let i = 0; i < 20; i++)
    writeFileSync(join(folder, `lib/part${i}.c`), `int part${i}(void)\n{\n\treturn ${i};\n}\n`);
  try {
    await withServer(options, (client) =>
      run(client, pathToFileURL(join(folder, 'drivers/ring.c')).href, folder),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const checkTree = (client: Client, uri: string): Promise<CheckTreeResult | null> =>
  client.connection.sendRequest('membrane/checkTree', { textDocument: { uri } });

test('a whole tree: what the command line says of it, file by file, with progress', limit, () =>
  session({ capabilities: { window: { workDoneProgress: true } } }, async (client, uri, folder) => {
    const result = await checkTree(client, uri);
    assert.ok(result);
    assert.equal(result.root, pathToFileURL(folder).href);
    assert.ok(result.filesSearched >= 22, `${result.filesSearched} searched`);
    assert.deepEqual(
      result.files.map((file) => file.uri),
      ['channel.c', 'ring.c'].map((name) => pathToFileURL(join(folder, 'drivers', name)).href),
    );
    const all = result.files.flatMap(({ diagnostics }) => diagnostics as { source: string; code: string }[]);
    assert.equal(all.length, result.findings);
    assert.ok(all.every(({ source }) => source === 'membrane'));
    assert.ok(all.some(({ code }) => code === 'free-after-failed-transition'));
    const kinds = client.progress
      .filter(({ value }) => value.title === 'Membrane: checking the tree' || value.kind !== 'begin')
      .map(({ value }) => value.kind);
    assert.equal(kinds[0], 'begin');
    assert.equal(kinds.at(-1), 'end');
    // The server answers meanwhile and afterwards.
    await client.open(uri, readFileSync(join(folder, 'drivers/ring.c'), 'utf8'));
    const shown = await client.diagnostics(uri, 1);
    const told = result.files.find((file) => file.uri === uri)!.diagnostics as { code: string }[];
    assert.deepEqual(
      shown.map(({ code }) => code),
      told.map(({ code }) => code),
    );
  }),
);

test('the configuration of the tree holds for it', limit, () =>
  session(
    {},
    async (client, uri) => {
      const result = await checkTree(client, uri);
      const codes = result!.files.flatMap(({ diagnostics }) => diagnostics as { code: string }[]);
      assert.ok(codes.length > 0);
      assert.ok(!codes.some(({ code }) => code === 'free-after-failed-transition'));
    },
    '{ "rules": { "free-after-failed-transition": "off" } }',
  ),
);

test('what the configuration of the tree allows is no finding of it', limit, () =>
  session(
    {},
    async (client, uri) => {
      const result = await checkTree(client, uri);
      const { diagnostics } = result!.files.find((file) => file.uri === uri)!;
      const codes = diagnostics.map((one) => (one as { code: string }).code);
      assert.ok(codes.length > 0);
      assert.ok(!codes.includes('free-after-failed-transition'));
    },
    '{ "allow": [{ "rule": "free-after-failed-transition", "file": "drivers/ring.c", "reason": "a test" }] }',
  ),
);

test('a check that the user cancels is no failure, and the server goes on', limit, () =>
  session({ capabilities: { window: { workDoneProgress: true } } }, async (client, uri) => {
    client.connection.onRequest('window/workDoneProgress/create', (params: { token: string }) => {
      setImmediate(() => client.connection.sendNotification('window/workDoneProgress/cancel', params));
      return null;
    });
    assert.equal(await checkTree(client, uri), null);
    await client.settled();
    assert.deepEqual(
      client.log.filter((line) => line.startsWith('check:')),
      [],
    );
  }),
);

test('a file that nothing marks the tree of has none to check', limit, () =>
  withServer({}, async (client) => assert.equal(await checkTree(client, 'untitled:a.c'), null)),
);

test('a file is checked again, also one that waits to be saved', limit, () =>
  session(
    { initializationOptions: { status: true, settings: { diagnostics: { run: 'onSave' } } } },
    async (client, uri, folder) => {
      const text = readFileSync(join(folder, 'drivers/ring.c'), 'utf8');
      await client.open(uri, text);
      const before = (await client.status(uri, 1)).findings;
      await client.replace(uri, 2, text, '\t__free_pages(page, order);\n', '');
      const ask = () =>
        client.connection.sendRequest<StatusParams | null>('membrane/checkFile', { textDocument: { uri } });
      const status = await ask();
      assert.equal(status!.findings, before - 1);
      await client.close(uri);
      assert.equal(await ask(), null);
    },
  ),
);

test('what is kept of it lies where the settings say, unless they leave no room', limit, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'membrane-kept-'));
  const keeps = (maxSizeMB: number) =>
    session(
      { initializationOptions: { settings: { cache: { directory, maxSizeMB } } } },
      async (client, uri) => void (await checkTree(client, uri)),
    );
  try {
    await keeps(0);
    assert.deepEqual(readdirSync(directory), []);
    await keeps(256);
    assert.ok(readdirSync(directory).some((name) => /-results-/.test(name)));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
