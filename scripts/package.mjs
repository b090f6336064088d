// npm run package: makes membrane-<version>.vsix in the repository's root. The extension holds what `allowed` names and nothing else.
// The archive is written here: the usual tool needs a newer Node than the rest of the project, and 100 packages.
import './node-version.mjs';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { install, root } from './install.mjs';
import { nls, resolved } from './l10n.mjs';
import { zip } from './zip.mjs';

/** Files of the extension, beside its manifest and the notices. Folders end in a slash. */
const allowed = [
  'CHANGELOG.md',
  'LICENSE',
  'client/icon.png',
  'client/walkthrough/',
  'dist/checker.mjs',
  'dist/client-web.js',
  'dist/client.cjs',
  'dist/engine.mjs',
  'dist/indexer.mjs',
  'dist/server-web.js',
  'dist/server.mjs',
  'dist/stamps.mjs',
  'dist/tree-sitter-c.wasm',
  'dist/view.css',
  'dist/view.js',
  'dist/web-tree-sitter.wasm',
  'dist/worker.mjs',
  'docs/rules/',
  'example/',
  'l10n/',
  'package.nls.json',
  'server/schema/membrane.schema.json',
  'syntaxes/',
];

/** What only developers need of the manifest. */
const development = ['scripts', 'devDependencies', 'optionalDependencies', 'workspaces', 'private', 'type'];

const read = (file) => readFileSync(join(root, file));
const json = (file) => JSON.parse(read(file).toString('utf8'));

/** Name and bytes of every file of the archive. */
export function contents() {
  const manifest = json('package.json');
  const files = allowed.flatMap((file) =>
    file.endsWith('/')
      ? (existsSync(join(root, file)) ? readdirSync(join(root, file)) : []).sort().map((name) => file + name)
      : [file],
  );
  const shipped = { ...manifest };
  for (const key of development) delete shipped[key];
  return [
    ['extension.vsixmanifest', Buffer.from(vsixManifest(resolved(manifest, json(nls))))],
    ['[Content_Types].xml', Buffer.from(contentTypes(files))],
    ['extension/package.json', Buffer.from(`${JSON.stringify(shipped, null, 2)}\n`)],
    ['extension/NOTICES.txt', Buffer.from(notices())],
    // The repository's own speaks to who has the repository.
    ['extension/README.md', read('client/README.md')],
    ...files.map((file) => [`extension/${file}`, read(file)]),
  ];
}

/** Licences of everything that is bundled. */
function notices() {
  const seen = new Map();
  const visit = (name) => {
    if (seen.has(name)) return;
    const folder = `node_modules/${name}`;
    const { version, license, dependencies = {} } = json(`${folder}/package.json`);
    const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    seen.set(name, `${name} ${version} (${license})\n\n${file ? read(`${folder}/${file}`) : ''}`);
    for (const next of Object.keys(dependencies)) visit(next);
  };
  for (const part of ['server', 'client'])
    for (const name of Object.keys(json(`${part}/package.json`).dependencies)) visit(name);
  const grammar = 'grammars/c/LICENSE';
  if (existsSync(join(root, grammar))) seen.set('tree-sitter-c', `tree-sitter-c (MIT)\n\n${read(grammar)}`);
  const texts = [...seen.keys()].sort().map((name) => seen.get(name).trim());
  return `Membrane contains the following software.\n\n${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

function contentTypes(files) {
  const types = {
    c: 'text/plain',
    h: 'text/plain',
    cjs: 'application/javascript',
    css: 'text/css',
    js: 'application/javascript',
    mjs: 'application/javascript',
    json: 'application/json',
    md: 'text/markdown',
    png: 'image/png',
    txt: 'text/plain',
    vsixmanifest: 'text/xml',
    wasm: 'application/wasm',
  };
  const used = new Set(['json', 'txt', 'vsixmanifest']);
  const overrides = [];
  for (const file of files) {
    const extension = /\.([^./]+)$/.exec(file)?.[1];
    if (extension === undefined)
      overrides.push(`<Override PartName="/extension/${file}" ContentType="text/plain"/>`);
    else if (types[extension] === undefined) throw new Error(`no content type for ${file}`);
    else used.add(extension);
  }
  const defaults = [...used].sort().map((e) => `<Default Extension=".${e}" ContentType="${types[e]}"/>`);
  return `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${[...defaults, ...overrides].join('')}</Types>
`;
}

function vsixManifest(manifest) {
  const text = (value) =>
    String(value).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
  const property = (id, value) =>
    `      <Property Id="Microsoft.VisualStudio.${id}" Value="${text(value)}"/>`;
  const asset = (id, path) =>
    `    <Asset Type="Microsoft.VisualStudio.${id}" Path="extension/${path}" Addressable="true"/>`;
  return `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="${text(manifest.name)}" Version="${text(manifest.version)}" Publisher="${text(manifest.publisher)}"/>
    <DisplayName>${text(manifest.displayName)}</DisplayName>
    <Description xml:space="preserve">${text(manifest.description)}</Description>
    <Tags>${text(manifest.keywords.join(','))}</Tags>
    <Categories>${text(manifest.categories.join(','))}</Categories>
    <Properties>
${property('Code.Engine', manifest.engines.vscode)}
${property('Code.ExtensionDependencies', '')}
${property('Code.ExtensionPack', '')}
${property('Code.ExtensionKind', manifest.extensionKind.join(','))}
${property('Code.LocalizedLanguages', '')}
${property('Code.ExecutesCode', true)}
    </Properties>
    <License>extension/LICENSE</License>
    <Icon>extension/${text(manifest.icon)}</Icon>
  </Metadata>
  <Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>
  <Dependencies/>
  <Assets>
${asset('Code.Manifest', 'package.json')}
${asset('Services.Content.Details', 'README.md')}
${asset('Services.Content.Changelog', 'CHANGELOG.md')}
${asset('Services.Content.License', 'LICENSE')}
${asset('Services.Icons.Default', text(manifest.icon))}
  </Assets>
</PackageManifest>
`;
}

/** Builds and writes the archive: its path, its size, and name and bytes of what is in it. Says nothing. */
export async function pack() {
  install();
  const { build } = await import('./build.mjs');
  await build({ minify: true });
  const entries = contents();
  const archive = zip(entries);
  const { version } = json('package.json');
  const path = join(root, `membrane-${version}.vsix`);
  writeFileSync(path, archive);
  return { path, size: archive.length, entries };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { path, size, entries } = await pack();
  const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
  for (const [name, bytes] of entries) console.log(`${kB(bytes.length).padStart(12)}  ${name}`);
  console.log(`${basename(path)}: ${entries.length} files, ${kB(size)}`);
}
