import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findNotes } from '../../server/src/annotations/find.ts';
import { parseContract, parseNote } from '../../server/src/annotations/parse.ts';
import { printClause, printComment, printNote } from '../../server/src/annotations/print.ts';
import type { Clause, Note } from '../../server/src/annotations/types.ts';
import { clause, name, noteText } from './notes.ts';

/** A note without its spans: what is said, not where. */
function said(note: Note): unknown {
  const bare = JSON.stringify(
    {
      ...note,
      words: note.words.map(({ word }) => word.word),
      problems: note.problems.map(({ message }) => message),
    },
    (key, value) => (key === 'span' ? undefined : value),
  );
  return JSON.parse(bare);
}

function parse(text: string): Note {
  return parseNote(text, 0, text.length);
}

test('what is printed reads as what was printed', () => {
  fc.assert(
    fc.property(noteText, fc.constantFrom('', '\t', '\t\t\t'), fc.boolean(), (text, indent, doc) => {
      const note = parse(text);
      assert.deepEqual(note.problems, []);
      assert.equal(printNote(note), text);
      const comment = printComment(note, indent, doc);
      const from = comment.indexOf(note.marker);
      const end = doc ? comment.length : comment.lastIndexOf('*/');
      assert.deepEqual(said(parseNote(comment, from, end)), said(note));
    }),
  );
});

test('a comment stays within 80 columns where its words allow it', () => {
  fc.assert(
    fc.property(noteText, fc.constantFrom('', '\t\t'), (text, indent) => {
      for (const line of printComment(parse(text), indent).split('\n')) {
        const columns = line.replace(/\t/g, '        ').length;
        const breakable =
          line
            .trim()
            .replace(/^\* /, '')
            .split(/ (?![*/])/).length > 1;
        assert.ok(columns <= 80 || !breakable, line);
      }
    }),
  );
});

test('whatever the text, reading it ends and does not throw', () => {
  const junk = fc.oneof(
    fc.string(),
    fc
      .array(
        fc.oneof(
          fc.constantFrom(...'[]()*!:;,.->-\n'.split(''), 'on', 'or', 'sizeof', 'means', ' '),
          clause,
          name,
        ),
        {
          maxLength: 40,
        },
      )
      .map((parts) => parts.join('')),
    fc.nat(3000).map((n) => `flips ${'('.repeat(n)}buf[${'('.repeat(n)}`),
    fc.nat(3000).map((n) => `flips buf[${'-~*'.repeat(n)}1 pages]`),
  );
  fc.assert(
    fc.property(junk, (text) => {
      const note = parse(`coco: ${text}`);
      for (const { span } of note.problems) assert.ok(0 <= span.start && span.start <= span.end);
      parseContract(text);
    }),
  );
});

test('a clause that is wrong is told, and costs no other one', () => {
  const wrong = fc.constantFrom(
    'flipz buf: shared',
    'flips buf: sharde',
    'flips buf[n]: shared',
    'context: wait',
    'x',
  );
  fc.assert(
    fc.property(
      fc.array(clause, { maxLength: 3 }),
      wrong,
      fc.array(clause, { maxLength: 3 }),
      (before, bad, after) => {
        const note = parse(`coco: ${[...before, bad, ...after].join('; ')} -- why`);
        assert.equal(note.problems.length, 1);
        assert.deepEqual(
          note.clauses.map((c: Clause) => printClause(c)),
          [...before, ...after],
        );
      },
    ),
  );
});

test('names that must be in scope are those of values, not of functions or types', () => {
  const note = parse('coco: flips *p->q[PFN_UP(len) + sizeof(struct foo) * r->n pages]: shared');
  const [clause] = note.clauses;
  assert.ok(clause?.k === 'effect');
  assert.deepEqual(
    clause.region.extent?.names.map((n) => n.name),
    ['len', 'r'],
  );
});

test('what looks like a comment in a comment begins no annotation', () => {
  for (const text of ['/* see // coco: takes p */', '/* see /* coco: takes p */', '// see // coco: takes p'])
    assert.deepEqual(findNotes(text, []), [], text);
});
