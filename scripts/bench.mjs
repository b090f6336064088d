// npm run bench: time and memory over a real tree, each beside a baseline measured in the same run. Nothing else should run.
//   npm run bench [-- --trees DIR] [--version 6.12] [--runs 7] [--edits 200] [--only check|editor|across|typing] [--json] [--strict]
// --strict: exit 1 if a number is over its limit.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import {
  below,
  checkedTogether,
  edit,
  median,
  open,
  peakMegabytes,
  quantile,
  typing,
  wholly,
} from './bench-session.mjs';
import { benchTyping } from './bench-typing.mjs';
import { install } from './install.mjs';
import { launcher, options, prepare, table } from './membrane.mjs';
import { tree } from './outside.mjs';

/** A way out that a function had not, another one each time. */
const newForCallers = (n) => `\tif (size > ${4096 + n}) return -EINVAL;\n`;

const limits = {
  ratioToRg: 3,
  warmRatioToRg: 1,
  megabytes: 1024,
  firstDiagnosticsMs: 1000,
  editP95Ms: 50,
  otherP95Ms: 500,
};
const values = ['trees', 'version', 'runs', 'edits', 'only'];
const given = options(process.argv.slice(2), { values, flags: ['json', 'strict', 'no-build'] });
const version = given.version ?? '6.12';
const runs = Number(given.runs ?? 7);
const edits = Number(given.edits ?? 200);
const source = tree(version, given.trees);
if (!source) {
  console.error(`no tree linux-source-${version}: MEMBRANE_TREES or --trees names the folder that has it`);
  process.exit(2);
}
if ((given.only ?? 'check') === 'check' && spawnSync('rg', ['--version']).error) {
  console.error('no rg: the baseline is ripgrep (Debian: apt-get install ripgrep)');
  process.exit(2);
}
if (!given['no-build']) {
  install();
  await prepare();
}

const rows = [];
if ((given.only ?? 'check') === 'check') await benchCheck();
if ((given.only ?? 'editor') === 'editor') {
  const node = await repeat(runs, () => timed(process.execPath, ['-e', '0']));
  for (const mode of ['pull', 'push']) await benchEditor(mode, median(node.map((run) => run.ms)));
}
if ((given.only ?? 'across') === 'across') await benchAcross();
if ((given.only ?? 'typing') === 'typing')
  rows.push(
    ...(await benchTyping(
      source,
      'arch/x86/mm/pat/set_memory.c',
      /^[\w ]*\*?__set_memory_enc_pgtable\(/m,
      /^int set_memory_decrypted\(/m,
      { paced: edits * 5, many: edits * 50 },
    )),
  );
const over = rows.filter((row) => row.limit !== undefined && !(row.value <= row.limit));
if (given.json) console.log(JSON.stringify({ version, runs, edits, rows }, null, 1));
else {
  const cell = (value, unit) =>
    value === undefined ? '' : `${unit === 'ms' ? value.toFixed(1) : value.toFixed(2)} ${unit}`;
  console.log(
    table([
      ['what', 'value', 'baseline', 'ratio', 'limit', ''],
      ...rows.map((row) => [
        row.what,
        cell(row.value, row.unit),
        row.baseline === undefined ? '' : `${cell(row.baseline, row.unit)} (${row.of})`,
        row.baseline === undefined ? '' : (row.value / row.baseline).toFixed(2),
        cell(row.limit, row.unit),
        over.includes(row) ? 'OVER' : '',
      ]),
    ]),
  );
}
process.exitCode = given.strict && over.length > 0 ? 1 : 0;

/**
 * The whole tree against ripgrep for the names of the transitions, without a cache and with one that has everything; runs
 * interleaved, the first of each warms the caches.
 */
async function benchCheck() {
  const cache = mkdtempSync(join(tmpdir(), 'membrane-bench-'));
  const args = [launcher, 'check', '--tree', source, '--format', 'json', '--fail-on', 'never', source];
  const list = { rg: [], cold: [], warm: [] };
  try {
    for (let i = 0; i <= runs; i++) {
      const rg = await timed('rg', ['-l', 'set_memory_(de|en)crypted', '-g', '*.[ch]', '.'], source);
      const cold = await timed(process.execPath, [...args, '--no-cache'], source);
      const warm = await timed(process.execPath, [...args, '--cache-dir', cache], source);
      if (i === 0) continue;
      list.rg.push(rg);
      list.cold.push(cold);
      list.warm.push(warm);
    }
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
  benchRows('check, whole tree, no cache', list.cold, list.rg, limits.ratioToRg);
  benchRows('check, whole tree, nothing changed', list.warm, list.rg, limits.warmRatioToRg);
}

function benchRows(what, list, rg, ratio) {
  const of = 'rg -l';
  const ms = (all) => all.map((run) => run.ms);
  rows.push({
    what: `${what}, median of ${runs}`,
    unit: 'ms',
    value: median(ms(list)),
    baseline: median(ms(rg)),
    of,
    limit: ratio * median(ms(rg)),
  });
  rows.push({
    what: `${what}, slowest`,
    unit: 'ms',
    value: Math.max(...ms(list)),
    baseline: Math.max(...ms(rg)),
    of,
  });
  rows.push({
    what: `${what}, peak memory`,
    unit: 'MB',
    value: Math.max(...list.map((run) => run.megabytes)),
    baseline: Math.max(...rg.map((run) => run.megabytes)),
    of,
    limit: limits.megabytes,
  });
}

/** A session of an editor on a file that makes transitions: start to first diagnostics, then edits in one function. */
async function benchEditor(mode, nodeStart) {
  const path = join(source, 'arch/x86/mm/pat/set_memory.c');
  const uri = pathToFileURL(path).href;
  const firsts = [];
  for (let i = 0; i < runs; i++) {
    const session = await open(source, mode, uri, readFileSync(path, 'utf8'));
    firsts.push(session.first - session.client.started);
    await session.client.stop();
  }
  rows.push({
    what: `${mode}: server start to first diagnostics, median of ${runs}`,
    unit: 'ms',
    value: median(firsts),
    baseline: nodeStart,
    of: 'node -e 0',
    limit: limits.firstDiagnosticsMs,
  });

  const session = await open(source, mode, uri, readFileSync(path, 'utf8'));
  const empty = [];
  const answers = [];
  let unanswered = 0;
  for (const [i, change] of typing(session.text, edits).entries()) {
    if (i % 10 === 0) {
      const from = performance.now();
      const answer = await session.client.request('membrane/nothing', null).catch((error) => error);
      empty.push(answer.at - from);
    }
    const at = await edit(session, mode, uri, change, i + 2);
    if (at === null) unanswered++;
    else answers.push(at);
  }
  const memory = peakMegabytes(session.client.process.pid);
  await session.client.stop();
  const baseline = median(empty);
  const of = 'empty round trip';
  const name = `${mode}: didChange to diagnostics, ${answers.length} edits`;
  rows.push({ what: `${name}, p50`, unit: 'ms', value: quantile(answers, 0.5), baseline, of });
  rows.push({
    what: `${name}, p95`,
    unit: 'ms',
    value: quantile(answers, 0.95),
    baseline,
    of,
    limit: limits.editP95Ms,
  });
  rows.push({ what: `${name}, slowest`, unit: 'ms', value: Math.max(...answers), baseline, of });
  if (unanswered > 0)
    rows.push({
      what: `${mode}: edits without diagnostics within 2 s`,
      unit: '',
      value: unanswered,
      limit: 0,
    });
  rows.push({ what: `${mode}: server's peak memory`, unit: 'MB', value: memory });
}

/**
 * Files that belong together, in a session that knows the tree: from an edit to the diagnostics of its own file and, where a
 * second one is open, of that. Edits of the second kind move lines that the other file's findings point to; the last ones add
 * another way out of a function that everybody calls.
 */
async function benchAcross() {
  const sessions = [
    {
      files: ['drivers/hv/channel.c', 'drivers/net/hyperv/netvsc.c'],
      inside: /^static int __vmbus_establish_gpadl\(/m,
    },
    { files: ['kernel/dma/swiotlb.c'], inside: /^int swiotlb_init_late\(/m },
    { files: ['arch/x86/mm/pat/set_memory.c'], inside: /^[\w ]*\*?__set_memory_enc_pgtable\(/m },
  ];
  const cache = mkdtempSync(join(tmpdir(), 'membrane-bench-'));
  const own = [];
  const others = [];
  const callers = [];
  let unanswered = 0;
  try {
    for (const [i, { files, inside }] of sessions.entries()) {
      const uris = files.map((file) => pathToFileURL(join(source, file)).href);
      const [text, ...rest] = files.map((file) => readFileSync(join(source, file), 'utf8'));
      const settings = { cache: { directory: cache } };
      const session = await open(source, 'push', uris[0], text, settings);
      const from = performance.now();
      const together = checkedTogether(session.client, uris);
      for (const [n, other] of rest.entries())
        session.client.notify('textDocument/didOpen', {
          textDocument: { uri: uris[n + 1], languageId: 'c', version: 1, text: other },
        });
      const { ready, done } = await together;
      const name = i === 0 ? 'open to index, nothing kept' : i === 1 ? 'open to index, all kept' : null;
      if (name !== null) rows.push({ what: name, unit: 'ms', value: ready - from });
      rows.push({ what: `${files[0]}: index to the result of its group`, unit: 'ms', value: done - ready });
      let version = 1;
      for (const change of typing(text, Math.ceil(edits / sessions.length), inside)) {
        const at = await edit(session, 'push', uris[0], change, ++version, 20_000);
        if (at === null) unanswered++;
        else own.push(at);
      }
      const last = rest.length > 0 ? edits / 10 : 0;
      if (last > 0) {
        const restored = checkedTogether(session.client, uris);
        await edit(session, 'push', uris[0], wholly(session.text, text), ++version, 20_000);
        await restored;
      }
      for (let n = 0; n < 2 * last; n++) {
        const [line] = typing(session.text, 1, inside);
        const [list, insert] = n < last ? [others, line.insert] : [callers, newForCallers(n >> 1)];
        const change =
          n % 2 === 0
            ? { ...line, insert }
            : {
                ...line,
                insert: '',
                remove: insert.length,
                range: { ...line.range, end: below(line.range.start) },
              };
        // Diagnostics that stay as they are are not published again; the status says that they stand.
        const accept = (p) => p.uri === uris[1] && !p.index.pending;
        const published = session.client.next('membrane/status', accept, 20_000);
        const sent = performance.now();
        await edit(session, 'push', uris[0], change, ++version, 20_000);
        const answer = await published;
        if (answer === null) unanswered++;
        else list.push(answer.at - sent);
      }
      await session.client.stop();
    }
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
  rows.push({
    what: `edit to diagnostics of the same file, p95 of ${own.length}`,
    unit: 'ms',
    value: quantile(own, 0.95),
    limit: limits.editP95Ms,
  });
  rows.push({
    what: `edit to diagnostics of another open file of its group, p95 of ${others.length}`,
    unit: 'ms',
    value: quantile(others, 0.95),
    limit: limits.otherP95Ms,
  });
  rows.push({
    what: `the same where all callers are told something new, p95 of ${callers.length}`,
    unit: 'ms',
    value: quantile(callers, 0.95),
    limit: limits.otherP95Ms,
  });
  if (unanswered > 0)
    rows.push({
      what: 'edits of a group without diagnostics within 20 s',
      unit: '',
      value: unanswered,
      limit: 0,
    });
}

/** Runs a program to its end: milliseconds and the peak of its resident memory. @throws if it fails */
function timed(command, args, cwd) {
  return new Promise((done, fail) => {
    const from = performance.now();
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    let megabytes = 0;
    const look = setInterval(() => {
      megabytes = Math.max(megabytes, peakMegabytes(child.pid));
    }, 50);
    child.stdout.resume();
    child.on('error', fail);
    child.on('close', (code) => {
      clearInterval(look);
      if (code === 0) done({ ms: performance.now() - from, megabytes });
      else fail(new Error(`${command} ${args.join(' ')} ended with ${code}`));
    });
  });
}

async function repeat(count, run) {
  const results = [];
  for (let i = 0; i < count; i++) results.push(await run());
  return results;
}
