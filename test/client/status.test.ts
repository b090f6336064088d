import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatusParams, TreeParams } from '../../server/src/protocol.ts';
import { type Disposable, Emitter, loadClient, oneTab } from './bundle.ts';

/** The status item for one status of the active document. */
async function item(status: Partial<StatusParams>, tree?: TreeParams) {
  const uri = 'file:///a.c';
  const shown = { text: '', tooltip: '', command: '', visible: false, show: () => {}, hide: () => {} };
  shown.show = () => {
    shown.visible = true;
  };
  const editor = oneTab(uri);
  const vscode = {
    ...editor,
    StatusBarAlignment: { Right: 2 },
    window: { ...editor.window, createStatusBarItem: () => shown },
  };
  const { activateStatus } = await loadClient<{ activateStatus: (session: unknown) => Disposable }>(
    'client/src/features/status.ts',
    vscode,
  );
  const full: StatusParams = {
    uri,
    version: 1,
    skipped: null,
    functions: 3,
    functionsWithTransitions: 1,
    transitions: 1,
    findings: 0,
    hidden: 0,
    held: [],
    notAnalysed: [],
    config: null,
    index: { state: 'ready', files: 12, others: 0, pending: false },
    milliseconds: 1,
    ...status,
  };
  activateStatus({ status: () => full, tree: () => tree, onDidChange: new Emitter<void>().event });
  return shown;
}

test("what the tree's own configuration keeps silent stands in the status", async () => {
  const quiet = await item({});
  assert.equal(
    quiet.tooltip,
    'This file: 3 functions, 1 with transitions, 0 findings. Nothing was left out.\n12 files indexed; no other has to do with this one.',
  );
  const config = {
    off: ['a', 'b'],
    lowered: ['c'],
    redefined: ['kfree'],
    known: 3,
    problems: 1,
  };
  assert.equal(
    (await item({ config })).tooltip,
    `This file: 3 functions, 1 with transitions, 0 findings. Nothing was left out.
12 files indexed; no other has to do with this one.
2 rules off by .membrane.json: a, b.
1 rule lowered by .membrane.json: c.
Redefined by .membrane.json: kfree.
3 findings in the baseline.
1 problem in .membrane.json; the log lists them.`,
  );
});

test('a file that is left out says so', async () => {
  const shown = await item({ skipped: 'excluded' });
  assert.equal(shown.visible, true);
  assert.equal(shown.text, '$(circle-slash) Membrane: left out');
  assert.equal(shown.tooltip, '.membrane.json leaves this file out.');
  assert.equal((await item({ skipped: 'off' })).visible, false);
});

test('how the other files of the tree are taken into account', async () => {
  const line = async (index: StatusParams['index']) => String((await item({ index })).tooltip).split('\n')[1];
  assert.equal(
    await line({ state: 'none', why: 'no-tree' }),
    'Checked alone: no index here, nothing says where its tree begins.',
  );
  assert.match((await line({ state: 'none', why: 'cancelled' }))!, /indexing was cancelled/);
  assert.equal(
    await line({ state: 'indexing', percent: 7 }),
    'Indexing the tree: 7 %. Checked alone until then.',
  );
  assert.equal(
    await line({ state: 'ready', files: 9, others: 1, pending: false }),
    '9 files indexed; checked together with 1 other.',
  );
  assert.match(
    (await line({ state: 'ready', files: 9, others: 2, pending: true }))!,
    /2 others is under way/,
  );
  // In a browser.
  assert.equal(
    await line({ state: 'indexing', percent: 7, scope: 'folder' }),
    'Reading the files around it: 7 %. Checked alone until then.',
  );
  assert.equal(
    await line({ state: 'ready', files: 9, others: 1, pending: false, scope: 'folder' }),
    '9 files read; checked together with 1 other. Only the folders of open files and the headers that they include are read. No index of the tree here, no cache, no check of all of it.',
  );
  assert.match(
    (await line({ state: 'ready', files: 2, others: 0, pending: false, scope: 'headers' }))!,
    /^2 files read; no other .* Its folder has too many files/,
  );
});

test('how far the index is stands in the item itself, and how many findings the whole tree has', async () => {
  const { text } = await item({ index: { state: 'indexing', percent: 7 } });
  assert.equal(text, '$(shield) 3 functions analysed | indexing 7 %');
  const tree: TreeParams = {
    root: 'file:///',
    filesSearched: 60,
    filesParsed: 9,
    findings: 18,
    notAnalysed: 1,
    problems: [],
    leftOut: 0,
    unusedAllows: 0,
  };
  const shown = await item({}, tree);
  assert.equal(shown.text, '$(shield) 3 functions analysed | 18 findings in tree');
  assert.equal(
    shown.tooltip.split('\n').at(-1),
    'The tree as it was checked last: 18 findings; 60 files searched. Not analysed, or not wholly: 1 function; membrane check -v lists them.',
  );
  const unused = await item({}, { ...tree, unusedAllows: 2 });
  assert.equal(
    unused.tooltip.split('\n').at(-1),
    '2 entries of allow in .membrane.json keep nothing silent.',
  );
});

test('what was not analysed, and why: the first of it at once, all of it by the command of the item', async () => {
  const gap = (name: string, kind: StatusParams['notAnalysed'][number]['kind'], reason: string) => ({
    ...{ function: name, kind, reason },
    line: 1,
  });
  const shown = await item({
    notAnalysed: [
      gap('a', 'budget', 'stepsPerFunction, see membrane.analysis.maxSteps'),
      gap('b', 'havoc', 'computed goto'),
      gap('', 'dropped-arm', '#else'),
      gap('b', 'bound', 'rows'),
    ],
  });
  assert.equal(shown.text, '$(shield) 0 of 3 functions analysed');
  assert.deepEqual(shown.tooltip.split('\n').slice(1, 6), [
    'Not analysed, or not wholly: 3 functions. A click lists all of it.',
    '  a(): over budget: stepsPerFunction, see membrane.analysis.maxSteps',
    '  b(): not understood: computed goto',
    '  (outside of functions): #if arm dropped: #else',
    '  and 1 more',
  ]);
  assert.equal(shown.command, 'membrane.notAnalysed');
});

test('an analysis that failed leads to the log', async () => {
  const shown = await item({ skipped: 'failed' });
  assert.deepEqual([shown.text, shown.command], ['$(error) Membrane: failed', 'membrane.showLog']);
  assert.equal(shown.tooltip, 'The analysis of this file failed; the log says why.');
});
