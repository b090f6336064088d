import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { claimById } from '../../server/src/model/claims/registry.ts';
import { explore } from '../../server/src/model/core/explore.ts';
import type { Program } from '../../server/src/model/core/program.ts';
import { type Question, toPromela } from '../../server/src/model/core/promela.ts';
import { data } from '../../server/src/model/data.ts';
import { build } from '../../server/src/model/scenario.ts';
import { programs } from './programs.ts';
import { noSpin, spinSays } from './spin.ts';

/* `npm run spin` asks about every scenario; here are some, and programs of any shape. */

/** Both must agree, and where nothing breaks have seen the same states. Gives the explorer's verdict. */
function agree<L>(program: Program<L>, question: Question = 'property'): string {
  const { verdict, states, transitions } = explore(program);
  const promela = toPromela(program, { title: [], question, comment: () => 'steps' });
  const found = spinSays(promela);
  const breaks = question === 'survival' ? verdict === 'terminated' : verdict === 'breaks';
  assert.equal(found.broken, breaks, `${question}: ${verdict}\n${promela}`);
  if (!breaks) {
    const init = promela.includes('\ninit ') ? 1 : 0;
    assert.equal(found.states, states + init, promela);
    assert.equal(found.transitions, transitions + 1 + init, promela);
  }
  return verdict;
}

const chosen: readonly (readonly [string, number, string])[] = [
  ['K10', 1, 'holds'],
  ['K1b', 1, 'breaks'],
  ['K1b', 2, 'holds'],
  ['T1', 1, 'breaks'],
  ['T1', 2, 'holds'],
  ['X6', 1, 'breaks'],
  ['X6', 2, 'holds'],
];

for (const [id, number, expected] of chosen)
  test(`SPIN: ${id}/${number} ${expected}`, { skip: noSpin }, () => {
    const { scenario } = claimById(id)!.runs[number - 1]!;
    assert.equal(agree(build(scenario, data)), expected);
  });

test('SPIN: a guest that is terminated keeps the property, and does not survive', { skip: noSpin }, () => {
  const run = claimById('K9')!.runs.find(({ expect }) => expect === 'terminated')!;
  const program = build(run.scenario, data);
  assert.equal(agree(program, 'property'), 'terminated');
  assert.equal(agree(program, 'survival'), 'terminated');
});

test('SPIN: programs of any shape', { skip: noSpin }, () => {
  // SPIN refuses steps that can be taken for ever, unconditionally.
  const useful = programs.filter((program) =>
    program.processes.every(({ edges }) => edges.every((e) => e.from !== e.to || e.guard.k !== 'constant')),
  );
  const samples = fc.sample(useful, { numRuns: 2000, seed: 3 });
  for (const verdict of ['holds', 'breaks', 'terminated']) {
    const some = samples.filter((program) => explore(program).verdict === verdict).slice(0, 4);
    assert.equal(some.length, 4, verdict);
    for (const program of some) {
      agree(program);
      if (verdict !== 'breaks') agree(program, 'survival');
    }
  }
});
