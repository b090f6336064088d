import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { contentHash } from '../../server/src/hosts/node/content-hash.ts';
import { NodeFileSystem } from '../../server/src/hosts/node/files.ts';
import { decodeFound, encodeFound, type Found } from '../../server/src/hosts/node/found.ts';
import { Kept } from '../../server/src/hosts/node/kept.ts';
import { CallIndex } from '../../server/src/project/call-index.ts';
import { folder } from './harness.ts';

const nothing: Found = { files: [], problems: [], crashes: [] };
const group = { files: ['a.c'], headers: [], hashes: ['one'], size: 1 };

function indexAt(taken: number): CallIndex {
  return CallIndex.of([], taken);
}

/** A check of `root` that keeps its things beside the tree; each call is another one. */
function opened(context: TestContext): { root: string; open: (backend?: 'wasm' | 'native') => Kept } {
  const root = folder(context, { 'a.c': 'int a;\n', 'b.c': 'int b;\n' });
  const cache = join(folder(context, {}), 'cache');
  const settings = { root, version: null };
  return {
    root,
    open: (backend = 'wasm') =>
      new Kept(new NodeFileSystem(), { folder: cache, settings, backend, excluded: [] }),
  };
}

test('what was found comes back for the same content and circumstances alone', (context) => {
  const { open } = opened(context);
  const first = open();
  first.keepFound(group, { found: encodeFound(nothing), hashes: group.hashes });
  first.keepFound({ ...group, files: ['b.c'] }, { found: encodeFound(nothing), hashes: null });
  assert.deepEqual(first.save(), []);
  const index = indexAt(1);
  assert.deepEqual(open().found(group, index), nothing);
  assert.equal(open().found({ ...group, hashes: ['two'] }, index), null);
  assert.equal(open().found({ ...group, hashes: null }, index), null);
  assert.equal(open().found({ ...group, files: ['b.c'] }, index), null);
  assert.equal(open('native').found(group, index), null);
});

test('what cannot be decoded is not there', (context) => {
  const { open } = opened(context);
  for (const text of ['', '{', 'null', '[]', '{"files":[]}', '{"files":1,"problems":[],"crashes":[]}']) {
    const bytes = new TextEncoder().encode(text);
    assert.equal(decodeFound(bytes), null);
    const kept = open();
    kept.keepFound(group, { found: bytes, hashes: group.hashes });
    assert.equal(kept.found(group, indexAt(1)), null);
  }
});

test('what was made of other files too holds as long as those are the same', (context) => {
  const { root, open } = opened(context);
  const found = {
    ...nothing,
    besides: {
      reads: [['b.c', contentHash('int b;\n', null)] as const],
      names: [],
      folders: [],
      present: [],
    },
  };
  const first = open();
  first.keepFound(group, { found: encodeFound(found), hashes: group.hashes });
  first.save();
  assert.deepEqual(open().found(group, indexAt(1)), found);
  writeFileSync(join(root, 'b.c'), 'int c;\n');
  assert.equal(open().found(group, indexAt(1)), null);
});

test('which files belong together holds for the index that it was made with, or while nothing says otherwise', (context) => {
  const { root, open } = opened(context);
  const grouping = {
    groups: [group],
    unfollowed: [],
    trace: { reads: [['a.c', contentHash('int a;\n', null)] as const], names: [], folders: [], present: [] },
  };
  const seeds = ['a.c'];
  const first = open();
  first.saveIndex(indexAt(1));
  first.keepGrouping({ seeds, index: indexAt(1) }, grouping);
  first.save();
  const again = () => {
    const kept = open();
    const index = kept.loadIndex()!;
    assert.equal(index.taken, 1);
    return { kept, index };
  };
  const { kept, index } = again();
  assert.deepEqual(kept.grouping({ seeds, index }), grouping);
  assert.equal(kept.grouping({ seeds: [], index }), null);
  // With the same index nothing is read: it has the stamps of all files.
  writeFileSync(join(root, 'a.c'), 'int c;\n');
  assert.deepEqual(again().kept.grouping({ seeds, index }), grouping);
  kept.indexChanged();
  assert.equal(kept.grouping({ seeds, index }), null);
  writeFileSync(join(root, 'a.c'), 'int a;\n');
  assert.deepEqual(kept.grouping({ seeds, index }), grouping);
});
