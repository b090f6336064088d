import assert from 'node:assert/strict';
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { NodeFileSystem } from '../../server/src/hosts/node/files.ts';
import { bad, folder, good, type Ran, run, spawned } from './harness.ts';

const wrapper = 'int share(void *p)\n{\n\treturn set_memory_decrypted((unsigned long)p, 1);\n}\n';

/** Frees after a failed call of the wrapper in another file. */
const user = `int use(void)
{
	void *p = (void *)__get_free_page(GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	if (share(p)) {
		free_page((unsigned long)p);
		return -EIO;
	}
	return 0;
}
`;

/** So many groups of files have to do with transitions. */
const groups = 9;

/** More files than are checked without threads: two that belong together, eight with findings or without, many that do not matter. */
function tree(context: TestContext, more: Record<string, string> = {}): string {
  const files: Record<string, string> = {
    Kbuild: '',
    MAINTAINERS: '',
    'lib/wrap.c': wrapper,
    'drivers/user.c': user,
    'drivers/latin.c': '',
  };
  for (let i = 0; i < 8; i++)
    files[`d${i}/matters.c`] = (i % 2 === 0 ? bad : good).replaceAll('bad', `f${i}`);
  for (let i = 0; i < 200; i++) files[`d${i % 8}/other${i}.${i % 3 === 0 ? 'h' : 'c'}`] = `int other${i};\n`;
  return folder(context, { ...files, ...more });
}

interface Checks {
  /** With what is kept; asserts that it says what a run without says. Gives how many groups were not analysed again. */
  same(...args: string[]): Promise<number>;
  readonly cache: string;
}

/** Without anything that is kept, and without threads. */
function fresh(top: string, ...args: string[]): Promise<Ran> {
  return run(['check', '--format', 'json', ...args], new NodeFileSystem(), top);
}

function checks(context: TestContext, top: string): Checks {
  const cache = join(folder(context, {}), 'cache');
  return {
    cache,
    async same(...args) {
      const check = ['check', '--format', 'json', ...args, '--cache-dir', cache, '--verbose'];
      const { out, code, err } = await spawned(check, top);
      assert.deepEqual({ out, code, err: '' }, await fresh(top, ...args));
      const told = /^membrane: (\d+) of \d+ groups? of files from the cache\n$/.exec(err);
      assert.ok(told, err);
      return Number(told[1]);
    },
  };
}

const findings = (out: string): number => JSON.parse(out).findings.length;

test('the same bytes with an empty cache, a full one and none, in every format, with any number of threads', async (context) => {
  const top = tree(context);
  const { cache, same } = checks(context, top);
  assert.equal(await same(), 0);
  assert.equal(await same(), groups);
  assert.equal(await same('--jobs', '1'), groups);
  const numbers = ['--stats', '--fail-on', 'never'];
  // The time that it took is the one thing that differs.
  const timeless = (text: string) => text.replace(/\b[\d.]+ m?s\b/g, '');
  for (const args of [['--format', 'sarif'], numbers]) {
    const kept = await spawned(['check', ...args, '--cache-dir', cache], top);
    const none = await spawned(['check', ...args, '--no-cache', '--jobs', '1'], top);
    assert.equal(timeless(kept.out), timeless(none.out));
    assert.deepEqual([kept.err, none.err], ['', '']);
  }
});

test('what is kept is good for other rules, levels, platforms and paths', async (context) => {
  const top = tree(context);
  const { same } = checks(context, top);
  await same();
  assert.equal(await same('--rule', 'unchecked-transition'), groups);
  assert.equal(await same('--platform', 'tdx'), groups);
  assert.equal(await same('drivers'), 1);
  assert.equal(await same('d0/matters.c', 'd1/other1.c'), 1);
  writeFileSync(join(top, '.membrane.json'), '{ "rules": { "free-after-failed-transition": "hint" } }');
  assert.equal(await same(), groups);
  writeFileSync(
    join(top, '.membrane.json'),
    '{ "vocabulary": { "frees": [{ "name": "other0", "kind": "page" }] } }',
  );
  assert.equal(await same(), 0);
});

test('what is left out of the tree has an index of its own', async (context) => {
  const top = tree(context);
  const { same } = checks(context, top);
  await same();
  // Without the wrapper the file of the user names nothing that matters.
  assert.equal(await same('--exclude', 'lib'), groups - 1);
  assert.equal(await same('--exclude', 'lib'), groups - 1);
  assert.equal(await same(), groups);
});

test('an edit costs the group that it is in', async (context) => {
  const top = tree(context);
  const { same } = checks(context, top);
  await same();
  writeFileSync(join(top, 'drivers/user.c'), user.replace('\t\tfree_page((unsigned long)p);\n', ''));
  assert.equal(await same(), groups - 1);
  writeFileSync(join(top, 'lib/wrap.c'), wrapper.replace('return ', 'return !'));
  assert.equal(await same(), groups - 1);
  // As it was at first, and that is still known.
  writeFileSync(join(top, 'drivers/user.c'), user);
  writeFileSync(join(top, 'lib/wrap.c'), wrapper);
  assert.equal(await same(), groups);
  writeFileSync(join(top, 'd3/other3.h'), 'int other(void);\n');
  assert.equal(await same(), groups);
});

test('files that come and go, and calls that lead elsewhere', async (context) => {
  const top = tree(context);
  const { same } = checks(context, top);
  await same();
  writeFileSync(join(top, 'drivers/more.c'), user.replaceAll('use(', 'use_more('));
  assert.equal(await same(), groups - 1);
  rmSync(join(top, 'drivers/more.c'));
  assert.equal(await same(), groups);
  rmSync(join(top, 'lib'), { recursive: true });
  assert.equal(await same(), groups - 1);
  writeFileSync(join(top, 'd1/other1.c'), bad.replaceAll('bad', 'worse'));
  assert.equal(await same(), groups - 1);
});

test('a touch and what is not UTF-8', async (context) => {
  const top = tree(context);
  const { same } = checks(context, top);
  writeFileSync(join(top, 'drivers/latin.c'), Buffer.from(`/* \xe4 */\n${bad}`, 'latin1'));
  await same();
  const now = Date.now() / 1000;
  for (const file of ['d0/matters.c', 'd0/other0.h', 'drivers/latin.c'])
    utimesSync(join(top, file), now, now);
  assert.equal(await same(), groups + 1);
  writeFileSync(join(top, 'drivers/latin.c'), `/* \u00e4 */\n${bad}`);
  assert.equal(await same(), groups);
});

test('an edit of the same size at the same time is seen', async (context) => {
  const top = tree(context);
  const { same } = checks(context, top);
  const file = join(top, 'd0/matters.c');
  const text = readFileSync(file, 'utf8');
  const { mtime } = statSync(file);
  await same();
  for (const name of ['free_pagf', 'free_page', 'free_pagg']) {
    writeFileSync(file, text.replaceAll('free_page', name));
    utimesSync(file, mtime, mtime);
    await same();
  }
  assert.equal(await same(), groups);
});

test('what is damaged is told in one line and made anew', async (context) => {
  const top = tree(context);
  const { cache, same } = checks(context, top);
  await same();
  const names = readdirSync(cache).sort();
  assert.equal(names.length, 2);
  const expected = await fresh(top);
  const again = () => spawned(['check', '--format', 'json', '--cache-dir', cache], top);
  for (const name of names) {
    const path = join(cache, name);
    for (const damage of [
      () => truncateSync(path, Math.floor(statSync(path).size / 2)),
      () => flip(path, 0.3),
      () => writeFileSync(path, 'nothing of ours'),
    ]) {
      damage();
      const { out, err } = await again();
      assert.equal(out, expected.out);
      assert.match(err, /^membrane: .*was damaged and has been thrown away; this run makes it anew\n$/);
    }
    assert.deepEqual(await again(), expected);
  }
  assert.equal(await same(), groups);
});

function flip(path: string, where: number): void {
  const bytes = readFileSync(path);
  bytes[Math.floor(bytes.length * where)]! ^= 0x10;
  writeFileSync(path, bytes);
}

test('a folder that cannot be written costs nothing but time', async (context) => {
  const top = tree(context, { 'no/folder': '' });
  const args = ['check', '--format', 'json', '--cache-dir', 'no/folder/cache'];
  const expected = await fresh(top);
  assert.deepEqual(await spawned(args, top), expected);
  const { out, err } = await spawned([...args, '--verbose'], top);
  assert.equal(out, expected.out);
  assert.match(err, /membrane: nothing is kept for the next run: .*no\/folder\/cache cannot be written \(E/);
});

test('small runs, and those that look at nothing but the paths, write nothing', async (context) => {
  const cache = join(folder(context, {}), 'cache');
  const small = folder(context, { Kbuild: '', 'a.c': bad });
  const top = tree(context);
  for (const [where, ...args] of [[small], [top, '--alone', 'd0', 'd1'], [top, '--no-cache']] as const) {
    const { out } = await spawned(['check', '--format', 'json', '--cache-dir', cache, ...args], where!);
    assert.ok(findings(out) > 0);
    assert.ok(!existsSync(cache));
  }
});

test('several at once: all say the same, and leave what the next one can use', async (context) => {
  const top = tree(context);
  const { cache, same } = checks(context, top);
  const args = ['check', '--format', 'json', '--cache-dir', cache];
  const runs = await Promise.all([1, 2, 3].map(() => spawned(args, top)));
  for (const ran of runs) assert.deepEqual(ran, { code: 1, out: runs[0]!.out, err: '' });
  assert.equal(await same(), groups);
});

test('one who is killed at any moment leaves what the next one can use', async (context) => {
  const top = tree(context);
  const expected = await fresh(top);
  const args = (cache: string) => ['check', '--format', 'json', '--cache-dir', cache];
  const started = performance.now();
  await spawned(args(join(folder(context, {}), 'cache')), top);
  const time = performance.now() - started;
  const kills = 20;
  // Two at a time, as many as threads of each are at work.
  const chain = async (first: number) => {
    for (let i = first; i < kills; i += 2) {
      const cache = join(folder(context, {}), 'cache');
      await spawned(args(cache), top, {}, (time * (i + 1)) / kills);
      assert.deepEqual(await spawned([...args(cache), '--jobs', '1'], top), expected);
    }
  };
  await Promise.all([chain(0), chain(1)]);
});
