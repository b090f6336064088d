import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { TransitionParams, TransitionResult } from '../../server/src/protocol.ts';
import { run } from '../cli/harness.ts';
import { type Client, withServer } from './client.ts';

const limit = { timeout: 60_000 };
const root = process.env.MEMBRANE_ROOT ?? '.';

/** A session on a copy of the example, with `ring.c` open. */
async function session(
  run: (client: Client, uri: string, line: (text: string, from?: string) => number) => Promise<void>,
  settings: unknown = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'membrane-view-'));
  const file = join(folder, 'ring.c');
  cpSync(join(root, 'example/ring.c'), file);
  cpSync(join(root, 'example/foo.h'), join(folder, 'foo.h'));
  const text = readFileSync(file, 'utf8');
  const uri = pathToFileURL(file).href;
  const lines = text.split('\n');
  try {
    await withServer({ initializationOptions: { settings } }, async (client) => {
      await client.open(uri, text);
      await run(client, uri, (wanted, from) => {
        const start = from === undefined ? 0 : lines.findIndex((one) => one.includes(from));
        return lines.findIndex((one, i) => i >= start && one.includes(wanted));
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const ask = (client: Client, params: TransitionParams): Promise<TransitionResult | null> =>
  client.connection.sendRequest('membrane/transition', params);

const expand = 'foo_ring_expand(';

test('a finding: the steps of its path among those of the platform, each with its place', limit, () =>
  session(async (client, uri, line) => {
    const free = line('__free_pages(', expand);
    const view = await ask(client, { textDocument: { uri }, position: { line: free, character: 3 } });
    assert.ok(view);
    assert.equal(view.finding?.rule, 'free-after-failed-transition');
    assert.deepEqual(
      [view.chosen.platform, view.chosen.protocol, view.chosen.fails, view.chosen.then],
      ['tdx', 'old', 5, 'free'],
    );
    const call = line('set_memory_decrypted(', expand);
    const sources = view.rows.flatMap((row) =>
      row.source === null ? [] : [[row.kind, row.source.range.start.line]],
    );
    assert.deepEqual(
      sources.filter(([kind]) => kind === 'step').map(([, at]) => at),
      [call, call, call, call, call],
    );
    assert.deepEqual(sources.find(([kind]) => kind === 'path')?.[1], line('alloc_pages(', expand));
    assert.deepEqual(sources.find(([kind]) => kind === 'caller')?.[1], free);
    const order = view.rows.map(({ kind }) => kind).filter((kind) => kind !== 'read');
    assert.equal(order[0], 'before');
    assert.ok(order.indexOf('return') < order.lastIndexOf('path'), `the goto after the return: ${order}`);
    assert.ok(order.lastIndexOf('path') < order.indexOf('caller'));
    assert.ok(view.rows.every(({ sentence }) => /^\S.*\.$/.test(sentence)));
    assert.ok(view.harmful);
    assert.match(view.text, /^frees 'page' after set_memory_decrypted\(\) failed/);
    assert.match(view.text, new RegExp(`FAILS -EIO on page 1\n.* ring\\.c:${call + 1}$`, 'm'));
    assert.ok(view.text.split('\n').every((one) => one.length <= 120 || one.startsWith('frees ')));
  }),
);

test('another platform, another end: the table changes, the finding stays', limit, () =>
  session(async (client, uri, line) => {
    const position = { line: line('__free_pages(', expand), character: 3 };
    const first = await ask(client, { textDocument: { uri }, position });
    const { fingerprint } = first!.finding!;
    const at = { textDocument: { uri }, fingerprint };
    const cca = await ask(client, { ...at, choice: { platform: 'cca' } });
    assert.match(cca!.title, /^Arm CCA/);
    assert.equal(cca!.finding!.fingerprint, fingerprint);
    assert.notEqual(cca!.text, first!.text);
    const leaks = await ask(client, { ...at, choice: { then: 'leak' } });
    assert.equal(leaks!.harmful, false);
    assert.ok(!leaks!.rows.some((row) => row.kind === 'caller' && row.source !== null));
    const none = await ask(client, { ...at, choice: { fails: null } });
    assert.deepEqual(
      none!.choices.then.map(({ value }) => value),
      ['keep', 'free'],
    );
    // What a platform does not have is not chosen.
    const odd = await ask(client, { ...at, choice: { platform: 'cca', protocol: 'old', fails: 99 } });
    assert.deepEqual(odd!.chosen, cca!.chosen);
  }),
);

test('a call that is right: nothing fails, the platform is the one that is set', limit, () =>
  session(
    async (client, uri, line) => {
      const at = line('set_memory_encrypted(', 'foo_ring_destroy_ok(');
      const view = await ask(client, { textDocument: { uri }, position: { line: at, character: 0 } });
      assert.deepEqual(
        [view!.finding, view!.chosen.to, view!.chosen.fails, view!.chosen.platform],
        [null, 'private', null, 'snp'],
      );
      assert.equal(view!.rows.find(({ kind }) => kind === 'step')!.source!.range.start.line, at);
      assert.deepEqual(
        view!.choices.platforms.filter(({ matters }) => matters).map(({ value }) => value),
        ['snp'],
      );
      assert.equal(await ask(client, { textDocument: { uri }, position: { line: 1, character: 0 } }), null);
      const named = {
        textDocument: { uri },
        position: { line: 1, character: 0 },
        callee: 'set_memory_decrypted',
      };
      assert.equal((await ask(client, named))!.chosen.to, 'shared');
    },
    { platforms: ['snp'] },
  ),
);

test('memory that is still shared is freed: the caller frees what worked', limit, () =>
  session(async (client, uri, line) => {
    const at = line('free_pages(', 'void foo_ring_destroy(');
    const view = await ask(client, { textDocument: { uri }, position: { line: at, character: 2 } });
    assert.equal(view!.finding!.rule, 'free-while-shared');
    assert.deepEqual([view!.chosen.fails, view!.chosen.then], [null, 'free']);
    assert.equal(view!.rows.find(({ kind }) => kind === 'caller')!.source!.range.start.line, at);
    assert.ok(view!.harmful);
  }),
);

test('without a place it is the table of `membrane model show`, for every platform and way', limit, () =>
  session(async (client) => {
    const plain = (await ask(client, {}))!;
    for (const { value: platform } of plain.choices.platforms) {
      for (const to of ['shared', 'private'] as const) {
        const view = (await ask(client, { choice: { platform, to } }))!;
        const { out } = await run(['model', 'show', platform, '--to', to, '--reader']);
        assert.equal(view.text, out, `${platform} ${to}`);
        for (const { value } of view.choices.fails) {
          const failing = (await ask(client, {
            choice: { platform, to, fails: value, then: 'leak', stray: 'none', address: 'vmalloc' },
          }))!;
          const argv = [
            'model',
            'show',
            platform,
            '--to',
            to,
            '--fail',
            `${value}`,
            '--then',
            'leak',
            '--vmalloc',
          ];
          assert.equal(failing.text, (await run(argv)).out, argv.join(' '));
        }
      }
    }
    const read = (await ask(client, { choice: { platform: 'tdx', stray: 2 } }))!;
    assert.equal(read.text, (await run(['model', 'show', 'tdx', '--reader-after', '2'])).out);
    assert.equal(read.rows.filter(({ kind }) => kind === 'read').length, 1);
    const freed = (await ask(client, { choice: { platform: 'tdx', then: 'free', stray: 'none' } }))!;
    assert.equal(freed.text, (await run(['model', 'show', 'tdx', '--freed'])).out);
  }),
);

test('a transition of one page is drawn with one page, but where the host counts smaller ones', limit, () =>
  withServer({}, async (client) => {
    const uri = 'file:///nowhere/drivers/one.c';
    const text = `int share(void)
{
	void *page = (void *)get_zeroed_page(GFP_KERNEL);

	if (!page)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)page, 1))
		free_page((unsigned long)page);
	else
		keep(page);
	return 0;
}
`;
    await client.open(uri, text);
    const [finding] = await client.diagnostics(uri, 1);
    assert.equal(finding?.code, 'free-after-failed-transition');
    const pages = async (platform: string) => {
      const view = await ask(client, {
        textDocument: { uri },
        position: finding!.range.start,
        choice: { platform },
      });
      return Math.max(...view!.rows.map(({ lines }) => lines.length));
    };
    assert.deepEqual([await pages('tdx'), await pages('snp'), await pages('cca')], [1, 1, 1]);
    assert.equal(await pages('pkvm'), 2);
  }),
);

test('a function that is no transition has no table, with a place and without', limit, () =>
  session(async (client, uri, line) => {
    const free = line('__free_pages(', expand);
    const at = { textDocument: { uri }, position: { line: free, character: 3 } };
    const found = (await ask(client, at))!.finding!;
    for (const callee of ['__free_pages', 'foo_nothing']) {
      assert.equal(await ask(client, { callee }), null);
      assert.equal(await ask(client, { ...at, callee }), null);
      assert.equal(await ask(client, { textDocument: { uri: 'file:///none.c' }, callee }), null);
    }
    // What is named by its fingerprint is that, whatever it is about.
    const named = { textDocument: { uri }, fingerprint: found.fingerprint, callee: 'foo_nothing' };
    assert.equal((await ask(client, named))!.finding!.rule, found.rule);
    assert.equal((await ask(client, { callee: 'set_memory_encrypted' }))!.chosen.to, 'private');
    assert.equal((await ask(client, { ...at, callee: 'set_memory_decrypted' }))!.finding!.rule, found.rule);
  }),
);
