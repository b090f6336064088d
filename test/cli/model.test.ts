import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { claims } from '../../server/src/model/claims/registry.ts';
import { run, spawned } from './harness.ts';

interface Json {
  version: number;
  claims: {
    id: string;
    thread: string;
    quote: string | null;
    asExpected: boolean;
    runs: {
      number: number;
      role: string;
      property: string;
      verdict: string;
      expected: string;
      states: number;
      trace?: { steps: { text: string; after: Record<string, string> }[]; breaks: string } | null;
    }[];
  }[];
  totals: { claims: number; runs: number; unexpected: number; states: number };
}

const runs = claims.reduce((sum, claim) => sum + claim.runs.length, 0);

test('model claims: two lines a claim and a total, the same each time; with -v one a run and what words mean', async () => {
  const short = (await run(['model', 'claims'])).out;
  assert.equal(short.trimEnd().split('\n').length, 2 * claims.length + 2);
  assert.doesNotMatch(short, /\d m?s\b/);
  assert.equal((await run(['model', 'claims'])).out, short);
  const { code, out, err } = await run(['model', 'claims', '-v']);
  assert.equal(code, 0);
  assert.equal(err, '');
  for (const { id, says } of claims) assert.ok(out.includes(`${id.padEnd(5)}${says}\n`), id);
  const lines = out.trimEnd().split('\n');
  const found = lines.filter((line) =>
    /^ +\d+ (claim|twin |third) P-\w+ +(holds|breaks|terminated) /.test(line),
  );
  assert.equal(found.length, runs);
  const properties = new Set(claims.flatMap((claim) => claim.runs.map((run) => run.scenario.property)));
  for (const property of properties) assert.match(out, new RegExp(`^${property} +\\w`, 'm'));
  // A blank line behind each claim, and behind what the words mean.
  assert.equal(lines.length, found.length + 3 * claims.length + 2 + properties.size + 2);
  assert.match(
    lines.at(-1)!,
    new RegExp(`^${claims.length} claims, ${runs} runs, all as claimed; \\d+ states`),
  );
});

test('model claims ID: the shortest way to what breaks, in words', async () => {
  const { code, out } = await run(['model', 'claims', 'k1B']);
  assert.equal(code, 0);
  assert.match(out, /^K1b {2}If the host converts what is touched/);
  assert.match(out, /\n {5}confirmed: derived from 000\n/);
  assert.match(out, /\n +1 claim P-fix +breaks .* tdx s>p, old protocol\n/);
  assert.match(out, /\n +1 {2}kernel starts to make it private\n/);
  assert.match(
    out,
    / {2}stray reader reads into page 0 through the linear map: works, the host makes it shared\n/,
  );
  assert.match(out, / {2}kernel changes the attribute \(page 0, linear map\)\n/);
  assert.match(
    out,
    /: exit to the host, the guest cannot go on\n +x {2}P-fix: somebody who had no part in it/,
  );
  assert.match(out, /\n1 claim, 2 runs, all as claimed;/);
});

test('one run of a claim, by number or by name; traces only if asked for', async () => {
  const one = (await run(['model', 'claims', 'K1/2'])).out;
  assert.match(one, /\n1 claim, 1 run, /);
  assert.match(one, /\n +2 claim P-fix +holds .* tdx p>s, fixed up\n/);
  assert.equal((await run(['model', 'claims', 'K1/tdx p>s, fixed up'])).out, one);
  assert.doesNotMatch((await run(['model', 'claims'])).out, /kernel starts/);
  assert.match((await run(['model', 'claims', '--trace'])).out, /kernel starts/);
});

test('every trace reads as sentences: no names of the model, no empty places', async () => {
  const { claims: told } = JSON.parse((await run(['model', 'claims', '--trace', '-f', 'json'])).out) as Json;
  const sentences = told.flatMap((claim) =>
    claim.runs.flatMap((r) => r.trace?.steps.map((s) => s.text) ?? []),
  );
  assert.ok(sentences.length > 1000);
  for (const sentence of sentences) {
    assert.doesNotMatch(sentence, /undefined|null|\(\)| {2}|PR_|NP_|UNVAL|'/, sentence);
    assert.match(sentence, /^[A-Za-z][\x20-\x7e]+[\w)!]$/, sentence);
    assert.ok(sentence.length <= 120, sentence);
  }
});

test('json: what was found as data, the same bytes each time', async () => {
  const { code, out } = await run(['model', 'claims', '--format', 'json']);
  assert.equal(code, 0);
  const report = JSON.parse(out) as Json;
  assert.equal(report.version, 1);
  assert.deepEqual(
    report.claims.map((claim) => claim.id),
    claims.map((claim) => claim.id),
  );
  assert.equal(report.totals.runs, runs);
  assert.equal(report.totals.unexpected, 0);
  assert.ok(report.claims.every((claim) => claim.asExpected && claim.runs.every((r) => !('trace' in r))));
  assert.equal((await run(['model', 'claims', '--format', 'json'])).out, out);
  const [k2] = (JSON.parse((await run(['model', 'claims', '-f', 'json', 'K2'])).out) as Json).claims;
  const [first, second] = k2!.runs;
  assert.equal(first!.trace!.steps.at(-1)!.after.pte_0_direct, 'PR_S');
  assert.equal(second!.trace, null);
});

test('what is not there is told, exit 2', async () => {
  const refused = async (message: RegExp, ...argv: string[]) => {
    const { code, out, err } = await run(['model', ...argv]);
    assert.equal(code, 2, argv.join(' '));
    assert.equal(out, '');
    assert.match(err, message);
  };
  await refused(
    /^membrane: there is no claim 'K99'\. Did you mean 'K9'\? There are K1 K1b K2 .* X7 /,
    'claims',
    'K99',
  );
  await refused(/^membrane: K2 has no run '9' among its 8\. /, 'claims', 'K2/9');
  await refused(/--format: 'svg' is none of text or json/, 'claims', '--format', 'svg');
  await refused(/unknown command 'model clams'\. Did you mean 'model claims'\?/, 'clams');
  await refused(/one claim, or all with --all DIR/, 'export');
  await refused(/one claim, or all with --all DIR/, 'export', 'K1', 'K2');
  await refused(/one claim, or all with --all DIR/, 'export', 'K1', '--all', 'x');
  await refused(/there is no claim 'Q'/, 'export', '--promela', 'Q/1');
  await refused(/^usage: membrane model <command>/);
});

test('help tells of a command of two words, and of the group', async () => {
  const group = await run(['model', '--help']);
  assert.equal(group.code, 0);
  for (const name of ['claims', 'show', 'export'])
    assert.match(group.out, new RegExp(`^  model ${name} `, 'm'));
  assert.equal((await run(['help', 'model'])).out, group.out);
  const claimsHelp = (await run(['model', 'claims', '--help'])).out;
  assert.match(claimsHelp, /^usage: membrane model claims /);
  assert.equal((await run(['help', 'model', 'claims'])).out, claimsHelp);
  assert.match((await run(['--help'])).out, /^ {2}model claims {2}/m);
});

test('export: one program, with what it asks in front and a sentence for each step', async () => {
  const { code, out, err } = await run(['model', 'export', '--promela', 'T1/2']);
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /^\/\* T1: A page can get to the Secure EPT /);
  assert.match(out, /^\/\* run 2 \(twin\): the entry is frozen, /m);
  assert.match(out, /^\/\* P-sept: the TDX module refuses no call/m);
  assert.match(out, /^ {2}\/\* vCPU 1 freezes the entry \*\/\n {2}:: atomic \{ .*; goto L\d+ \}$/m);
  const first = await run(['model', 'export', 'T1']);
  assert.match(first.err, /this is run 1 of \d+; membrane model claims T1 lists them/);
  assert.match(first.out, /^\/\* run 1 \(claim\): /m);
  assert.match((await run(['model', 'export', '--survival', 'K9/1'])).out, /#define INVARIANT \(!HALTED\)/);
});

test('export --all: a file a run and an index; a guest that is terminated is two questions', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'membrane-export-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const { code, err } = await spawned(['model', 'export', '--promela', '--all', 'new/folder'], folder);
  assert.deepEqual([code, err], [0, '']);
  const out = join(folder, 'new/folder');
  const index = JSON.parse(readFileSync(join(out, 'index.json'), 'utf8')) as Record<
    string,
    string | number
  >[];
  assert.deepEqual(readdirSync(out).sort(), [...index.map((entry) => entry.file), 'index.json'].sort());
  const asked = (question: string) => index.filter((entry) => entry.question === question);
  assert.equal(asked('property').length, runs);
  const terminated = asked('property').filter((entry) => entry.expect === 'terminated');
  assert.ok(terminated.length >= 2);
  assert.equal(asked('survival').length, terminated.length);
  for (const { file, claim, states } of index) {
    assert.match(readFileSync(join(out, `${file}`), 'utf8'), new RegExp(`^/\\* ${claim}: `));
    assert.ok(Number(states) > 0);
  }
  const blocked = await spawned(['model', 'export', '--all', 'new/folder/index.json'], folder);
  assert.equal(blocked.code, 2);
  assert.match(blocked.err, /^membrane: --all .*: could not be written \(ENOTDIR\)\n$/);
});
