// The transition view in a real editor: it opens from a hover and on a finding, is stepped through by keys, another platform changes it,
// a step goes to its source line; and the same as text.
import assert from 'node:assert/strict';
import { until } from './processes.mjs';
import { oneLine, read } from './scenario.mjs';

/** Where webviews do not load: the same as text, once it is known. */
export async function transitionText(workbench) {
  await ask(workbench);
  const head = workbench.line('TDX: set_memory_decrypted()');
  await head.waitFor({ timeout: 30_000 });
  await workbench.line('FAILS -EIO on page 1').waitFor({ timeout: 5000 });
  await workbench.shot('transition-as-text');
  console.log(`  no webviews here; as text: ${await read(head)}`);
}

/** The link in the hover on the call opens the view. */
async function fromHover(workbench, view) {
  const { page } = workbench;
  await workbench.file('ring.c', 'int ring_expand(');
  await workbench.hover('ret = set_memory_decrypted(addr', 'set_memory_decrypted', 'Show the transition');
  const link = page.locator('.monaco-hover:not(.hidden) a', { hasText: 'Show the transition' }).first();
  await link.click({ timeout: 5000 });
  await view.locator('#rows').waitFor({ timeout: 30_000 });
  console.log(`  from the hover: ${await read(view.locator('h1'))}`);
  assert.match(await read(view.locator('h1')), /^TDX: set_memory_decrypted\(\), private -> shared/);
}

async function ask(workbench) {
  const { page } = workbench;
  await workbench.file('ring.c', 'int ring_expand(');
  await workbench.squiggles().first().waitFor({ timeout: 20_000 });
  await workbench.line('__free_pages(page, order)').click();
  await page.keyboard.press('Home');
  await workbench.command('Membrane: Show Transition');
}

/** Nothing of the view is cut off, as narrow as half an editor and as wide as a screen: all of the head is there, texts of boxes, the table. */
async function fits(workbench, view) {
  const { page } = workbench;
  const size = page.viewportSize();
  for (const [name, width] of [
    ['narrow', 1160],
    ['wide', 2800],
  ]) {
    await page.setViewportSize({ ...size, width });
    const body = view.locator('body');
    await until(`the ${name} view`, async () => {
      const { width: have } = await body.boundingBox();
      return name === 'narrow' ? have < 450 : have > 1100;
    });
    const { top, sideways, cut } = await body.evaluate((node) => {
      const pen = document.createElement('canvas').getContext('2d');
      const cutOff = (box) => {
        pen.font = getComputedStyle(box).font;
        // The arrow of a box takes the rest.
        return pen.measureText(box.selectedOptions[0].text).width > box.clientWidth - 16;
      };
      const wide = [document.documentElement, ...node.children].filter(
        (one) => one.scrollWidth > one.clientWidth + 1,
      );
      return {
        top: node.firstElementChild.getBoundingClientRect().top,
        sideways: wide.map((one) => one.id || one.className || one.tagName),
        cut: [...node.querySelectorAll('select')].filter(cutOff).map((box) => box.id),
      };
    });
    assert.ok(top >= 0, `${name}: the first line is in view`);
    assert.deepEqual({ sideways, cut }, { sideways: [], cut: [] }, `${name}: nothing is cut off`);
    await workbench.shot(`transition-${name}`);
  }
  await page.setViewportSize(size);
  const keys = await view.locator('.keys li').allInnerTexts();
  assert.deepEqual(keys.map(oneLine), [
    'j k step',
    'h l failing step',
    'p platform',
    'Enter source',
    '? what the columns mean',
  ]);
}

/** `workbench` has ring.c of the workspace, with its finding. */
export async function transition(workbench) {
  const { page } = workbench;
  const say = (text) => console.log(`  ${text}`);
  const view = page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  await fromHover(workbench, view);
  await ask(workbench);
  await view.locator('#rows').waitFor({ timeout: 30_000 });
  const rows = view.locator('[role=option]');
  const chosen = view.locator('[role=option][aria-selected=true]');
  const title = view.locator('h1');
  assert.match(await read(title), /^TDX: set_memory_decrypted\(\)/);
  assert.match(await read(view.locator('.finding')), /^frees 'page'/);
  const texts = (await rows.allInnerTexts()).map(oneLine);
  for (const text of texts) say(`  ${text}`);
  assert.ok(texts.some((text) => /^> 5 .*ring\.c:\d+ .*FAILS -EIO/.test(text)));
  assert.ok(texts.some((text) => /^3 changes the attribute \(S\) \[P\]\(S\)! \[P\] intact/.test(text)));
  // It begins where it was asked from: at the free.
  assert.match(await read(chosen), /caller frees/);
  await fits(workbench, view);

  const position = view.locator('#position');
  const number = async () => Number(/\d+/.exec(await read(position))[0]);
  const at = await number();
  await view.locator('#rows').focus();
  await page.keyboard.press('k');
  await page.keyboard.press('k');
  assert.equal(await number(), at - 2);
  await page.keyboard.press('j');
  assert.equal(await number(), at - 1);
  const sentence = await chosen.getAttribute('aria-label');
  assert.match(sentence, /^\S.*\.$/);
  assert.equal(
    await view.locator('#rows').getAttribute('aria-activedescendant'),
    await chosen.getAttribute('id'),
  );
  say(`stepped to ${await read(position)}: ${sentence}`);

  // A step goes to its source line.
  await rows.filter({ hasText: 'FAILS' }).first().click();
  await page.locator('.tab.active', { hasText: 'ring.c' }).first().waitFor({ timeout: 10_000 });
  const wanted = /ring\.c:(\d+)/.exec(await read(rows.filter({ hasText: 'FAILS' }).first()))[1];
  const line = page.locator('.statusbar-item', { hasText: new RegExp(`^Ln ${wanted},`) });
  await line.waitFor({ timeout: 10_000 });
  say(`the failing step leads to ${await read(line)}`);

  // Another platform, by its box and by its key.
  const before = await rows.allInnerTexts();
  await view.locator('#platform').selectOption('cca');
  await title.filter({ hasText: 'Arm CCA' }).waitFor({ timeout: 10_000 });
  assert.notDeepEqual(await rows.allInnerTexts(), before);
  await workbench.shot('transition-cca');
  await view.locator('#rows').focus();
  await page.keyboard.press('p');
  await title.filter({ hasNotText: 'Arm CCA' }).waitFor({ timeout: 10_000 });
  say(`p: ${await read(title)}`);
  await view.locator('#platform').selectOption('tdx');
  await title.filter({ hasText: 'TDX:' }).waitFor({ timeout: 10_000 });

  // The caller leaks it instead, and nobody is harmed.
  await view.locator('#then').selectOption('leak');
  await view.locator('.verdict:not(.harmful)').waitFor({ timeout: 10_000 });
  say(`leaked: ${await read(view.locator('.verdict'))}`);
  await view.locator('#rows').focus();
  await page.keyboard.press('?');
  await view.locator('#help:not([hidden])').waitFor({ timeout: 5000 });
  await workbench.shot('transition-leaked');

  // Along the path of the finding, from where it is reported.
  await workbench.line('__free_pages(page, order)').click();
  await page.keyboard.press('Home');
  const walked = async (command, wantedLine, wantedText) => {
    await workbench.command(command);
    await page.locator('.statusbar-item', { hasText: wantedText }).waitFor({ timeout: 10_000 });
    await page.locator('.statusbar-item', { hasText: `Ln ${wantedLine},` }).waitFor({ timeout: 10_000 });
  };
  await walked('Membrane: Previous Step of Path', 21, 'goto free_page');
  await walked('Membrane: Previous Step of Path', 20, 'ret != 0');
  await walked('Membrane: Next Step of Path', 21, 'goto free_page');
  say('previous and next step: the path in the source');

  await view.locator('#text').click();
  const head = workbench.line('TDX: set_memory_decrypted()');
  await head.waitFor({ timeout: 15_000 });
  await workbench.shot('transition-text');
  say(`as text: ${await read(head)}`);
}
