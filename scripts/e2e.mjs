// npm run e2e: a session in a real VS Code in Chromium; `npm run e2e -- --worker` with the extension in its web worker host, `-- --web` in VS Code
// for the web, without a server, `-- --oldest` in the oldest editors that the extension supports: one with Node, and one for the web.
// Everything that it needs is kept in MEMBRANE_E2E_HOME (default: a folder of the system's temporary one); screenshots and
// logs are in out/e2e. Where something cannot be had the test is skipped with a line that says so, but never if CI=true.
import './node-version.mjs';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { across } from '../test/e2e/across.mjs';
import { annotations } from '../test/e2e/annotations.mjs';
import { commands } from '../test/e2e/commands.mjs';
import { startBrowser, startEditor } from '../test/e2e/editor.mjs';
import { editors, orSkipped } from '../test/e2e/install.mjs';
import { below } from '../test/e2e/processes.mjs';
import { review, Workbench } from '../test/e2e/scenario.mjs';
import { startStaticEditor } from '../test/e2e/static-editor.mjs';
import { transition, transitionText } from '../test/e2e/transition.mjs';
import { tried } from '../test/e2e/try.mjs';
import { startWebEditor } from '../test/e2e/web-editor.mjs';
import { workspaceScope } from '../test/e2e/workspace-scope.mjs';
import { root } from './install.mjs';
import { pack } from './package.mjs';

const limit = 360_000;
const out = join(root, 'out', 'e2e');

/** What is tried in which editor, in which of its extension hosts. Served alone, a browser refuses what webviews need. */
const sessions = {
  node: {
    editor: 'newest',
    host: 'node',
    parts: [transition, commands, annotations, together, scope, () => tried(root, out)],
  },
  worker: { editor: 'newest', host: 'worker', parts: [transition, commands, annotations, together] },
  web: {
    editor: 'newest',
    host: 'worker',
    alone: startStaticEditor,
    parts: [transitionText, commands, annotations],
  },
  old: { editor: 'old', host: 'node', parts: [transition] },
  oldest: { editor: 'oldest', host: 'worker', alone: startWebEditor, parts: [transitionText] },
};

/** What is run, by the option of the command. */
const runs = { '': ['node'], '--worker': ['worker'], '--web': ['web'], '--oldest': ['oldest', 'old'] };

/** Two files that have to do with each other, in a page and a folder of their own. */
async function together(_, { host, editor, workspace, open }) {
  const folder = join(workspace, 'across');
  await across(await open('across'), folder, () => editor.url(folder, 'grow.c'), host);
}

/** The whole workspace, in a page and a folder of its own. */
async function scope(_, { editor, workspace, open }) {
  const copy = join(workspace, 'scope');
  cpSync(join(root, 'test/e2e/workspace'), copy, { recursive: true });
  await workspaceScope(await open('scope'), copy, editor.url(copy, 'plain.c'));
}

/** How many workers of that name the page has; one that another started bears the name of that one before its own. */
async function workersNamed(page, name) {
  // One may end meanwhile.
  const nameOf = (worker) => worker.evaluate(() => self.name).catch(() => '');
  const names = await Promise.all(page.workers().map(nameOf));
  return names.filter((one) => one.split(' -> ').at(-1) === name).length;
}

async function session(name, vsix) {
  const { editor: which, host, alone, parts } = sessions[name];
  const { vscode } = editors[which];
  console.log(`VS Code ${vscode}, ${host} extension host`);
  const workspace = mkdtempSync(join(tmpdir(), 'membrane-ws-'));
  cpSync(join(root, 'test/e2e/workspace'), workspace, { recursive: true });
  let editor;
  let browser;
  let workbench;
  try {
    browser = await startBrowser();
    const context = await browser.newContext({ viewport: { width: 1280, height: 1100 } });
    const open = async (tag) => {
      workbench = new Workbench(await context.newPage(), out, `${vscode}-${tag}`);
      return workbench;
    };
    const first = await open(name);
    if (alone) {
      editor = await alone(workspace);
      await first.open(editor.url, 'plain_sum', 'plain.c');
    } else {
      editor = await startEditor(which, vsix, out, host);
      await first.open(editor.url(workspace, 'plain.c'), 'plain_sum');
    }
    const count = {
      node: () => below(editor.pid).filter((command) => command.includes('dist/server.mjs')).length,
      worker: () => workersNamed(first.page, 'membrane'),
    };
    const servers = count[host];
    await review(first, servers);
    for (const part of parts)
      await part(first, { host, servers, webviews: alone === undefined, editor, workspace, open });
    console.log(`passed: VS Code ${vscode}, ${host} extension host`);
  } catch (error) {
    await workbench?.shot('failed').catch(() => undefined);
    throw error;
  } finally {
    await browser?.close();
    await editor?.stop();
    rmSync(workspace, { recursive: true, force: true });
  }
}

const wanted = runs[process.argv[2] ?? ''];
if (wanted === undefined) {
  console.error(`npm run e2e takes one of ${Object.keys(runs).filter(Boolean).join(', ')}, or nothing.`);
  process.exit(2);
}
const timer = setTimeout(() => {
  console.error(`over ${limit / 1000} seconds`);
  process.exit(1);
}, limit);
await orSkipped(async () => {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const vsix = process.env.MEMBRANE_VSIX ?? (await pack()).path;
  for (const name of wanted) await session(name, vsix);
});
clearTimeout(timer);
