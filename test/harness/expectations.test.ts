import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Diagnostic, ResolvedStep } from '../../server/src/service-types.ts';
import { differences, functionAt, misnamed, readFixture, rewritten, visualColumn } from './expectations.ts';

const text = [
  '/* rules: stale-contents, subpage-transition */',
  'int foo_bad(void *p)',
  '{',
  '\tif (f(p)) // step 1: f() != 0: state unknown',
  '\t\tfree(p);',
  '//\t\t^^^^^^^ error[free-after-failed-transition]',
  '\treturn 0;',
  '}',
].join('\n');

function at(line: number, column: number, endLine: number, endColumn: number) {
  return {
    file: 'a.c',
    function: 'foo_bad',
    start: { line, column },
    end: { line: endLine, column: endColumn },
  };
}

function step(line: number, words: string): ResolvedStep {
  return {
    place: at(line, 1, line, 2),
    depth: 0,
    event: { k: 'goto', label: 'x' },
    text: words,
    state: null,
    before: null,
    after: null,
  };
}

const found: Diagnostic = {
  rule: 'free-after-failed-transition',
  level: 'error',
  place: at(5, 3, 5, 10),
  message: 'frees p',
  platforms: [],
  configurations: [],
  consequences: [],
  trace: [step(4, 'f() != 0: state unknown'), step(5, 'free(): back to the allocator')],
  related: [],
  fingerprint: '0',
};

test('carets are read in visual columns, a tab of the code is one column', () => {
  const fixture = readFixture('a.c', text);
  assert.deepEqual(fixture.expectations, [
    {
      line: 5,
      start: 3,
      end: 10,
      level: 'error',
      rule: 'free-after-failed-transition',
      steps: [{ number: 1, line: 4, text: 'f() != 0: state unknown' }],
    },
  ]);
  assert.equal(visualColumn('\t x', 2), 9);
});

test('what is analysed has no expectations, and every offset is where it was', () => {
  const { source } = readFixture('a.c', text);
  assert.equal(source.length, text.length);
  assert.doesNotMatch(source, /\^|step 1/);
  assert.equal(source.indexOf('return 0'), text.indexOf('return 0'));
});

test('the first comment says which rules run, and where the file lies', () => {
  assert.deepEqual(readFixture('a.c', text).rules, ['stale-contents', 'subpage-transition']);
  assert.equal(readFixture('x/a.c', text).file, 'drivers/example/a.c');
  assert.equal(readFixture('a.c', '/* file: arch/x86/a.c */').file, 'arch/x86/a.c');
});

test('exactly what is expected: nothing to say', () => {
  assert.deepEqual(differences(readFixture('a.c', text), [found]), []);
});

test('missing and unexpected both count', () => {
  const fixture = readFixture('a.c', text);
  assert.match(differences(fixture, []).join(), /^missing .*a\.c:5: foo_bad\(\)/);
  assert.match(differences(fixture, [found, { ...found, rule: 'x' }]).join(), /^unexpected .*\[x\]/);
});

test('another level, other columns, another step are differences', () => {
  const fixture = readFixture('a.c', text);
  assert.match(differences(fixture, [{ ...found, level: 'warning' }]).join(), /^level .*is warning/);
  assert.match(
    differences(fixture, [{ ...found, place: at(5, 3, 5, 9) }]).join(),
    /^columns .*3-10, are 3-9/,
  );
  assert.match(differences(fixture, [{ ...found, trace: [] }]).join(), /^step .*the path has 0/);
});

test('a place that goes on over the end of its line is cut there', () => {
  assert.deepEqual(
    differences(readFixture('a.c', text.replace('^^^^^^^', '^^^^^^^^')), [
      { ...found, place: at(5, 3, 7, 3) },
    ]),
    [],
  );
});

test('rewriting gives what holds now, and is read back as that', () => {
  const fixture = readFixture('a.c', text);
  assert.equal(
    rewritten(fixture, []),
    text
      .split('\n')
      .filter((_, i) => i !== 5)
      .join('\n')
      .replace(/ \/\/ step.*/, ''),
  );
  const now = rewritten(fixture, [{ ...found, level: 'hint' }]);
  assert.deepEqual(differences(readFixture('a.c', now), [{ ...found, level: 'hint' }]), []);
  assert.match(now, /\/\/ step 2: free\(\): back to the allocator/);
});

test('a malformed caret line is an error, not nothing', () => {
  assert.throws(() => readFixture('a.c', '\tf();\n//\t^^^ error(x)'), /malformed/);
  assert.throws(() => readFixture('a.c', '\tf();\n// ^^^ error[x]'), /under the caret/);
});

test('functions are found by their line; their names must fit what is expected of them', () => {
  assert.equal(functionAt(text, 5), 'foo_bad');
  assert.equal(functionAt(`${text}\n\nint x;`, 10), '');
  assert.deepEqual(misnamed(readFixture('a.c', text)), []);
  assert.equal(misnamed(readFixture('a.c', text.replace('foo_bad', 'foo_ok'))).length, 1);
  assert.equal(misnamed(readFixture('a.c', text.replace(/\n\/\/.*\n/, '\n'))).length, 1);
});
