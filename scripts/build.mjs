// Bundles the hosts and the client into dist/, and the tests into out/test with --tests.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { install, root } from './install.mjs';

const text = { '.md': 'text' };
const banner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};

/** Bundles what ships. */
export async function build({ minify = false } = {}) {
  const { build: esbuild } = await import('esbuild');
  const dist = join(root, 'dist');
  mkdirSync(dist, { recursive: true });
  const hosts = {
    cli: 'server/src/hosts/cli/main.ts',
    worker: 'server/src/hosts/node/worker.ts',
    server: 'server/src/hosts/node/main.ts',
  };
  const entryPoints = Object.fromEntries(
    Object.entries(hosts)
      .filter(([, file]) => existsSync(join(root, file)))
      .map(([name, file]) => [name, join(root, file)]),
  );
  await esbuild({
    entryPoints,
    outdir: dist,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: true,
    minify,
    loader: text,
    banner,
    logLevel: 'warning',
    external: ['tree-sitter', 'tree-sitter-c'],
  });
  const client = join(root, 'client/src/extension.node.ts');
  if (existsSync(client)) {
    await esbuild({
      entryPoints: { client },
      outdir: dist,
      outExtension: { '.js': '.cjs' },
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      sourcemap: true,
      minify,
      external: ['vscode'],
      logLevel: 'warning',
    });
  }
  const grammar = join(root, 'grammars/c/tree-sitter-c.wasm');
  if (existsSync(grammar)) cpSync(grammar, join(dist, 'tree-sitter-c.wasm'));
  cpSync(join(root, 'node_modules/web-tree-sitter/web-tree-sitter.wasm'), join(dist, 'web-tree-sitter.wasm'));
}

/** Bundles every test/**\/*.test.ts into out/test; returns the files. */
export async function buildTests(filter = '') {
  const { build: esbuild } = await import('esbuild');
  const out = join(root, 'out/test');
  rmSync(out, { recursive: true, force: true });
  const files = readdirSync(join(root, 'test'), { recursive: true })
    .map((file) => join(root, 'test', file))
    .filter((file) => file.endsWith('.test.ts') && file.includes(filter))
    .sort();
  await esbuild({
    entryPoints: files,
    outdir: out,
    outbase: join(root, 'test'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: 'inline',
    packages: 'external',
    loader: text,
    logLevel: 'warning',
  });
  return files.map((file) => join(out, relative(join(root, 'test'), file).replace(/\.ts$/, '.mjs')));
}

if (process.argv[1] && import.meta.url.endsWith(process.argv[1].replaceAll('\\', '/').split('/').pop())) {
  install();
  await build({ minify: process.argv.includes('--minify') });
}
