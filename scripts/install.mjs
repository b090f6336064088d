// Installs the dependencies if they are not there: the one thing that has to work before anything else does.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs `npm ci` unless what is installed is what the lock file says. */
export function install() {
  const marker = join(root, 'node_modules', '.package-lock.json');
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  if (existsSync(marker)) {
    const have = JSON.parse(readFileSync(marker, 'utf8')).packages ?? {};
    const wanted = Object.entries(lock.packages).filter(
      ([path, p]) => path.startsWith('node_modules/') && !p.optional && !p.link,
    );
    if (wanted.every(([path, p]) => have[path]?.version === p.version)) return;
  }
  console.log('installing dependencies (npm ci) ...');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Runs a command in the repository's root with inherited output; exits with its code if it fails. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (done.error) {
    console.error(`${command}: ${done.error.message}`);
    process.exit(2);
  }
  if (done.status !== 0) process.exit(done.status ?? 1);
}
