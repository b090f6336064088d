import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancelled } from '../../server/src/base/token.ts';
import type { StartIndex } from '../../server/src/hosts/lsp/host.ts';
import type { FileChange, IndexMessage, TreeRequest } from '../../server/src/hosts/lsp/index-messages.ts';
import { type Client, type ClientOptions, serve } from './client.ts';
import { FakeEngines } from './fake.ts';

const uri = 'file:///tree/a.c';
const source = 'one() {\n  flip bad\n}\n';

/** An index that says what a test says. */
class FakeIndex {
  readonly requests: TreeRequest[] = [];
  readonly changes: FileChange[] = [];
  cancels = 0;
  stops = 0;
  say: (message: IndexMessage) => void = () => {};

  readonly start: StartIndex = (request, listen) => {
    this.requests.push(request);
    this.say = listen;
    return {
      send: (changes) => this.changes.push(...changes),
      cancel: () => this.cancels++,
      stop: () => this.stops++,
    };
  };

  group(files: string[]): void {
    const grouping = { files: 7, groups: [{ files, headers: [] }], unfollowed: [] };
    this.say({ k: 'grouped', grouping });
  }
}

/** Waits for what no message tells of. */
async function until(test: () => boolean): Promise<void> {
  while (!test()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const tree = { root: '/tree', version: null, extra: [], exclude: ['x'], matters: false };

async function session(
  options: ClientOptions,
  run: (client: Client, engines: FakeEngines, index: FakeIndex) => Promise<void>,
): Promise<void> {
  const engines = new FakeEngines();
  engines.tree = tree;
  const index = new FakeIndex();
  const client = await serve(engines, options, { startIndex: index.start });
  try {
    await run(client, engines, index);
  } finally {
    await client.stop();
  }
}

const last = (client: Client) => client.statuses.findLast((one) => one.uri === uri)!.index;

test('progress is shown in steps, and who ends it is obeyed, which the status says', () =>
  session({ capabilities: { window: { workDoneProgress: true } } }, async (client, _engines, index) => {
    await client.open(uri, source);
    await client.until(() => client.progress.length === 1);
    const [{ token, value }] = client.progress as [Client['progress'][number]];
    assert.deepEqual(value, {
      kind: 'begin',
      title: 'Membrane: indexing',
      percentage: 0,
      cancellable: true,
    });
    index.say({ k: 'progress', percent: 42 });
    await client.until(() => client.progress.at(-1)!.value.percentage === 42);
    await client.until(() => JSON.stringify(last(client)) === '{"state":"indexing","percent":42}');
    await client.connection.sendNotification('window/workDoneProgress/cancel', { token });
    await until(() => index.cancels === 1);
    index.say({ k: 'cancelled' });
    await client.until(() => client.progress.at(-1)!.value.kind === 'end');
    await client.until(() => JSON.stringify(last(client)) === '{"state":"none","why":"cancelled"}');
    assert.equal((await client.diagnostics(uri, 1)).length, 1);
  }));

test('an index that is no longer wanted is no longer shown', () => {
  let settings: unknown = {};
  const options = {
    settings: () => settings,
    capabilities: { window: { workDoneProgress: true } },
  };
  return session(options, async (client, _engines, index) => {
    await client.open(uri, source);
    await client.until(() => client.progress.length === 1);
    settings = { index: { enable: false } };
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    await client.until(() => client.progress.at(-1)!.value.kind === 'end');
    assert.equal(index.stops, 1);
  });
});

test('a pull that is under way when the groups come: the client hears of what follows', () =>
  session({ pull: true, settings: () => ({}) }, async (client, engines, index) => {
    engines.onCheck = (text) => {
      if (text === source) index.group(group);
    };
    await client.open(other, joined);
    await client.pull(other);
    await client.open(uri, source);
    const first = await client.pull(uri);
    await client.until(() => JSON.stringify(last(client)).includes('"pending":false'));
    const second = await client.pull(uri, first.kind === 'full' ? first.resultId : undefined);
    assert.ok(first.kind === 'full' && second.kind === 'full');
    assert.notEqual(first.resultId, second.resultId);
  }));

test('an index that fails costs the other files only', () =>
  session({}, async (client, _engines, index) => {
    await client.open(uri, source);
    await client.diagnostics(uri, 1);
    index.say({ k: 'failed', message: 'no memory' });
    await client.until(() => JSON.stringify(last(client)) === '{"state":"none","why":"failed"}');
    assert.ok(client.log.some((line) => line.includes('index of /tree: no memory')));
  }));

test('nothing is indexed before a file that matters is opened', () =>
  session({}, async (client, _engines, index) => {
    const other = 'file:///tree/b.c';
    await client.open(other, 'one() {\n}\n');
    const { index: said } = await client.status(other, 1);
    assert.deepEqual(said, { state: 'none', why: 'unneeded' });
    assert.equal(index.requests.length, 0);
    await client.open(uri, source);
    await client.diagnostics(uri, 1);
    assert.deepEqual(
      index.requests.map(({ root, exclude }) => [root, exclude]),
      [['/tree', ['x']]],
    );
    await until(() => index.changes.length === 2);
    assert.deepEqual(index.changes.map(({ file }) => file).sort(), ['a.c', 'b.c']);
  }));

test('the settings: what is left out and where it is kept; others make another index', () => {
  let settings: unknown = {
    index: { exclude: ['tools', 7] },
    cache: { directory: '/cache', maxSizeMB: 3 },
  };
  return session({ settings: () => settings }, async (client, _engines, index) => {
    await client.open(uri, source);
    await client.diagnostics(uri, 1);
    assert.deepEqual(index.requests[0]!.exclude, ['x', 'tools']);
    assert.deepEqual(index.requests[0]!.cache, { folder: '/cache', bytes: 3 * 1024 * 1024 });
    assert.ok(client.log.some((line) => line.includes('membrane.index.exclude: 7 is not a text')));
    settings = { cache: { maxSizeMB: 0 } };
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    await until(() => index.requests.length === 2);
    assert.equal(index.stops, 1);
    assert.equal(index.requests[1]!.cache, null);
    settings = { index: { enable: false } };
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    await until(() => index.stops === 2);
  });
});

const group = ['a.c', 'b.c'];
const other = 'file:///tree/b.c';
const joined = 'two() {\n  flip bad bad\n}\n';

test('a group that takes long: the document alone first, then all of it', () =>
  session({}, async (client, engines, index) => {
    let rounds = 0;
    engines.onCheck = (text, token) => {
      if (!text.includes('two')) return;
      if (++rounds > 3) return;
      while (!token.cancelled);
      throw new Cancelled();
    };
    await client.open(other, joined);
    await client.diagnostics(other, 1);
    rounds = 0;
    index.group(group);
    await client.open(uri, source);
    await client.diagnostics(uri, 1);
    const pending = client.statuses.find((one) => one.uri === uri)!.index;
    assert.deepEqual(pending, { state: 'ready', files: 7, others: 1, pending: true });
    await client.until(() => JSON.stringify(last(client)).includes('"pending":false'));
    assert.ok(rounds > 3);
    assert.equal(client.published.filter((one) => one.uri === uri).length, 1, 'nothing new, nothing told');
  }));

/** Both documents are open, and known to belong together. */
async function openGroup(client: Client, index: FakeIndex): Promise<void> {
  await client.open(uri, source);
  await client.open(other, joined);
  await client.diagnostics(other, 1);
  index.group(group);
  await client.until(() => JSON.stringify(last(client)).includes('"pending":false'));
}

test('one edit, one analysis of the group; the other document is told only if it shows something else', () =>
  session({}, async (client, engines, index) => {
    await openGroup(client, index);
    const before = { checks: engines.checks.length, published: client.published.length };
    const text = await client.replace(uri, 2, source, 'bad', 'good');
    await client.diagnostics(uri, 2);
    await client.settled();
    assert.deepEqual(engines.checks.slice(before.checks), [text + joined]);
    assert.deepEqual(
      client.published.slice(before.published).map((one) => one.uri),
      [uri],
    );
  }));

test('a group whose analysis fails: what was shown stays, and it is said once a document', () =>
  session({}, async (client, engines, index) => {
    await openGroup(client, index);
    engines.onCheck = () => {
      throw new Error('boom');
    };
    await client.replace(uri, 2, source, 'one', '\none');
    const kept = await client.diagnostics(uri, 2);
    assert.deepEqual(
      kept.map((one) => one.range.start.line),
      [2],
    );
    assert.equal((await client.status(uri, 2)).skipped, 'failed');
  }));
