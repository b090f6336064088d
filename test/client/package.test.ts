import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { inflateRawSync } from 'node:zlib';

const root = process.env.MEMBRANE_ROOT ?? '.';
const script = (name: string) => import(pathToFileURL(join(root, 'scripts', name)).href);

/** Entries of a zip archive, read by its central directory as any program does. */
function unzip(archive: Buffer): Map<string, Buffer> {
  const end = archive.lastIndexOf('PK\x05\x06', archive.length, 'latin1');
  const entries = new Map<string, Buffer>();
  let at = archive.readUInt32LE(end + 16);
  for (let i = 0; i < archive.readUInt16LE(end + 10); i++) {
    assert.equal(archive.readUInt32LE(at), 0x02014b50);
    const size = archive.readUInt32LE(at + 20);
    const nameLength = archive.readUInt16LE(at + 28);
    const local = archive.readUInt32LE(at + 42);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    assert.equal(archive.readUInt32LE(local), 0x04034b50);
    assert.equal(archive.toString('utf8', local + 30, local + 30 + nameLength), name);
    const from = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const bytes = inflateRawSync(archive.subarray(from, from + size));
    assert.equal(archive.readUInt32LE(at + 24), bytes.length);
    entries.set(name, bytes);
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}

test('an archive gives back what was put in, the same bytes each time', async () => {
  const { crc32, zip } = await script('zip.mjs');
  const files: [string, Buffer][] = [
    ['a.txt', Buffer.from('hello')],
    ['b/empty', Buffer.alloc(0)],
    ['b/ü.bin', Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * i) & 255))],
  ];
  const archive: Buffer = zip(files);
  assert.deepEqual([...unzip(archive)], files);
  assert.ok(archive.equals(zip(files)));
  assert.equal(crc32(Buffer.from('123456789')), 0xcbf43926);
});

test('the extension holds what it needs and nothing else', async () => {
  const { contents } = await script('package.mjs');
  const { zip } = await script('zip.mjs');
  const files = unzip(zip(contents()));
  const names = [...files.keys()];
  const folders = /^extension\/(docs\/rules|example|l10n|client\/walkthrough)\//;
  assert.deepEqual(names.filter((name) => !folders.test(name)).sort(), [
    '[Content_Types].xml',
    'extension.vsixmanifest',
    'extension/CHANGELOG.md',
    'extension/LICENSE',
    'extension/NOTICES.txt',
    'extension/README.md',
    'extension/client/icon.png',
    'extension/dist/checker.mjs',
    'extension/dist/client-web.js',
    'extension/dist/client.cjs',
    'extension/dist/engine.mjs',
    'extension/dist/indexer.mjs',
    'extension/dist/server-web.js',
    'extension/dist/server.mjs',
    'extension/dist/stamps.mjs',
    'extension/dist/tree-sitter-c.wasm',
    'extension/dist/view.css',
    'extension/dist/view.js',
    'extension/dist/web-tree-sitter.wasm',
    'extension/dist/worker.mjs',
    'extension/package.json',
    'extension/package.nls.json',
    'extension/server/schema/membrane.schema.json',
    'extension/syntaxes/annotations.tmLanguage.json',
    'extension/syntaxes/transitions.tmLanguage.json',
  ]);
  const shipped = JSON.parse(files.get('extension/package.json')!.toString('utf8'));
  const source = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.equal(shipped.version, source.version);
  for (const key of ['scripts', 'devDependencies', 'workspaces']) assert.equal(shipped[key], undefined);
  for (const entry of [shipped.main, shipped.browser])
    assert.ok(names.includes(`extension/${entry.replace('./', '')}`), entry);
  assert.ok(names.includes(`extension/${shipped.icon}`));
  for (const { path } of shipped.contributes.grammars)
    assert.ok(names.includes(`extension/${path.replace('./', '')}`), path);
  for (const { url } of shipped.contributes.jsonValidation)
    assert.ok(names.includes(`extension/${url.replace('./', '')}`), url);
  assert.ok(names.includes('extension/example/ring.c'));
  for (const { steps } of shipped.contributes.walkthroughs)
    for (const { media } of steps) assert.ok(names.includes(`extension/${media.markdown}`), media.markdown);
  // Nothing leads out of what is shipped.
  assert.doesNotMatch(files.get('extension/README.md')!.toString('utf8'), /\]\((?!https:)/);
  const notices = files.get('extension/NOTICES.txt')!.toString('utf8');
  for (const name of [
    'vscode-languageclient',
    'vscode-languageserver',
    'jsonc-parser',
    'web-tree-sitter',
    'semver',
    'minimatch',
    'tree-sitter-c',
  ])
    assert.ok(notices.includes(`${name} `), `no notice of ${name}`);
  const xml = files.get('extension.vsixmanifest')!.toString('utf8');
  assert.match(xml, /<Description[^>]*>Reviews Linux-kernel C/);
  assert.ok(xml.includes(`Version="${source.version}"`) && xml.includes(`Value="${source.engines.vscode}"`));
  const types = files.get('[Content_Types].xml')!.toString('utf8');
  for (const name of names.slice(2)) {
    const extension = /\.([^./]+)$/.exec(name)?.[1];
    assert.ok(types.includes(extension ? `Extension=".${extension}"` : `PartName="/${name}"`), name);
  }
});
