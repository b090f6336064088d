import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CacheFolder, defaultCacheFolder } from '../../server/src/hosts/node/cache-folder.ts';
import { loadIndex, ResultStore, saveIndex } from '../../server/src/hosts/node/index-store.ts';
import { CallIndex } from '../../server/src/project/call-index.ts';
import { folder } from './harness.ts';

const key = { root: '/k', signature: 'one' };

/** An index whose every number is `value`, so that two mixed would be noticed. */
function indexOf(value: number, files = 20): CallIndex {
  const calls = new Uint32Array(2000).fill(value);
  const stamp = { size: value, mtime: value, ctime: value, inode: value };
  const entries = Array.from({ length: files }, (_, i) => ({
    file: `${value}/${i}.c`,
    ...stamp,
    relevant: true,
    calls,
  }));
  return CallIndex.of(entries, value);
}

function isWhole({ files, columns: { stamps, hashes } }: CallIndex): boolean {
  const value = stamps[0]!;
  return (
    hashes.length === files.length * 2000 &&
    stamps.every((number) => number === value) &&
    hashes.every((hash) => hash === value) &&
    files.every((file) => file.startsWith(`${value}/`))
  );
}

/** This file, started by itself as one that only writes: `times` times, a letter for each. */
function writer(where: string, value: number, times: number): ChildProcess {
  const env = { ...process.env, MEMBRANE_TEST_WRITE: JSON.stringify({ where, value, times }) };
  return spawn(process.execPath, [fileURLToPath(import.meta.url)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

if (process.env.MEMBRANE_TEST_WRITE !== undefined) {
  const { where, value, times } = JSON.parse(process.env.MEMBRANE_TEST_WRITE);
  const cache = new CacheFolder(where);
  const index = indexOf(value);
  for (let i = 0; i < times; i++) {
    saveIndex(cache, key, index);
    const store = new ResultStore(cache, key);
    store.put(`${value}`, new Uint8Array(50_000).fill(value));
    const notes = store.save();
    if (notes.length > 0) throw new Error(JSON.stringify(notes));
    process.stdout.write('.');
  }
} else tests();

function tests(): void {
  test('an index comes back for the same tree and signature, and for no other', (context) => {
    const cache = new CacheFolder(`${folder(context, {})}/not/yet`);
    assert.deepEqual(loadIndex(cache, key), { stored: null, notes: [] });
    const saved = saveIndex(cache, key, indexOf(3));
    const { stored, notes } = loadIndex(cache, key);
    assert.deepEqual([stored?.index.files, stored?.id, notes], [indexOf(3).files, saved.id, []]);
    assert.deepEqual(saved.notes, []);
    assert.ok(isWhole(stored!.index));
    assert.notEqual(saveIndex(cache, { ...key, part: 'other' }, indexOf(4)).id, saved.id);
    assert.equal(loadIndex(cache, key).stored?.id, saved.id);
    assert.deepEqual(loadIndex(cache, { ...key, signature: 'two' }), { stored: null, notes: [] });
    assert.deepEqual(loadIndex(cache, { ...key, root: '/l' }), { stored: null, notes: [] });
    if (process.platform !== 'win32') assert.equal(statSync(cache.folder).mode & 0o077, 0);
  });

  test('what is damaged is thrown away, and that is told once', (context) => {
    const cache = new CacheFolder(folder(context, {}));
    saveIndex(cache, key, indexOf(3));
    new ResultStore(cache, key).save();
    const store = new ResultStore(cache, key);
    store.put('a', Uint8Array.of(1));
    store.save();
    const names = readdirSync(cache.folder);
    assert.equal(names.length, 2);
    for (const name of names) {
      const bytes = readFileSync(`${cache.folder}/${name}`);
      writeFileSync(`${cache.folder}/${name}`, bytes.subarray(0, bytes.length / 2));
    }
    const { stored, notes } = loadIndex(cache, key);
    assert.equal(stored, null);
    assert.match(notes[0]!.message, /was damaged and has been thrown away/);
    assert.equal(notes[0]!.verbose, false);
    assert.deepEqual(loadIndex(cache, key), { stored: null, notes: [] });
    const again = new ResultStore(cache, key);
    assert.equal(again.get('a'), null);
    assert.match(again.save()[0]!.message, /was damaged/);
    assert.deepEqual(again.save(), []);
    assert.deepEqual(readdirSync(cache.folder), []);
  });

  test('results come back, and those of two processes at once are both there', (context) => {
    const cache = new CacheFolder(folder(context, {}));
    const first = new ResultStore(cache, key);
    const second = new ResultStore(cache, key);
    first.put('a', Uint8Array.of(1, 2, 3));
    second.put('b', Uint8Array.of(4));
    assert.deepEqual([...first.save(), ...second.save(), ...second.save()], []);
    const third = new ResultStore(cache, key);
    assert.deepEqual(
      [third.get('a'), third.get('b'), third.get('c')],
      [Uint8Array.of(1, 2, 3), Uint8Array.of(4), null],
    );
    assert.equal(new ResultStore(cache, { ...key, signature: 'two' }).get('a'), null);
    assert.deepEqual(readdirSync(cache.folder).length, 1);
  });

  test('the folder never has more than it may: the longest unused go first, strangers and fresh drafts stay', (context) => {
    const size = 3 * 1024 * 1024;
    const draft = '0123456789abcdef-calls-1.bin.1-1.tmp';
    const cache = new CacheFolder(
      folder(context, { 'my.bin': new Uint8Array(size), [draft]: 'x' }),
      2 * size,
    );
    const names = ['a', 'b', 'c', 'd'].map((letter) => `${letter.repeat(16)}-calls-1.bin`);
    const bytes = new Uint8Array(0.9 * size);
    for (const [i, name] of names.slice(0, 2).entries()) {
      assert.deepEqual(cache.write(name, bytes), []);
      utimesSync(`${cache.folder}/${name}`, 1000 + i, 1000 + i);
    }
    // Reading is using.
    assert.equal(cache.read(names[0]!).bytes?.length, bytes.length);
    utimesSync(`${cache.folder}/${draft}`, 1000, 1000);
    assert.deepEqual(cache.write(names[2]!, bytes), []);
    assert.deepEqual(readdirSync(cache.folder), [names[0], names[2], 'my.bin'].sort());
    assert.match(
      cache.write(names[3]!, new Uint8Array(2 * size + 1))[0]!.message,
      /7 MB are more than the 6 MB/,
    );
    assert.equal(cache.read(names[3]!).bytes, null);
  });

  test('a folder that cannot be had costs a word for those who want details, nothing else', (context) => {
    const cache = new CacheFolder(`${folder(context, { file: '' })}/file/below`);
    assert.deepEqual(loadIndex(cache, key), { stored: null, notes: [] });
    const [note, ...more] = saveIndex(cache, key, indexOf(1)).notes;
    assert.match(note!.message, /^nothing is kept for the next run: .* cannot be written \(E\w+\)$/);
    assert.deepEqual([note!.verbose, more], [true, []]);
    const store = new ResultStore(cache, key);
    store.put('a', Uint8Array.of(1));
    assert.equal(store.save().length, 1);
    assert.deepEqual([store.get('a'), store.save()], [Uint8Array.of(1), []]);
  });

  test('a place that cannot be written leaves nothing behind', (context) => {
    const name = `${'a'.repeat(16)}-calls-1.bin`;
    const cache = new CacheFolder(folder(context, { [`${name}/file`]: '' }));
    assert.equal(cache.write(name, Uint8Array.of(1))[0]!.verbose, true);
    assert.equal(cache.read(name).notes.length, 1);
    assert.deepEqual(readdirSync(cache.folder), [name]);
  });

  test('two who write and one who reads never meet half a file', { timeout: 120_000 }, async (context) => {
    const cache = new CacheFolder(folder(context, {}));
    const writers = [writer(cache.folder, 1, 50), writer(cache.folder, 2, 50)];
    const ended = Promise.all(writers.map((process) => once(process, 'close')));
    let over = false;
    void ended.then(() => {
      over = true;
    });
    while (!over) {
      const { stored, notes } = loadIndex(cache, key);
      assert.deepEqual(notes, []);
      assert.ok(stored === null || isWhole(stored.index));
      const store = new ResultStore(cache, key);
      for (const value of [1, 2]) assert.ok(store.get(`${value}`)?.every((byte) => byte === value) ?? true);
      assert.deepEqual(store.save(), []);
      await new Promise(setImmediate);
    }
    assert.deepEqual(await ended, [
      [0, null],
      [0, null],
    ]);
    assert.ok(isWhole(loadIndex(cache, key).stored!.index));
  });

  test('one who is killed while writing leaves what can be read', { timeout: 120_000 }, async (context) => {
    const cache = new CacheFolder(folder(context, {}));
    for (let letters = 1; letters <= 8; letters++) {
      const process = writer(cache.folder, letters, 1e6);
      let seen = 0;
      process.stdout!.on('data', (data: Buffer) => {
        seen += data.length;
        if (seen >= letters) process.kill('SIGKILL');
      });
      await once(process, 'close');
      const { stored, notes } = loadIndex(cache, key);
      assert.deepEqual(notes, []);
      assert.ok(isWhole(stored!.index));
      assert.deepEqual(new ResultStore(cache, key).save(), []);
    }
  });

  test('the folder is where the system wants caches', () => {
    const of = defaultCacheFolder;
    assert.equal(of({ XDG_CACHE_HOME: '/c' }, 'linux', '/h'), '/c/membrane');
    assert.equal(of({ XDG_CACHE_HOME: 'c' }, 'linux', '/h'), '/h/.cache/membrane');
    assert.equal(of({}, 'freebsd', '/h'), '/h/.cache/membrane');
    assert.equal(of({}, 'darwin', '/h'), '/h/Library/Caches/membrane');
    assert.equal(of({ LOCALAPPDATA: 'D:\\l' }, 'win32', 'D:\\h'), 'D:\\l\\membrane\\Cache');
    assert.equal(of({}, 'win32', 'D:\\h'), 'D:\\h\\AppData\\Local\\membrane\\Cache');
    assert.equal(of({}, 'linux', ''), null);
  });
}
