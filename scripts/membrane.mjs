// Runs the command line as anybody would, and reads its JSON: what measuring, CI and the tests of trees share.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';

export const launcher = join(root, 'server/bin/membrane.js');

/** Builds what the launcher starts. */
export async function prepare() {
  const { build } = await import('./build.mjs');
  await build();
  if (!existsSync(join(root, 'dist/cli.mjs')))
    throw new Error('dist/cli.mjs is not there: the command line does not build');
}

/**
 * `membrane check --format json` over `paths` of `tree`. Resolves with the parsed report, exit code and what went to
 * stderr. @throws if it could not run (exit 2), was killed by `timeout` (ms), or printed no JSON.
 */
export function check(tree, paths, { args = [], timeout = 300_000 } = {}) {
  const command = ['check', '--tree', tree, '--format', 'json', '--fail-on', 'never', ...args, ...paths];
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [launcher, ...command], {
      cwd: tree,
      timeout,
      killSignal: 'SIGKILL',
    });
    const out = [];
    const err = [];
    child.stdout.on('data', (chunk) => out.push(chunk));
    child.stderr.on('data', (chunk) => err.push(chunk));
    child.on('error', fail);
    child.on('close', (code, signal) => {
      const stderr = Buffer.concat(err).toString();
      if (code !== 0) {
        fail(
          new Error(`membrane ${command.join(' ')}\nended with ${signal ?? code}: ${stderr.slice(0, 2000)}`),
        );
        return;
      }
      try {
        done({ report: JSON.parse(Buffer.concat(out).toString()), stderr });
      } catch (error) {
        fail(new Error(`membrane ${command.join(' ')}\nprinted no JSON: ${error.message}`));
      }
    });
  });
}

/** Reads `--name value`, `--name=value` and `--flag`; what is left is in `rest`. @throws on an unknown option. */
export function options(argv, { values = [], flags = [] }) {
  const read = { rest: [] };
  for (let i = 0; i < argv.length; i++) {
    const [name, inline] = argv[i].startsWith('--') ? argv[i].slice(2).split(/=(.*)/s) : [];
    if (name === undefined) read.rest.push(argv[i]);
    else if (flags.includes(name)) read[name] = true;
    else if (values.includes(name)) read[name] = inline ?? argv[++i];
    else
      throw new Error(
        `unknown option ${argv[i]}; there are ${[...values, ...flags].map((n) => `--${n}`).join(', ')}`,
      );
  }
  return read;
}

/** A table of cells as text, columns padded; the last one is not. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  return rows
    .map((row) =>
      row.map((cell, i) => (i < row.length - 1 ? String(cell).padEnd(widths[i]) : cell)).join('  '),
    )
    .join('\n');
}
