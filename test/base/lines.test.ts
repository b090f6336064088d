import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineIndex } from '../../server/src/base/lines.ts';

test('lines and columns count from 1, a tab is one column, any line end ends a line', () => {
  const index = new LineIndex('a\tb\r\nc\rd\n');
  assert.deepEqual(index.positionAt(2), { line: 1, column: 3 });
  assert.deepEqual(index.positionAt(5), { line: 2, column: 1 });
  assert.deepEqual(index.positionAt(7), { line: 3, column: 1 });
  assert.equal(index.lineText(1), 'a\tb');
});

test('an offset comes back from its position', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\t', 'é', '𝄞') }),
      fc.nat(40),
      (text, at) => {
        const index = new LineIndex(text);
        const offset = Math.min(at, text.length);
        assert.equal(index.offsetAt(index.positionAt(offset)), offset);
      },
    ),
  );
});
