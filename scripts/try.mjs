// npm run try: a real VS Code in the browser, with the extension on a copy of the bundled example; says the address, and runs until
// Ctrl-C. The editor comes from npm into MEMBRANE_E2E_HOME (default: a folder of the system's temporary one), some 300 MB once.
import './node-version.mjs';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startEditor } from '../test/e2e/editor.mjs';
import { root } from './install.mjs';
import { pack } from './package.mjs';

/** The example in a folder of its own, so that it can be edited; it has a `.membrane.json`, which makes it a tree. */
export function exampleTree() {
  const folder = mkdtempSync(join(tmpdir(), 'membrane-try-'));
  cpSync(join(root, 'example'), folder, { recursive: true });
  writeFileSync(join(folder, '.membrane.json'), '{}\n');
  return folder;
}

/** The editor on the example. `url(file)` opens a file of it, `stop` ends it and removes what was written. */
export async function startTry(vsix) {
  const folder = exampleTree();
  const logs = mkdtempSync(join(tmpdir(), 'membrane-try-logs-'));
  const clean = () => {
    for (const one of [folder, logs]) rmSync(one, { recursive: true, force: true });
  };
  try {
    const editor = await startEditor('newest', vsix ?? (await pack()).path, logs);
    return {
      folder,
      url: (file) => editor.url(folder, file),
      async stop() {
        await editor.stop();
        clean();
      },
    };
  } catch (error) {
    clean();
    throw error;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (platform() !== 'linux' || arch() !== 'x64') {
    console.error(
      'The editor that this starts is for Linux on x64. Elsewhere: npm run package, then install the .vsix in VS Code.',
    );
    process.exit(1);
  }
  console.log(
    'Starting VS Code with Membrane on a copy of the example. It comes from npm the first time, some 300 MB ...',
  );
  const editor = await startTry();
  console.log(`
  ${editor.url('ring.c')}

Open that in a browser. Put the cursor on the squiggle in foo_ring_expand() and choose "Show the transition" among its quick fixes;
"Membrane: Get Started" in the command palette shows more. Ctrl-C here ends it.`);
  let isEnding = false;
  const end = () => {
    if (isEnding) return;
    isEnding = true;
    editor.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  // npm passes it on, so that it may come twice.
  process.on('SIGINT', () => end());
  process.on('SIGTERM', () => end());
}
