import assert from 'node:assert/strict';
import { test } from 'node:test';
// @ts-expect-error: a script without types
import { compareVerdicts, draftRow, precision, readVerdicts } from '../../scripts/verdicts.mjs';

const page = `# Title
## linux-source-6.12

| file | function | rule | level | verdict | why |
|---|---|---|---|---|---|
| \`a/b.c\` | \`f\` | free-while-shared | error | hazard | freed \\| shared |
| a/b.c | f | free-while-shared | error | false | another path |
| a/b.c | f | size-mismatch | error | bug | pages for bytes |
| a/b.c | h | size-mismatch | warning | policy | meant |
| a/c.c | g | size-mismatch | hint | false | no |
## other
| not | a | row |
`;

test('verdicts are read by section, and a row that is not one is refused', () => {
  const rows = readVerdicts(page).get('linux-source-6.12');
  assert.equal(rows.length, 5);
  assert.equal(rows[0].file, 'a/b.c');
  assert.equal(rows[0].line, 6);
  assert.throws(
    () => readVerdicts('## linux-source-1.0\n| a | b | c | error | maybe | x |\n'),
    /docs\/trees\.md:2/,
  );
  assert.throws(
    () => readVerdicts('## linux-source-1.0\n| a | b | c | error | bug |  |\n'),
    /docs\/trees\.md:2/,
  );
});

test('an unjudged report and a row without report are found; two of a kind are two', () => {
  const rows = readVerdicts(page).get('linux-source-6.12');
  const report = { file: 'a/b.c', function: 'f', rule: 'free-while-shared', level: 'error', line: 3 };
  const other = { ...report, rule: 'unchecked-transition' };
  const { unjudged, vanished } = compareVerdicts([report, other], rows);
  assert.deepEqual(unjudged, [other]);
  assert.deepEqual(
    vanished.map((row: { line: number }) => row.line),
    [7, 8, 9, 10],
  );
  const louder = compareVerdicts([{ ...rows[4], level: 'error' }], [rows[4]]);
  assert.equal(louder.unjudged.length + louder.vanished.length, 2);
});

test('bugs and hazards are true, policy is not, hints do not count', () => {
  assert.deepEqual(precision(readVerdicts(page).get('linux-source-6.12')), { right: 2, of: 4, bugs: 1 });
});

test('a draft row is refused until somebody fills it in', () => {
  const row = draftRow({ file: 'a.c', function: 'f', rule: 'r', level: 'error' });
  assert.throws(() => readVerdicts(`## linux-source-1.0\n${row}\n`));
});
