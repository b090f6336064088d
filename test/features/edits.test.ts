import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineIndex } from '../../server/src/base/lines.ts';
import { difference, moved } from '../../server/src/features/edits.ts';

const pieces = fc.array(fc.constantFrom('a', 'b', '\n', '\r\n', '\r', '\u{1f9ea}', ' '), { maxLength: 12 });
const at = (text: string, offset: number) => {
  const { line, column } = new LineIndex(text).positionAt(offset);
  return { line: line - 1, character: column - 1 };
};

test('equal texts have no difference', () => {
  fc.assert(fc.property(pieces, (text) => difference(text.join(''), text.join('')) === null));
});

test('what stands before and behind an edit moves with its text', () => {
  fc.assert(
    fc.property(pieces, pieces, pieces, pieces, (head, out, into, tail) => {
      // A letter on both sides: no line end is torn apart by the edit itself.
      const first = `${head.join('')}x`;
      const last = `y${tail.join('')}`;
      const before = first + out.join('') + last;
      const after = first + into.join('') + last;
      const edit = difference(before, after);
      if (edit === null) return before === after;
      assert.deepEqual(moved(at(before, first.length - 1), edit), at(after, first.length - 1));
      for (let i = before.length - last.length + 1; i <= before.length; i++) {
        // Between \r and \n there is no position.
        if (before[i] === '\n' && before[i - 1] === '\r') continue;
        const wanted = at(after, after.length - (before.length - i));
        assert.deepEqual(moved(at(before, i), edit), wanted, JSON.stringify({ before, after, i }));
      }
      return true;
    }),
  );
});

test('a difference inside a line that stands elsewhere', () => {
  const from = { line: 7, character: 3 };
  assert.deepEqual(difference('abc', 'aXc', from), {
    start: { line: 7, character: 4 },
    oldEnd: { line: 7, character: 5 },
    newEnd: { line: 7, character: 5 },
  });
  const edit = difference('ab\ncd', 'ab\nX\ncd', from)!;
  assert.deepEqual(moved({ line: 8, character: 1 }, edit), { line: 9, character: 1 });
  assert.deepEqual(moved({ line: 7, character: 5 }, edit), { line: 7, character: 5 });
});
