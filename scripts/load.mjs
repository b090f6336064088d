// Imports TypeScript of the server, bundled in memory: a script reads the server's own tables instead of a copy.
import { join } from 'node:path';
import { install, root } from './install.mjs';

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
    logLevel: 'warning',
    write: false,
  });
  const code = Buffer.from(bundle.outputFiles[0].contents).toString('base64');
  return await import(`data:text/javascript;base64,${code}`);
}
