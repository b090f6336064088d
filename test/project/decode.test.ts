import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeText } from '../../server/src/project/decode.ts';

test('UTF-8 is read as such, its byte order mark goes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const expected = text.startsWith('\ufeff') ? text.slice(1) : text;
      assert.deepEqual(decodeText(Buffer.from(text)), { text: expected, encoding: 'utf-8' });
    }),
  );
});

test('anything else is Latin-1, a character a byte, however long', () => {
  const bytes = new Uint8Array(100_000).map((_, i) => i & 0xff);
  const { text, encoding } = decodeText(bytes);
  assert.equal(encoding, 'latin1');
  assert.equal(text.length, bytes.length);
  assert.ok(bytes.every((byte, i) => text.charCodeAt(i) === byte));
});
