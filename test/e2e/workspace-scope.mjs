// Findings of the whole workspace: they are in Problems although no file is open, stay when one is closed, follow what is saved, and go
// with the setting.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './processes.mjs';

/** `folder`: a workspace of its own, which `url` shows in `workbench`. */
export async function workspaceScope(workbench, folder, url) {
  const { page } = workbench;
  const say = (text) => console.log(`  ${text}`);
  const set = (settings) => {
    mkdirSync(join(folder, '.vscode'), { recursive: true });
    writeFileSync(join(folder, '.vscode/settings.json'), JSON.stringify(settings));
  };
  const finding = workbench.problem("frees 'page'");
  const shows = (what, count) => until(what, async () => (await finding.count()) === count);

  writeFileSync(join(folder, '.membrane.json'), '{}\n');
  set({});
  await workbench.open(url, 'plain_sum');
  await workbench.command('View: Close All Editors');
  await workbench.command('Problems: Focus on Problems View');
  await shows('nothing of files that are not open', 0);
  set({ 'membrane.diagnostics.scope': 'workspace' });
  await shows('a finding of a file that is not open', 1);
  await workbench.shot('workspace');
  say('scope workspace: the finding is there, no file is open');

  await workbench.file('ring.c', 'int ring_expand(');
  await workbench.squiggles().first().waitFor({ timeout: 20_000 });
  await shows('the finding once', 1);
  await workbench.command('View: Close All Editors');
  await page.locator('.tab.active').waitFor({ state: 'detached', timeout: 10_000 });
  await workbench.command('Problems: Focus on Problems View');
  // The server has long heard of it by then; and what it shows is not shown twice.
  await workbench.command('Membrane: Check Whole Tree');
  await page.locator('.statusbar-item', { hasText: 'findings in the tree' }).waitFor({ timeout: 60_000 });
  await shows('the finding after its file was closed', 1);
  say('scope workspace: it stays when the file is closed');

  const path = join(folder, 'ring.c');
  const text = readFileSync(path, 'utf8');
  writeFileSync(path, text.replace('__free_pages(page, order);', 'pr_warn("leaked\\n");'));
  await shows('no finding in what was changed on the disk', 0);
  writeFileSync(path, text);
  await shows('the finding again', 1);
  say('scope workspace: it follows changes on the disk');

  set({});
  await shows('no finding without the setting', 0);
  say('scope open files: it is gone');
}
