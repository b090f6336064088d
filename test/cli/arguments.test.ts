import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bad, good, run } from './harness.ts';

test('a wrong command line is told in one line with what was probably meant, exit 2', async () => {
  for (const [argv, expected] of [
    [['chek'], /^membrane: unknown command 'chek'\. Did you mean 'check'\?/],
    [['--verison'], /^membrane: unknown option '--verison'\. Did you mean '--version'\?/],
    [
      ['check', '--fromat', 'json'],
      /unknown option '--fromat'\. Did you mean '--format'\? \(membrane check --help\)/,
    ],
    [['check', '-x'], /unknown option '-x'/],
    [['check', '--format', 'jsn'], /--format: 'jsn' is none of text, json or sarif\. Did you mean 'json'\?/],
    [['check', '--format'], /--format needs a value/],
    [['check', '--rule', '--stats'], /--rule needs a value/],
    [['check', '--stats=yes'], /--stats takes no value/],
    [['check', '--write-baseline='], /--write-baseline= needs a value, or no '='/],
    [['check', '--jobs', '0'], /--jobs needs a whole number of at least 1, not '0'/],
    [['check', '--jobs', '1e3'], /--jobs needs a whole number/],
    [
      ['check', '--rule', 'free-while-share'],
      /no rule 'free-while-share'\. Did you mean 'free-while-shared'\?/,
    ],
    [['check', '--platform', 'tdxx'], /no platform 'tdxx'\. Did you mean 'tdx'\?/],
    [['check', '--fail-on', 'errors'], /'errors' is none of .*Did you mean 'error'\?/],
    [['check', 'gone.c'], /^membrane: gone\.c: there is no such file or folder\.\n$/],
    [['check', 'a.d'], /a\.d: there is no such file or folder\. Did you mean 'a\.c'\?/],
    [['check', '--tree', 'a.c', 'a.c'], /--tree a\.c: is no folder/],
    [['check', '--tree', 'sub', 'a.c'], /\/k\/a\.c is not in the tree \/k\/sub/],
    [['explain', 'no-such'], /there is no rule 'no-such'/],
    [['explain', '--function', 'a.c'], /'a\.c' is not of the form FILE:NAME/],
    [['explain', '--function', 'a.c:bat'], /a\.c defines no function 'bat'\. Did you mean 'bad'\?/],
    [['ir'], /ir needs one argument: FILE:FUNCTION/],
    [['ir', 'a.c:nothing_like_it'], /a\.c defines no function 'nothing_like_it'\./],
    [['lsp'], /lsp needs --stdio/],
  ] as const) {
    const { code, out, err } = await run([...argv], { '/k/a.c': bad, '/k/sub/b.c': good });
    assert.equal(code, 2, argv.join(' '));
    assert.equal(out, '');
    assert.match(err, expected);
    assert.equal(err.split('\n').length, 2, err);
    assert.doesNotMatch(err, /\n +at /);
  }
});

test('help for the program and for each command, on standard output, exit 0', async () => {
  const overview = await run(['--help']);
  assert.equal(overview.code, 0);
  for (const command of ['check', 'explain', 'ir', 'lsp']) {
    assert.match(overview.out, new RegExp(`^ {2}${command} +\\w`, 'm'));
    const { code, out, err } = await run([command, '--help']);
    assert.equal(code, 0);
    assert.equal(err, '');
    assert.match(out, new RegExp(`^usage: membrane ${command}`));
    assert.ok(out.split('\n').every((line) => line.length <= 110));
    assert.equal((await run(['help', command])).out, out);
  }
  for (const option of [
    'tree',
    'rule',
    'platform',
    'exclude',
    'jobs',
    'format',
    'output',
    'fail-on',
    'stats',
    'verbose',
    'backend',
    'no-progress',
  ])
    assert.match((await run(['check', '--help'])).out, new RegExp(`--${option}\\b`));
});

test('without a command: what there is, on standard error, exit 2', async () => {
  const { code, out, err } = await run([]);
  assert.equal(code, 2);
  assert.equal(out, '');
  assert.match(err, /usage: membrane <command>/);
});

test('the version is that of the packages', async () => {
  const { readFileSync } = await import('node:fs');
  const manifest = JSON.parse(readFileSync(`${process.env.MEMBRANE_ROOT}/server/package.json`, 'utf8'));
  assert.equal((await run(['--version'])).out, `membrane ${manifest.version}\n`);
});

test('explain lists the rules and prints a page', async () => {
  const list = await run(['explain']);
  assert.match(list.out, /^free-while-shared +\w+ +\S/m);
  const page = await run(['explain', 'free-while-shared']);
  assert.equal(page.code, 0);
  assert.match(page.out, /^FREE-WHILE-SHARED$/m);
  assert.ok(page.out.split('\n').length > 10);
});

test('ir and explain --function tell of a function', async () => {
  const files = { '/k/a.c': bad };
  const ir = await run(['ir', 'a.c:bad'], files);
  assert.equal(ir.code, 0);
  assert.match(ir.out, /set_memory_decrypted\(p, 1\)/);
  const rows = await run(['explain', '--function', 'a.c:bad'], files);
  assert.equal(rows.code, 0);
  assert.match(rows.out, /^bad\(\): \d+ ways through it/);
});

test('explain --function looks into the other files of the tree, and finds the file by itself', async () => {
  const files = {
    '/k/.membrane.json': '{}',
    '/k/lib/share.c': 'int share(void *p)\n{\n\treturn set_memory_decrypted((unsigned long)p, 1);\n}\n',
    '/k/lib/use.c': 'int share(void *p);\nint use(void *p)\n{\n\treturn share(p);\n}\n',
    '/k/lib/twice.c': 'int other(void)\n{\n\treturn 0;\n}\n',
    '/k/lib/more.c': 'int other(void)\n{\n\treturn 1;\n}\n',
  };
  const there = await run(['explain', '--function', 'lib/use.c:use'], files);
  assert.match(there.out, /^use\(p\): 2 ways through it/);
  assert.match(there.out, /set_memory_decrypted\(\) on the memory of p/);
  assert.equal((await run(['explain', '--function', 'use'], files)).out, there.out);
  assert.equal((await run(['explain', '--tree', '/k', '--function', 'use'], files)).out, there.out);
  const several = await run(['explain', '--function', 'other'], files);
  assert.match(
    several.err,
    /several files define 'other'; say which:\n {2}lib\/more\.c:other\n {2}lib\/twice\.c:other/,
  );
  assert.match((await run(['explain', '--function', 'gone'], files)).err, /defines a function 'gone'/);
});
