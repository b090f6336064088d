// npm test: installs what is needed, builds, runs every test that needs no kernel tree. `npm test -- syntax` runs the files whose path has "syntax".
import { install, root, run } from './install.mjs';

install();
const { build, buildTests } = await import('./build.mjs');
await build();
const files = await buildTests(process.argv[2] ?? '');
run(process.execPath, ['--enable-source-maps', '--test', ...files], {
  env: { ...process.env, MEMBRANE_ROOT: root },
});
