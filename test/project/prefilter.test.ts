import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { searchBuffer } from '../../server/src/hosts/node/files.ts';
import { vocabularyFor } from '../../server/src/kernel/vocabulary.ts';
import { Prefilter, searchBytes, stemsOf } from '../../server/src/project/prefilter.ts';

test('needles with a common part share a stem', () => {
  const stems = stemsOf(['set_memory_decrypted', 'set_memory_encrypted', 'dma_set_decrypted', 'gpadl']);
  assert.deepEqual(stems, [
    { text: 'crypted', needles: ['dma_set_decrypted', 'set_memory_decrypted', 'set_memory_encrypted'] },
    { text: 'gpadl', needles: ['gpadl'] },
  ]);
});

test('every needle of the vocabulary has a stem, and there are far fewer stems than needles', () => {
  const { needles } = vocabularyFor(null);
  const stems = stemsOf(needles);
  assert.deepEqual(stems.flatMap((stem) => stem.needles).sort(), [...needles].sort());
  assert.ok(stems.every((stem) => stem.needles.every((needle) => needle.includes(stem.text))));
  assert.ok(stems.length * 2 <= needles.length, `${stems.length} stems for ${needles.length} needles`);
});

const letters = fc.constantFrom('a', 'b', 'c');

test('bytes match if and only if a needle is in them, with either search', () => {
  const needle = fc.string({ unit: letters, minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(
      fc.array(needle, { maxLength: 5 }),
      fc.string({ unit: letters, maxLength: 40 }),
      fc.nat(10),
      (needles, text, tail) => {
        // What stands behind the length must not be seen: the buffer is used over and over.
        const bytes = Buffer.from(text + 'abcabcabc'.slice(0, tail));
        const expected = needles.some((n) => text.includes(n));
        assert.equal(new Prefilter(needles, searchBytes).matches(bytes, text.length), expected);
        assert.equal(new Prefilter(needles, searchBuffer).matches(bytes, text.length), expected);
      },
    ),
  );
});

test('names without anything in common are their own stems, and many long ones take no time', () => {
  assert.deepEqual(
    stemsOf(['foo_share', 'ab', 'bar_hand_over']).map(({ text }) => text),
    ['bar_hand_over', 'foo_share', 'ab'],
  );
  const letter = (i: number, k: number) => String.fromCharCode(97 + ((i * 31 + k * k * (i + 7)) % 26));
  const long = Array.from({ length: 100 }, (_, i) =>
    Array.from({ length: 76 }, (_, k) => letter(i, k))
      .join('')
      .concat(String(1000 + i)),
  );
  const covered = stemsOf(long).flatMap(({ needles }) => needles);
  assert.deepEqual([...covered].sort(), [...long].sort());
});
