// npm run build: bundles the hosts and the client into dist/. The tests' bundles are made here too, see test.mjs.
import './node-version.mjs';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { install, root } from './install.mjs';
import { load, mainFields } from './load.mjs';

const dist = join(root, 'dist');
/** Pages of rules and other markdown are bundled as text. */
const loader = { '.md': 'text' };
const common = { bundle: true, platform: 'node', target: 'node20', logLevel: 'warning', loader };

/** ES modules that start under Node: name in dist/ to entry. Bundled CommonJS code may still call `require`. */
const program = { cli: 'server/src/hosts/cli/main.ts' };
const hosts = {
  worker: 'server/src/hosts/node/worker.ts',
  engine: 'server/src/hosts/node/engine-main.ts',
  indexer: 'server/src/hosts/node/index-worker.ts',
  stamps: 'server/src/hosts/node/stamps-worker.ts',
  server: 'server/src/hosts/node/main.ts',
  checker: 'server/src/hosts/node/tree-main.ts',
};
const banner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};

/** What a browser starts is built with. `conditions`: not those of Node. */
const browser = {
  bundle: true,
  platform: 'browser',
  target: 'es2022',
  mainFields: ['browser', ...mainFields],
  logLevel: 'warning',
  loader,
};

/** A script has no address. web-tree-sitter puts one together with it for its WebAssembly, and is then given that. */
const noModule = { 'import.meta.url': '"file:///"' };

/** Files that are taken as they are. */
const copies = {
  'tree-sitter-c.wasm': 'grammars/c/tree-sitter-c.wasm',
  'web-tree-sitter.wasm': 'node_modules/web-tree-sitter/web-tree-sitter.wasm',
  'view.css': 'client/webview/view.css',
};

/** What a module that Node starts is built with. */
const hostOptions = {
  ...common,
  outdir: dist,
  outExtension: { '.js': '.mjs' },
  format: 'esm',
  mainFields,
  banner,
  external: ['tree-sitter', 'tree-sitter-c'],
  sourcemap: true,
  write: false,
};

/** Bundles what ships. */
export async function build({ minify = false } = {}) {
  const { build: esbuild } = await import('esbuild');
  const define = { MEMBRANE_BUILD: JSON.stringify(buildId()) };
  const bundles = await Promise.all([
    // In parts, each loaded when it is needed: most commands need little of the program.
    esbuild({
      ...hostOptions,
      entryPoints: entries(program),
      splitting: true,
      chunkNames: 'cli-[hash]',
      define,
      minify,
    }),
    esbuild({ ...hostOptions, entryPoints: entries(hosts), define, minify }),
    client('client/src/extension.node.ts', 'client.cjs', { ...common, sourcemap: true }, minify, esbuild),
    client('client/src/extension.browser.ts', 'client-web.js', browser, minify, esbuild),
    // A worker of the other: a script, for a module cannot be started from where the extension is.
    esbuild({
      ...browser,
      entryPoints: { 'server-web': join(root, 'server/src/hosts/web/main.ts') },
      outdir: dist,
      format: 'iife',
      define: { ...define, ...noModule },
      minify,
      write: false,
    }),
    // The page of a panel: a script of its own, which its policy lets in by where it is from.
    esbuild({
      ...browser,
      entryPoints: { view: join(root, 'client/webview/view.ts') },
      outdir: dist,
      format: 'iife',
      minify,
      write: false,
    }),
  ]);
  const files = bundles.flatMap((bundle) => bundle?.outputFiles ?? []);
  // The parts first: the new program finds all of them.
  for (const file of files.reverse()) replaceFile(file.path, file.contents);
  for (const [name, from] of Object.entries(copies)) {
    if (existsSync(join(root, from))) replaceFile(join(dist, name), readFileSync(join(root, from)));
  }
  removeOldParts(new Set(files.map((file) => basename(file.path))));
}

function entries(modules) {
  return Object.fromEntries(
    Object.entries(modules)
      .filter(([, file]) => existsSync(join(root, file)))
      .map(([name, file]) => [name, join(root, file)]),
  );
}

/** A hash of all that the program is made of. What one build keeps for the next check, another does not use. */
function buildId() {
  const hash = createHash('sha256');
  const sources = readdirSync(join(root, 'server/src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'));
  for (const file of [...sources, 'package-lock.json', ...Object.values(copies)].sort()) {
    if (!existsSync(join(root, file))) continue;
    const bytes = readFileSync(join(root, file));
    hash.update(`${file} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex').slice(0, 32);
}

/** Parts of a program that was built before. A program that still runs has them for a while. */
function removeOldParts(current) {
  const old = Date.now() - 60 * 60 * 1000;
  for (const name of readdirSync(dist)) {
    if (!/^cli-[A-Z0-9]{8}\.mjs(\.map)?$/.test(name) || current.has(name)) continue;
    const path = join(dist, name);
    if (statSync(path).mtimeMs < old) rmSync(path, { force: true });
  }
}

/** The extension's half: CommonJS, because the extension host of old editors loads nothing else. */
async function client(entry, outfile, options, minify, esbuild) {
  // The extension starts no server before a file has one of these names; it learns them here, not from a list of its own.
  const { needles } = (await load('server/src/kernel/vocabulary.ts')).vocabularyFor(null);
  return esbuild({
    ...options,
    entryPoints: [join(root, entry)],
    outfile: join(dist, outfile),
    format: 'cjs',
    define: {
      MEMBRANE_NEEDLES: JSON.stringify(needles),
      MEMBRANE_EXAMPLE: JSON.stringify(readdirSync(join(root, 'example')).sort()),
    },
    external: ['vscode'],
    minify,
    write: false,
  });
}

/** In one step, and only if something changed: a program that is being started never sees half a bundle. */
function replaceFile(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, contents);
  renameSync(draft, path);
}

/** Bundles every test/**\/*.test.ts whose path has `filter` into a folder of this process; the caller removes it. */
export async function buildTests(filter = '') {
  const { build: esbuild } = await import('esbuild');
  const tests = join(root, 'test');
  const folder = join(root, 'out', `test-${process.pid}`);
  rmSync(folder, { recursive: true, force: true });
  const entryPoints = readdirSync(tests, { recursive: true })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.test.ts') && file.includes(filter))
    .sort()
    .map((file) => join(tests, file));
  if (entryPoints.length === 0) return { files: [], folder };
  await esbuild({
    ...common,
    entryPoints,
    outdir: folder,
    outbase: tests,
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    packages: 'external',
    sourcemap: 'inline',
  });
  return {
    files: entryPoints.map((file) => join(folder, relative(tests, file).replace(/\.ts$/, '.mjs'))),
    folder,
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  install();
  await build({ minify: process.argv.includes('--minify') });
}
