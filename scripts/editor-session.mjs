// A session of an editor that is not ours: on the workspace of the end-to-end tests, with the language server over stdio.
import './node-version.mjs';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { orSkipped, tool } from '../test/e2e/install.mjs';
import { start } from '../test/e2e/processes.mjs';
import { build } from './build.mjs';
import { install, root } from './install.mjs';

const limit = 90_000;

/**
 * Runs `command` with `args` and says what it printed; `packages` are Debian's for it. `homes`: variables that name the folders
 * where the editor keeps files of its own, which go with the workspace. Skipped where there is no such editor, see `orSkipped`.
 */
export async function editorSession({ name, command, packages, args, homes }) {
  await orSkipped(() => session({ name, program: tool([command], packages), args, homes }));
}

async function session({ name, program, args, homes }) {
  install();
  await build();
  const folder = mkdtempSync(join(tmpdir(), 'membrane-editor-'));
  try {
    cpSync(join(root, 'test/e2e/workspace'), folder, { recursive: true });
    const out = join(root, 'out', 'e2e');
    mkdirSync(out, { recursive: true });
    const log = join(out, `${name.toLowerCase()}.log`);
    const server = [process.execPath, join(root, 'server/bin/membrane.js'), 'lsp', '--stdio'];
    const run = start(program, args, {
      log,
      cwd: folder,
      env: {
        MEMBRANE_FILE: join(folder, 'ring.c'),
        MEMBRANE_SERVER: server.join('\t'),
        ...Object.fromEntries(homes.map((home) => [home, folder])),
      },
    });
    const timer = setTimeout(() => void run.stop(), limit);
    const code = await run.ended;
    clearTimeout(timer);
    await run.stop();
    console.log(readFileSync(log, 'utf8').trim());
    if (code !== 0) throw new Error(`${name} ended with ${code ?? `a signal: over ${limit / 1000} seconds`}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
