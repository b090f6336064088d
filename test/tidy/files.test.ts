import assert from 'node:assert/strict';
import { test } from 'node:test';
import { files, json, none, text } from './repository.ts';
import { foreignNames, undocumented } from './source.ts';

const all = files();
const lineLimit = 500;

test(`no source file has more than ${lineLimit} lines`, () => {
  const sources = all.filter((file) => /\.(ts|mjs|cjs|js)$/.test(file) && !/(^|\/)generated\//.test(file));
  const tooLong = sources
    .map((file) => ({ file, lines: text(file).split('\n').length - 1 }))
    .filter(({ lines }) => lines > lineLimit)
    .map(({ file, lines }) => `${file}: ${lines}`);
  none(tooLong);
});

test('every exported function, class and interface of the engine has a doc comment', () => {
  const missing = all
    .filter((file) => /^server\/src\/.*\.ts$/.test(file))
    .flatMap((file) => undocumented(text(file)).map((what) => `${file}:${what}`));
  none(missing);
});

test('a missing doc comment is found', () => {
  const source = '/** A. */\nexport interface A {}\n\nexport interface B {}\nexport async function c() {}\n';
  assert.deepEqual(undocumented(source), ['4 B', '5 c']);
});

test('nothing in the repository means something on one machine only', () => {
  const texts = all.filter((file) =>
    /\.(ts|mjs|cjs|js|json|md|c|h|yml|yaml|sh|txt|lua|svg)$|^\.ci\//.test(file),
  );
  const found = texts
    .filter((file) => file !== 'test/tidy/source.ts' && file !== 'test/tidy/files.test.ts')
    .flatMap((file) => foreignNames(text(file)).map((what) => `${file}:${what}`));
  none(found);
});

test('names of one machine are found', () => {
  const count = (line: string) => foreignNames(line).length;
  assert.equal(count("const a = '/home/me/x';"), 1);
  assert.equal(count('see /work/thing'), 1);
  assert.equal(count('https://registry.example.org/a'), 1);
  assert.equal(count('as issue 2 says'), 1);
  assert.equal(count('https://example.org/home/a and ./work/a and x/tmp/a'), 0);
});

test('the packages of one repository have one version, and CHANGELOG.md speaks of it', () => {
  const version = json('package.json').version;
  assert.equal(json('server/package.json').version, version);
  assert.equal(json('client/package.json').version, version);
  assert.match(text('CHANGELOG.md'), new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\]`, 'm'));
});

test('the lock file has every package that another one names, also those for other systems: `npm ci` asks for them', () => {
  const { packages } = json('package-lock.json');
  const missing = Object.entries<{ optionalDependencies?: Record<string, string> }>(packages).flatMap(
    ([path, entry]) =>
      Object.keys(entry.optionalDependencies ?? {})
        .filter((name) => !packages[`${path}/node_modules/${name}`] && !packages[`node_modules/${name}`])
        .map((name) => `${path}: ${name}`),
  );
  none(missing);
});

test('every dependency has its line in docs/dependencies.md, and no other has', () => {
  const wanted = new Set<string>();
  for (const manifest of ['package.json', 'server/package.json', 'client/package.json']) {
    const content = json(manifest);
    for (const key of ['dependencies', 'devDependencies', 'optionalDependencies'])
      for (const name of Object.keys(content[key] ?? {})) wanted.add(name);
  }
  const rows = text('docs/dependencies.md').matchAll(/^\| `([^`]+)` \|[^|]+\|[^|]+\|\s*(\S[^|]*)\|$/gm);
  assert.deepEqual([...rows].map((row) => row[1]).sort(), [...wanted].sort());
});

test('links of the documents lead somewhere', () => {
  const pages = all.filter((file) => file.endsWith('.md'));
  const broken = pages.flatMap((page) =>
    [
      ...text(page)
        .replace(/^```[\s\S]*?^```/gm, '')
        .matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g),
    ]
      .map((match) => new URL(match[1]!, `file:///${page}`).pathname.slice(1))
      .filter(
        (target) => !all.some((file) => file === target || file.startsWith(`${target.replace(/\/$/, '')}/`)),
      )
      .map((target) => `${page}: ${target}`),
  );
  none(broken);
});
