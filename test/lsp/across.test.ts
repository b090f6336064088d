import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CodeAction, CodeLens, InlayHint, MarkupContent } from 'vscode-languageserver/node';
import type { CallersResult } from '../../server/src/protocol.ts';
import { type Client, type ClientOptions, withServer } from './client.ts';
import { caller, indexed, relay, shownAt, shows, Tree, together, wrapper } from './tree.ts';

/** Hovers, lenses and hints of what only other files say. */

const limit = { timeout: 60_000 };

/** Memory in a field: one file shares it and says so in a flag beside it, another frees it. */
const header = `struct foo_ring {
	void *buf;
	bool decrypted;
};
`;
const setup = `#include "ring.h"

int foo_ring_init(struct foo_ring *ring)
{
	ring->buf = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!ring->buf)
		return -ENOMEM;
	ring->decrypted = true;
	if (set_memory_decrypted((unsigned long)ring->buf, 4))
		return -EIO;
	return 0;
}
`;
const teardown = `#include "ring.h"

void foo_ring_free(struct foo_ring *ring)
{
	if (!ring->decrypted)
		free_pages((unsigned long)ring->buf, 2);
}

void foo_ring_drop(struct foo_ring *ring)
{
	free_pages((unsigned long)ring->buf, 2);
}
`;
const ring = {
  'drivers/foo/Makefile': 'obj-m += foo.o\nfoo-y := setup.o teardown.o\n',
  'drivers/foo/ring.h': header,
  'drivers/foo/setup.c': setup,
  'drivers/foo/teardown.c': teardown,
};
const shared = {
  'lib/share.c': wrapper,
  'lib/relay.c': relay('ring_share_loudly', 'ring_share'),
  'drivers/a/one.c': caller('one_open', 'ring_share_loudly'),
};

/** Asks for more than it was given. */
const all = `int foo_share_all(struct page *first, unsigned int n)
{
	return ring_share(first, n + 1);
}
`;

async function session(
  context: TestContext,
  files: Readonly<Record<string, string>>,
  options: ClientOptions,
  run: (client: Client, tree: Tree) => Promise<void>,
): Promise<void> {
  const tree = new Tree(files);
  context.after(() => tree.end());
  await withServer(options, (client) => run(client, tree));
}

const codeActions = {
  textDocument: {
    publishDiagnostics: { relatedInformation: true },
    codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ['quickfix'] } } },
  },
};

const settings = (membrane: Record<string, unknown>): ClientOptions => ({ settings: () => membrane });

/** The hover on `word` in the first line of `text` that has `line`. */
async function hover(client: Client, uri: string, text: string, line: string, word: string) {
  const lines = text.split('\n');
  const row = lines.findIndex((one) => one.includes(line));
  assert.ok(row >= 0, line);
  const answer = await client.hover(uri, row, lines[row]!.indexOf(word, lines[row]!.indexOf(line)));
  return answer === null ? null : (answer.contents as MarkupContent).value;
}

const lensTitles = async (client: Client, uri: string) => {
  const found = await client.connection.sendRequest<CodeLens[]>('textDocument/codeLens', {
    textDocument: { uri },
  });
  return found.map(({ command }) => command!.title);
};

test(
  'a wrapper of a wrapper in another file: hover on the call, hint behind it, and what it leaves of the argument',
  limit,
  (context) =>
    session(context, shared, settings({ inlayHints: { outcomes: true } }), async (client, tree) => {
      const [uri, text] = [tree.uri('drivers/a/one.c'), shared['drivers/a/one.c']];
      await client.open(uri, text);
      await together(client, uri, 2);
      const call = (await hover(client, uri, text, 'ret = ring_share_loudly', 'ring_share_loudly'))!;
      assert.match(
        call,
        /^ring_share_loudly\(\) decrypts page \(1 << order pages\)\. 0: shared, else unknown\. Sleeps\. 1 caller\.\n\n---\n\n/,
      );
      assert.match(
        call,
        /^set_memory_decrypted\(\), on TDX \(tree 6\.12\):\n\n1\. removes aliasing mappings$/m,
      );
      const free = (await hover(client, uri, text, '__free_pages', '__free_pages'))!;
      assert.match(
        free,
        /^Reported: unknown here\.\n\n- alloc_pages\(\): private \(line 4\); ring_share_loudly\(\): unknown \(line 9\)$/m,
      );
      assert.match(free, /^\*\*free-after-failed-transition\*\*: /m);
      const kept = (await hover(client, uri, text, 'keep(page)', 'page'))!;
      assert.match(kept, /^page: shared here\.\n\n- .*ring_share_loudly\(\): shared \(line 9\)$/m);
      const hints = await client.connection.sendRequest<InlayHint[]>('textDocument/inlayHint', {
        textDocument: { uri },
        range: { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } },
      });
      assert.deepEqual(
        hints.map(({ position, label }) => [position.line, label]),
        [[8, '0: shared, else unknown']],
      );
    }),
);

test(
  'a free in another file than the one that shares: silent and reported, each with who it is that shares',
  limit,
  (context) =>
    session(context, ring, {}, async (client, tree) => {
      const uri = tree.uri('drivers/foo/teardown.c');
      await client.open(uri, teardown);
      await shows(client, uri, ['free-after-failed-transition 11']);
      const silent = (await hover(client, uri, teardown, '\t\tfree_pages', 'free_pages'))!;
      assert.match(
        silent,
        /^Not reported: private here, because ring->decrypted is false: foo_ring_init\(\) leaves it (?:shared or unknown|unknown or shared) only where that is true\./,
      );
      const at = teardown.split('\n').findLastIndex((line) => line.includes('free_pages'));
      const drop = (await client.hover(uri, at, 3))!.contents as MarkupContent;
      assert.match(drop.value, /^Reported: foo_ring_init\(\) leaves it .*, and nothing here asks for that\./);
      const field = (await hover(client, uri, teardown, 'ring->buf, 2', 'buf'))!;
      assert.match(
        field,
        /^ring->buf: private here, because ring->decrypted is false: foo_ring_init\(\) leaves/,
      );
    }),
);

/** The hover on the guarded free of `file`, once the driver with these files besides is checked together with so many others. */
function silentFree(
  context: TestContext,
  besides: Readonly<Record<string, string>>,
  file: string,
  others: number,
  wanted: RegExp,
): Promise<void> {
  const all: Record<string, string> = { ...ring, ...besides };
  const sources = Object.keys(all).filter((name) => name.endsWith('.c'));
  const objects = sources.map((name) => name.replace(/^.*\//, '').replace(/c$/, 'o'));
  all['drivers/foo/Makefile'] = `obj-m += foo.o\nfoo-y := ${objects.join(' ')}\n`;
  return session(context, all, {}, async (client, tree) => {
    const [uri, text] = [tree.uri(file), all[file]!];
    await client.open(uri, text);
    await indexed(
      client,
      uri,
      (index) => index.state === 'ready' && index.others >= others && !index.pending,
    );
    assert.match((await hover(client, uri, text, '\t\tfree_pages', 'free_pages'))!, wanted);
  });
}

/** The flag takes the result: it is not 0 where the memory may still be shared. */
const stop = `#include "ring.h"

int foo_ring_stop(struct foo_ring *ring)
{
	int ret = set_memory_encrypted((unsigned long)ring->buf, 4);

	ring->decrypted = ret;
	return ret;
}
`;

test('a flag that takes the result of a transition keeps a free silent, and that is why', limit, (context) =>
  silentFree(
    context,
    { 'drivers/foo/stop.c': stop },
    'drivers/foo/teardown.c',
    2,
    /^Not reported: private here, because ring->decrypted is false: foo_ring_init\(\) and foo_ring_stop\(\) leave it .* only where that is true\./,
  ),
);

/** The struct is made by the one who has it set up: nobody gives it to either function from outside. */
const probe = `#include "ring.h"

int foo_probe(void)
{
	struct foo_ring *ring = kzalloc(sizeof(*ring), GFP_KERNEL);

	if (!ring)
		return -ENOMEM;
	return foo_ring_init(ring);
}
`;

test('who shares is named where a struct was made on the way', limit, (context) =>
  silentFree(
    context,
    { 'drivers/foo/probe.c': probe },
    'drivers/foo/teardown.c',
    2,
    /^Not reported: private here, because ring->decrypted is false: foo_ring_init\(\) leaves it .* only where that is true\./,
  ),
);

/** The struct around a member is called as the source calls it. */
const reap = `#include "ring.h"

void foo_ring_reap(struct rcu_head *head)
{
	struct foo_ring *ring = container_of(head, struct foo_ring, rcu);

	if (!ring->decrypted)
		free_pages((unsigned long)ring->buf, 2);
}
`;

test('a guard in a struct that is found by container_of() has the name of the variable', limit, (context) =>
  silentFree(
    context,
    {
      'drivers/foo/ring.h': header.replace('\tbool', '\tstruct rcu_head rcu;\n\tbool'),
      'drivers/foo/reap.c': reap,
    },
    'drivers/foo/reap.c',
    1,
    /^Not reported: private here, because ring->decrypted is false: foo_ring_init\(\)/,
  ),
);

test('an edit of the other file changes what a hover says here', limit, (context) =>
  session(context, ring, {}, async (client, tree) => {
    const [here, there] = [tree.uri('drivers/foo/teardown.c'), tree.uri('drivers/foo/setup.c')];
    await client.open(here, teardown);
    await client.open(there, setup);
    await shows(client, here, ['free-after-failed-transition 11']);
    // The flag says nothing any more: the guarded free is as bad as the other.
    await client.replace(there, 2, setup, 'ring->decrypted = true', 'ring->decrypted = false');
    await shows(client, here, ['free-after-failed-transition 11', 'free-after-failed-transition 6']);
    const free = (await hover(client, here, teardown, '\t\tfree_pages', 'free_pages'))!;
    assert.match(free, /^Reported: foo_ring_init\(\) leaves it /);
    assert.doesNotMatch(free, /because/);
  }),
);

test(
  'blanks and half-typed statements: the other file keeps its findings, whose paths move, and its fixes',
  limit,
  (context) =>
    session(context, ring, { capabilities: codeActions }, async (client, tree) => {
      const [here, there] = [tree.uri('drivers/foo/teardown.c'), tree.uri('drivers/foo/setup.c')];
      await client.open(here, teardown);
      await client.open(there, setup);
      await shows(client, here, ['free-after-failed-transition 11']);
      const lineOfCall = () => {
        const [finding] = client.published.findLast(({ uri }) => uri === here)!.diagnostics;
        const steps = finding!.relatedInformation!.filter(({ location }) => location.uri === there);
        return Math.max(...steps.map(({ location }) => location.range.start.line));
      };
      await client.until(() => client.published.some(({ uri }) => uri === here) && lineOfCall() === 8);
      const lower = await client.replace(
        there,
        2,
        setup,
        '\tring->decrypted',
        '\n\t/* now */\n\tring->decrypted',
      );
      await client.until(() => lineOfCall() === 10);
      assert.deepEqual(shownAt(client, here), ['free-after-failed-transition 11']);
      // Asked for before the pause is over: the whole is hastened.
      const at = { line: 10, character: 2 };
      const actions = await client.connection.sendRequest<CodeAction[]>('textDocument/codeAction', {
        textDocument: { uri: here },
        range: { start: at, end: at },
        context: { diagnostics: [] },
      });
      assert.ok(
        actions.some(({ kind }) => kind === 'quickfix'),
        JSON.stringify(actions.map(({ title }) => title)),
      );
      // Half a statement would swallow the one below it.
      const half = await client.replace(there, 3, lower, '\tif (set_memory', '\tif (ring\n\tif (set_memory');
      await indexed(client, there, (index) => index.state === 'ready' && !index.pending);
      assert.deepEqual(shownAt(client, here), ['free-after-failed-transition 11']);
      await client.replace(there, 4, half, '\tif (ring\n', '\tring->decrypted = false;\n');
      await shows(client, here, ['free-after-failed-transition 11', 'free-after-failed-transition 6']);
    }),
);

test('lenses count callers of other files, and show them', limit, (context) =>
  session(
    context,
    { ...shared, 'drivers/b/two.c': caller('two_open', 'ring_share') },
    settings({ codeLens: { callers: true } }),
    async (client, tree) => {
      const uri = tree.uri('lib/share.c');
      await client.open(uri, wrapper);
      await together(client, uri, 3);
      assert.deepEqual(await lensTitles(client, uri), [
        'decrypts page (1 << order pages) | 0: shared, else unknown | sleeps',
        '2 callers',
        'encrypts page (1 << order pages) | 0: private, else unknown | sleeps',
        'no callers in view',
      ]);
      const position = { line: 2, character: 6 };
      const callers = await client.connection.sendRequest<CallersResult>('membrane/callers', {
        uri,
        position,
      });
      assert.deepEqual(callers!.calls.map((call) => [call.uri, call.function]).sort(), [
        [tree.uri('drivers/b/two.c'), 'two_open'],
        [tree.uri('lib/relay.c'), 'ring_share_loudly'],
      ]);
    },
  ),
);

test(
  'a lens says what is done through functions of other files, in terms of what the function is given',
  limit,
  (context) =>
    session(context, { ...shared, 'lib/all.c': all }, {}, async (client, tree) => {
      const uri = tree.uri('lib/all.c');
      await client.open(uri, all);
      await together(client, uri, 3);
      assert.deepEqual(await lensTitles(client, uri), [
        'decrypts first (1 << (n + 1) pages) | 0: shared, else unknown | sleeps',
      ]);
    }),
);
