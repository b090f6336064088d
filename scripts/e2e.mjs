// npm run e2e: a session in a real VS Code in Chromium; `npm run e2e -- --oldest` in the oldest that the extension supports.
// Everything that it needs is kept in MEMBRANE_E2E_HOME (default: a folder of the system's temporary one); screenshots and
// logs are in out/e2e. Where something cannot be had the test is skipped with a line that says so, but never if CI=true.
import './node-version.mjs';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commands } from '../test/e2e/commands.mjs';
import { startBrowser, startEditor } from '../test/e2e/editor.mjs';
import { editors, Unavailable } from '../test/e2e/install.mjs';
import { review, Workbench } from '../test/e2e/scenario.mjs';
import { transition, transitionText } from '../test/e2e/transition.mjs';
import { startWebEditor } from '../test/e2e/web-editor.mjs';
import { workspaceScope } from '../test/e2e/workspace-scope.mjs';
import { root } from './install.mjs';
import { load } from './load.mjs';
import { pack } from './package.mjs';

const limit = 360_000;
const out = join(root, 'out', 'e2e');

async function session(which, vsix) {
  const { vscode } = editors[which];
  console.log(`VS Code ${vscode}`);
  const workspace = mkdtempSync(join(tmpdir(), 'membrane-ws-'));
  cpSync(join(root, 'test/e2e/workspace'), workspace, { recursive: true });
  let editor;
  let browser;
  let workbench;
  try {
    browser = await startBrowser();
    const context = await browser.newContext({ viewport: { width: 1280, height: 1100 } });
    workbench = new Workbench(await context.newPage(), out, vscode);
    if (which === 'oldest') {
      const server = join(root, 'dist/server.mjs');
      const { needles } = (await load('server/src/kernel/vocabulary.ts')).vocabularyFor(null);
      editor = await startWebEditor({ root, workspace, server, needles });
      await workbench.open(editor.url, 'plain_sum', 'plain.c');
    } else {
      editor = await startEditor(which, vsix, out);
      await workbench.open(editor.url(workspace, 'plain.c'), 'plain_sum');
    }
    await review(workbench, editor.pid ?? process.pid);
    // In the oldest, served alone, a browser refuses what webviews need.
    await (which === 'oldest' ? transitionText : transition)(workbench);
    if (which === 'newest') {
      await commands(workbench);
      const other = new Workbench(await context.newPage(), out, `${vscode}-scope`);
      workbench = other;
      const copy = join(workspace, 'scope');
      cpSync(join(root, 'test/e2e/workspace'), copy, { recursive: true });
      await workspaceScope(other, copy, editor.url(copy, 'plain.c'));
    }
    console.log(`passed: VS Code ${vscode}`);
  } catch (error) {
    await workbench?.shot('failed').catch(() => undefined);
    throw error;
  } finally {
    await browser?.close();
    await editor?.stop();
    rmSync(workspace, { recursive: true, force: true });
  }
}

const timer = setTimeout(() => {
  console.error(`over ${limit / 1000} seconds`);
  process.exit(1);
}, limit);
try {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const vsix = process.env.MEMBRANE_VSIX ?? (await pack());
  const which = process.argv.includes('--oldest') ? ['oldest', 'old'] : ['newest'];
  for (const one of which) await session(one, vsix);
} catch (error) {
  if (error instanceof Unavailable && process.env.CI !== 'true') console.log(`skipped: ${error.message}`);
  else {
    console.error(error);
    process.exitCode = 1;
  }
} finally {
  clearTimeout(timer);
}
