import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Pack } from '../../server/src/project/pack.ts';

const key = fc.string({ unit: fc.constantFrom('a', 'b', '1', 'é', ' '), maxLength: 4 });
const contents = fc.dictionary(key, fc.uint8Array({ maxLength: 30 }));

function packOf(content: Readonly<Record<string, Uint8Array>>): Pack {
  const pack = new Pack();
  for (const [name, bytes] of Object.entries(content)) pack.put(name, bytes);
  return pack;
}

function again(pack: Pack, limit = 1e6): Pack {
  return Pack.decode(pack.encode('label', limit))!.pack;
}

test('entries are the same after they were written and read', () => {
  fc.assert(
    fc.property(contents, fc.string(), (content, label) => {
      const read = Pack.decode(packOf(content).encode(label, 1e6));
      assert.equal(read?.label, label);
      for (const [name, bytes] of Object.entries(content)) assert.deepEqual(read.pack.get(name), bytes);
      assert.equal(read.pack.get('nowhere'), null);
      assert.equal(read.pack.changed, false);
    }),
  );
});

test('a damaged pack is not read', () => {
  fc.assert(
    fc.property(contents, fc.nat(), fc.integer({ min: 1, max: 255 }), (content, at, value) => {
      const bytes = packOf(content).encode('label', 1e6);
      assert.equal(Pack.decode(bytes.subarray(0, at % bytes.length)), null);
      bytes[at % bytes.length]! ^= value;
      assert.equal(Pack.decode(bytes), null);
    }),
  );
});

test('what was not used for longest goes first when there is no room', () => {
  const ten = new Uint8Array(9);
  const first = again(packOf({ a: ten, b: ten, c: ten }), 30);
  assert.ok(first.get('b'));
  first.put('d', ten);
  assert.ok(first.changed);
  const second = again(first, 20);
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((name) => second.get(name) !== null),
    [false, true, false, true],
  );
  second.put('e', new Uint8Array(100));
  const third = again(second, 20);
  assert.deepEqual(
    ['b', 'd', 'e'].map((name) => third.get(name) !== null),
    [true, true, false],
  );
});

test('a pack takes from another what it does not have', () => {
  const mine = packOf({ a: Uint8Array.of(1) });
  mine.adopt(packOf({ a: Uint8Array.of(2), b: Uint8Array.of(3) }));
  assert.deepEqual([mine.get('a'), mine.get('b')], [Uint8Array.of(1), Uint8Array.of(3)]);
});
