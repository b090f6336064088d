import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { NodeFileSystem } from '../../server/src/hosts/node/files.ts';
import { bad, folder, good, run, spawned } from './harness.ts';

const rule = 'free-after-failed-transition';

/** Names of a tree of its own: nothing in it is known without its `.membrane.json`. */
const vocabulary = {
  allocators: [{ name: 'foo_get', kind: 'page', size: { arg: 0, unit: 'order' } }],
  frees: [{ name: 'foo_put', kind: 'page', size: { arg: 1, unit: 'order' } }],
  transitions: [
    { name: 'foo_share', to: 'shared', extent: { arg: 1, unit: 'pages' }, failure: 'false', sleeps: false },
  ],
  guards: [{ name: 'foo_on_tdx', trueOn: ['tdx'], falseOn: [] }],
  addresses: [{ name: 'foo_address', from: 'page', to: 'va' }],
};

const own = `int own(void)
{
	struct page *p = foo_get(2);

	if (!p)
		return -ENOMEM;
	if (!foo_share(foo_address(p), 4)) {
		foo_put(p, 2);
		return -EIO;
	}
	return 0;
}
`;

const config = (value: object) => `${JSON.stringify(value, null, 2)}\n`;

async function findings(files: Record<string, string>, ...argv: string[]) {
  const { out } = await run(['check', '--format', 'json', ...argv], files);
  const report = JSON.parse(out);
  return { ...report, rules: report.findings.map((one: { rule: string }) => one.rule) as string[] };
}

test("a tree's own vocabulary: its files are found and followed, its guards tell the platform", async () => {
  const files = { '/k/.membrane.json': config({ vocabulary }), '/k/a.c': own };
  const { rules, findings: found } = await findings(files);
  assert.deepEqual(rules, [rule]);
  assert.match(found[0].message, /after foo_share\(\) failed/);
  assert.deepEqual((await findings(files, '--no-config')).rules, []);
  const guarded = own.replace('if (!p)', 'if (!p || !foo_on_tdx())');
  assert.deepEqual((await findings({ ...files, '/k/a.c': guarded })).findings[0].platforms, ['tdx']);
  const right = own.replace('\t\tfoo_put(p, 2);\n', '');
  assert.deepEqual((await findings({ ...files, '/k/a.c': right })).rules, []);
});

test('explain and ir know the same words', async () => {
  const files = { '/k/.membrane.json': config({ vocabulary }), '/k/a.c': own };
  assert.match((await run(['explain', '--function', 'a.c:own'], files)).out, /3 ways through it/);
  assert.match((await run(['ir', 'a.c:own'], files)).out, /foo_share/);
  assert.doesNotMatch((await run(['explain', '--no-config', '--function', 'a.c:own'], files)).out, /3 ways/);
});

test('whatever the file keeps silent is said at the end, and the command line has the last word', async () => {
  const files = {
    '/k/.membrane.json': config({
      rules: {
        [rule]: 'off',
        'free-while-shared': 'off',
        'unchecked-transition': 'hint',
        'unbalanced-transition': 'off',
      },
      exclude: ['old', 'new.c'],
      vocabulary: { frees: [{ name: 'free_page', kind: 'page' }] },
    }),
    '/k/a.c': bad,
    '/k/old/b.c': bad,
    '/k/old/c.c': bad,
    '/k/new.c': bad,
  };
  const { code, out, err } = await run(['check'], files);
  assert.equal(code, 0);
  assert.equal(err, '');
  assert.match(
    out,
    /nothing was left out\n2 rules off by \.membrane\.json: free-after-failed-transition and free-while-shared\n1 rule lowered by \.membrane\.json: unchecked-transition \(hint\)\n1 name of the kernel redefined by \.membrane\.json: free_page\(\)\n2 files and folders left out by \.membrane\.json\n$/,
  );
  const named = await run(['check', '--rule', rule], files);
  assert.equal(named.code, 1);
  assert.doesNotMatch(named.out, /rules? off/);
  const without = await run(['check', '--no-config'], files);
  assert.match(without.out, /4 findings/);
  assert.doesNotMatch(without.out, /membrane\.json/);
});

test('JSON and SARIF carry it as well', async () => {
  const files = {
    '/k/.membrane.json': '{ "rules": { "free-while-shared": "off", "x": "off" } }',
    '/k/a.c': good,
  };
  assert.deepEqual((await findings(files)).config, {
    rulesOff: ['free-while-shared'],
    rulesLowered: [],
    redefined: [],
    leftOut: 0,
    allow: { allowed: 0, unused: [] },
    baseline: { known: 0, stale: [] },
    problems: [
      { file: '.membrane.json', line: 1, column: 42, message: "there is no rule 'x'. It is ignored" },
    ],
  });
  const sarif = JSON.parse((await run(['check', '--format', 'sarif'], files)).out).runs[0];
  const [override] = sarif.invocations[0].ruleConfigurationOverrides;
  assert.equal(override.configuration.enabled, false);
  assert.equal(sarif.tool.driver.rules[override.descriptor.index].id, 'free-while-shared');
  assert.equal(sarif.invocations[0].toolConfigurationNotifications.length, 1);
  assert.equal((await findings({ '/k/a.c': good })).config, undefined);
});

test('a file that is no JSON stops every command that reads it, and says how to go on', async () => {
  const files = { '/k/.membrane.json': '{', '/k/a.c': bad };
  for (const argv of [['check'], ['annotate', 'a.c'], ['explain', '--function', 'a.c:bad']]) {
    const broken = await run(argv, files);
    assert.deepEqual([broken.code, broken.out], [2, '']);
    assert.equal(
      broken.err,
      ".membrane.json:1:2: error: not valid JSON: '}' belongs here. The file is not used\n" +
        'membrane: nothing was done: mend .membrane.json, or leave it out with --no-config\n',
    );
  }
  assert.equal((await run(['check', '--no-config'], files)).code, 1);
  assert.equal((await run(['check'], { ...files, '/k/.membrane.json': '[]' })).code, 2);
});

test('what is wrong in the file is told with its place, before and after the report, and costs nothing else', async () => {
  const above = await run(['check', 'sub'], {
    '/k/sub/.membrane.json': '{\n  "exclud": []\n}\n',
    '/k/sub/a.c': bad,
  });
  assert.equal(
    above.err,
    "sub/.membrane.json:2:3: warning: unknown key 'exclud'. Did you mean 'exclude'? It is ignored\n",
  );
  assert.equal(above.code, 1);
  assert.match(
    above.out,
    /nothing was left out\n1 mistake in the configuration:\n {2}sub\/\.membrane\.json:2:3: unknown key 'exclud'\. .*\n$/,
  );
  const several = await run(['check', 'one', 'two'], {
    '/k/one/.membrane.json': '{ "exclude": ["**"] }',
    '/k/one/a.c': bad,
    '/k/two/.git/HEAD': '',
    '/k/two/a.c': bad,
  });
  assert.match(
    several.err,
    /^one\/\.membrane\.json:1:1: warning: is not used: the paths lie in several trees/,
  );
  assert.match(several.out, /2 findings/);
  assert.match(
    several.out,
    /\n1 mistake in the configuration:\n {2}one\/\.membrane\.json:1:1: is not used: /,
  );
});

/** A tree on the disk, and the command line in it. */
function tree(context: TestContext, files: Record<string, string>) {
  const top = folder(context, { Makefile: '', ...files });
  return {
    top,
    check: (...argv: string[]) => run(['check', ...argv], new NodeFileSystem(), top),
    read: (name: string) => readFileSync(join(top, name), 'utf8'),
    write: (name: string, text: string) => writeFileSync(join(top, name), text),
  };
}

const baseline = '.membrane-baseline.json';

test('a baseline is written, holds, tells what no longer matches, and is written again', async (context) => {
  const { top, check, read, write } = tree(context, {
    '.membrane.json': config({ baseline }),
    'b.c': bad.replace('bad', 'other'),
    'a.c': bad,
  });
  const missing = await check();
  assert.equal(missing.code, 1);
  assert.match(
    missing.err,
    /^\.membrane-baseline\.json:1:1: warning: there is no such file; membrane check --write/,
  );
  const written = await check('--write-baseline');
  assert.equal(written.code, 0);
  assert.equal(written.err, `membrane: wrote 2 findings to ${baseline}\n`);
  assert.match(written.out, / 0 findings[\s\S]*\n2 findings in the baseline\n$/);
  const entry = (name: string, fn: string) =>
    `    {"fingerprint":"[0-9a-f]{16}","rule":"${rule}","file":"${name}","function":"${fn}"}`;
  assert.match(
    read(baseline),
    new RegExp(
      `^{\\n {2}"version": 1,\\n {2}"findings": \\[\\n${entry('a.c', 'bad')},\\n${entry('b.c', 'other')}\\n {2}\\]\\n}\\n$`,
    ),
  );
  assert.deepEqual(readdirSync(top).sort(), [baseline, '.membrane.json', 'Makefile', 'a.c', 'b.c'].sort());
  const first = read(baseline);
  await check('--write-baseline');
  assert.equal(read(baseline), first);

  // Lines move, a new mistake comes, an old one goes.
  write('a.c', `/* moved */\n\n${bad}\n${bad.replace('bad', 'worse')}`);
  write('b.c', good);
  const later = await check('--stats');
  assert.equal(later.code, 1);
  assert.match(later.out, /^a\.c:2\d:3: error: /m);
  assert.match(later.out, / 1 finding \(1 error\)/);
  assert.match(later.out, /\n1 finding in the baseline\n1 baseline entry matches nothing\n/);
  assert.match(
    (await check('-v')).out,
    new RegExp(`matches nothing\\n {2}b\\.c: other\\(\\): ${rule} [0-9a-f]{16}\\n`),
  );
  assert.doesNotMatch((await check()).out, /matches nothing/);
  // What was not looked at is not missed, and not lost when it is written again.
  assert.doesNotMatch((await check('-v', 'a.c')).out, /matches nothing/);
  const part = await check('--write-baseline', 'a.c');
  assert.equal(
    part.err,
    `membrane: wrote 2 findings to ${baseline}, and kept 1 from before that were not checked now\n`,
  );
  assert.equal(JSON.parse(read(baseline)).findings.length, 3);
  await check('--write-baseline');
  assert.equal(JSON.parse(read(baseline)).findings.length, 2);
  assert.equal((await check()).code, 0);
  assert.equal((await check('--no-config')).code, 1);
});

test('a baseline of another name, and no file is overwritten that is none', async (context) => {
  const { top, check, read } = tree(context, { 'a.c': bad, 'notes.json': '{"mine": true}' });
  const named = await check('--write-baseline=known.json', 'a.c');
  assert.equal(named.code, 0);
  assert.match(
    named.err,
    /^membrane: wrote 1 finding to known\.json\nmembrane: to use it, put this into .*"baseline": "known\.json"\n$/,
  );
  assert.equal(JSON.parse(read('known.json')).findings.length, 1);
  const refused = await check('--write-baseline=notes.json');
  assert.equal(refused.code, 2);
  assert.match(refused.err, /notes\.json: is there and is no baseline; it is not overwritten/);
  assert.equal(read('notes.json'), '{"mine": true}');
  const platform = await check('--write-baseline', '--platform', 'tdx');
  assert.equal(platform.code, 2);
  assert.match(platform.err, /leave --platform out/);
  assert.equal((await check('--write-baseline=')).code, 2);
  assert.equal(existsSync(join(top, baseline)), false);
});

test('worker threads know the words of the tree too', async (context) => {
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}.c`, own]));
  const { top } = tree(context, { '.membrane.json': config({ vocabulary, exclude: ['f1*.c'] }), ...files });
  const { out } = await spawned(['check', '--jobs', '2'], top);
  assert.match(out, /^29 files searched, 29 parsed, .* 29 findings/m);
  assert.match(out, /^11 files and folders left out by \.membrane\.json$/m);
});

test('allow keeps a finding silent and says so; an entry that names nothing is told; contracts are believed', async () => {
  const rule = 'free-after-failed-transition';
  const source = `int foo(void *p)\n{\n\tif (foo_share(p, 1))\n\t\tfree_page((unsigned long)p);\n\treturn 0;\n}\n`;
  const contracts = { 'foo_share(buf, n)': 'flips buf[n pages]: shared, unknown on error' };
  const config = (allow: object[]) => ({
    '/k/.membrane.json': JSON.stringify({ contracts, allow }),
    '/k/a.c': source,
  });
  const plain = await run(['check'], config([]));
  assert.equal(plain.code, 1);
  assert.match(plain.out, new RegExp(`a\\.c:4:3: error: .*\\[${rule}\\]`));
  const entry = { rule, file: 'a.c', function: 'foo', reason: 'it is a test' };
  const allowed = await run(['check'], config([entry, { ...entry, function: 'bar' }]));
  assert.equal(allowed.code, 0);
  assert.match(
    allowed.out,
    /1 finding allowed by \.membrane\.json\n1 entry of 'allow' .*; remove:\n {2}a\.c: bar\(\): free-after/,
  );
  const silent = await run(['check'], { '/k/a.c': source });
  assert.equal(silent.code, 0);
});

test('a contract of a function that nothing in the tree names is a mistake, where the whole tree was searched', async () => {
  const says = 'flips buf[n pages]: shared, unknown on error';
  const contracts = { 'ops_share(buf, n)': says, 'ops_shar(buf, n)': says };
  const files = {
    '/k/.membrane.json': JSON.stringify({ contracts }, null, 2),
    '/k/a.c': 'int f(void *b)\n{\n\treturn ops_share(b, 1);\n}\n',
    '/k/b.c': 'int x;\n',
  };
  const mistake = /no file of the tree names '(\w+)': the contract of '.*' says nothing/g;
  const named = async (...argv: string[]) => {
    const { out } = await run(['check', ...argv], files);
    return [...out.matchAll(mistake)].map((match) => match[1]);
  };
  assert.deepEqual(await named(), ['ops_shar']);
  assert.deepEqual(await named('b.c'), ['ops_shar']);
  assert.deepEqual(await named('--alone', 'b.c'), []);
  const { out } = await run(['check'], files);
  assert.match(out, /^1 mistake in the configuration:\n {2}\.membrane\.json:4:5: no file/m);
});

const calls = `int foo(void *p)
{
	if (ops_share(p, 1))
		free_page((unsigned long)p);
	return 0;
}
`;

const freed = 'free-after-failed-transition';

test('a contract above a prototype in a header is found, believed in the files that call the function, and named', async () => {
  const header =
    '/* coco: flips buf[n pages]: shared, unknown on error */\nint ops_share(void *buf, int n);\n';
  const files = {
    '/k/Kbuild': '',
    '/k/include/ops.h': header,
    '/k/drivers/a.c': calls,
    '/k/drivers/b.c': 'int x;\n',
  };
  const { code, out } = await run(['check'], files);
  assert.equal(code, 1);
  assert.match(out, new RegExp(`^drivers/a\\.c:4:3: error: .*\\[${freed}\\]$`, 'm'));
  assert.match(out, /state unknown, by annotation|by annotation/);
  assert.match(out, /^4 files searched, 2 parsed|^3 files searched, 2 parsed/m);
  const without = { ...files, '/k/include/ops.h': header.slice(header.indexOf('\n') + 1) };
  assert.equal((await run(['check'], without)).code, 0);
});

test('a contract of .membrane.json needs no parameters where a prototype or a definition names them', async () => {
  const contracts = { ops_share: 'flips buf[n pages]: shared, unknown on error' };
  const files = { '/k/.membrane.json': JSON.stringify({ contracts }), '/k/drivers/a.c': calls };
  const silent = await run(['check'], files);
  assert.deepEqual([silent.code, silent.err], [0, '']);
  const declared = { ...files, '/k/include/ops.h': 'extern int ops_share(void *buf,\n\t\t     int n);\n' };
  const { code, out } = await run(['check'], declared);
  assert.equal(code, 1);
  assert.match(out, new RegExp(`^drivers/a\\.c:4:3: error: .*\\[${freed}\\]$`, 'm'));
  const comment =
    '/* coco: flips buf[n pages]: shared, unchanged on error */\nint ops_share(void *buf, int n);\n';
  const both = await run(['check'], { ...files, '/k/include/ops.h': comment });
  assert.equal(both.code, 0, 'the comment stands before the file');
  const body = `int ops_share(void *buf, int n)\n{\n\treturn set_memory_decrypted((unsigned long)buf, n);\n}\n`;
  const unchanged = { ops_share: 'flips buf[n pages]: shared, unchanged on error' };
  const known = {
    ...files,
    '/k/.membrane.json': JSON.stringify({ contracts: unchanged }),
    '/k/drivers/b.c': body,
  };
  assert.equal((await run(['check'], known)).code, 1, 'a body says more');
});

const body = `int ops_share(void *buf, int n)
{
	if (n < 0)
		return -EINVAL;
	return set_memory_decrypted((unsigned long)buf, n);
}
`;

test('a contract of .membrane.json that a body in view does not keep is told there, and names the entry', async () => {
  const config = (contracts: object, allow: object[] = []) => JSON.stringify({ contracts, allow }, null, 2);
  const wrong = { ops_share: 'flips buf[n pages]: shared, unknown on error' };
  const files = { '/k/.membrane.json': config(wrong), '/k/drivers/b.c': body };
  const { code, out } = await run(['check'], files);
  assert.equal(code, 1);
  assert.equal(
    out.slice(0, out.indexOf('\n\n')),
    `drivers/b.c:1:5: warning: 'flips buf' in .membrane.json does not hold; ops_share() leaves it unchanged on error, not unknown [wrong-annotation]
  in ops_share()
    1  drivers/b.c:4  return -EINVAL;
  also .membrane.json:3: the contract of 'ops_share'
  Change the code, or what .membrane.json says of 'ops_share'.
  why: membrane explain wrong-annotation`,
  );
  const json = JSON.parse((await run(['check', '--format', 'json'], files)).out);
  assert.match(json.findings[0].message, /what \.membrane\.json says of 'ops_share'\.$/);
  const sarif = JSON.parse((await run(['check', '--format', 'sarif'], files)).out);
  const [{ locations, relatedLocations, codeFlows }] = sarif.runs[0].results;
  assert.equal(locations[0].physicalLocation.artifactLocation.uri, 'drivers/b.c');
  assert.equal(codeFlows[0].threadFlows[0].locations.length, 1);
  assert.deepEqual(relatedLocations[0].physicalLocation, {
    artifactLocation: { uri: '.membrane.json', uriBaseId: 'SRCROOT' },
    region: { startLine: 3, startColumn: 5, endLine: 3, endColumn: 16 },
  });
  const right = { ops_share: 'flips buf[n pages]: shared, unchanged or unknown on error' };
  assert.equal((await run(['check'], { ...files, '/k/.membrane.json': config(right) })).code, 0);
  const mended = body.replace('return -EINVAL', 'n = 0');
  assert.equal((await run(['check'], { ...files, '/k/drivers/b.c': mended })).code, 0);
  const allowed = { rule: 'wrong-annotation', file: 'drivers/b.c', function: 'ops_share', reason: 'soon' };
  assert.equal((await run(['check'], { ...files, '/k/.membrane.json': config(wrong, [allowed]) })).code, 0);
  assert.equal((await run(['check', '--no-config'], files)).code, 0);
});

test('a body is looked at for its contract in .membrane.json whatever else it names', async () => {
  const contracts = { ops_put: 'frees buf: freed', ops_get: 'allocs return: private', ops_take: 'takes buf' };
  const files = {
    '/k/.membrane.json': JSON.stringify({ contracts }),
    '/k/drivers/b.c': 'void ops_put(void *buf)\n{\n}\n',
    '/k/drivers/c.c': 'void *ops_get(void)\n{\n\treturn NULL;\n}\n',
    '/k/include/d.h': 'static inline void ops_take(void *buf)\n{\n}\n',
  };
  const { code, out } = await run(['check'], files);
  assert.equal(code, 1);
  assert.deepEqual(
    out.split('\n').filter((line) => line.includes('[wrong-annotation]')),
    [
      "drivers/b.c:1:6: warning: 'frees buf' in .membrane.json does not hold; ops_put() leaves it unchanged, not freed [wrong-annotation]",
    ],
  );
});

test('what .membrane.json requires is asked of those who call a function that hands memory on', async () => {
  const contracts = { ops_put: 'requires buf: private' };
  const source = `void ops_put(void *buf);

static void drop(void *buf)
{
	ops_put(buf);
}

int foo(void *p)
{
	if (set_memory_decrypted((unsigned long)p, 1))
		return -EIO;
	drop(p);
	return 0;
}
`;
  const files = { '/k/.membrane.json': JSON.stringify({ contracts }), '/k/a.c': source };
  const { code, out } = await run(['check'], files);
  assert.equal(code, 1);
  assert.equal(
    out.slice(0, out.indexOf('\n\n')),
    `a.c:12:2: error: calls drop() with 'p' shared; it hands that to ops_put(), whose annotation requires private [unmet-requirement]
  in foo(), on every platform
    1  a.c:10  if (set_memory_decrypted((unsigned long)p, 1))  returns 0, p: shared
    2  a.c:12  drop(p);                                        calls drop()
       in drop():
    3  a.c:5   ops_put(buf);                                   p: shared, by annotation
  Convert it first, or change what is required.                why: membrane explain unmet-requirement`,
  );
  assert.equal((await run(['check'], { '/k/a.c': source })).code, 0);
});
