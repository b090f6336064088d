import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { TreeParams } from '../../server/src/protocol.ts';
import { type Client, type ClientOptions, withServer } from './client.ts';
import { brief, caller, indexed, shownAt, shows, Tree, wrapper } from './tree.ts';

const limit = { timeout: 120_000 };

/** Where `caller` frees, in a file of its own. */
const freed = 'free-after-failed-transition 11';

const files = {
  'lib/share.c': wrapper,
  'drivers/a/one.c': caller('one_open', 'ring_share'),
  'drivers/b/two.c': caller('two_open', 'ring_share'),
  'drivers/c/clean.c': caller('clean_open', 'ring_share', 'WARN_ON_ONCE(1);'),
};

type Scope = 'openFiles' | 'workspace';

/** A session in a tree, which is the folder that is open; `set` changes the scope. */
async function session(
  context: TestContext,
  options: ClientOptions,
  run: (client: Client, tree: Tree, set: (scope: Scope) => Promise<void>) => Promise<void>,
): Promise<void> {
  const tree = new Tree(files);
  context.after(() => tree.end());
  let scope: Scope = 'workspace';
  const all = {
    ...options,
    settings: () => ({ diagnostics: { scope } }),
    workspaceFolders: [tree.uri()],
    capabilities: { ...options.capabilities, window: { workDoneProgress: true } },
  };
  await withServer(all, (client) =>
    run(client, tree, async (now) => {
      scope = now;
      await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    }),
  );
}

test('pushed: all files of the folder, open or not, and with progress the first time', limit, (context) =>
  session(context, {}, async (client, tree, set) => {
    const [one, two] = [tree.uri('drivers/a/one.c'), tree.uri('drivers/b/two.c')];
    await shows(client, one, [freed]);
    await shows(client, two, [freed]);
    assert.equal(shownAt(client, tree.uri('drivers/c/clean.c')), null);
    const begun = client.progress.filter(({ value }) => value.title === 'Membrane: checking the workspace');
    assert.deepEqual(
      begun.map(({ value }) => [value.kind, value.cancellable]),
      [['begin', true]],
    );
    await client.until(() =>
      client.progress.some(({ token, value }) => token === begun[0]!.token && value.kind === 'end'),
    );
    // It is kept when the file is closed, and nothing is said twice meanwhile.
    await client.open(one, files['drivers/a/one.c']);
    await client.diagnostics(one, 1);
    await client.close(one);
    await client.settled();
    assert.deepEqual(shownAt(client, one), [freed]);
    // Without the setting what is not open goes.
    await set('openFiles');
    await shows(client, one, []);
    await shows(client, two, []);
  }),
);

test(
  'progress has the titles that the client has for it, and English ones for the others',
  limit,
  (context) => {
    const titles = {
      indexing: 'Verzeichnis',
      checkingWorkspace: 'Alles',
      filesSearched: 5,
      filesChecked: '{0} von {1}',
    };
    const initializationOptions = { status: true, titles };
    return session(context, { initializationOptions }, async (client, tree) => {
      const one = tree.uri('drivers/a/one.c');
      await shows(client, one, [freed]);
      await client.open(one, files['drivers/a/one.c']);
      await indexed(client, one, (index) => index.state === 'ready');
      await client.connection.sendRequest('membrane/checkTree', { textDocument: { uri: one } });
      const said = (kind: string) => client.progress.filter(({ value }) => value.kind === kind);
      assert.deepEqual(
        new Set(said('begin').map(({ value }) => value.title)),
        new Set(['Verzeichnis', 'Alles', 'Membrane: checking the tree']),
      );
      const messages = said('report').flatMap(({ value }) =>
        value.message === undefined ? [] : [value.message as string],
      );
      // In a tree as small as this one the search is over before it is told.
      assert.ok(messages.length > 0);
      for (const message of messages) assert.match(message, /^\d+ von \d+$|^\d+ files searched$/);
    });
  },
);

test('it is renewed: after a file was saved, or changed by somebody else', limit, (context) =>
  session(context, {}, async (client, tree) => {
    const [one, two] = [tree.uri('drivers/a/one.c'), tree.uri('drivers/b/two.c')];
    await shows(client, two, [freed]);
    const fixed = caller('two_open', 'ring_share', 'WARN_ON_ONCE(1);');
    tree.put('drivers/b/two.c', fixed);
    await client.changedOnDisk(two);
    await shows(client, two, []);
    assert.deepEqual(shownAt(client, one), [freed]);
    tree.put('drivers/b/two.c', files['drivers/b/two.c']);
    tree.remove('drivers/a/one.c');
    await client.save(two);
    await shows(client, two, [freed]);
    await shows(client, one, []);
  }),
);

test('what is typed changes files that are not open, for as long as it is there', limit, (context) =>
  session(context, {}, async (client, tree) => {
    const [one, two, share] = ['drivers/a/one.c', 'drivers/b/two.c', 'lib/share.c'].map((file) =>
      tree.uri(file),
    ) as [string, string, string];
    await shows(client, one, [freed]);
    await client.open(share, wrapper);
    await indexed(client, share, (index) => index.state === 'ready' && !index.pending);
    await client.replace(share, 2, wrapper, 'set_memory_decrypted', '0; (void)set_memory_decrypted');
    await shows(client, one, []);
    await shows(client, two, []);
    await client.close(share);
    await shows(client, one, [freed]);
    await shows(client, two, [freed]);
  }),
);

test('who ends it is obeyed; a check of the whole tree begins it again', limit, (context) =>
  session(context, {}, async (client, tree) => {
    await client.until(() => client.progress.length > 0);
    const { token } = client.progress[0]!;
    await client.connection.sendNotification('window/workDoneProgress/cancel', { token });
    await client.until(() => client.progress.some(({ value }) => value.kind === 'end'));
    const one = tree.uri('drivers/a/one.c');
    const isCancelled = client.log.some((line) => line.includes('cancelled; a check of the whole tree'));
    // It may have been through before the message came.
    assert.ok(isCancelled || shownAt(client, one) !== null);
    await client.connection.sendRequest('membrane/checkTree', { textDocument: { uri: one } });
    await shows(client, one, [freed]);
  }),
);

interface WorkspaceReport {
  readonly items: readonly {
    readonly uri: string;
    readonly kind: string;
    readonly resultId: string;
    readonly items: Parameters<typeof brief>[0];
  }[];
}

test(
  'pulled: the request waits for what is new, file by file, and open files are not in it',
  limit,
  (context) =>
    session(context, { pull: true }, async (client, tree, set) => {
      assert.equal(client.initialized.capabilities.diagnosticProvider?.workspaceDiagnostics, true);
      let had = new Map<string, string>();
      const shown = new Map<string, string[]>();
      const pull = async () => {
        const previousResultIds = [...had].map(([uri, value]) => ({ uri, value }));
        const report = await client.connection.sendRequest<WorkspaceReport>('workspace/diagnostic', {
          previousResultIds,
        });
        for (const { uri, resultId, items } of report.items) {
          had = new Map([...had, [uri, resultId]]);
          shown.set(uri, brief(items));
        }
        return report.items.map(({ uri }) => uri).sort();
      };
      const [one, two] = [tree.uri('drivers/a/one.c'), tree.uri('drivers/b/two.c')];
      assert.deepEqual(await pull(), [one, two]);
      assert.deepEqual([...shown.values()], [[freed], [freed]]);
      // Another file is opened: its own requests tell of it.
      await client.open(one, files['drivers/a/one.c']);
      const waiting = pull();
      const fixed = caller('two_open', 'ring_share', 'WARN_ON_ONCE(1);');
      tree.put('drivers/b/two.c', fixed);
      await client.changedOnDisk(two);
      assert.deepEqual(await waiting, [two]);
      assert.deepEqual(shown.get(two), []);
      // It is closed: what it has is told again, for a client may have dropped it.
      const again = pull();
      await client.close(one);
      assert.deepEqual(await again, [one]);
      assert.deepEqual(shown.get(one), [freed]);
      const report = await client.pull(one);
      assert.ok(report.kind === 'full' && brief(report.items).join() === freed);
      const gone = pull();
      await set('openFiles');
      assert.deepEqual(await gone, [one]);
      assert.deepEqual(shown.get(one), []);
      assert.deepEqual(client.published, []);
    }),
);

test('a client that can be told later what to pull is told by the setting', limit, (context) => {
  const capabilities = { textDocument: { diagnostic: { dynamicRegistration: true } } };
  return session(context, { pull: true, capabilities }, async (client, _tree, set) => {
    assert.equal(client.initialized.capabilities.diagnosticProvider, undefined);
    const registered = () =>
      client.registrations
        .filter(({ method }) => method === 'textDocument/diagnostic')
        .map(
          ({ registerOptions }) =>
            (registerOptions as { workspaceDiagnostics: boolean }).workspaceDiagnostics,
        );
    await client.until(() => registered().length === 1);
    await set('openFiles');
    await client.until(() => registered().length === 2);
    assert.deepEqual(registered(), [true, false]);
  });
});

test('open files only: how many findings the tree has is told', limit, (context) =>
  session(context, {}, async (client, tree, set) => {
    await set('openFiles');
    const counted: TreeParams[] = [];
    client.connection.onNotification('membrane/tree', (params: TreeParams) => {
      counted.push(params);
    });
    const one = tree.uri('drivers/a/one.c');
    await client.open(one, files['drivers/a/one.c']);
    while (counted.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const { root, findings, filesParsed } = counted.at(-1)!;
    assert.deepEqual([root, findings, filesParsed], [tree.uri().replace(/\/$/, ''), 2, 4]);
    assert.equal(shownAt(client, tree.uri('drivers/b/two.c')), null);
  }),
);
