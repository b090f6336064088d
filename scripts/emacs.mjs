// npm run e2e:emacs: a session of Emacs with eglot, in batch mode, with the language server over stdio. Skipped with a line
// that says so where there is no Emacs and it cannot be had, but never if CI=true.
import './node-version.mjs';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tool, Unavailable } from '../test/e2e/install.mjs';
import { start } from '../test/e2e/processes.mjs';
import { build } from './build.mjs';
import { install, root } from './install.mjs';

const limit = 90_000;

async function session() {
  // Eglot is part of Emacs from 29 on.
  const emacs = tool(['emacs'], 'emacs-nox elpa-eglot');
  install();
  await build();
  const folder = mkdtempSync(join(tmpdir(), 'membrane-emacs-'));
  try {
    cpSync(join(root, 'test/e2e/workspace'), folder, { recursive: true });
    const out = join(root, 'out', 'e2e');
    mkdirSync(out, { recursive: true });
    const log = join(out, 'emacs.log');
    const run = start(emacs, ['--batch', '-l', join(root, 'test/e2e/session.el')], {
      log,
      cwd: folder,
      env: {
        MEMBRANE_FILE: join(folder, 'ring.c'),
        MEMBRANE_SERVER: [process.execPath, join(root, 'server/bin/membrane.js'), 'lsp', '--stdio'].join(
          '\t',
        ),
        // Its own files go with the folder.
        HOME: folder,
        XDG_CACHE_HOME: folder,
      },
    });
    const timer = setTimeout(() => void run.stop(), limit);
    const code = await run.ended;
    clearTimeout(timer);
    await run.stop();
    console.log(readFileSync(log, 'utf8').trim());
    if (code !== 0) throw new Error(`Emacs ended with ${code ?? `a signal: over ${limit / 1000} seconds`}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  await session();
} catch (error) {
  if (error instanceof Unavailable && process.env.CI !== 'true') console.log(`skipped: ${error.message}`);
  else {
    console.error(error.message);
    process.exitCode = 1;
  }
}
