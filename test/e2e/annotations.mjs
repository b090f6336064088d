// An annotation in a real editor: its clause is completed; a word that is wrong gets a squiggle and what was meant; without it that goes.
import assert from 'node:assert/strict';
import { until } from './processes.mjs';
import { read } from './scenario.mjs';

/** `workbench` shows files of the workspace; ring.c has no annotation yet. */
export async function annotations(workbench) {
  const { page } = workbench;
  const say = (text) => console.log(`  ${text}`);
  await workbench.file('ring.c', 'int ring_expand(');
  await workbench.line('int ring_expand(struct').click();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.type('/* coco: fli');
  const proposals = page.locator('.suggest-widget.visible .monaco-list-row');
  const wanted = proposals.filter({ hasText: 'flips' }).first();
  await until('the clause is proposed', async () => {
    if (await wanted.isVisible()) return true;
    await page.keyboard.press('Control+Space');
    return wanted.waitFor({ timeout: 2000 }).then(
      () => true,
      () => false,
    );
  });
  say(`proposed: ${await read(wanted)}`);
  await workbench.shot('annotation-proposals');
  await page.keyboard.press('Enter');
  const note = workbench.line('coco: flips');
  await note.waitFor({ timeout: 5000 });
  say(`completed: ${await read(note)}`);

  // Whether the editor has closed the comment is its own affair.
  await page.keyboard.type(' ring->page: shred, unknown on error ');
  await page.keyboard.press('Escape');
  if (!(await read(note)).includes('*/')) await page.keyboard.type('*/');
  const warned = page.locator('.editor-instance .squiggly-warning');
  await warned.first().waitFor({ timeout: 15_000 });
  await page.keyboard.press('Control+Shift+M');
  const problem = workbench.problem('shred').first();
  await problem.waitFor({ timeout: 15_000 });
  say(`misspelt: ${await read(problem)}`);
  assert.match(await read(problem), /did you mean 'shared'/i);
  await workbench.shot('annotation-misspelt');

  await note.click();
  await page.keyboard.press('End');
  await page.keyboard.press('Shift+Home');
  await page.keyboard.press('Delete');
  await until('no warning', async () => (await warned.count()) === 0);
  say('taken back: the warning is gone');
}
