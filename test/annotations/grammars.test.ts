import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { IRawGrammar } from 'vscode-textmate';
import { parseNote } from '../../server/src/annotations/parse.ts';
import { printComment } from '../../server/src/annotations/print.ts';
import * as vocabulary from '../../server/src/annotations/vocabulary.ts';
import { json, text as read, root } from '../tidy/repository.ts';
import { examples } from './examples.ts';
import { clause, noteText } from './notes.ts';
import { clausesAround, parserReading } from './readings.ts';
import { highlighter, textmateKinds } from './textmate.ts';
import { treeSitter } from './tree-sitter.ts';

const cLike: IRawGrammar = json('test/annotations/c-like.json');
const inC = await highlighter('source.c', () => cLike);
const inTree = await treeSitter();

for (const { title, text, kinds, wrong, wrongMeaning, notes } of examples()) {
  const { found, ...parser } = parserReading(text);
  const passed = clausesAround(text, found, wrong);
  const heads = notes.map(({ head }) => head);

  test(`the parser: ${title}`, () => {
    const problems = found.flatMap(({ note }) => note.problems);
    assert.deepEqual(
      problems.map(({ span: { start, end } }) => ({ start, end: Math.max(end, start + 1) })),
      [...wrong, ...wrongMeaning].sort((a, b) => a.start - b.start),
    );
    assert.deepEqual(
      found.map(({ note }) => note.problems.map(({ message }) => message)),
      notes.map(({ messages }) => messages),
    );
    assert.deepEqual(
      parser.notes,
      notes.map(({ head, clauses }) => ({ head, clauses })),
    );
    assert.equal(parser.kinds.toString(passed), kinds);
  });

  test(`TextMate: ${title}`, () => {
    assert.equal(textmateKinds(inC, text).toString(passed), kinds);
  });

  test(`tree-sitter: ${title}`, () => {
    const tree = inTree(text);
    assert.deepEqual(
      tree.notes,
      notes.map(({ readable }, i) => ({ head: heads[i], clauses: readable })),
    );
    assert.equal(tree.kinds.toString(passed), kinds);
  });
}

test('every word of the language stands in an example', () => {
  const said = examples().flatMap(({ text }) =>
    parserReading(text).found.flatMap(({ note }) => note.words.map(({ word }) => word)),
  );
  const lists = Object.values(vocabulary).filter((list) => Array.isArray(list));
  const missing = lists.flat().filter((word) => !said.includes(word));
  assert.deepEqual(missing, []);
});

test('the parser that ships is made of the grammar (grammars/membrane/update.sh makes it)', () => {
  const folder = 'grammars/membrane';
  const sums = [...read(`${folder}/SOURCE`).matchAll(/^([0-9a-f]{64}) {2}(\S+)$/gm)];
  assert.deepEqual(
    sums.map(([, , file]) => file),
    ['grammar.js', 'src/parser.c', 'src/scanner.c', 'src/tree_sitter/parser.h', 'tree-sitter-membrane.wasm'],
  );
  for (const [, sum, file] of sums) {
    const bytes = readFileSync(join(root, folder, file!));
    assert.equal(createHash('sha256').update(bytes).digest('hex'), sum, file);
  }
});

/** A note as a comment of C, alone or at the end of one in kernel-doc. */
const comment = fc
  .tuple(noteText, fc.constantFrom('', '\t', '\t\t\t'), fc.boolean())
  .map(([text, indent, isDoc]) => {
    const note = parseNote(text, 0, text.length);
    const comment = printComment(note, indent, isDoc);
    return isDoc ? `${indent}/**\n${indent} * foo() - Foo.\n${indent} *\n${comment}\n${indent} */` : comment;
  });

test('all three read whatever can be written the same', () => {
  fc.assert(
    fc.property(comment, (text) => {
      const parser = parserReading(text);
      assert.equal(parser.found[0]!.note.problems.length, 0);
      assert.equal(textmateKinds(inC, text).toString(), parser.kinds.toString());
      const tree = inTree(text);
      assert.deepEqual(tree.notes, parser.notes);
      assert.equal(tree.kinds.toString(), parser.kinds.toString());
    }),
  );
});

test('all three pass over a clause that is wrong, and lose no other one', () => {
  const wrong = fc.constantFrom(
    'flipz buf: shared',
    'flips buf: sharde',
    'flips buf[n]: shared',
    'flips [n pages]: shared',
    'context: wait',
    'x',
  );
  const clauses = fc.array(clause, { maxLength: 3 });
  fc.assert(
    fc.property(clauses, wrong, clauses, (before, bad, after) => {
      const text = `/* coco: ${[...before, bad, ...after].join('; ')} -- why */`;
      const { found, notes, kinds } = parserReading(text);
      const [problem] = found[0]!.note.problems;
      const passed = clausesAround(text, found, [problem!.span]);
      assert.equal(textmateKinds(inC, text).toString(passed), kinds.toString(passed));
      const tree = inTree(text);
      assert.deepEqual(tree.notes, notes);
      assert.equal(tree.kinds.toString(passed), kinds.toString(passed));
    }),
  );
});
