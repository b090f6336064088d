// npm run e2e: a session in a real VS Code in Chromium; `npm run e2e -- --oldest` in the oldest that the extension supports.
// Everything that it needs is kept in MEMBRANE_E2E_HOME (default: a folder of the system's temporary one); screenshots and
// logs are in out/e2e. Where something cannot be had the test is skipped with a line that says so, but never if CI=true.
import './node-version.mjs';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBrowser, startEditor } from '../test/e2e/editor.mjs';
import { editors, Unavailable } from '../test/e2e/install.mjs';
import { review, Workbench } from '../test/e2e/scenario.mjs';
import { root } from './install.mjs';
import { pack } from './package.mjs';

const limit = 420_000;
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
    editor = await startEditor(which, vsix, out);
    browser = await startBrowser();
    const context = await browser.newContext({ viewport: { width: 1280, height: 1100 } });
    const page = await context.newPage();
    workbench = new Workbench(page, out, vscode);
    await review(workbench, (file) => editor.url(workspace, file), editor.pid);
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
  const which = process.argv.includes('--oldest') ? ['old'] : ['newest'];
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
