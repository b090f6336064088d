// Installs the dependencies if they are not there: the one thing that has to work before anything else does.
import './node-version.mjs';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. Tests that bundle this module say where it is. */
export const root = process.env.MEMBRANE_ROOT ?? dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs `npm ci` unless what is installed is what the lock file says; a network that fails gets a second chance. */
export function install() {
  if (installed()) return;
  console.log('installing dependencies (npm ci) ...');
  for (let attempt = 1; ; attempt++) {
    const code = start('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
    if (code === 0) return;
    if (attempt === 3) {
      console.error('The dependencies could not be installed: see what npm says above.');
      process.exit(code);
    }
    console.error(`npm ci failed, trying again (${attempt + 1} of 3) ...`);
  }
}

/** Whether every package that the lock file asks for on all platforms is there in its version. */
function installed() {
  const marker = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(marker)) return false;
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const have = JSON.parse(readFileSync(marker, 'utf8')).packages ?? {};
  return Object.entries(lock.packages)
    .filter(([path, p]) => path.startsWith('node_modules/') && !p.optional && !p.devOptional && !p.link)
    .every(([path, p]) => have[path]?.version === p.version && existsSync(join(root, path)));
}

/** Runs a command in the repository's root with inherited output; exits with its code if it fails. */
export function run(command, args, options = {}) {
  const code = start(command, args, options);
  if (code !== 0) process.exit(code);
}

/** Runs a command in the repository's root with inherited output. Its exit code; 1 if a signal ended it. */
export function start(command, args, options = {}) {
  // npm is a script on Windows, and Node does not start those without a shell.
  const shell = process.platform === 'win32' && command === 'npm';
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell, ...options });
  if (done.error) {
    console.error(`${command}: ${done.error.message}`);
    process.exit(2);
  }
  return done.status ?? 1;
}
