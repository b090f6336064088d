// Processes of a test: each in a group of its own, and ended with everything that it started.
import { spawn } from 'node:child_process';
import { createWriteStream, readdirSync, readFileSync } from 'node:fs';

/** Starts a program in its own process group; what it prints goes to the file `log`. */
export function start(command, args, { log, env, cwd }) {
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    cwd,
  });
  const out = createWriteStream(log);
  child.stdout.pipe(out);
  child.stderr.pipe(out);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const signal = (name) => {
    try {
      process.kill(-child.pid, name);
    } catch {}
  };
  // Whatever happens to the test, nothing that it started outlives it.
  const last = () => signal('SIGKILL');
  process.once('exit', last);
  return {
    pid: child.pid,
    ended,
    async stop() {
      signal('SIGTERM');
      const timer = setTimeout(() => signal('SIGKILL'), 4000);
      await ended;
      clearTimeout(timer);
      signal('SIGKILL');
      process.off('exit', last);
    },
  };
}

/** Command lines of the processes below `pid`, itself left out; Linux only. */
export function below(pid) {
  const parents = new Map();
  const commands = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
      commands.set(
        Number(entry),
        readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ').trim(),
      );
    } catch {
      // It has ended meanwhile.
    }
  }
  const isBelow = (one) => {
    for (let at = parents.get(one); at !== undefined && at > 0; at = parents.get(at))
      if (at === pid) return true;
    return false;
  };
  return [...commands].filter(([one]) => isBelow(one)).map(([, command]) => command);
}

/** Waits until `test` gives something true, and gives that; @throws after `limit` milliseconds */
export async function until(what, test, limit = 30_000) {
  const end = Date.now() + limit;
  for (;;) {
    const value = await test();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${limit} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
