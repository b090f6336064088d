import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { withServer } from './client.ts';
import { brief, caller, indexed, relay, shownAt, shows, Tree, together, wrapper } from './tree.ts';

const limit = { timeout: 60_000 };

const watching = { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } };

/** Where `caller` frees, in a file of its own. */
const freed = 'free-after-failed-transition 11';

function treeOf(context: TestContext, files: Readonly<Record<string, string>>, bare = false): Tree {
  const tree = new Tree(files, bare);
  context.after(() => tree.end());
  return tree;
}

const files = { 'lib/share.c': wrapper, 'drivers/a/one.c': caller('one_open', 'ring_share') };

test('what only shows with another file appears, with the path through that file', limit, async (context) => {
  const tree = treeOf(context, files);
  await withServer({}, async (client) => {
    const uri = tree.uri('drivers/a/one.c');
    await client.open(uri, files['drivers/a/one.c']);
    await shows(client, uri, [freed]);
    const [finding] = client.published.at(-1)!.diagnostics;
    const uris = finding!.relatedInformation!.map((one) => one.location.uri);
    assert.ok(uris.includes(tree.uri('lib/share.c')), uris.join());
    const step = finding!.relatedInformation!.find((one) => one.location.uri === tree.uri('lib/share.c'))!;
    assert.equal(step.location.range.start.line, 4);
    await together(client, uri, 1);
    const { index } = client.statuses.findLast((one) => one.uri === uri)!;
    assert.deepEqual(index, { state: 'ready', files: 2, others: 1, pending: false });
  });
});

test('an edit of the wrapper changes what its open caller shows, saved or not', limit, async (context) => {
  const tree = treeOf(context, files);
  await withServer({}, async (client) => {
    const [one, share] = [tree.uri('drivers/a/one.c'), tree.uri('lib/share.c')];
    await client.open(one, files['drivers/a/one.c']);
    await client.open(share, wrapper);
    await shows(client, one, [freed]);
    const harmless = '0; (void)set_memory_decrypted';
    const text = await client.replace(share, 2, wrapper, 'set_memory_decrypted', harmless);
    await shows(client, one, []);
    // Lines above it: places in the other document follow.
    const moved = await client.replace(share, 3, text, harmless, 'set_memory_decrypted');
    await shows(client, one, [freed]);
    await client.replace(share, 4, moved, '#include', '\n\n#include');
    const place = () =>
      client.published
        .findLast((p) => p.uri === one)!
        .diagnostics[0]?.relatedInformation?.find((step) => step.location.uri === share)?.location.range.start
        .line;
    await client.until(() => place() === 6);
    // Without the editor's text, the disk's counts again.
    await client.replace(share, 5, moved, 'set_memory_decrypted', harmless);
    await client.close(share);
    await client.until(() => place() === 4);
    await client.open(share, moved.replace('set_memory_decrypted', harmless), 'c', 1);
    await shows(client, one, []);
  });
});

test('a client that pulls is asked to pull again, and gets nothing twice', limit, async (context) => {
  const tree = treeOf(context, files);
  await withServer({ pull: true }, async (client) => {
    const [one, share] = [tree.uri('drivers/a/one.c'), tree.uri('lib/share.c')];
    assert.equal(client.initialized.capabilities.diagnosticProvider!.interFileDependencies, true);
    await client.open(one, files['drivers/a/one.c']);
    await client.open(share, wrapper);
    const first = await client.pull(one);
    assert.ok(first.kind === 'full');
    await together(client, one, 1);
    const second = await client.pull(one, first.resultId);
    assert.ok(second.kind === 'full');
    assert.deepEqual(brief(second.items), [freed]);
    const before = client.refreshes;
    await client.replace(share, 2, wrapper, 'set_memory_decrypted', '0; (void)set_memory_decrypted');
    await client.pull(share);
    await client.until(() => client.refreshes > before);
    const third = await client.pull(one, second.resultId);
    assert.ok(third.kind === 'full');
    assert.deepEqual(third.items, []);
    assert.equal((await client.pull(one, third.resultId)).kind, 'unchanged');
    assert.deepEqual(client.published, []);
  });
});

test('a call that is typed brings files together, one that goes parts them', limit, async (context) => {
  const tree = treeOf(context, { ...files, 'drivers/b/two.c': caller('two_open', 'ring_map') });
  await withServer({}, async (client) => {
    const uri = tree.uri('drivers/b/two.c');
    const text = caller('two_open', 'ring_map');
    await client.open(uri, text);
    await together(client, uri, 0);
    assert.deepEqual(shownAt(client, uri), []);
    const now = await client.replace(uri, 2, text, 'ring_map', 'ring_share');
    await shows(client, uri, [freed]);
    await together(client, uri, 2);
    await client.replace(uri, 3, now, 'ring_share', 'ring_map');
    await shows(client, uri, []);
    await together(client, uri, 0);
  });
});

test('a transition in a file that had none', limit, async (context) => {
  const tree = treeOf(context, {
    'lib/mid.c': relay('mid_share', 'ring_map'),
    'drivers/a/one.c': caller('one_open', 'mid_share'),
  });
  await withServer({}, async (client) => {
    const [one, mid] = [tree.uri('drivers/a/one.c'), tree.uri('lib/mid.c')];
    await client.open(one, caller('one_open', 'mid_share'));
    await client.open(mid, relay('mid_share', 'ring_map'));
    await together(client, one, 0);
    const call = 'set_memory_decrypted((unsigned long)page_address(page), 1 << order)';
    await client.replace(mid, 2, relay('mid_share', 'ring_map'), 'ring_map(page, order)', call);
    await shows(client, one, [freed]);
  });
});

test('files that change, come and go on the disk', limit, async (context) => {
  const tree = treeOf(context, files);
  await withServer({ capabilities: watching, settings: () => ({}) }, async (client) => {
    const uri = tree.uri('drivers/a/one.c');
    await client.open(uri, files['drivers/a/one.c']);
    await shows(client, uri, [freed]);
    const globs = client.registrations
      .filter(({ method }) => method === 'workspace/didChangeWatchedFiles')
      .flatMap(
        ({ registerOptions }) => (registerOptions as { watchers: { globPattern: string }[] }).watchers,
      );
    assert.ok(globs.some(({ globPattern }) => globPattern === '**/*.{c,h}'));
    tree.put('lib/share.c', wrapper.replace('set_memory_decrypted', '0; (void)set_memory_decrypted'));
    await client.changedOnDisk(tree.uri('lib/share.c'));
    await shows(client, uri, []);
    tree.put('lib/share.c', wrapper);
    await client.changedOnDisk(tree.uri('lib/share.c'));
    await shows(client, uri, [freed]);
    tree.remove('lib/share.c');
    await client.changedOnDisk(tree.uri('lib/share.c'));
    await shows(client, uri, []);
    await together(client, uri, 0);
    tree.put('lib/other.c', wrapper);
    await client.changedOnDisk(tree.uri('lib/other.c'));
    await shows(client, uri, [freed]);
    await together(client, uri, 1);
  });
});

test('a client that cannot watch: saving looks at the disk', limit, async (context) => {
  const tree = treeOf(context, files);
  await withServer({}, async (client) => {
    const uri = tree.uri('drivers/a/one.c');
    await client.open(uri, files['drivers/a/one.c']);
    await shows(client, uri, [freed]);
    tree.put('lib/share.c', wrapper.replace('set_memory_decrypted', '0; (void)set_memory_decrypted'));
    await client.save(uri);
    await shows(client, uri, []);
  });
});

test('several roots: each its own, and a folder that is removed is freed', limit, async (context) => {
  const first = treeOf(context, files);
  const second = treeOf(context, { 'drivers/a/one.c': caller('one_open', 'ring_share') });
  const options = {
    workspaceFolders: [first.uri(), second.uri()],
    capabilities: { workspace: { workspaceFolders: true } },
  };
  await withServer(options, async (client) => {
    const [one, other] = [first.uri('drivers/a/one.c'), second.uri('drivers/a/one.c')];
    for (const uri of [one, other]) await client.open(uri, files['drivers/a/one.c']);
    await shows(client, one, [freed]);
    await together(client, other, 0);
    assert.deepEqual(shownAt(client, other), []);
    const removed = [{ uri: first.uri(), name: '' }];
    await client.connection.sendNotification('workspace/didChangeWorkspaceFolders', {
      event: { added: [], removed },
    });
    await indexed(client, one, (index) => index.state === 'none' && index.why === 'outside');
    await shows(client, one, []);
    await together(client, other, 0);
  });
});

test('alone, and why: no tree, no file, the setting, left out', limit, async (context) => {
  const bare = treeOf(context, files, true);
  const tree = treeOf(context, { ...files, '.membrane.json': '{ "exclude": ["lib"] }' });
  let settings: unknown = {};
  await withServer({ settings: () => settings }, async (client) => {
    const alone = async (uri: string, why: string) => {
      const text = wrapper.replace('return set', 'set');
      await client.open(uri, text);
      await indexed(client, uri, (index) => index.state === 'none' && index.why === why);
      await client.close(uri);
    };
    await alone(bare.uri('lib/share.c'), 'no-tree');
    await alone('untitled:Untitled-1', 'virtual');
    await alone(tree.uri('lib/share.c'), 'left-out');
    const uri = tree.uri('drivers/a/one.c');
    await client.open(uri, files['drivers/a/one.c']);
    await together(client, uri, 0);
    settings = { index: { enable: false } };
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    await indexed(client, uri, (index) => index.state === 'none' && index.why === 'off');
  });
});

test('a neighbour that is half-typed changes nothing elsewhere', limit, async (context) => {
  const tree = treeOf(context, files);
  await withServer({}, async (client) => {
    const [one, share] = [tree.uri('drivers/a/one.c'), tree.uri('lib/share.c')];
    await client.open(one, files['drivers/a/one.c']);
    await client.open(share, wrapper);
    await shows(client, one, [freed]);
    await together(client, share, 1);
    const seen = client.published.length;
    let text = wrapper;
    for (const [i, letter] of [...'if (order > 9) {'].entries()) {
      const typed = 'if (order > 9) {'.slice(0, i);
      text = await client.replace(share, i + 2, text, `{\n\t${typed}return`, `{\n\t${typed}${letter}return`);
      await client.diagnostics(share, i + 2);
    }
    await client.settled();
    for (const { uri, diagnostics } of client.published.slice(seen))
      if (uri === one) assert.deepEqual(brief(diagnostics), [freed]);
  });
});
