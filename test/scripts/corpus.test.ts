import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
// @ts-expect-error: a script without types
import * as cases from '../../scripts/corpus-cases.mjs';

const map = JSON.parse(
  readFileSync(join(process.env.MEMBRANE_ROOT ?? process.cwd(), 'scripts/corpus-rules.json'), 'utf8'),
);
const finding = (rule: string, name: string, more = {}) => ({
  rule,
  function: name,
  file: 'a.c',
  line: 10,
  level: 'error',
  message: `${rule} in line 1`,
  related: [],
  trace: [],
  ...more,
});

test('what the corpus calls a mistake finds its rules, an item may say otherwise', () => {
  assert.deepEqual(cases.classify('x', 'free-after-failed-decrypt (through wrapper)', map).rules, [
    'free-after-failed-transition',
  ]);
  assert.equal(cases.classify('x', 'arch-impl: order', map).needs, 'implementation');
  assert.equal(cases.classify('x', 'free-after-failed-encrypt', map).needs, 'whole tree');
  assert.deepEqual(cases.classify('dd-03-free-on-encrypt-fail', 'free-after-failed-encrypt', map).rules, [
    'free-after-failed-transition',
    'unchecked-transition',
  ]);
  assert.equal(cases.classify('x', 'a kind that nobody knows', map).known, false);
});

test('names of functions are read as the corpus writes them', () => {
  assert.deepEqual(cases.functionNames('a_b, c_d'), ['a_b', 'c_d']);
  assert.deepEqual(cases.functionNames('a_b / c_d'), ['a_b', 'c_d']);
  assert.deepEqual(cases.functionNames('x_prepare/finish'), ['x_prepare', 'x_finish']);
});

test('a mutation is caught by a new finding of its kind in its function, and by nothing else', () => {
  const mutation = { file: 'a.c', function: 'f', rules: ['size-mismatch'] };
  const old = finding('size-mismatch', 'f');
  assert.equal(cases.judgeMutation(mutation, [old], [old]).outcome, 'missed');
  assert.equal(
    cases.judgeMutation(mutation, [old], [{ ...old, message: 'size-mismatch in line 7' }]).outcome,
    'missed',
  );
  assert.equal(cases.judgeMutation(mutation, [], [old]).outcome, 'caught');
  assert.equal(cases.judgeMutation(mutation, [old], [old, old]).outcome, 'caught');
  assert.equal(cases.judgeMutation(mutation, [], [finding('size-mismatch', 'g')]).outcome, 'missed');
  assert.equal(cases.judgeMutation(mutation, [], [{ ...old, level: 'hint' }]).outcome, 'missed');
  assert.equal(cases.judgeMutation(mutation, [], [old, finding('free-while-shared', 'g')]).outcome, 'noisy');
  const control = { file: 'a.c', function: 'f', rules: [], needs: 'whole tree' };
  assert.equal(cases.judgeMutation(control, [], [old]).outcome, 'noisy');
  assert.equal(cases.judgeMutation(control, [old], [old]).outcome, 'silent');
  assert.equal(cases.judgeMutation({ ...control, needs: 'implementation' }, [old], [old]).outcome, 'no rule');
});

const at = (name: string, file = 'a.c') => ({ file, function: name, line: 3 });

test('a mistake may be told where another file frees, if the report leads back to it', () => {
  const mutation = { file: 'a.c', function: 'f', rules: ['free-while-shared'] };
  const there = finding('free-while-shared', 'g', { file: 'b.c' });
  assert.equal(cases.judgeMutation(mutation, [], [there]).outcome, 'missed');
  assert.equal(cases.judgeMutation(mutation, [], [{ ...there, related: [at('f')] }]).outcome, 'caught');
  assert.equal(cases.judgeMutation(mutation, [], [{ ...there, trace: [at('f')] }]).outcome, 'caught');
  assert.equal(cases.judgeMutation(mutation, [], [{ ...there, trace: [at('f', 'c.c')] }]).outcome, 'missed');
  assert.equal(cases.touches(there, 'b.c', ['g']), 'place');
  assert.equal(cases.touches({ ...there, related: [at('f')] }, null, ['f']), 'related');
  assert.equal(cases.touches({ ...there, trace: [at('f')] }, 'a.c', ['f']), 'trace');
  // What was said before of another file is not new.
  assert.deepEqual(cases.fresh([there], [there]), []);
  assert.equal(cases.fresh([there], [{ ...there, file: 'c.c' }]).length, 1);
});

test('an undone fix has to be told where the memory is freed and where its state was lost', () => {
  const fix = { frees: ['f', 'g'], lost: ['teardown'], rules: ['free-while-shared'] };
  const trace = [{ ...at('teardown', 'b.c'), loses: true, text: 'lost' }];
  const hit = finding('free-while-shared', 'f', { trace });
  const [f, g] = cases.judgeUndone(fix, [], [hit]);
  assert.deepEqual([f.reported, f.shown.text, g.reported, g.shown], [true, 'lost', false, null]);
  assert.equal(cases.judgeUndone(fix, [hit], [hit])[0].reported, false);
  const unlost = { ...hit, trace: [{ ...trace[0], loses: false }], related: [at('g')] };
  assert.deepEqual(
    cases
      .judgeUndone(fix, [], [unlost])
      .map((row: { reported: boolean; shown: unknown }) => [row.reported, row.shown]),
    [
      [true, null],
      [true, null],
    ],
  );
});

test('a pair is reported before and silent after', () => {
  const pair = { file: 'a.c', rules: ['failure-swallowed'], functions: ['f', 'g'] };
  const hit = finding('failure-swallowed', 'g');
  assert.equal(cases.judgePair(pair, [hit], []).outcome, 'caught');
  assert.equal(cases.judgePair(pair, [hit], [hit]).outcome, 'not-silent');
  assert.equal(cases.judgePair(pair, [], []).outcome, 'missed');
  const other = finding('failure-swallowed', 'h');
  assert.equal(cases.judgePair(pair, [other], []).outcome, 'missed');
  assert.deepEqual(cases.judgePair(pair, [hit, other], []).elsewhere, [other]);
  const through = { ...other, trace: [at('f')] };
  assert.equal(cases.judgePair(pair, [through], []).outcome, 'caught');
  // The path of what is left may lead through the function that was fixed.
  assert.equal(cases.judgePair(pair, [hit, through], [through]).outcome, 'caught');
});

test('two entries of one kind in one function need two findings, unless there is one only', () => {
  const entry = { file: 'a.c', function: 'f', rules: ['size-mismatch'], line: 10 };
  const taken = new Set();
  const found = [finding('size-mismatch', 'f', { line: 20 }), finding('size-mismatch', 'f', { line: 9 })];
  assert.equal(cases.judgeTrue(entry, found, taken).fits[0].line, 9);
  assert.equal(cases.judgeTrue(entry, found, taken).fits[0].line, 20);
  assert.equal(cases.judgeTrue({ ...entry, function: 'g' }, found, taken).outcome, 'missed');
});

test('a call that is handled right is silent, but for a bug that is known there', () => {
  const entry = { file: 'a.c', function: 'f' };
  const known = [{ ...entry, rules: ['free-while-shared'] }];
  const quiet = ['free-while-shared', 'unchecked-transition'];
  const wrong = finding('unchecked-transition', 'f');
  assert.equal(cases.judgeSilent(entry, [wrong], known, quiet).outcome, 'reported');
  assert.equal(cases.judgeSilent(entry, [finding('free-while-shared', 'f')], known, quiet).outcome, 'silent');
  assert.equal(cases.judgeSilent(entry, [finding('size-mismatch', 'f')], [], quiet).outcome, 'silent');
});
