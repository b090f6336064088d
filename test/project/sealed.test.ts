import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seal, unseal } from '../../server/src/project/sealed.ts';

const what = { kind: 7, version: 3 };

const parts = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 });

test('what was sealed comes out again, wherever it stands in a buffer', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'é', '\ufeff', '\0', '😀') }),
      parts,
      fc.nat(17),
      (label, content, offset) => {
        const sealed = seal(what, label, content);
        const moved = Buffer.alloc(offset + sealed.length + 3, 0xee).subarray(offset, offset + sealed.length);
        moved.set(sealed);
        const opened = unseal(what, moved);
        assert.equal(opened?.label, label);
        assert.deepEqual(
          opened.parts.map((part) => [...part]),
          content.map((part) => [...part]),
        );
        for (const part of opened.parts) assert.equal(part.byteOffset % 8, 0);
      },
    ),
  );
});

test('nothing that was cut off anywhere, or goes on, is opened', () => {
  fc.assert(
    fc.property(parts, (content) => {
      const sealed = seal(what, 'label', content);
      for (let length = 0; length < sealed.length; length++) {
        assert.equal(unseal(what, sealed.slice(0, length)), null);
        const holed = sealed.slice();
        holed.fill(0, length);
        if (Buffer.compare(holed, sealed) !== 0) assert.equal(unseal(what, holed), null);
      }
      assert.equal(unseal(what, Buffer.concat([sealed, new Uint8Array(8)])), null);
    }),
    { numRuns: 30 },
  );
});

test('no bit of it can be another', () => {
  const sealed = seal(what, 'some label', [Uint32Array.of(1, 2, 3, 0, 0, 0), new Uint8Array(9)]);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const damaged = sealed.slice();
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(unseal(what, damaged), null, `bit ${bit}`);
  }
});

test('several bits, bytes or words that are different are noticed', () => {
  const place = fc.record({ at: fc.nat(), value: fc.integer({ min: 1, max: 255 }) });
  fc.assert(
    fc.property(parts, fc.array(place, { minLength: 1, maxLength: 12 }), (content, places) => {
      const sealed = seal(what, 'label', content);
      const damaged = sealed.slice();
      for (const { at, value } of places) damaged[at % damaged.length]! ^= value;
      fc.pre(Buffer.compare(damaged, sealed) !== 0);
      assert.equal(unseal(what, damaged), null);
    }),
  );
});

test('another kind or version is not opened, nor is noise', () => {
  const sealed = seal(what, '', []);
  assert.notEqual(unseal(what, sealed), null);
  assert.equal(unseal({ ...what, version: 4 }, sealed), null);
  assert.equal(unseal({ ...what, kind: 8 }, sealed), null);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => unseal(what, noise) === null));
});
