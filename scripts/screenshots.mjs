// npm run screenshots: the pictures of the README, from a real editor on the example. Small ones: no more than what each is about.
import './node-version.mjs';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { startBrowser } from '../test/e2e/editor.mjs';
import { until } from '../test/e2e/processes.mjs';
import { Workbench } from '../test/e2e/scenario.mjs';
import { root } from './install.mjs';
import { startTry } from './try.mjs';

const size = { width: 1180, height: 640 };
const tall = { width: 1180, height: 1700 };
/** The view stands beside the source. */
const wide = { width: 1640, height: 820 };
const out = join(root, 'docs');
const editor = await startTry();
const browser = await startBrowser();
try {
  const page = await (await browser.newContext({ viewport: size, colorScheme: 'light' })).newPage();
  const workbench = new Workbench(page, out, 'vscode');
  await workbench.open(editor.url('ring.c'), 'SPDX-License-Identifier');
  await page.keyboard.press('Control+b');
  await workbench.command('Go to Line');
  await page.keyboard.type('66');
  await page.keyboard.press('Enter');
  await workbench.squiggles().first().waitFor({ timeout: 30_000 });
  const free = '__free_pages(page, order)';
  await workbench.line(free).click();
  await page.keyboard.press('Home');
  const shot = async (name, clip) => {
    const path = join(out, `vscode-${name}.png`);
    await page.screenshot({ path, ...(clip ? { clip } : {}) });
    console.log(`docs/vscode-${name}.png: ${Math.round(statSync(path).size / 1000)} kB`);
  };

  // The finding, and the path under it.
  await page.keyboard.press('Control+Shift+M');
  await page.locator('.viewpane-filter input').first().fill("frees 'page'");
  const problem = workbench.problem("frees 'page'");
  await problem.waitFor({ timeout: 15_000 });
  await problem.click();
  await page.keyboard.press('ArrowRight');
  await workbench.problem('alloc_pages').first().waitFor({ timeout: 10_000 });
  await shot('problems');
  await page.keyboard.press('Control+j');

  // What a call does. A hover is a quarter of the editor high: a tall one, of which the picture shows no more than what is around it.
  await page.setViewportSize(tall);
  await workbench.line(free).click();
  await workbench.hover('ret = set_memory_decrypted(', 'set_memory_decrypted', 'private -> shared');
  const hover = page.locator('.monaco-hover:not(.hidden)').first();
  await until('the hover', () => hover.evaluate((node) => getComputedStyle(node).opacity === '1'));
  const box = await hover.boundingBox();
  const top = box.y - 58;
  await shot('hover', { x: 52, y: top, width: box.x + box.width, height: box.height + 130 });
  await page.mouse.move(5, 5);
  await page.setViewportSize(size);

  // The same path among the steps of the platform.
  await workbench.line(free).click();
  await page.keyboard.press('Home');
  await workbench.command('Membrane: Show Transition');
  const view = page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  await view.locator('#rows').waitFor({ timeout: 30_000 });
  await page.mouse.move(400, 600);
  await page.setViewportSize(wide);
  await view.locator('h1').scrollIntoViewIfNeeded();
  await page.locator('.monaco-hover:not(.hidden)').first().waitFor({ state: 'hidden', timeout: 10_000 });
  await shot('transition');
} finally {
  await browser.close();
  await editor.stop();
}
