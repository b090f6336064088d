import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../harness/memory-files.ts';
import { MemoryFiles } from '../harness/memory-files.ts';
import { bad, good, run } from './harness.ts';

const rule = 'free-after-failed-transition';
const json = (text: string) =>
  JSON.parse(text) as { findings: { file: string; rule: string }[]; stats: Record<string, unknown> };

test('text: the line that editors know, the path, the totals; exit 1', async () => {
  const { code, out, err } = await run(['check'], { '/k/Makefile': '', '/k/net/a.c': bad });
  assert.equal(code, 1);
  assert.equal(err, '');
  assert.match(out, new RegExp(`^net/a\\.c:8:3: error: frees 'p' after .* \\[${rule}\\]$`, 'm'));
  assert.match(out, /^ +\d {2}net\/a\.c:7 +if \(set_memory_decrypted\(p, 1\)\) \{ +fails, p: unknown$/m);
  assert.match(out, /^1 file searched, 1 parsed, 1 function with transitions, 1 finding \(1 error\)/m);
});

test('a report names no platform on which its own lines say that the path does not come about', async () => {
  const files = { '/k/Makefile': '', '/k/net/a.c': bad };
  const { out } = await run(['check'], files);
  assert.match(out, /^ {2}in bad\(\), on every platform but powerpc SVM and s390 PV$/m);
  assert.match(
    out,
    /^ {2}not on powerpc SVM \(it never returns an error there\) and s390 PV \(the guest ends itself instead\)$/m,
  );
  const [finding] = JSON.parse((await run(['check', '--format', 'json'], files)).out).findings;
  const told = finding.consequences as { platforms: string[]; happens: boolean }[];
  const not = told.filter(({ happens }) => !happens).flatMap(({ platforms }) => platforms);
  assert.deepEqual(not.sort(), ['powerpc-svm', 's390-pv']);
  assert.deepEqual(
    finding.platforms.filter((id: string) => not.includes(id)),
    [],
  );
  const sarif = JSON.parse((await run(['check', '--format', 'sarif'], files)).out).runs[0].results[0];
  assert.deepEqual(sarif.properties.platforms, finding.platforms);
});

test('where there is nothing to check the report says so, on standard error where it is for programs', async () => {
  const files = { '/k/Makefile': '', '/k/doc/readme.txt': 'x' };
  const text = await run(['check', 'doc'], files);
  assert.equal(text.code, 0);
  assert.match(
    text.out,
    /^0 files searched, .*\nthere was nothing to check: no \.c or \.h file is here that is not left out\n$/,
  );
  assert.equal(text.err, '');
  const json = await run(['check', '-f', 'json', 'doc'], files);
  assert.match(json.err, /^membrane: there was nothing to check: /);
  assert.match(
    (await run(['check', 'arch'], { '/k/Makefile': '', '/k/arch/mips/a.c': bad })).out,
    /nothing to check/,
  );
  for (const path of [['arch/mips'], ['--alone', 'arch/mips']]) {
    const mips = await run(['check', ...path], { '/k/Makefile': '', '/k/arch/mips/a.c': bad });
    assert.match(mips.out, /^1 file searched, /m);
  }
});

test('a place that is a step of the path is not named beside it again, in text and SARIF', async () => {
  const text = `int share(void *buf, int n)
{
	return set_memory_decrypted((unsigned long)buf, n);
}

int vm(void)
{
	void *buf = vzalloc(PAGE_SIZE);

	if (!buf)
		return -ENOMEM;
	return share(buf, 1);
}
`;
  const files = { '/k/Makefile': '', '/k/net/a.c': text };
  const { out } = await run(['check'], files);
  assert.match(out, /^net\/a\.c:12:9: .*\[vmalloc-alias-flip\]$/m);
  assert.match(out, /^ +3 {2}net\/a\.c:3 /m);
  assert.doesNotMatch(out, /^ +also /m);
  const [result] = JSON.parse((await run(['check', '--format', 'sarif'], files)).out).runs[0].results;
  assert.equal(result.relatedLocations, undefined);
});

test('exit codes follow --fail-on; a clean run is 0', async () => {
  const code = async (text: string, ...argv: string[]) =>
    (await run(['check', ...argv], { '/k/a.c': text })).code;
  assert.equal(await code(good), 0);
  assert.equal(await code(bad), 1);
  assert.equal(await code(bad, '--fail-on', 'hint'), 1);
  assert.equal(await code(bad, '--fail-on', 'never'), 0);
  assert.equal(await code(good, '--fail-on', 'hint', '--rule', rule), 0);
});

test('rules and platforms choose, exclusions leave out, named files need no needle', async () => {
  const files: Record<string, Node> = {
    '/k/a.c': bad,
    '/k/arch/arm64/b.c': bad,
    '/k/none.c': 'int f(void) { return 0; }',
  };
  const found = async (...argv: string[]) => {
    const { out } = await run(['check', '--format', 'json', '--tree', '.', ...argv], files);
    return json(out).findings.map((finding) => finding.file);
  };
  assert.deepEqual(await found(), ['a.c', 'arch/arm64/b.c']);
  assert.deepEqual(await found('--rule', 'free-while-shared'), []);
  assert.deepEqual(await found('--rule', 'free-while-shared', '--rule', rule), ['a.c', 'arch/arm64/b.c']);
  assert.deepEqual(await found('--exclude', 'arch'), ['a.c']);
  assert.deepEqual(await found('--platform', 'cca', 'arch'), ['arch/arm64/b.c']);
  assert.deepEqual(await found('--platform', 'tdx', 'arch'), []);
  const parsed = async (path: string) =>
    json((await run(['check', '--format', 'json', path], files)).out).stats.filesParsed;
  assert.equal(await parsed('none.c'), 1);
  assert.equal(await parsed('.'), 2);
});

test('a platform that there is not is answered with those that there are', async () => {
  const { code, err } = await run(['check', '--platform', 'nope'], { '/k/a.c': bad });
  assert.equal(code, 2);
  assert.match(err, /there is no platform 'nope'\. There are tdx, snp, .* and s390-pv /);
  assert.match(
    (await run(['check', '--platform', 'tdy'], { '/k/a.c': bad })).err,
    /Did you mean 'tdx'\? There/,
  );
});

test('a file that is named and no C is told, and not parsed', async () => {
  const files = { '/k/README.md': bad, '/k/a.c': bad };
  const alone = await run(['check', 'README.md'], files);
  assert.equal(alone.code, 2);
  assert.match(alone.out, /^README\.md: is no C file by its name .*, and was not checked$/m);
  assert.match(alone.out, /^0 files searched, 0 parsed, .* 0 findings/m);
  const beside = await run(['check', 'README.md', 'a.c'], files);
  assert.equal(beside.code, 1);
  assert.match(beside.out, /^README\.md: is no C file /m);
});

test('names are relative to the root: found, common to several, or given', async () => {
  const files = { '/k/one/Makefile': '', '/k/one/a.c': bad, '/k/two/Makefile': '', '/k/two/a.c': bad };
  const names = async (...argv: string[]) =>
    json((await run(['check', '--format', 'json', ...argv], files)).out).findings.map(({ file }) => file);
  assert.deepEqual(await names('one'), ['a.c']);
  assert.deepEqual(await names('one', 'two'), ['one/a.c', 'two/a.c']);
  assert.deepEqual(await names('--tree', '/k', 'one/a.c'), ['one/a.c']);
  assert.deepEqual(await names('--tree', 'two'), ['a.c']);
});

test('in text files are named as they open from the current folder; in JSON by the tree', async () => {
  const files = { '/k/tree/Makefile': '', '/k/tree/net/a.c': bad, '/k/far/away/from/it/x.c': good };
  const names = async (cwd: string, path: string) =>
    [...(await run(['check', path], files, cwd)).out.matchAll(/^ *(?:\d {2})?(\S*?a\.c):\d+/gm)].map(
      ([, name]) => name,
    );
  for (const [cwd, path, expected] of [
    ['/k', 'tree', 'tree/net/a.c'],
    ['/k/tree/net', '.', 'a.c'],
    ['/k/tree/net', '..', 'a.c'],
    ['/k/far', '../tree', '../tree/net/a.c'],
    // The whole path is the shorter one.
    ['/k/far/away/from/it', '/k/tree', '/k/tree/net/a.c'],
  ] as const) {
    const told = await names(cwd, path);
    assert.equal(told.length, 4);
    assert.deepEqual([...new Set(told)], [expected]);
  }
  const report = json((await run(['check', '--format', 'json', 'tree'], files)).out);
  assert.equal(report.findings[0]!.file, 'net/a.c');
});

test('the version of the root Makefile is told', async () => {
  const files = { '/k/Makefile': 'VERSION = 6\nPATCHLEVEL = 12\n', '/k/a.c': good };
  assert.equal(json((await run(['check', '--format', 'json'], files)).out).stats.kernel, '6.12');
});

test('sarif is a log, stats are printed, nothing but the report is on standard output', async () => {
  const { out } = await run(['check', '--format', 'sarif'], { '/k/a.c': bad });
  assert.equal(JSON.parse(out).runs[0].results.length, 1);
  const stats = await run(['check', '--stats'], { '/k/a.c': bad });
  assert.match(stats.out, /^functions with a parse error +0 of 1/m);
  assert.match(stats.out, /^#if arms dropped +0$/m);
});

/** What a file does to a run: nothing thrown, nothing hung, a clean result or a clear word. */
async function survives(content: Node, name = 'a.c', ...argv: string[]) {
  const ran = await run(['check', ...argv, name], { [`/k/${name}`]: content });
  assert.doesNotMatch(ran.out + ran.err, /\n +at |should not happen|undefined/);
  return ran;
}

test('garbage, an empty file, NUL bytes, CRLF, no line end, a lone byte order mark', async () => {
  const noise = new Uint8Array(20_000).map((_, i) => (i * 7919 + (i >> 3)) & 0xff);
  assert.equal((await survives(noise)).code, 0);
  assert.equal((await survives('')).code, 0);
  assert.equal((await survives('\ufeff')).code, 0);
  assert.equal((await survives(`${'{'.repeat(3000)}${'('.repeat(3000)}`)).code, 0);
  assert.equal((await survives(`${'#if A\n'.repeat(2000)}int f(void) {`)).code, 0);
  assert.equal((await survives('/* never closed "')).code, 0);
  assert.match((await survives(bad.replaceAll('\n', '\r\n'))).out, /^a\.c:8:3: error: /m);
  assert.match((await survives(`\ufeff${bad.trimEnd()}`)).out, /^a\.c:8:3: error: /m);
  assert.match((await survives(bad.replace('page(p);', 'page(p); /* \0 */'))).out, /^a\.c:8:3: error: /m);
});

test('random text built of C never throws', async () => {
  const parts = [
    'int f(void) {',
    '}',
    'set_memory_decrypted(p, 1)',
    'free_page(p);',
    'if (',
    ')',
    '#if X\n',
    '#else\n',
    '#endif\n',
    '"',
    '/*',
    '*/',
    'goto a; a:',
    'switch (x) { case 1 ... 3:',
    'for (;;) {',
    '\n',
    '\\\n',
    "'",
    'p = ({ int x; x; });',
    ' else ',
    'do {',
    'while (0);',
  ];
  let seed = 42;
  const next = (n: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed % n;
  };
  for (let round = 0; round < 60; round++) {
    const text = Array.from({ length: 5 + next(60) }, () => parts[next(parts.length)]).join(' ');
    const { code } = await survives(text);
    assert.ok(code === 0 || code === 1, text);
  }
});

test('a file that is not UTF-8 is read, and that is told', async () => {
  const { code, out } = await survives(Buffer.from(bad.replace('{', '{ /* Gr\u00fc\u00dfe */'), 'latin1'));
  assert.equal(code, 1);
  assert.match(out, /^a\.c:8:3: error: /m);
  assert.match(out, /^a\.c: is not UTF-8; read as Latin-1$/m);
});

test('two hundred thousand lines', async () => {
  const filler = Array.from({ length: 67_000 }, (_, i) => `int f${i}(int a)\n{ return a; }\n`).join('\n');
  const { code, out } = await survives(`${filler}\n${bad}`, 'big.c');
  assert.equal(code, 1);
  assert.match(out, /^big\.c:20\d{4}:3: error: /m);
});

test('a file that may not be read, one that vanishes, one that links in a circle', async () => {
  const denied = await survives({ trouble: 'denied' });
  assert.equal(denied.code, 2);
  assert.match(denied.out, /^a\.c: may not be read: permission denied$/m);

  const files = new MemoryFiles({ '/k/a.c': bad, '/k/b.c': bad });
  const list = files.readDirectory.bind(files);
  files.readDirectory = (path) => {
    const entries = list(path);
    files.remove('/k/a.c');
    return entries;
  };
  const vanished = await run(['check'], files);
  assert.equal(vanished.code, 1);
  assert.match(vanished.out, /^b\.c:8:3: error: /m);
  assert.match(vanished.out, /^a\.c: is not there \(any more\)$/m);

  // It is searched, then gone before it is read again.
  const late = new MemoryFiles({ '/k/a.c': bad });
  const read = late.readBytes.bind(late);
  late.readBytes = (path, limit) => {
    const bytes = read(path, limit);
    late.remove('/k/a.c');
    return bytes;
  };
  assert.match((await run(['check'], late)).out, /^a\.c: is not there \(any more\)$/m);

  const loop = await run(['check', 'l.c'], { '/k/l.c': { link: 'm.c' }, '/k/m.c': { link: 'l.c' } });
  assert.equal(loop.code, 2);
  assert.match(loop.err, /^membrane: l\.c: cannot be reached: its symbolic links go in a circle/);
});

test('a folder without C, and one that may not be listed', async () => {
  const empty = await run(['check'], { '/k/README': '' });
  assert.equal(empty.code, 0);
  assert.match(empty.out, /nothing to check/);
  const denied = await run(['check'], { '/k/a.c': bad, '/k/sub/b.c': bad, '/k/sub': { trouble: 'denied' } });
  assert.equal(denied.code, 1);
  assert.match(denied.out, /^sub: may not be read: permission denied$/m);
});
