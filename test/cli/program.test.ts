import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { barText, ProgressBar } from '../../server/src/hosts/cli/terminal.ts';
import { bad, folder, good, spawned } from './harness.ts';

/** More files than are checked without threads, with findings in some. */
function tree(): Record<string, string> {
  const files: Record<string, string> = { Kbuild: '', MAINTAINERS: '', Kconfig: '' };
  for (let i = 0; i < 60; i++) {
    files[`d${i % 7}/f${i}.c`] =
      i % 5 === 0 ? bad.replaceAll('bad', `bad_${i}`) : i % 5 === 1 ? good : 'int x;\n';
  }
  return files;
}

test('the same bytes with any number of threads, in every format', async (context) => {
  const top = folder(context, tree());
  for (const format of ['json', 'sarif']) {
    const runs = await Promise.all(
      ['1', '2', '5'].map((jobs) => spawned(['check', '--format', format, '--jobs', jobs], top)),
    );
    for (const ran of runs) {
      assert.equal(ran.code, 1, ran.err);
      assert.equal(ran.out, runs[0]!.out);
      assert.equal(ran.err, '');
    }
    if (format === 'json') assert.equal(JSON.parse(runs[0]!.out).findings.length, 12);
  }
});

test('no colours, no progress bar, no control characters in a pipe; colours if forced', async (context) => {
  const top = folder(context, tree());
  const { out, err } = await spawned(['check'], top, { FORCE_COLOR: '', NO_COLOR: '' });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences are what is tested
  assert.doesNotMatch(out + err, /[\u001b\r]/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  assert.match((await spawned(['check'], top, { FORCE_COLOR: '1' })).out, /\u001b\[/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  assert.doesNotMatch((await spawned(['check'], top, { FORCE_COLOR: '1', NO_COLOR: '1' })).out, /\u001b/);
});

test('a report goes to a file, and a file that cannot be written is told', async (context) => {
  const top = folder(context, { 'a.c': bad });
  const written = await spawned(['check', '-f', 'json', '-o', 'out.json', 'a.c'], top);
  assert.equal(written.code, 1);
  assert.equal(written.out, '');
  assert.equal(JSON.parse(readFileSync(join(top, 'out.json'), 'utf8')).version, 1);
  const refused = await spawned(['check', '-o', 'no/such/folder/x', 'a.c'], top);
  assert.equal(refused.code, 2);
  assert.match(refused.err, /^membrane: --output .*: could not be written \(ENOENT\)\n$/);
});

test('links that loop on the disk end, a link that is named is followed', async (context) => {
  const top = folder(context, { 'sub/a.c': bad });
  symlinkSync('..', join(top, 'sub/up'));
  symlinkSync('sub', join(top, 'other'));
  const { code, out } = await spawned(['check', '--format', 'json'], top);
  assert.equal(code, 1);
  assert.equal(JSON.parse(out).findings.length, 1);
  const named = await spawned(['check', '--format', 'json', 'other'], top);
  assert.equal(JSON.parse(named.out).findings.length, 1);
});

test('a reader that stops early is no trouble', async (context) => {
  const top = folder(context, tree());
  const membrane = join(process.env.MEMBRANE_ROOT!, 'server/bin/membrane.js');
  const child = spawn(process.execPath, [membrane, 'check', '--format', 'sarif'], {
    cwd: top,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  child.stdout.destroy();
  await new Promise((done) => child.on('close', done));
  assert.equal(err, '');
});

test('Ctrl-C ends a check with its own exit code and a word', {
  skip: process.platform === 'win32',
}, async (context) => {
  // Large enough to be at work when the signal comes; each file has to be analysed.
  const files: Record<string, string> = {};
  for (let i = 0; i < 400; i++) {
    files[`f${i}.c`] = Array.from({ length: 40 }, (_, n) => bad.replaceAll('bad', `bad_${n}`)).join('\n');
  }
  const top = folder(context, files);
  const membrane = join(process.env.MEMBRANE_ROOT!, 'server/bin/membrane.js');
  const child = spawn(process.execPath, [membrane, 'check'], { cwd: top, stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  let out = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  const ended = new Promise<string>((done) => child.on('close', (code, signal) => done(signal ?? `${code}`)));
  await new Promise((done) => setTimeout(done, 600));
  child.kill('SIGINT');
  // Before the program listens for it, the signal is the system's own affair.
  const end = await ended;
  if (end === 'SIGINT') assert.equal(err, '');
  else assert.deepEqual([end, err], ['130', 'membrane: interrupted\n']);
  assert.equal(out, '');
});

test('the bar says what is done and how far, and goes away', () => {
  const half = { phase: 'search', done: 500, total: 1000, findings: 0 } as const;
  assert.equal(barText(half), 'searching [############------------]  500 of 1000 files');
  assert.equal(
    barText({ ...half, phase: 'check', total: 0, findings: 3 }),
    'analysing [------------------------] 500 of 0 files, 3 found',
  );
  let shown = '';
  let clock = 0;
  const terminal = {
    out: () => {},
    err: (text: string) => (shown += text),
    columns: 80,
    coloursOut: false,
    interactive: true,
    cwd: '/',
  };
  const bar = new ProgressBar({ ...terminal, err: (text) => void terminal.err(text) }, true, () => clock);
  bar.update(half);
  bar.update({ ...half, done: 501 });
  clock = 100;
  bar.update({ ...half, done: 502 });
  bar.clear();
  bar.clear();
  assert.equal(shown.split('\r').length - 1, 3);
  assert.ok(shown.endsWith('\r\u001b[K'));
  shown = '';
  const none = new ProgressBar({ ...terminal, err: (text) => void terminal.err(text) }, false, () => clock);
  none.update(half);
  none.clear();
  assert.equal(shown, '');
});

test('lsp --stdio answers an editor and ends when that ends it', async (context) => {
  const top = folder(context, {});
  const membrane = join(process.env.MEMBRANE_ROOT!, 'server/bin/membrane.js');
  const child = spawn(process.execPath, [membrane, 'lsp', '--stdio'], {
    cwd: top,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const send = (message: object) => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  let out = '';
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  const answered = new Promise<void>((done) =>
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk;
      if (out.includes('"capabilities"')) done();
    }),
  );
  const ended = new Promise<number | null>((done) => child.on('close', done));
  send({ id: 1, method: 'initialize', params: { processId: null, rootUri: null, capabilities: {} } });
  await Promise.race([answered, ended]);
  send({ id: 2, method: 'shutdown' });
  send({ method: 'exit' });
  assert.equal(await ended, 0, err);
  assert.match(out, /"capabilities"/);
  assert.equal(err, '');
});
