import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CheckTreeResult, TreeParams } from '../../server/src/protocol.ts';
import { type Client, type ClientOptions, withServer } from './client.ts';
import { caller, indexed, shownAt, shows, Tree, wrapper } from './tree.ts';

const limit = { timeout: 120_000 };

const name = '.membrane.json';
const rule = 'free-after-failed-transition';

/** Line by line: an entry that is needed, one that is not. */
const entry = (of: string) =>
  `{ "rule": "${rule}", "file": "drivers/a/one.c", "function": "${of}", "reason": "theirs" }`;
const config = `{ "allow": [\n  ${entry('one_open')},\n  ${entry('gone')}\n] }\n`;

const files = {
  'lib/share.c': wrapper,
  'drivers/a/one.c': caller('one_open', 'ring_share'),
  [name]: config,
};

async function session(
  context: TestContext,
  settings: object,
  run: (client: Client, tree: Tree, uri: string) => Promise<void>,
  options: ClientOptions = {},
): Promise<void> {
  const tree = new Tree(files);
  context.after(() => tree.end());
  const all = { settings: () => settings, workspaceFolders: [tree.uri()], ...options };
  await withServer(all, (client) => run(client, tree, tree.uri(name)));
}

const check = (client: Client, uri: string) =>
  client.connection.sendRequest<CheckTreeResult>('membrane/checkTree', { textDocument: { uri } });

const workspace = { diagnostics: { scope: 'workspace' } };

test('an entry that keeps nothing silent is told at its place, once the tree was checked', limit, (context) =>
  session(context, workspace, async (client, tree, uri) => {
    await shows(client, uri, ['unused-allow 3']);
    const [one] = client.published.findLast((told) => told.uri === uri)!.diagnostics;
    const { range, severity, source, message, codeDescription } = one!;
    assert.deepEqual(range, {
      start: { line: 2, character: 2 },
      end: { line: 2, character: 2 + entry('gone').length },
    });
    assert.deepEqual([severity, source], [2, 'membrane']);
    assert.equal(message, 'this entry keeps nothing silent; it would hide the next mistake. Remove it.');
    assert.match(codeDescription!.href, /unused-allow\.md$/);
    const told = client.log.filter((line) => line.includes('keeps nothing silent'));
    assert.equal(told.length, 1);
    assert.match(told[0]!, /\.membrane\.json:3:3: this entry/);
    // What is only written in another way keeps it, at its new place; what says something else takes it back until the next check.
    await client.open(uri, config, 'jsonc');
    const moved = await client.replace(uri, 2, config, '{ "allow"', '// ours\n\n{ "allow"');
    await shows(client, uri, ['unused-allow 5']);
    const seen = client.published.length;
    const both = await client.replace(uri, 3, moved, entry('one_open'), entry('none'));
    await shows(client, uri, ['unused-allow 4', 'unused-allow 5']);
    assert.ok(client.published.slice(seen).some((one) => one.uri === uri && one.diagnostics.length === 0));
    // Taken out, it is told no more; the file on the disk counts once it is closed.
    await client.replace(uri, 4, both, `,\n  ${entry('gone')}`, '');
    await shows(client, uri, ['unused-allow 4']);
    await client.close(uri);
    await shows(client, uri, ['unused-allow 3']);
    tree.put(name, config.replace(`,\n  ${entry('gone')}`, ''));
    await client.changedOnDisk(uri);
    await shows(client, uri, []);
  }),
);

test(
  'an entry that is needed again is told no more, before and after the change is saved',
  limit,
  (context) =>
    session(context, workspace, async (client, tree, uri) => {
      await shows(client, uri, ['unused-allow 3']);
      const [file, text] = ['drivers/a/one.c', files['drivers/a/one.c']];
      const one = tree.uri(file);
      await client.open(one, text);
      await indexed(client, one, (index) => index.state === 'ready' && !index.pending);
      const both = text + caller('gone', 'ring_share');
      await client.change(one, 2, [{ text: both }]);
      await shows(client, uri, []);
      await client.change(one, 3, [{ text }]);
      await shows(client, uri, ['unused-allow 3']);
      tree.put(file, both);
      await client.change(one, 4, [{ text: both }]);
      await client.save(one);
      await shows(client, uri, []);
    }),
);

test(
  'what is only counted is shown while the file is open, and who asks for a check sees it',
  limit,
  (context) =>
    session(
      context,
      {},
      async (client, tree, uri) => {
        const trees: TreeParams[] = [];
        client.connection.onNotification('membrane/tree', (params: TreeParams) => void trees.push(params));
        await client.open(uri, config, 'jsonc');
        const one = tree.uri('drivers/a/one.c');
        await client.open(one, files['drivers/a/one.c']);
        await client.pull(one);
        // Also to a client that pulls diagnostics: it does not do so for this file.
        await shows(client, uri, ['unused-allow 3']);
        await client.settled();
        assert.deepEqual(
          trees.map(({ unusedAllows, findings }) => [unusedAllows, findings]),
          [[1, 0]],
        );
        await client.close(uri);
        await shows(client, uri, []);
        const result = await check(client, one);
        assert.equal(result.unusedAllows, 1);
        await shows(client, uri, ['unused-allow 3']);
      },
      { pull: true },
    ),
);

test('it is as loud as its rule, and of what was not looked at nothing is said', limit, async (context) => {
  const told = async (settings: object, ...expected: readonly [number, readonly number[]]) =>
    session(context, { ...workspace, ...settings }, async (client, _, uri) => {
      assert.equal((await check(client, uri)).unusedAllows, expected[0]);
      await client.settled();
      const last = client.published.findLast((one) => one.uri === uri);
      assert.deepEqual(
        (last?.diagnostics ?? []).map(({ severity }) => severity),
        expected[1],
      );
    });
  await told({ rules: { 'unused-allow': 'info' }, show: 'info' }, 1, [3]);
  await told({ rules: { 'unused-allow': 'hint' } }, 1, []);
  await told({ rules: { 'unused-allow': 'off' } }, 0, []);
  await told({ rules: { [rule]: 'off' } }, 0, []);
  await told({ platforms: ['tdx'] }, 0, []);
  await told({ index: { exclude: ['drivers/a'] } }, 0, []);
});

test('a tree without exceptions is told nothing of them', limit, async (context) => {
  const tree = new Tree({ ...files, [name]: '{}' });
  context.after(() => tree.end());
  await withServer({}, async (client) => {
    const one = tree.uri('drivers/a/one.c');
    assert.equal((await check(client, one)).unusedAllows, 0);
    await client.settled();
    assert.equal(shownAt(client, tree.uri(name)), null);
  });
});

test('a check of a tree tells of a contract whose function nothing in it names', limit, async (context) => {
  const contracts = { 'nothing_here(p)': 'frees p: freed' };
  const tree = new Tree({ ...files, [name]: JSON.stringify({ contracts }) });
  context.after(() => tree.end());
  await withServer({ settings: () => ({}), workspaceFolders: [tree.uri()] }, async (client) => {
    const { problems } = await check(client, tree.uri('drivers/a/one.c'));
    assert.deepEqual(problems, [
      `${name}: no file of the tree names 'nothing_here': the contract of 'nothing_here(p)' says nothing`,
    ]);
  });
});
