import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SimdSearch } from '../../server/src/hosts/node/simd-search.ts';
import { TextMemory } from '../../server/src/hosts/node/wasm.ts';
import { vocabularyFor } from '../../server/src/kernel/vocabulary.ts';

const memory = new TextMemory(4096);

/** Puts `text` at the front of the buffer, after which stands `tail`, and asks. */
function matches(search: SimdSearch, text: string, tail = ''): boolean | null {
  memory.buffer.write(text + tail, 'latin1');
  return search.matches(memory.buffer.subarray(0, text.length));
}

test('finds what is there and nothing else, wherever it stands and whatever follows', () => {
  const letters = fc.constantFrom('a', 'b', '_', 'q');
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: letters, minLength: 3, maxLength: 6 }), { minLength: 1, maxLength: 12 }),
      fc.string({ unit: letters, maxLength: 60 }),
      fc.string({ unit: letters, maxLength: 8 }),
      (needles, text, tail) => {
        const expected = needles.some((needle) => text.includes(needle));
        assert.equal(matches(new SimdSearch(needles, memory), text, tail), expected);
      },
    ),
  );
});

test('every name of the vocabulary is found at every offset, and no other byte is taken for one', () => {
  const { needles } = vocabularyFor(null);
  assert.ok(SimdSearch.suits(needles));
  const search = new SimdSearch(needles, memory);
  const noise = Array.from({ length: 2000 }, (_, i) => String.fromCharCode((i * 37 + (i >> 5)) & 0xff)).join(
    '',
  );
  assert.equal(matches(search, noise), false);
  for (const [i, needle] of needles.entries()) {
    const before = noise.slice(0, 100 + i * 7);
    assert.equal(matches(search, before + needle), true, needle);
    assert.equal(
      matches(search, before + needle.slice(0, -1), needle.slice(-1)),
      needles.some((n) => needle.slice(0, -1).includes(n)),
      needle,
    );
  }
});

test('bytes elsewhere are not its affair, short needles do not suit', () => {
  const small = new TextMemory(64);
  const search = new SimdSearch(['abc'], memory);
  assert.equal(search.matches(Buffer.from('abc')), null);
  assert.equal(matches(search, ''), false);
  small.buffer.write(`${'x'.repeat(61)}abc`, 'latin1');
  assert.equal(new SimdSearch(['abc'], small).matches(small.buffer), true);
  assert.equal(SimdSearch.suits(['ab']), false);
  assert.equal(SimdSearch.suits([]), false);
});
