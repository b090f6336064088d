import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CodeAction, TextDocumentEdit, WorkspaceEdit } from 'vscode-languageserver/node';
import { type Client, type ClientOptions, withServer } from './client.ts';
import { brief, caller, relay, shownAt, shows, Tree, together, wrapper } from './tree.ts';

const limit = { timeout: 60_000 };

const rule = 'free-after-failed-transition';
const freed = `${rule} 11`;
const name = '.membrane.json';

const off = `{ "rules": { "${rule}": "off" } }\n`;

async function session(
  context: TestContext,
  files: Readonly<Record<string, string>>,
  run: (client: Client, tree: Tree) => Promise<void>,
  options: ClientOptions = {},
): Promise<void> {
  const tree = new Tree(files);
  context.after(() => tree.end());
  await withServer(options, (client) => run(client, tree));
}

const files = { 'lib/share.c': wrapper, 'drivers/a/one.c': caller('one_open', 'ring_share') };

/** Opens the caller of the wrapper, and waits until both are looked at together. */
async function opened(client: Client, tree: Tree): Promise<string> {
  const uri = tree.uri('drivers/a/one.c');
  await client.open(uri, files['drivers/a/one.c']);
  await together(client, uri, 1);
  return uri;
}

/** What is typed counts after a pause, and what was wrong with that is behind it. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 1500));

const problems = (client: Client) => client.statuses.at(-1)!.config?.problems;

test(
  'an open file counts unsaved, as it was before while it is half-typed, and not once it is closed',
  limit,
  (context) =>
    session(context, { ...files, [name]: '{}\n' }, async (client, tree) => {
      const uri = await opened(client, tree);
      const config = tree.uri(name);
      await client.open(config, '{}\n', 'jsonc');
      await shows(client, uri, [freed]);
      const seen = client.statuses.length;
      await client.replace(config, 2, '{}\n', '{}\n', off);
      await shows(client, uri, []);
      assert.deepEqual(client.statuses.at(-1)!.config!.off, [rule]);
      // Nobody has to look at the tree again for that.
      assert.ok(client.statuses.slice(seen).every(({ index }) => index.state === 'ready'));
      const broken = await client.replace(config, 3, off, '"off"', '"o');
      await client.until(() => problems(client) === 1);
      const told = client.log.find((line) => line.includes('not valid JSON'));
      assert.match(told!, /\.membrane\.json:1:46: not valid JSON: .*\. What it said before counts$/);
      assert.deepEqual(shownAt(client, uri), []);
      assert.deepEqual(client.statuses.at(-1)!.config!.off, [rule]);
      await client.replace(config, 4, broken, '"o', '"hint"');
      await client.until(() => problems(client) === 0);
      assert.deepEqual(client.statuses.at(-1)!.config!.lowered, [rule]);
      await client.close(config);
      await shows(client, uri, [freed]);
      assert.deepEqual(client.statuses.at(-1)!.config!.lowered, []);
    }),
);

test('what says nothing else costs nothing', limit, (context) =>
  session(context, { ...files, [name]: '{}\n' }, async (client, tree) => {
    const uri = await opened(client, tree);
    await shows(client, uri, [freed]);
    const [statuses, published] = [client.statuses.length, client.published.length];
    const config = tree.uri(name);
    await client.open(config, '{}\n', 'json');
    const text = await client.replace(config, 2, '{}\n', '{', '{ // ours\n  "exclude": [],\n');
    await client.save(config);
    await client.replace(config, 3, text, 'ours', 'theirs');
    await pause();
    tree.put(name, text);
    await client.changedOnDisk(config);
    await client.close(config);
    await client.settled();
    await pause();
    assert.deepEqual([client.statuses.length, client.published.length], [statuses, published]);
  }),
);

test(
  'names of the tree count after a pause, or once they are saved; the index and actions follow',
  limit,
  (context) => {
    const own = wrapper.replaceAll('set_memory_decrypted', 'ring_flip');
    const again = caller('two_open', 'ring_share');
    const call = 'set_memory_decrypted((unsigned long)page_address(page), 1 << order)';
    const both = `${caller('one_open', call).replace(`${call}(page, order)`, call)}${again}`;
    const all = {
      'lib/share.c': own,
      'lib/mid.c': relay('mid_share', 'ring_share'),
      'drivers/a/one.c': both,
    };
    const named = (word: string) =>
      JSON.stringify({
        vocabulary: { transitions: [{ name: word, to: 'shared', extent: { arg: 1, unit: 'pages' } }] },
      });
    const capabilities = {
      textDocument: {
        codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ['quickfix'] } } },
      },
    };
    return session(
      context,
      { ...all, [name]: '{}' },
      async (client, tree) => {
        const uri = tree.uri('drivers/a/one.c');
        await client.open(uri, both);
        await together(client, uri, 0);
        const first = 'free-after-failed-transition 11';
        await shows(client, uri, [first]);
        const actions = async (line: number) => {
          const position = { line: line - 1, character: 4 };
          return await client.connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
            textDocument: { uri },
            range: { start: position, end: position },
            context: { diagnostics: [] },
          });
        };
        assert.notDeepEqual(await actions(11), []);
        const config = tree.uri(name);
        await client.open(config, '{}', 'json');
        const notes = client.statuses.length;
        let text = '{}';
        for (const [at, length] of [1, 4, 6, 9].entries())
          text = await client.replace(config, at + 2, text, text, named('ring_flip'.slice(0, length)));
        await shows(client, uri, [first, 'free-after-failed-transition 27']);
        // Once for the whole word: each of its beginnings would be another index.
        const begun = client.statuses.slice(notes).filter(({ index }) => index.state === 'indexing');
        assert.ok(new Set(begun.map(({ version }) => version)).size <= 1);
        assert.notDeepEqual(await actions(27), []);
        await client.replace(config, 6, text, 'ring_flip', 'ring_flop');
        await client.save(config);
        await shows(client, uri, [first]);
      },
      { capabilities },
    );
  },
);

test('a file that is not on the disk yet makes a root, for as long as it is open', limit, (context) =>
  session(context, files, async (client, tree) => {
    const uri = await opened(client, tree);
    const own = tree.uri(`drivers/${name}`);
    assert.equal(client.statuses.at(-1)!.config, null);
    await client.open(own, '{', 'json');
    await client.settled();
    assert.equal(client.statuses.at(-1)!.config, null);
    await client.replace(own, 2, '{', '{', '{ "exclude": ["a"] }');
    await client.until(() => client.statuses.at(-1)!.skipped === 'excluded');
    await client.close(own);
    await together(client, uri, 1);
    await shows(client, uri, [freed]);
    assert.equal(client.statuses.at(-1)!.config, null);
  }),
);

test('an entry for a finding is added to the text in the editor', limit, (context) => {
  const workspace = { workspaceEdit: { documentChanges: true } };
  return session(
    context,
    { ...files, [name]: '{}\n' },
    async (client, tree) => {
      const uri = await opened(client, tree);
      await shows(client, uri, [freed]);
      const config = tree.uri(name);
      await client.open(config, '{}\n', 'json');
      await client.replace(config, 2, '{}\n', '{}', '// mine\n{\n  "rules": {}\n}');
      const dismiss = () =>
        client.connection.sendRequest<WorkspaceEdit | null>('membrane/suppress', {
          textDocument: { uri },
          fingerprint: client.published.findLast((one) => one.uri === uri)!.diagnostics[0]!.data.fingerprint,
          where: 'config',
          reason: 'theirs',
        });
      const [edit] = (await dismiss())!.documentChanges as TextDocumentEdit[];
      assert.deepEqual(edit!.textDocument, { uri: config, version: 2 });
      assert.equal(edit!.edits[0]!.range.start.line, 2);
      await client.change(config, 3, [{ text: '{ "rules": ' }]);
      assert.equal(await dismiss(), null);
    },
    { capabilities: { workspace } },
  );
});

test(
  'only a client that can be told later is asked for the file, and for nothing else of it',
  limit,
  async (context) => {
    const synchronization = { dynamicRegistration: true };
    await session(
      context,
      files,
      async (client) => {
        await client.until(() => client.registrations.length === 5);
        const asked = client.registrations.filter(({ method }) => method.startsWith('textDocument/'));
        assert.deepEqual(
          asked.map(({ method }) => method),
          ['didChange', 'didSave', 'didClose', 'didOpen'].map((what) => `textDocument/${what}`),
        );
        for (const { registerOptions } of asked)
          assert.deepEqual((registerOptions as { documentSelector: unknown }).documentSelector, [
            { pattern: `**/${name}` },
          ]);
      },
      { capabilities: { textDocument: { synchronization } } },
    );
    await session(context, files, async (client) => {
      await client.until(() => client.log.some((line) => line.startsWith('ready')));
      assert.ok(!client.registrations.some(({ method }) => method.startsWith('textDocument/')));
    });
  },
);

test('JSON is no C, whatever a client asks about it', limit, (context) =>
  session(
    context,
    files,
    async (client, tree) => {
      const [config, other] = [tree.uri(name), tree.uri('package.json')];
      const text = `{ "contracts": { "f": "${wrapper.split('\n')[4]!.trim()}" } }`;
      for (const uri of [config, other]) {
        await client.open(uri, text, 'json');
        assert.equal(await client.hover(uri, 0, text.indexOf('set_memory') + 2), null);
        const textDocument = { uri };
        const ask = <T>(method: string, params: object = {}) =>
          client.connection.sendRequest<T>(`textDocument/${method}`, { textDocument, ...params });
        const position = { line: 0, character: 1 };
        const range = { start: position, end: position };
        assert.deepEqual(await ask('completion', { position }), []);
        assert.deepEqual((await ask<unknown[] | null>('codeLens')) ?? [], []);
        assert.deepEqual((await ask<unknown[] | null>('inlayHint', { range })) ?? [], []);
        const report = await client.pull(uri);
        assert.ok(report.kind === 'full');
        assert.deepEqual(brief(report.items), []);
        await client.change(uri, 2, [{ text: `${text}\n` }]);
        await client.save(uri);
        await client.close(uri);
      }
      await client.settled();
      assert.deepEqual([client.statuses, client.published], [[], []]);
    },
    { pull: true },
  ),
);
