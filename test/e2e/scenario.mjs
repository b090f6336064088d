// What a reviewer does, in a real editor: nothing runs for plain C; a file with a transition gets its squiggle, the path is
// read in the Problems panel, hovers explain, the rule's page opens. Each step leaves a screenshot.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { until } from './processes.mjs';

const editor = '.editor-instance';

/** One page of the workbench, and how to work it. */
export class Workbench {
  constructor(page, shots, tag) {
    this.page = page;
    this.shots = shots;
    this.tag = tag;
    this.count = 0;
  }

  async shot(name) {
    const file = `${this.tag}-${++this.count}-${name}.png`;
    await this.page.screenshot({ path: join(this.shots, file) });
    console.log(`    ${file}`);
  }

  /** Loads the workbench, with a file open that has `line`; `name`: it is opened from the Explorer. */
  async open(url, line, name) {
    // Editors say that they listen before they do.
    await until(`an answer from ${url}`, () =>
      this.page.goto(url, { waitUntil: 'domcontentloaded' }).then(
        () => true,
        () => false,
      ),
    );
    await this.page.waitForSelector('.monaco-workbench', { timeout: 60_000 });
    if (name) await this.file(name, line);
    await this.line(line).waitFor({ timeout: 60_000 });
  }

  line(text) {
    return this.page.locator(`${editor} .view-line`, { hasText: text }).first();
  }

  /** Opens a file of the workspace from the Explorer. */
  async file(name, line) {
    const row = this.page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).first();
    await row.dblclick({ timeout: 60_000 });
    await this.line(line).waitFor({ timeout: 20_000 });
  }

  /** Runs a command by its title. A workbench that is still starting drops the first keys, so it is asked again. */
  async command(title) {
    const row = this.page.locator('.quick-input-widget .monaco-list-row', { hasText: title }).first();
    for (let attempt = 0; ; attempt++) {
      await this.page.keyboard.press('F1');
      const input = this.page.locator('.quick-input-box input:visible').first();
      try {
        await input.fill(`>${title}`, { timeout: 4000 });
        await row.click({ timeout: 4000 });
        return;
      } catch (error) {
        if (attempt === 5) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  /** The rectangle of `word` in the line that has `text`. */
  async word(text, word) {
    const box = await this.line(text).evaluate((node, wanted) => {
      const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
      for (let at = walker.nextNode(); at; at = walker.nextNode()) {
        const index = at.data.indexOf(wanted);
        if (index < 0) continue;
        const range = document.createRange();
        range.setStart(at, index);
        range.setEnd(at, index + wanted.length);
        const { x, y, width, height } = range.getBoundingClientRect();
        return { x, y, width, height };
      }
      return null;
    }, word);
    assert.ok(box, `no '${word}' in a line with '${text}'`);
    return box;
  }

  /** The class of the token that begins with `word` in the line that has `text`: the editor's name of its colour. */
  async colour(text, word) {
    const token = this.line(text)
      .locator('span > span', { hasText: new RegExp(`^\\s*${word}`) })
      .first();
    return await token.getAttribute('class', { timeout: 5000 });
  }

  /** The text of the hover over `word`, once it has `wanted`. An editor that still scrolls drops it: the mouse goes there again. */
  async hover(text, word, wanted) {
    const hover = this.page.locator('.monaco-hover:not(.hidden)', { hasText: wanted }).first();
    for (let attempt = 0; ; attempt++) {
      const { x, y, width, height } = await this.word(text, word);
      await this.page.mouse.move(5, 5);
      await this.page.mouse.move(x + width / 2, y + height / 2, { steps: 4 });
      try {
        await hover.waitFor({ timeout: 4000 });
        return await read(hover);
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  }

  /** Chooses an entry of the Quick Fix menu at the start of the line that has `text`; all entries of the menu. */
  async quickFix(text, title) {
    const rows = this.page.locator('.action-widget .monaco-list-row');
    const row = rows.filter({ hasText: title }).first();
    for (let attempt = 0; ; attempt++) {
      await this.line(text).click();
      await this.page.keyboard.press('Home');
      await this.page.keyboard.press('Control+.');
      try {
        await row.waitFor({ timeout: 5000 });
        break;
      } catch (error) {
        if (attempt === 5) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
    const entries = (await rows.allInnerTexts()).map(oneLine).filter(Boolean);
    await this.shot('quick-fix');
    // By keys: older editors lay a shield over the menu that takes clicks until a mouse moves on it.
    const focused = this.page.locator('.action-widget .monaco-list-row.focused');
    for (let step = 0; !(await read(focused)).includes(title); step++) {
      assert.ok(step <= entries.length, `the menu's keys do not reach '${title}'`);
      await this.page.keyboard.press('ArrowDown');
    }
    await this.page.keyboard.press('Enter');
    await row.waitFor({ state: 'hidden', timeout: 5000 });
    return entries;
  }

  /** The squiggles of errors; the classes are the editor's. */
  squiggles(kind = 'error') {
    return this.page.locator(`${editor} .squiggly-${kind}`);
  }

  /** The rows of the Problems panel with `text`. */
  problem(text) {
    return this.page.locator('.markers-panel-container .monaco-list-row', { hasText: text });
  }
}

/** What a reader sees of an element, on one line. */
export async function read(locator) {
  return (await locator.allInnerTexts()).map(oneLine).join(' ');
}

/** `text` on one line. */
export function oneLine(text) {
  return text.replace(/\s+/g, ' ').trim();
}

/** The session, in a workbench that shows plain.c of `workspace`. `servers` counts the language servers that run. */
export async function review(workbench, servers) {
  const { page } = workbench;
  const say = (text) => console.log(`  ${text}`);

  // The command answers, so the extension is active; and still no process of ours.
  const log = page.locator('.output-view-container, .output-view').first();
  await until('the log', async () => {
    await workbench.command('Membrane: Show Log');
    return await log.waitFor({ timeout: 5000 }).then(
      () => true,
      () => false,
    );
  });
  assert.equal(await servers(), 0, 'a server runs for plain C');
  say('plain C: the extension is active, no server runs');

  await workbench.file('ring.c', 'int ring_expand(');
  await workbench.squiggles().first().waitFor({ timeout: 20_000 });
  assert.equal(await servers(), 1, 'one server for ring.c');
  await workbench.shot('squiggle');
  assert.equal(await workbench.squiggles().count(), 1, 'one error, none in the twin');

  const lens = page.locator(`${editor} .codelens-decoration`, { hasText: 'decrypts' }).first();
  await lens.waitFor({ timeout: 15_000 });
  say(`lens: ${await read(lens)}`);
  assert.match(await read(lens), /shared .*\| sleeps/);

  const status = page.locator('.statusbar-item', { hasText: 'analysed' });
  await status.waitFor({ timeout: 10_000 });
  say(`status: ${await read(status)}; ${oneLine((await status.getAttribute('aria-label')) ?? '')}`);

  await page.keyboard.press('Control+Shift+M');
  const problem = workbench.problem("frees 'page'");
  await problem.waitFor({ timeout: 15_000 });
  say(`problem: ${await read(problem)}`);
  assert.match(await read(problem), /membrane ?\(?free-after-failed-transition/);
  await problem.click();
  await page.keyboard.press('ArrowRight');
  const first = workbench.problem('alloc_pages');
  await first.first().waitFor({ timeout: 10_000 });
  const path = (await page.locator('.markers-panel-container .monaco-list-row').allInnerTexts()).map(oneLine);
  for (const row of path) say(`  ${row}`);
  const order = ['alloc_pages()', 'set_memory_decrypted()', '__free_pages()'];
  const at = order.map((name) => path.findLastIndex((row) => row.includes(name)));
  assert.ok(
    at.every((row, i) => row > 0 && (i === 0 || row > at[i - 1])),
    `the path in order: ${path.join(' / ')}`,
  );
  await workbench.shot('problems');

  const page1 = await workbench.hover('__free_pages(page, order)', '__free_pages', 'Reported: unknown here');
  say(`hover on the finding: ${page1.slice(0, 160)} ...`);
  assert.match(page1, /frees 'page'/);
  await workbench.shot('hover-finding');
  const call = await workbench.hover(
    'ret = set_memory_decrypted(addr',
    'set_memory_decrypted',
    'private -> shared',
  );
  say(`hover on the call: ${call}`);
  assert.match(call, /unknown/);
  assert.match(call, /private before the call/);
  assert.match(call, /MapGPA/);
  assert.match(call, /Show the transition/);
  await workbench.shot('hover-call');
  const silent = await workbench.hover('ring->page = page;', 'page', 'shared here');
  say(`hover on a variable: ${silent}`);
  await page.mouse.move(5, 5);

  // Half a statement in the function of the finding: the finding stays, and the status says so.
  await workbench.line('goto free_page;').click();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.keyboard.type('if (ret == ');
  await until('the half-typed function', async () =>
    ((await status.getAttribute('aria-label')) ?? '').includes('Half-typed'),
  );
  assert.equal(await workbench.squiggles().count(), 1, 'the finding of the half-typed function');
  await workbench.shot('half-typed');
  for (let i = 0; i < 30 && ((await status.getAttribute('aria-label')) ?? '').includes('Half-typed'); i++) {
    await page.keyboard.press('Control+z');
    await page.waitForTimeout(150);
  }
  assert.ok(!((await status.getAttribute('aria-label')) ?? '').includes('Half-typed'), 'it parses again');
  say('half-typed: the finding stayed');

  // Each fix takes the finding with it, and undo brings it back.
  const leak = "Leak the pages: 'return ret' instead of 'goto free_page'";
  const menu = await workbench.quickFix('__free_pages(page, order)', leak);
  for (const entry of menu) say(`  ${entry}`);
  const wanted = [
    leak,
    "set 'leak_pages'",
    'Re-encrypt, free only if',
    'Show the transition',
    'Why? Open rationale',
  ];
  const places = wanted.map((title) => menu.findIndex((entry) => entry.includes(title)));
  assert.ok(
    places.every((at, i) => at >= 0 && (i === 0 || at > places[i - 1])),
    `the menu in order: ${menu.join(' / ')}`,
  );
  await workbench.line('leaked: its state is unknown').waitFor({ timeout: 15_000 });
  await until('no finding', async () => (await workbench.squiggles().count()) === 0);
  await workbench.shot('fixed');
  say('quick fix: the finding is gone');
  await page.keyboard.press('Control+z');
  await workbench.squiggles().first().waitFor({ timeout: 15_000 });

  const pageTab = page.locator('.tab.active', { hasText: 'free-after-failed-transition.md' });
  // The menu closes by itself where findings are told again meanwhile.
  await until('the rationale', async () => {
    await workbench.quickFix('__free_pages(page, order)', 'Why? Open rationale');
    return await pageTab.waitFor({ timeout: 5000 }).then(
      () => true,
      () => false,
    );
  });
  say('Why? opens the rationale');
  await workbench.file('ring.c', 'int ring_expand(');
  await page.locator('.tab.active', { hasText: 'ring.c' }).waitFor({ timeout: 5000 });

  await workbench.line('__free_pages(page, order)').click();
  await page.keyboard.press('Home');
  await workbench.command('Membrane: Explain Rule');
  await page
    .locator('.tab.active', { hasText: 'free-after-failed-transition.md' })
    .waitFor({ timeout: 15_000 });
  await workbench.line('# ').waitFor({ timeout: 15_000 });
  await workbench.shot('rule-page');
  say(`rule page: ${await read(workbench.line('# '))}`);

  // The rule's id beside the finding is a link to the same page.
  await workbench.file('ring.c', 'int ring_expand(');
  await page.keyboard.press('Control+Shift+M');
  await page.locator('.tab.active', { hasText: 'ring.c' }).waitFor({ timeout: 5000 });
  const link = problem.locator('a', { hasText: 'free-after-failed-transition' });
  await link.click({ modifiers: ['Control'] });
  await page
    .locator('.tab.active', { hasText: 'free-after-failed-transition.md' })
    .waitFor({ timeout: 15_000 });
  say('rule id in the Problems panel: opens the page');

  await workbench.file('ring.h', 'ring_share_one');
  const header = page.locator(`${editor} .squiggly-error, ${editor} .squiggly-warning`).first();
  await header.waitFor({ timeout: 15_000 });
  const mode = page.locator('.statusbar-item', { hasText: 'C++' });
  await mode.waitFor({ timeout: 5000 });
  say('header: opened as C++, reviewed');
  await until(
    'the colours of an annotation',
    async () => (await workbench.colour('coco:', 'sleeps')) !== (await workbench.colour('coco:', '/')),
  );
  await workbench.shot('header');
}
