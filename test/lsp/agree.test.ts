import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Diagnostic } from 'vscode-languageserver/node';
import { type Client, type ClientOptions, withServer } from './client.ts';
import { caller, indexed, relay, shownAt, Tree, wrapper } from './tree.ts';

const limit = { timeout: 120_000 };

const options: ClientOptions = { settings: () => ({ show: 'hint' }) };

/** Keeps what it shares in a struct; the teardown is in a neighbour. */
const setup = `#include <linux/set_memory.h>
#include "chan.h"

int chan_setup(struct chan *c)
{
	int ret;

	c->ring = (void *)__get_free_pages(GFP_KERNEL, 2);
	if (!c->ring)
		return -ENOMEM;
	ret = set_memory_decrypted((unsigned long)c->ring, 4);
	if (ret) {
		pr_err("leaked\\n");
		c->ring = NULL;
		return ret;
	}
	return 0;
}
`;

const teardown = `#include "chan.h"

void chan_teardown(struct chan *c)
{
	free_pages((unsigned long)c->ring, 2);
	c->ring = NULL;
}
`;

const files: Readonly<Record<string, string>> = {
  'lib/share.c': wrapper,
  'lib/relay.c': relay('ring_map', 'ring_share'),
  'include/linux/ring.h': `static inline int ring_one(struct page *page)\n{\n\treturn ring_share(page, 0);\n}\n`,
  'drivers/a/bad.c': caller('a_open', 'ring_share'),
  'drivers/a/good.c': caller('a_keep', 'ring_share', 'pr_err("leaked\\n");'),
  'drivers/b/bad.c': caller('b_open', 'ring_map'),
  'drivers/b/both.c':
    ['one', 'two', 'three', 'four'].map((name) => caller(`b_${name}`, 'ring_map')).join('') +
    caller('b_five', 'ring_share', ''),
  'drivers/c/chan.h': 'struct chan {\n\tvoid *ring;\n};\n',
  'drivers/c/setup.c': setup,
  'drivers/c/teardown.c': teardown,
  'drivers/d/alone.c': wrapper.replaceAll('ring_', 'own_').replaceAll('return set', 'set'),
  'drivers/d/plain.c': 'int plain(void)\n{\n\treturn 0;\n}\n',
  'drivers/d/static.c': `static ${wrapper.slice(wrapper.indexOf('int ring_share'), wrapper.indexOf('int ring_unshare'))}${caller('d_open', 'ring_share')}`,
};

/** `rule line message` of every file, as the command line has it for the whole tree. */
function byCommandLine(tree: Tree): Map<string, string[]> {
  const program = join(process.env.MEMBRANE_ROOT ?? '.', 'dist/cli.mjs');
  const args = ['check', '--tree', tree.root, '--format', 'json', '--fail-on', 'never', tree.root];
  const { stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  assert.equal(stderr.includes('Error'), false, stderr);
  const found = new Map<string, string[]>();
  for (const { rule, message, file, line: number } of JSON.parse(stdout).findings) {
    const line = `${rule} ${number} ${message}`;
    found.set(file, [...(found.get(file) ?? []), line].sort());
  }
  return found;
}

const told = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.map((one) => `${one.code} ${one.range.start.line + 1} ${one.message}`).sort();

const session = (run: (client: Client) => Promise<void>) => withServer(options, run);

const settled = (client: Client, uri: string) =>
  indexed(client, uri, (index) => index.state === 'ready' && !index.pending);

test(
  'the editor says of every file of a tree what the command line says of the tree',
  limit,
  async (context) => {
    const tree = new Tree(files);
    context.after(() => tree.end());
    const wanted = byCommandLine(tree);
    const crossing = ['drivers/a/bad.c', 'drivers/b/bad.c', 'drivers/b/both.c', 'drivers/c/teardown.c'];
    for (const file of crossing) assert.ok(wanted.has(file), `nothing in ${file}`);
    await session(async (client) => {
      for (const [file, text] of Object.entries(files)) await client.open(tree.uri(file), text);
      for (const file of Object.keys(files)) {
        await settled(client, tree.uri(file));
        const last = client.published.findLast((one) => one.uri === tree.uri(file));
        assert.deepEqual(told(last!.diagnostics), wanted.get(file) ?? [], file);
      }
    });
  },
);

/** The same numbers on every machine. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What is typed, taken back, or put in the place of something else. */
const swaps: readonly (readonly [string, string])[] = [
  ['ring_share(page', 'ring_map(page'],
  ['ring_share(page', 'ring_other(page'],
  ['ring_map(page', 'ring_share(page'],
  ['ring_other(page', 'ring_share(page'],
  ['ring_other(page', 'ring_share(page'],
  ['__free_pages(page, order);', 'undo(page);'],
  ['undo(page);', '__free_pages(page, order);'],
  ['undo(page);', '__free_pages(page, order);'],
  ['return ret;', 'return -EIO;'],
  ['return -EIO;', 'return ret;'],
  ['set_memory_decrypted', '0; (void)set_memory_decrypted'],
  ['0; (void)set_memory_decrypted', 'set_memory_decrypted'],
  ['0; (void)set_memory_decrypted', 'set_memory_decrypted'],
  ['\n{\n', '\n{\n\tif (order > 9\n'],
  ['\n\tif (order > 9\n', '\n'],
  ['static int', '\n\nstatic int'],
  ['int ring_map', 'static int ring_map'],
  ['static int ring_map', 'int ring_map'],
  ['pr_err("not shared\\n");', '__free_pages(page, order);'],
];

const open = ['lib/share.c', 'lib/relay.c', 'drivers/b/both.c'];

/** An editor in which somebody types without thinking. */
class Typist {
  readonly texts = new Map(open.map((file) => [file, files[file]!]));
  private readonly versions = new Map<string, number>();
  private readonly pick = numbers(20);

  constructor(
    private readonly client: Client,
    private readonly tree: Tree,
  ) {}

  async open(file: string): Promise<void> {
    this.versions.set(file, 1);
    await this.client.open(this.tree.uri(file), this.texts.get(file)!);
  }

  async edit(): Promise<void> {
    const { client, pick } = this;
    const [from, to] = swaps[pick(swaps.length)]!;
    const fitting = open.filter((file) => this.texts.get(file)!.includes(from));
    if (fitting.length === 0) return await this.edit();
    const file = fitting[pick(fitting.length)]!;
    const uri = this.tree.uri(file);
    const version = this.next(file);
    this.texts.set(file, await client.replace(uri, version, this.texts.get(file)!, from, to));
    // Some come while the one before is still looked at, some after it.
    if (pick(3) === 0) await client.diagnostics(uri, version);
    if (pick(20) === 0) await settled(client, uri);
    if (pick(20) > 0) return;
    await client.close(uri);
    await this.open(file);
  }

  /** What is half-typed keeps what it had, so it must not stay so; and the wrappers share again, else there is nothing to find. */
  async finish(): Promise<void> {
    for (const file of open) {
      const text = this.texts
        .get(file)!
        .replaceAll('\tif (order > 9\n', '')
        .replaceAll('0; (void)', '')
        .replaceAll('static int ring_map', 'int ring_map');
      this.texts.set(file, text);
      await this.client.change(this.tree.uri(file), this.next(file), [{ text }]);
    }
  }

  private next(file: string): number {
    const version = this.versions.get(file)! + 1;
    this.versions.set(file, version);
    return version;
  }
}

test(
  '200 edits of three files: what shows is what a server shows that saw only the last texts',
  limit,
  async (context) => {
    const tree = new Tree(files);
    context.after(() => tree.end());
    let findings = 0;
    await session(async (client) => {
      const typist = new Typist(client, tree);
      for (const file of open) await typist.open(file);
      for (let i = 1; i <= 200; i++) {
        await typist.edit();
        if (i % 40 > 0) continue;
        await typist.finish();
        // The other server finds on the disk what this one was only told.
        for (const file of open) tree.put(file, typist.texts.get(file)!);
        const fresh: (string[] | null)[] = [];
        await session(async (other) => {
          for (const file of open) await other.open(tree.uri(file), typist.texts.get(file)!);
          for (const file of open) await settled(other, tree.uri(file));
          fresh.push(...open.map((file) => shownAt(other, tree.uri(file))));
        });
        findings += fresh.flat().length;
        const now = () => open.map((file) => shownAt(client, tree.uri(file)));
        await client.until(() => JSON.stringify(now()) === JSON.stringify(fresh));
      }
    });
    assert.ok(findings > 5, `only ${findings} to compare`);
  },
);
