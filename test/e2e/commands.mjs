// What the command palette has, in a real editor: a configuration is made, the tree is checked and counted where that can be done, platforms
// are chosen, the example opens as a copy, a report of a problem is a text, the walkthrough is there.
import assert from 'node:assert/strict';
import { until } from './processes.mjs';
import { oneLine, read } from './scenario.mjs';

/** `workbench` shows ring.c of the workspace. `host`: where the extension runs; `servers` counts the language servers that run; `webviews`: they load. */
export async function commands(workbench, { host, servers, webviews }) {
  const { page } = workbench;
  const say = (text) => console.log(`  ${text}`);
  const tab = (name) => page.locator('.tab.active', { hasText: name }).first().waitFor({ timeout: 15_000 });
  const told = async (text) => {
    const message = page.locator('.statusbar-item', { hasText: text }).first();
    await message.waitFor({ timeout: 60_000 });
    say(await read(message));
  };

  await workbench.command('Membrane: Create .membrane.json');
  await tab('.membrane.json');
  await workbench.line('"rules": {}').waitFor({ timeout: 10_000 });

  await workbench.file('ring.c', 'int ring_expand(');
  await workbench.squiggles().first().waitFor({ timeout: 20_000 });
  await workbench.command('Membrane: Check File');
  await told('1 finding');

  // The entries are there for the cursor, of which the extension hears a moment later than the editor.
  const entries = page.locator('.context-view .action-item', { hasText: /Transition/ });
  const call = ['ret = set_memory_decrypted(addr', 'set_memory_decrypted'];
  await workbench.line(call[0]).click();
  await until('the context menu of a transition', async () => {
    await page.keyboard.press('Escape');
    const { x, y, width, height } = await workbench.word(...call);
    await page.mouse.click(x + width / 2, y + height / 2);
    await page.mouse.click(x + width / 2, y + height / 2, { button: 'right' });
    return (await entries.count()) === 2;
  });
  say(`context menu: ${await read(entries)}`);
  await page.keyboard.press('Escape');

  await workbench.command('Membrane: Restart Server');
  await workbench.squiggles().first().waitFor({ state: 'detached', timeout: 10_000 });
  await workbench.squiggles().first().waitFor({ timeout: 20_000 });
  assert.equal(await servers(), 1, 'one server after a restart');
  say('restarted: one server');

  await workbench.command('Membrane: Check Whole Tree');
  let inTree = null;
  if (host === 'node') {
    await told('findings in the tree');
    const status = page.locator('.statusbar-item', { hasText: /analysed .* in tree/ });
    await status.waitFor({ timeout: 10_000 });
    inTree = await read(status);
    assert.match(inTree, /^\d+ functions analysed \| \d+ findings in tree/);
    assert.match(
      oneLine((await status.getAttribute('aria-label')) ?? ''),
      /The tree as it was checked last: \d+ findings?; \d+ files searched/,
    );
    say(`status: ${inTree}`);
    await workbench.shot('tree');
  } else {
    // Under a driver of tests the editor keeps them to itself until somebody looks.
    await workbench.command('Notifications: Show Notifications');
    const message = page.locator('.notification-list-item', { hasText: 'cannot be checked in the browser' });
    await message.first().waitFor({ timeout: 10_000 });
    say(`the tree: ${await read(message.first())}`);
    await workbench.command('Notifications: Clear All Notifications');
  }

  await workbench.command('Membrane: Open Example');
  await workbench.line('foo_ring_init(struct foo_ring').waitFor({ timeout: 15_000 });
  // Reviewed like any file; the first mistake is further down.
  await workbench.problem("frees 'ring->buf'").first().waitFor({ timeout: 20_000 });
  await workbench.shot('example');

  await workbench.command('Membrane: Report Problem');
  await workbench.line('Nothing of this was sent').waitFor({ timeout: 15_000 });
  say(`report: ${await read(workbench.line('- Membrane'))}`);

  await workbench.file('ring.c', 'int ring_expand(');
  await workbench.command('Membrane: Choose Platforms');
  const row = page
    .locator('.quick-input-list .monaco-list-row', { hasText: 's390 protected virtualisation' })
    .first();
  await row.waitFor({ timeout: 10_000 });
  await row.click();
  await page.keyboard.press('Enter');
  // The guest ends itself there, so that nothing is freed: the finding goes.
  await until('no finding on s390', async () => (await workbench.squiggles().count()) === 0);
  // And what the tree was found to have under other settings is not shown any more.
  if (inTree !== null)
    await page
      .locator('.statusbar-item', { hasText: inTree })
      .waitFor({ state: 'detached', timeout: 10_000 });
  // Without a transition at the cursor it is that of the platform; at the call, that of the call on it.
  if (webviews) {
    await workbench.command('Membrane: Show Transition');
    const view = page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
    await view.locator('h1', { hasText: 's390' }).waitFor({ timeout: 20_000 });
    await workbench.line('ret = set_memory_decrypted(addr').click();
    await workbench.command('Membrane: Show Transition');
    await view.locator('.source', { hasText: 'ring.c:19' }).first().waitFor({ timeout: 20_000 });
    say(`chosen: ${await read(view.locator('h1'))}`);
    await view.locator('#rows').click();
    await workbench.command('View: Close Editor');
  } else {
    await workbench.command('Membrane: Show Transition as Text');
    await workbench.line('s390 PV: set_memory_decrypted()').waitFor({ timeout: 20_000 });
    await workbench.command('View: Close Editor');
  }

  await workbench.command('Membrane: Get Started');
  const steps = page.locator('.getting-started-step');
  await steps.first().waitFor({ timeout: 15_000 });
  assert.equal(await steps.count(), 6);
  if (webviews) await fits(workbench, steps);
  await workbench.shot('walkthrough');
  say('walkthrough: six steps');
}

/** No title and no line of code of the walkthrough is cut off, where it has the least room for them beside each other. */
async function fits(workbench, steps) {
  const { page } = workbench;
  const size = page.viewportSize();
  await workbench.command('View: Join All Editor Groups');
  await page.setViewportSize({ ...size, width: 1320 });
  // A page that is moved to another group may begin anew, with the list of all walkthroughs.
  await workbench.command('Membrane: Get Started');
  await page.locator('.getting-started-step:not([disabled])').first().waitFor({ timeout: 15_000 });
  const media = page
    .frameLocator('.getting-started-media iframe.webview.ready')
    .frameLocator('#active-frame');
  for (const head of [
    'The example',
    'A path',
    'The transition view',
    'Rules',
    'Platforms',
    'A tree',
  ].entries()) {
    const [at, text] = head;
    await steps.nth(at).click();
    await media.locator('h1', { hasText: text }).waitFor({ timeout: 15_000 });
    const cut = await media
      .locator('pre')
      .evaluateAll((all) => all.some((pre) => pre.scrollWidth > pre.clientWidth));
    assert.ok(!cut, `${text}: a line of code is cut off`);
  }
  const cutTitles = await page
    .locator('.getting-started-step .step-title')
    .evaluateAll((all) =>
      all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent),
    );
  assert.deepEqual(cutTitles, []);
  await page.setViewportSize(size);
}
