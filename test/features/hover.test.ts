import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fitted, heightOf, listOf, render, textOf } from '../../server/src/features/blocks.ts';
import { hover, wordAt } from '../../server/src/features/hover.ts';
import { escapeMarkdown, firstOf } from '../../server/src/features/markdown.ts';
import { defaults } from '../../server/src/features/settings.ts';

test('the identifier at a position, its end included', () => {
  const text = '\tret = foo_2(bar);';
  const word = (character: number) => wordAt(text, { line: 3, character })?.text ?? null;
  assert.deepEqual([0, 1, 4, 5, 7, 12, 13, 17, 99].map(word), [
    null,
    'ret',
    'ret',
    null,
    'foo_2',
    'foo_2',
    'bar',
    null,
    null,
  ]);
  assert.deepEqual(wordAt(text, { line: 3, character: 8 })!.range, {
    start: { line: 3, character: 7 },
    end: { line: 3, character: 12 },
  });
});

test('text never becomes markup: every mark that could mean something is escaped', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const escaped = escapeMarkdown(text);
      const bare = escaped.replace(/\\[^\w\s]|\\_/g, ' ');
      assert.doesNotMatch(bare, /[\\`*[\]|~\n]|<[A-Za-z/!?]|^>|&[#\w]|(?<![A-Za-z\d])_|_(?![A-Za-z\d])/);
      assert.equal(escaped.replace(/\\([^\w\s]|_)/g, '$1'), text.replace(/\s+/g, ' ').trim());
    }),
  );
  assert.equal(
    escapeMarkdown('set_memory_decrypted(p, 1) != 0: _x_'),
    'set_memory_decrypted(p, 1) != 0: \\_x\\_',
  );
  assert.equal(escapeMarkdown('# a'), '\\# a');
  assert.equal(escapeMarkdown('1. a'), '1\\. a');
  assert.equal(escapeMarkdown('__f__->a_b'), '\\_\\_f\\_\\_->a_b');
  assert.equal(escapeMarkdown('---'), '\\---');
  assert.equal(escapeMarkdown('-EBUSY'), '-EBUSY');
  assert.equal(escapeMarkdown('1 << a <b> <!--'), '1 << a \\<b> \\<!--');
});

test('the first paragraph below a heading of a page', () => {
  const page = '# id\n\nIntro.\n\n## What it reports\n\nA\nand a.\n\nB.\n\n## Fix\n\nC.\n';
  assert.equal(firstOf(page, 'What it reports'), 'A\nand a.');
  assert.equal(firstOf(page, 'Fix'), 'C.');
  assert.equal(firstOf(page, 'What'), null);
});

test('what is said of the source comes through without becoming markup, and as it is in plain text', () => {
  const at = { line: 0, character: 1 };
  const hostile = '[x](command:foo) <img src=x> `y` | **z**';
  const ask = (markdown: boolean) =>
    hover({
      lineText: 'bar();',
      position: at,
      diagnostics: [],
      settings: defaults,
      markdown,
      uri: 'file:///a.c',
      commands: [],
      call: () => null,
      wrapper: () => ({ does: `decrypts ${hostile}`, callers: '1 caller', by: null }),
      here: {
        ...{ headline: hostile, paths: [hostile], about: [hostile], file: 'a.c', start: 0, end: 3 },
        ...{ what: 'value', range: { start: at, end: at } },
      },
      pages: { rules: [], page: () => null },
    })!.contents;
  const { kind, value } = ask(true);
  assert.equal(kind, 'markdown');
  assert.doesNotMatch(value.replace(/\\[^\w\s]/g, ''), /[[\]<`*|]/);
  assert.equal(ask(false).value.split(hostile.split(' |')[0]!).length, 4);
});

test('what goes beyond a screen is left out from the end, and that is said', () => {
  const long = [
    ...textOf('first'),
    ...listOf(Array.from({ length: 40 }, (_, i) => `item ${i}`)),
    ...textOf('last'),
  ];
  const kept = fitted(long, 10);
  assert.ok(heightOf(kept) <= 10);
  const lines = render(kept, false).split('\n');
  assert.deepEqual([lines[0], lines.at(-1)], ['first', 'More with membrane.hover.detail: full.']);
  assert.ok(lines.includes('- item 5') && !lines.includes('last'));
  assert.equal(fitted(long, 99), long);
  // A heading does not stay behind alone.
  const headed = [...textOf('first'), ...textOf('Others:'), ...listOf([...'abcdefghi'])];
  const heights = Array.from({ length: Math.ceil(heightOf(headed)) + 1 }, (_, most) => most);
  const shown = heights.map((most) => render(fitted(headed, most), false));
  assert.deepEqual(
    shown.map((text) => text.includes('Others:')),
    shown.map((text) => text.includes('- a')),
  );
  assert.ok(shown.some((text) => text.includes('- a') && !text.includes('- i')));
});
