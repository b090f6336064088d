import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { markers, parseContract, parseNote } from '../../server/src/annotations/parse.ts';
import { printClause, printComment, printNote } from '../../server/src/annotations/print.ts';
import type { Clause, Note } from '../../server/src/annotations/types.ts';

/** A note without its spans: what is said, not where. */
function said(note: Note): unknown {
  const bare = JSON.stringify(
    { ...note, problems: note.problems.map(({ message }) => message) },
    (key, value) => (key === 'span' ? undefined : value),
  );
  return JSON.parse(bare);
}

function parse(text: string): Note {
  return parseNote(text, 0, text.length);
}

const name = fc.constantFrom(
  'buf',
  'vaddr',
  'n',
  'size',
  'ring',
  'pages',
  'gpadl',
  'on',
  'kbuffer_with_a_long_name',
);
const member = fc.record({ arrow: fc.constantFrom('.', '->'), name });
const place = fc
  .record({
    stars: fc.nat(2),
    root: fc.oneof(name, fc.constant('return')),
    members: fc.array(member, { maxLength: 2 }),
  })
  .map(
    ({ stars, root, members }) => '*'.repeat(stars) + root + members.map((m) => m.arrow + m.name).join(''),
  );
const expression: fc.Arbitrary<string> = fc.letrec<{ e: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(
    name,
    fc.constantFrom('1', '0x10UL', '12'),
    place.filter((p) => !p.startsWith('*')),
  ),
  e: fc.oneof(
    { depthSize: 'small' },
    tie('leaf'),
    fc.tuple(tie('e'), fc.constantFrom('+', '*', '<<', '/', '-', '&'), tie('e')).map((p) => p.join(' ')),
    tie('e').map((e) => `(${e})`),
    fc.tuple(fc.constantFrom('PFN_UP', 'foo'), tie('e'), tie('e')).map(([f, a, b]) => `${f}(${a}, ${b})`),
    fc.constantFrom('sizeof(struct foo)', 'sizeof(*ring)', 'sizeof(struct foo *)'),
  ),
})).e;
const extent = fc.tuple(expression, fc.constantFrom('pages', 'bytes')).map(([e, unit]) => `[${e} ${unit}]`);
const region = fc.tuple(place, fc.oneof(fc.constant(''), extent)).map((p) => p.join(''));
const someOf = (words: string[], by: string) =>
  fc.uniqueArray(fc.constantFrom(...words), { minLength: 1, maxLength: 3 }).map((all) => all.join(by));
const states = someOf(['private', 'shared', 'unknown'], ' or ');
const outcomes = someOf(['private', 'shared', 'unknown', 'unchanged', 'freed', 'leaked'], ' or ');
const on = fc.constantFrom('', ' on error', ' on 0', ' on -EBUSY', ' otherwise', ' on ERR_PTR');
const cases = fc
  .uniqueArray(fc.tuple(outcomes, on), { minLength: 1, maxLength: 3, selector: ([, when]) => when })
  .map((all) => all.map((p) => p.join('')).join(', '));
const clause = fc.oneof(
  fc.tuple(region, states).map(([r, s]) => `requires ${r}: ${s}`),
  fc.tuple(fc.constantFrom('flips', 'allocs', 'frees'), region, cases).map(([v, r, c]) => `${v} ${r}: ${c}`),
  fc
    .tuple(fc.constantFrom('takes', 'leaks'), region, fc.constantFrom('', ' on 0', ' on nonzero'))
    .map(([k, r, c]) => `${k} ${r}${c}`),
  fc
    .tuple(fc.constantFrom('', '!'), place, region, states)
    .map(([n, f, r, s]) => `flag ${n}${f} means ${r}: ${s}`),
  fc.constantFrom('context: sleeps', 'context: atomic', 'context: any'),
  someOf(['free-while-shared', 'size-mismatch', 'unaccounted-leak'], ', ').map((ids) => `allow ${ids}`),
);
const reason = fc
  .array(fc.constantFrom('goes', 'back', 'to', 'the', 'pool;', '-', '*x', 'a--b', '/2'), {
    minLength: 1,
    maxLength: 30,
  })
  .map((words) => words.join(' '));
const noteText = fc
  .tuple(fc.constantFrom(...markers), fc.array(clause, { minLength: 1, maxLength: 3 }), reason)
  .map(([marker, clauses, why]) => `${marker} ${clauses.join('; ')} -- ${why}`);

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

test('a word that is near a known one is suggested, at its place', () => {
  const cases: readonly [string, string, RegExp][] = [
    ['coco: flisp buf: shared', 'flisp', /Did you mean 'flips'\?/],
    ['coco: flips buf: sharde', 'sharde', /Did you mean 'shared'\?/],
    ['coco: flips buf[n page]: shared', 'page', /Did you mean 'pages'\?/],
    ['coco: flips buf: shared on eror', 'eror', /Did you mean 'error'\?/],
    ['coco: context: sleep', 'sleep', /Did you mean 'sleeps'\?/],
    ['coco: flips buf[n]: shared', ']', /no unit\. Write '\[n pages\]' or '\[n bytes\]'/],
    ['coco: flips buf[pages]: shared', 'pages', /how much belongs before 'pages'/],
    ['coco: allow free-while-shared', 'allow free-while-shared', /needs a reason/],
    ['coco: leaks buf', 'leaks buf', /needs a reason/],
    ['coco: flips buf: shared, unknown on success', 'unknown on success', /'success' is told twice/],
    ['coco: flips buf: shared unknown', 'unknown', /does not go on/],
    ['coco: takes buf on -3', '3', /name of an error/],
  ];
  for (const [text, at, message] of cases) {
    const { problems } = parse(text);
    assert.equal(problems.length, 1, text);
    assert.match(problems[0]!.message, message, text);
    const { start, end } = problems[0]!.span;
    assert.equal(text.slice(start, end), at, text);
    assert.ok(problems[0]!.message.split('. ')[0]!.length <= 76, problems[0]!.message);
  }
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
