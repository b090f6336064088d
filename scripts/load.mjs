// Imports TypeScript of the server, bundled: a script reads the server's own tables instead of a copy.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { install, root } from './install.mjs';

let count = 0;

/** jsonc-parser's `main` loads its parts in a way that no bundler sees through; its `module` does not. */
export const mainFields = ['module', 'main'];

/** The exports of `entry` (a path from the repository's root). */
export async function load(entry) {
  install();
  const { build } = await import('esbuild');
  const bundle = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    loader: { '.md': 'text' },
    mainFields,
    logLevel: 'warning',
    write: false,
  });
  const file = join(root, 'out', `load-${process.pid}-${++count}.mjs`);
  mkdirSync(join(root, 'out'), { recursive: true });
  writeFileSync(file, bundle.outputFiles[0].contents);
  try {
    return await import(pathToFileURL(file).href);
  } finally {
    rmSync(file, { force: true });
  }
}
