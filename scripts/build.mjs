// npm run build: bundles the hosts and the client into dist/. The tests' bundles are made here too, see test.mjs.
import './node-version.mjs';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { install, root } from './install.mjs';
import { load, mainFields } from './load.mjs';

const dist = join(root, 'dist');
/** Pages of rules and other markdown are bundled as text. */
const loader = { '.md': 'text' };
const common = { bundle: true, platform: 'node', target: 'node20', logLevel: 'warning', loader };

/** ES modules that start under Node: name in dist/ to entry. Bundled CommonJS code may still call `require`. */
const hosts = {
  cli: 'server/src/hosts/cli/main.ts',
  worker: 'server/src/hosts/node/worker.ts',
  indexer: 'server/src/hosts/node/index-worker.ts',
  server: 'server/src/hosts/node/main.ts',
};
const banner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};

/** Files that are taken as they are. */
const copies = {
  'tree-sitter-c.wasm': 'grammars/c/tree-sitter-c.wasm',
  'web-tree-sitter.wasm': 'node_modules/web-tree-sitter/web-tree-sitter.wasm',
};

/** Bundles what ships. */
export async function build({ minify = false } = {}) {
  const { build: esbuild } = await import('esbuild');
  const present = Object.entries(hosts).filter(([, file]) => existsSync(join(root, file)));
  const bundles = await Promise.all([
    esbuild({
      ...common,
      entryPoints: Object.fromEntries(present.map(([name, file]) => [name, join(root, file)])),
      outdir: dist,
      outExtension: { '.js': '.mjs' },
      format: 'esm',
      mainFields,
      banner,
      external: ['tree-sitter', 'tree-sitter-c'],
      sourcemap: true,
      minify,
      write: false,
    }),
    client('client/src/extension.node.ts', 'client', minify, esbuild),
  ]);
  for (const bundle of bundles)
    for (const file of bundle?.outputFiles ?? []) replaceFile(file.path, file.contents);
  for (const [name, from] of Object.entries(copies)) {
    if (existsSync(join(root, from))) replaceFile(join(dist, name), readFileSync(join(root, from)));
  }
}

/** The extension's half: CommonJS, because the extension host of old editors loads nothing else. */
async function client(entry, name, minify, esbuild) {
  if (!existsSync(join(root, entry))) return undefined;
  // The extension starts no server before a file has one of these names; it learns them here, not from a list of its own.
  const { needles } = (await load('server/src/kernel/vocabulary.ts')).vocabularyFor(null);
  return esbuild({
    ...common,
    entryPoints: { [name]: join(root, entry) },
    outdir: dist,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    define: { MEMBRANE_NEEDLES: JSON.stringify(needles) },
    external: ['vscode'],
    sourcemap: true,
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
