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
  ...more,
});

test('what the corpus calls a mistake finds its rules, an item may say otherwise', () => {
  assert.deepEqual(cases.classify('x', 'free-after-failed-decrypt (through wrapper)', map).rules, [
    'free-after-failed-transition',
  ]);
  assert.equal(cases.classify('x', 'arch-impl: order', map).needs, 'implementation');
  assert.equal(
    cases.classify('nv-01-free-recv-unconditional', 'free-after-failed-encrypt', map).needs,
    'cross-file',
  );
  assert.equal(cases.classify('x', 'a kind that nobody knows', map).known, false);
});

test('names of functions are read as the corpus writes them', () => {
  assert.deepEqual(cases.functionNames('a_b, c_d'), ['a_b', 'c_d']);
  assert.deepEqual(cases.functionNames('a_b / c_d'), ['a_b', 'c_d']);
  assert.deepEqual(cases.functionNames('x_prepare/finish'), ['x_prepare', 'x_finish']);
});

test('a mutation is caught by a new finding of its kind in its function, and by nothing else', () => {
  const mutation = { function: 'f', rules: ['size-mismatch'] };
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
  const control = { function: 'f', rules: [], needs: 'one-file' };
  assert.equal(cases.judgeMutation(control, [], [old]).outcome, 'noisy');
  assert.equal(cases.judgeMutation(control, [old], [old]).outcome, 'silent');
  assert.equal(cases.judgeMutation({ ...control, needs: 'implementation' }, [old], [old]).outcome, 'no rule');
});

test('a pair is reported before and silent after', () => {
  const pair = { rules: ['failure-swallowed'], functions: ['f', 'g'] };
  const hit = finding('failure-swallowed', 'g');
  assert.equal(cases.judgePair(pair, [hit], []).outcome, 'caught');
  assert.equal(cases.judgePair(pair, [hit], [hit]).outcome, 'not-silent');
  assert.equal(cases.judgePair(pair, [], []).outcome, 'missed');
  assert.equal(cases.judgePair(pair, [finding('failure-swallowed', 'h')], []).outcome, 'missed');
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

test('a round has no file twice and one tree only', () => {
  const entries = [
    { file: 'a', tree: '1' },
    { file: 'a', tree: '1' },
    { file: 'b', tree: '1' },
    { file: 'b', tree: '2' },
  ];
  assert.deepEqual(
    cases.rounds(entries).map((round: { cases: unknown[] }) => round.cases.length),
    [2, 1, 1],
  );
});
