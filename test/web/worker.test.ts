import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatusParams, TransitionResult } from '../../server/src/protocol.ts';
import type { Client, ClientOptions } from '../lsp/client.ts';
import { brief, caller, indexed, kernel, shownAt, shows, together, wrapper } from '../lsp/tree.ts';
import { ClientFolder, startWorker } from './worker.ts';

const limit = { timeout: 60_000 };

const watching = { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } };

/** Where `caller` frees, in a file of its own. */
const freed = 'free-after-failed-transition 11';

const root = 'vscode-vfs://github/some%20one/linux';

async function session(
  files: Record<string, string>,
  run: (client: Client, folder: ClientFolder) => Promise<void>,
  options: ClientOptions = {},
): Promise<void> {
  const folder = new ClientFolder(root, files);
  const client = await startWorker(folder, { workspaceFolders: [root], ...options });
  try {
    await run(client, folder);
  } finally {
    await client.stop();
  }
}

const indexOf = (client: Client, uri: string): StatusParams['index'] | undefined =>
  client.statuses.findLast((one) => one.uri === uri)?.index;

/** Of the last few asked files, those that were read whole. */
const read = ({ asked }: ClientFolder) =>
  asked.flatMap((one) => (one.startsWith('bytes ') ? one.slice('bytes '.length) : [])).sort();

test('a file alone: diagnostics, hover, lenses, code actions, the transition and a rule page', limit, () =>
  session(
    {},
    async (client) => {
      const uri = 'untitled:Untitled-1';
      const call = 'set_memory_decrypted((unsigned long)page_address(page), 1 << order)';
      const text = caller('one_open', call).replace(`${call}(page, order)`, call) + wrapper;
      await client.open(uri, text);
      assert.deepEqual(brief(await client.diagnostics(uri, 1)), [freed]);
      assert.deepEqual(indexOf(client, uri), { state: 'none', why: 'virtual' });
      const hover = await client.hover(uri, 8, 10);
      assert.match(JSON.stringify(hover), /private -> shared/);
      const textDocument = { uri };
      const position = { line: 8, character: 10 };
      const ask = <T>(method: string, params: object) => client.connection.sendRequest<T>(method, params);
      const lenses = await ask<{ command: { title: string } }[]>('textDocument/codeLens', { textDocument });
      assert.match(lenses[0]!.command.title, /^decrypts page/);
      const transition = await ask<TransitionResult>('membrane/transition', { textDocument, position });
      assert.match(transition.title, /set_memory_decrypted/);
      assert.match(await ask('membrane/rulePage', { id: 'free-after-failed-transition' }), /^# free-after/);
      const [finding] = client.published.at(-1)!.diagnostics;
      const actions = await ask<{ title: string }[]>('textDocument/codeAction', {
        textDocument,
        range: finding!.range,
        context: { diagnostics: [finding] },
      });
      assert.match(actions[0]!.title, /^Leak the pages/);
    },
    {
      capabilities: {
        textDocument: { codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: [] } } } },
      },
    },
  ),
);

const driver = {
  'drivers/a/share.c': wrapper,
  'drivers/a/one.c': `#include "own.h"\n#include <linux/both.h>\n${caller('one_open', 'ring_share')}`,
  'drivers/a/own.h': 'struct own { struct page *page; };\n',
  'drivers/b/two.c': caller('two_open', 'ring_share'),
  'include/linux/both.h': 'int ring_share(struct page *page, unsigned int order);\n',
};

test('the files of the folder and the headers that they include are read, and nothing else', limit, () =>
  session({ ...kernel, ...driver }, async (client, folder) => {
    const uri = folder.uri('drivers/a/one.c');
    await client.open(uri, driver['drivers/a/one.c']);
    await shows(client, uri, ['free-after-failed-transition 13']);
    const [finding] = client.published.at(-1)!.diagnostics;
    const uris = finding!.relatedInformation!.map((one) => one.location.uri);
    assert.ok(uris.includes(folder.uri('drivers/a/share.c')), uris.join());
    await together(client, uri, 3);
    assert.deepEqual(indexOf(client, uri), {
      state: 'ready',
      files: 4,
      others: 3,
      pending: false,
      scope: 'folder',
    });
    const there = read(folder).filter((path) => folder.files[path] !== undefined);
    // What is open is read by nobody.
    const { 'drivers/b/two.c': _, 'drivers/a/one.c': __, ...wanted } = driver;
    assert.deepEqual(there, ['Makefile', ...Object.keys(wanted)].sort());
  }),
);

test('what changes is read again: a file, a new one, one that goes', limit, () =>
  session(
    { ...kernel, ...driver },
    async (client, folder) => {
      const uri = folder.uri('drivers/a/one.c');
      const found = 'free-after-failed-transition 13';
      const change = async (file: string, text: string | undefined, expected: readonly string[]) => {
        if (text === undefined) delete folder.files[file];
        else folder.files[file] = text;
        await client.changedOnDisk(folder.uri(file));
        await shows(client, uri, expected);
      };
      await client.open(uri, driver['drivers/a/one.c']);
      await shows(client, uri, [found]);
      await change('drivers/a/share.c', wrapper.replace('return set_memory_decrypted', 'return nothing'), []);
      await change('drivers/a/share.c', undefined, []);
      await change('drivers/a/other.c', wrapper, [found]);
    },
    { capabilities: watching },
  ),
);

test("a tree's own configuration is read through the client, and again when it changes", limit, () =>
  session(
    { ...driver, '.membrane.json': '{ "rules": { "free-after-failed-transition": "off" } }' },
    async (client, folder) => {
      const uri = folder.uri('drivers/a/one.c');
      await client.open(uri, driver['drivers/a/one.c']);
      await together(client, uri, 3);
      assert.deepEqual(shownAt(client, uri), []);
      folder.files['.membrane.json'] = '{}';
      await client.changedOnDisk(folder.uri('.membrane.json'));
      await shows(client, uri, ['free-after-failed-transition 13']);
    },
    { capabilities: watching },
  ),
);

test("a tree's own configuration that is open counts as it stands in the editor", limit, () =>
  session({ ...driver }, async (client, folder) => {
    const uri = folder.uri('drivers/a/one.c');
    const found = 'free-after-failed-transition 13';
    const off = '{ "rules": { "free-after-failed-transition": "off" } }';
    const config = folder.uri('drivers/.membrane.json');
    // It is not there yet: until it is, nothing says where a tree begins.
    await client.open(uri, driver['drivers/a/one.c']);
    await indexed(client, uri, (index) => index.state === 'none' && index.why === 'no-tree');
    await client.open(config, '{}', 'jsonc');
    await shows(client, uri, [found]);
    await client.replace(config, 2, '{}', '{}', off);
    await shows(client, uri, []);
    await client.replace(config, 3, off, '"off"', '"of');
    await client.until(() => client.statuses.at(-1)!.config?.problems === 1);
    assert.deepEqual(shownAt(client, uri), []);
    folder.files['drivers/.membrane.json'] = '{}';
    await client.save(config);
    await client.close(config);
    await shows(client, uri, [found]);
    assert.equal(client.statuses.at(-1)!.config!.problems, 0);
  }),
);

test('an open file of another folder brings that folder in', limit, () =>
  session({ ...kernel, ...driver }, async (client, folder) => {
    const two = folder.uri('drivers/b/two.c');
    await client.open(two, driver['drivers/b/two.c']);
    await indexed(client, two, (index) => index.state === 'ready');
    assert.deepEqual(shownAt(client, two), []);
    await client.open(folder.uri('drivers/a/share.c'), wrapper);
    await shows(client, two, [freed]);
  }),
);

test('what was open counts as the client has it once it is closed', limit, () =>
  session({ ...kernel, ...driver }, async (client, folder) => {
    const [one, share] = [folder.uri('drivers/a/one.c'), folder.uri('drivers/a/share.c')];
    await client.open(share, wrapper.replace('return set_memory_decrypted', 'return nothing'));
    await client.open(one, driver['drivers/a/one.c']);
    await indexed(client, one, (index) => index.state === 'ready');
    assert.deepEqual(shownAt(client, one), []);
    assert.ok(!read(folder).includes('drivers/a/share.c'));
    await client.close(share);
    await shows(client, one, ['free-after-failed-transition 13']);
  }),
);

test('what changes elsewhere in the tree is not read', limit, () =>
  session(
    { ...kernel, ...driver },
    async (client, folder) => {
      const uri = folder.uri('drivers/a/one.c');
      await client.open(uri, driver['drivers/a/one.c']);
      await together(client, uri, 3);
      const uris = ['drivers/b/two.c', 'drivers/a/share.c'].map((file) => ({
        uri: folder.uri(file),
        type: 2,
      }));
      folder.files['drivers/a/share.c'] = wrapper.replace('return set_memory_decrypted', 'return nothing');
      await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: uris });
      await shows(client, uri, []);
      assert.ok(!folder.asked.some((one) => one.includes('drivers/b')));
    },
    { capabilities: watching },
  ),
);

test('a header that is too large is not read whole, nor when it changes', limit, () =>
  session(
    {
      ...kernel,
      ...driver,
      'drivers/a/own.h': `struct own { struct page *page; };\n${'\n'.repeat(3 << 20)}`,
    },
    async (client, folder) => {
      const uri = folder.uri('drivers/a/one.c');
      await client.open(uri, driver['drivers/a/one.c']);
      await together(client, uri, 2);
      folder.files['drivers/a/own.h'] = driver['drivers/a/own.h'];
      await client.changedOnDisk(folder.uri('drivers/a/own.h'));
      await together(client, uri, 3);
    },
    { capabilities: watching },
  ),
);

test('a folder with very many files: the status says that they are not read', limit, () => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`drivers/a/f${i}.c`, 'int x;\n']));
  return session({ ...kernel, ...driver, ...many }, async (client, folder) => {
    const uri = folder.uri('drivers/a/one.c');
    await client.open(uri, driver['drivers/a/one.c']);
    await indexed(client, uri, (index) => index.state === 'ready' && index.scope === 'headers');
    const { state } = indexOf(client, uri)!;
    assert.equal(state, 'ready');
    assert.ok(read(folder).includes('drivers/a/own.h'));
    assert.ok(!read(folder).includes('drivers/a/f0.c') && !read(folder).includes('drivers/a/share.c'));
  });
});

test('a whole tree cannot be checked: the request is not known', limit, () =>
  session({ ...kernel, ...driver }, async (client, folder) => {
    const textDocument = { uri: folder.uri('drivers/a/one.c') };
    await assert.rejects(client.connection.sendRequest('membrane/checkTree', { textDocument }), {
      code: -32601,
    });
  }),
);
