import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CheckTreeResult, StatusParams, TransitionResult } from '../../server/src/protocol.ts';
import { type Client, withServer } from './client.ts';
import { caller, indexed, shows, Tree, together, wrapper } from './tree.ts';

const limit = { timeout: 60_000 };

/** A session in a kernel tree of these files, whose settings are what `set` was given last. */
async function session(
  context: TestContext,
  files: Readonly<Record<string, string>>,
  run: (client: Client, tree: Tree, set: (settings: unknown) => Promise<void>) => Promise<void>,
): Promise<void> {
  const tree = new Tree(files);
  context.after(() => tree.end());
  let settings: unknown = {};
  await withServer({ settings: () => settings }, (client) =>
    run(client, tree, async (now) => {
      settings = now;
      await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    }),
  );
}

const flip = `#include <linux/set_memory.h>

int ring_share(void *buf)
{
	return set_memory_decrypted((unsigned long)buf, 1);
}
`;

test('protocol: what a platform is taken to do, in hovers and the transition view', limit, (context) =>
  session(context, { 'drivers/ring.c': flip }, async (client, tree, set) => {
    const uri = tree.uri('drivers/ring.c');
    await client.open(uri, flip);
    await client.diagnostics(uri, 1);
    const steps = async () => {
      const { contents } = (await client.hover(uri, 4, 12))!;
      const { value } = contents as { value: string };
      return {
        kernels: /, on TDX \((.*)\)\. 0:/.exec(value)?.[1],
        leaves: value.includes('clears PRESENT'),
      };
    };
    const protocol = async () => {
      const position = { line: 4, character: 12 };
      const view = await client.connection.sendRequest<TransitionResult | null>('membrane/transition', {
        textDocument: { uri },
        position,
      });
      return view!.chosen.protocol;
    };
    assert.deepEqual(await steps(), { kernels: 'tree 6.12', leaves: false });
    assert.equal(await protocol(), 'old');
    await set({ protocol: 'new' });
    assert.equal(await protocol(), 'new');
    assert.deepEqual(await steps(), { kernels: 'protocol new, no kernel yet', leaves: true });
    const alone = await client.connection.sendRequest<TransitionResult>('membrane/transition', {});
    assert.equal(alone.chosen.protocol, 'new');
  }),
);

test('protocol: what a finding leads to', limit, (context) => {
  const text = `${wrapper}${caller('one_open', 'ring_share')}`;
  return session(context, { 'drivers/one.c': text }, async (client, tree, set) => {
    const uri = tree.uri('drivers/one.c');
    await client.open(uri, text);
    await shows(client, uri, ['free-after-failed-transition 22']);
    const told = () => {
      const related = client.published.findLast((one) => one.uri === uri)!.diagnostics[0]!
        .relatedInformation!;
      return related.flatMap(({ message }) => (message.includes('TDX') ? [message] : []));
    };
    const [old] = told();
    assert.match(old!, /TDX.*: the host can read/);
    await set({ protocol: 'new' });
    await client.until(() => told()[0] !== old);
    assert.match(told().join(), /oops/);
  });
});

/** A function with two ways behind each other, often: more than a small bound follows. */
const many = `
int many(void *buf, int *a)
{
	int ret = set_memory_decrypted((unsigned long)buf, 1);

${Array.from({ length: 1 }, (_, i) => `\tif (a[${i}])\n\t\tret |= set_memory_encrypted((unsigned long)buf + ${i} * PAGE_SIZE, 1);`).join('\n')}
	return ret;
}
`;

const gaps = ({ notAnalysed }: StatusParams) =>
  notAnalysed.map(({ function: name, kind, reason }) => `${name} ${kind}: ${reason}`);

test('analysis.*: bounds that are hit are listed, with the setting that moves them', limit, (context) =>
  session(context, { 'drivers/many.c': many }, async (client, tree, set) => {
    const uri = tree.uri('drivers/many.c');
    await client.open(uri, many);
    await together(client, uri, 0);
    assert.deepEqual(gaps(client.statuses.at(-1)!), []);
    const says = async (settings: unknown, expected: RegExp | null) => {
      client.statuses.length = 0;
      await set(settings);
      await client.until(() => {
        const status = client.statuses.at(-1);
        return status !== undefined && (expected === null || gaps(status).some((gap) => expected.test(gap)));
      });
      if (expected === null) assert.deepEqual(gaps(client.statuses.at(-1)!), []);
    };
    await says(
      { analysis: { maxSteps: 3 } },
      /^many budget: it takes more steps than a function gets.*, see membrane\.analysis\.maxSteps$/,
    );
    await says({ analysis: { maxPaths: 1 } }, /^many bound: .*, see membrane\.analysis\.maxPaths$/);
    await says({ analysis: { timeMs: 60_000 } }, null);
  }),
);

test('annotations.marker: what begins an annotation that is completed', limit, (context) =>
  session(context, {}, async (client, tree, set) => {
    const uri = tree.uri('a.c');
    await client.open(uri, '/*  */\n');
    const offered = () =>
      client.connection.sendRequest<readonly { label: string }[]>('textDocument/completion', {
        textDocument: { uri },
        position: { line: 0, character: 3 },
      });
    assert.deepEqual(
      (await offered()).map(({ label }) => label),
      ['coco:'],
    );
    await set({ annotations: { marker: 'membrane' } });
    assert.deepEqual(
      (await offered()).map(({ label }) => label),
      ['@membrane'],
    );
  }),
);

test(
  'index.maxFileSizeMB: a header that is larger leads to nobody; *Check Whole Tree* says so',
  limit,
  (context) => {
    const inline = wrapper.replaceAll('\nint ', '\nstatic inline int ');
    const large = `/* ${'register '.repeat(150_000)} */\n${inline}`;
    const using = `#include "share.h"\n${caller('one_open', 'ring_share')}`;
    const files = { 'drivers/share.h': large, 'drivers/one.c': using };
    return session(context, files, async (client, tree, set) => {
      const uri = tree.uri('drivers/one.c');
      const problems = async () => {
        const params = { textDocument: { uri } };
        return (await client.connection.sendRequest<CheckTreeResult>('membrane/checkTree', params)).problems;
      };
      await client.open(uri, using);
      await together(client, uri, 1);
      await shows(client, uri, ['free-after-failed-transition 12']);
      assert.deepEqual(await problems(), []);
      await set({ index: { maxFileSizeMB: 1 } });
      await indexed(client, uri, (index) => index.state === 'ready' && index.others === 0);
      await shows(client, uri, []);
      const [problem] = await problems();
      assert.equal(
        problem,
        'drivers/share.h: header of more than 1 MB, not searched; name it to have it checked',
      );
    });
  },
);
