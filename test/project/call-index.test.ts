import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CallIndex, decodeIndex, encodeIndex, type FileEntry } from '../../server/src/project/call-index.ts';
import { hashName } from '../../server/src/project/call-names.ts';

const name = fc.constantFrom('alloc', 'free', 'share', 'set_memory_decrypted', 'a', 'b');
const described = fc.record({
  file: fc.string({ unit: fc.constantFrom('a', 'b', '/', '.c', 'é', '\ufeff', ' ', '\n'), minLength: 1 }),
  stamp: fc.record({
    size: fc.nat(),
    mtime: fc.double({ noNaN: true }),
    ctime: fc.double({ noNaN: true }),
    inode: fc.maxSafeNat(),
  }),
  relevant: fc.boolean(),
  names: fc.uniqueArray(name),
});
const trees = fc.uniqueArray(described, { selector: ({ file }) => file });

type Described = typeof described extends fc.Arbitrary<infer T> ? T : never;

function entryOf({ file, stamp, relevant, names }: Described): FileEntry {
  return { file, ...stamp, relevant, calls: Uint32Array.from(names, hashName) };
}

function indexOf(tree: readonly Described[], taken = 5): CallIndex {
  return CallIndex.of(tree.map(entryOf), taken);
}

test('it says of every name which files have it, alone and with others, and which files matter', () => {
  fc.assert(
    fc.property(trees, fc.uniqueArray(name), (tree, names) => {
      const index = indexOf(tree);
      const all = index.filesNamingAll([...names, 'nobody']);
      assert.deepEqual([...all.keys()], [...names, 'nobody']);
      for (const one of [...names, 'nobody']) {
        const expected = tree
          .filter((file) => file.names.some((known) => known === one))
          .map(({ file }) => file)
          .sort();
        assert.deepEqual(index.filesNaming(one), expected);
        assert.deepEqual(all.get(one), expected);
      }
      const matter = tree.filter(({ relevant }) => relevant).map(({ file }) => file);
      assert.deepEqual(index.relevant(), matter.sort());
    }),
  );
});

test('it is the same after it was written and read', () => {
  fc.assert(
    fc.property(trees, fc.string(), fc.double({ noNaN: true }), (tree, label, taken) => {
      const index = indexOf(tree, taken);
      const bytes = encodeIndex(index, label);
      const read = decodeIndex(bytes);
      assert.equal(read?.label, label);
      assert.equal(read.index.taken, taken);
      assert.deepEqual(
        read.index.files.map((_, at) => read.index.entry(at)),
        tree.map(entryOf),
      );
      for (const [at, { file }] of tree.entries()) assert.equal(read.index.placeOf(file), at);
      assert.equal(read.index.placeOf('nowhere'), -1);
      assert.throws(() => read.index.entry(tree.length), RangeError);
      assert.deepEqual(encodeIndex(read.index, label), bytes);
    }),
  );
});

test('a damaged one is not read', () => {
  fc.assert(
    fc.property(trees, fc.nat(), fc.integer({ min: 1, max: 255 }), (tree, at, value) => {
      const bytes = encodeIndex(indexOf(tree), 'label');
      assert.equal(decodeIndex(bytes.subarray(0, at % bytes.length)), null);
      bytes[at % bytes.length]! ^= value;
      assert.equal(decodeIndex(bytes), null);
    }),
  );
});

test('an index of many files grows as it is made', () => {
  const hashes = Uint32Array.from({ length: 300 }, (_, i) => i);
  const entries = Array.from({ length: 1000 }, (_, i) => ({
    ...{ file: `f${i}.c`, size: i, mtime: i, ctime: i, inode: i, relevant: i % 3 === 0 },
    calls: hashes.subarray(0, i % 300),
  }));
  const index = CallIndex.of(entries, 0);
  assert.deepEqual(
    index.files.map((_, at) => index.entry(at)),
    entries,
  );
});
