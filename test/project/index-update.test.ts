import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CallIndex } from '../../server/src/project/call-index.ts';
import { PortableCalls } from '../../server/src/project/call-names.ts';
import { headerLimit } from '../../server/src/project/discover.ts';
import type { FileStamp, StampedFiles } from '../../server/src/project/files.ts';
import { IndexUpdate, type UpdatedIndex } from '../../server/src/project/index-update.ts';
import { Prefilter } from '../../server/src/project/prefilter.ts';
import { type Scan, scan } from '../../server/src/project/read.ts';
import { MemoryFiles } from '../harness/memory-files.ts';

interface Version {
  readonly text: string;
  /** Changed at. */
  readonly mtime: number;
}

/** Files in memory with times. */
class Tree extends MemoryFiles implements StampedFiles {
  constructor(private readonly versions: Readonly<Record<string, Version>>) {
    super(Object.fromEntries(Object.entries(versions).map(([path, { text }]) => [path, text])));
  }

  stamp(path: string): FileStamp | null {
    const version = this.versions[path];
    if (version === undefined) return null;
    return { size: version.text.length, mtime: version.mtime, ctime: version.mtime, inode: 1 };
  }

  readStamped(path: string): { bytes: Uint8Array; stamp: FileStamp } {
    const bytes = this.readBytes(path);
    return { bytes, stamp: this.stamp(path)! };
  }
}

const filter = new Prefilter(['needle']);
const calls = new PortableCalls();

function scanned(fs: StampedFiles, files: readonly string[], known?: Float64Array, named = false): Scan {
  const found = files.map((file) => ({ path: `/k/${file}`, named }));
  return scan(fs, '/k', found, filter, { fs, calls, ...(known && { known }) });
}

/** The whole of a tree in parts of two files; the last part's scan ends first. */
function update(old: CallIndex | null, tree: Record<string, Version>, taken: number): UpdatedIndex & Tree {
  const fs = new Tree(Object.fromEntries(Object.entries(tree).map(([file, v]) => [`/k/${file}`, v])));
  const making = new IndexUpdate(old, taken);
  const files = Object.keys(tree);
  const parts = [];
  for (let at = 0; at < files.length; at += 2) parts.push(making.part(files.slice(at, at + 2)));
  for (const part of parts.reverse()) making.scanned(part, scanned(fs, part.files, part.known).calls!);
  return Object.assign(fs, making.finish());
}

function entries({ index }: { readonly index: CallIndex }) {
  return index.files.map((_, at) => index.entry(at));
}

const minute = 60_000;

test('after any changes the index is what one made anew would be, and only what changed was read', () => {
  const text = fc.constantFrom('a(', 'b(c(', 'needle(', 'int needle;', '');
  const state = fc.dictionary(fc.constantFrom('a.c', 'b.c', 'c.h', 'd/a.c', 'e.c', 'f.c'), text);
  fc.assert(
    fc.property(fc.array(state, { minLength: 2, maxLength: 5 }), (states) => {
      let index: CallIndex | null = null;
      let before: Record<string, Version> = {};
      for (const [day, texts] of states.entries()) {
        const now = (day + 1) * minute;
        const tree: Record<string, Version> = {};
        for (const [file, content] of Object.entries(texts)) {
          const old = before[file];
          tree[file] = old?.text === content ? old : { text: content, mtime: now - minute / 2 };
        }
        const result: UpdatedIndex & Tree = update(index, tree, now);
        assert.deepEqual(entries(result), entries(update(null, tree, now)));
        const read = Object.keys(tree).filter((file) => tree[file] !== before[file]);
        assert.deepEqual(result.reads.map((path) => path.slice(3)).sort(), [...read].sort());
        assert.deepEqual([...result.added, ...result.changed].sort(), [...read].sort());
        const gone = Object.keys(before).filter((file) => tree[file] === undefined);
        assert.deepEqual([...result.gone].sort(), gone.sort());
        assert.equal(result.same, index !== null && read.length + gone.length === 0);
        if (result.same) assert.equal(result.index, index);
        index = result.index;
        before = tree;
      }
    }),
  );
});

test('a file that changed shortly before the index was taken is read again, until it is old enough', () => {
  const tree = { 'a.c': { text: 'a(', mtime: 8000 }, 'b.c': { text: 'b(', mtime: 7999 } };
  const first = update(null, tree, 10_000);
  const edited = { ...tree, 'a.c': { text: 'z(', mtime: 8000 } };
  const second = update(first.index, edited, 11_000);
  assert.deepEqual(second.reads, ['/k/a.c']);
  assert.deepEqual(second.changed, ['a.c']);
  assert.deepEqual(second.index.filesNaming('z'), ['a.c']);
  assert.deepEqual(update(second.index, edited, 12_000).reads, []);
});

test('what could not be read, or was cut short meanwhile, is not remembered and is tried again', () => {
  const tree = { 'a.c': { text: 'a(', mtime: 0 }, 'b.c': { text: 'b(', mtime: 0 } };
  const index = update(null, tree, minute).index;
  const fs = new Tree({ '/k/a.c': { text: 'a(', mtime: 1 }, '/k/b.c': { text: 'b(', mtime: 1 } });
  fs.remove('/k/b.c');
  fs.stamp = () => ({ size: 1, mtime: 1, ctime: 1, inode: 1 });
  const making = new IndexUpdate(index, 2 * minute);
  const part = making.part(['a.c', 'b.c']);
  const { problems, calls: found } = scanned(fs, part.files, part.known);
  making.scanned(part, found!);
  assert.deepEqual(problems, [{ file: 'b.c', message: 'is not there (any more)' }]);
  const result = making.finish();
  assert.deepEqual([result.index.files, result.gone, result.same], [[], ['a.c', 'b.c'], false]);
});

test('a part whose scan never ended is not in the index', () => {
  const making = new IndexUpdate(null, minute);
  making.part(['a.c']);
  const part = making.part(['b.c']);
  making.scanned(part, scanned(new Tree({ '/k/b.c': { text: 'b(', mtime: 0 } }), ['b.c']).calls!);
  assert.deepEqual(making.finish().index.files, ['b.c']);
});

test('named files matter with or without a needle, and the index knows which; large headers are in it as if empty', () => {
  const large = ' '.repeat(headerLimit + 1);
  const fs = new Tree({
    '/k/a.c': { text: 'a(', mtime: 0 },
    '/k/b.c': { text: 'needle', mtime: 0 },
    '/k/c.h': { text: large, mtime: 0 },
  });
  const files = ['a.c', 'b.c', 'c.h'];
  const named = scanned(fs, files, undefined, true);
  assert.deepEqual(
    named.relevant.map(({ path }) => path),
    ['/k/a.c', '/k/b.c', '/k/c.h'],
  );
  const listed = scanned(fs, files);
  for (const { calls } of [named, listed]) {
    assert.deepEqual([...calls!.columns.relevant], [0, 1, 0]);
    assert.deepEqual([...calls!.columns.ends], [1, 1, 1]);
    assert.deepEqual([...calls!.files], [0, 1, 2]);
  }
  assert.equal(listed.problems.length, 1);
  const { stamps } = listed.calls!.columns;
  const again = scanned(fs, files, stamps);
  assert.deepEqual([[...again.calls!.kept], again.problems], [[0, 1, 2], listed.problems]);
  const namedAgain = scanned(fs, files, stamps, true);
  assert.deepEqual([[...namedAgain.calls!.kept], namedAgain.problems], [[0, 1], []]);
});
