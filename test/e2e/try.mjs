// npm run try: says where the editor is and how to end it, and nothing that only we want to know.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { start, until } from './processes.mjs';

/** `root`: the repository; `out`: where the log goes. The editor that it starts is installed. */
export async function tried(root, out) {
  const log = join(out, 'try.log');
  const running = start(process.execPath, [join(root, 'scripts/try.mjs')], { log, cwd: root });
  try {
    const text = () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
    const said = await until('the address', () => /Ctrl-C/.test(text()) && text(), 90_000);
    const address = /^ {2}(http:\S+)$/m.exec(said)?.[1];
    assert.ok(said.split('\n').length <= 8, said);
    assert.equal((await fetch(address)).status, 200);
    process.kill(running.pid, 'SIGINT');
    assert.equal(await running.ended, 0);
  } finally {
    await running.stop();
  }
  console.log('  npm run try: an address that answers, in a few lines');
}
