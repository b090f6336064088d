// npm test: installs what is needed, builds, runs every test. `npm test -- syntax` runs the files whose path has "syntax".
// Tests that need a kernel tree skip with a line that says so; MEMBRANE_TREES names a folder of them.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { install, root, start } from './install.mjs';

install();
const { build, buildTests } = await import('./build.mjs');
const filter = process.argv[2] ?? '';
try {
  await build();
} catch (error) {
  // One layer can be tested while another is being written.
  if (filter === '') throw error;
  console.error('The hosts do not build: tests that start them use an older bundle, or fail.');
}
const { files, folder } = await buildTests(filter);
let code = 1;
if (files.length === 0) console.error(`No test file has '${filter}' in its path.`);
else {
  code = start(process.execPath, ['--enable-source-maps', '--test-reporter=spec', '--test', ...files], {
    env: { ...process.env, MEMBRANE_ROOT: root, ...caches(join(folder, 'cache')) },
  });
}
rmSync(folder, { recursive: true, force: true });
process.exit(code);

/** What makes programs keep their caches in a folder of the tests, on any system. */
function caches(folder) {
  return { XDG_CACHE_HOME: folder, LOCALAPPDATA: folder };
}
