import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
// @ts-expect-error: a script without types
import { namedTexts, nls, resolved, texts } from '../../scripts/l10n.mjs';
import { platformNames, settingsSchema } from '../../server/src/features/settings-schema.ts';
import { platformsOfFile } from '../../server/src/kernel/platforms.ts';
import { configName } from '../../server/src/project/root.ts';
import { rules } from '../../server/src/rules/registry.ts';

const root = process.env.MEMBRANE_ROOT ?? '.';
const named = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const names: Record<string, string> = JSON.parse(readFileSync(join(root, nls), 'utf8'));
const manifest = resolved(named, names);
const sources = readdirSync(join(root, 'client/src'), { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(root, 'client/src', file), 'utf8'));

test('the settings of the manifest are those of the server (npm run manifest writes them)', () => {
  const schema = Object.entries(settingsSchema(rules)).map(([name, one]) => [`membrane.${name}`, one]);
  assert.deepEqual(
    manifest.contributes.configuration.properties,
    JSON.parse(JSON.stringify(Object.fromEntries(schema))),
  );
});

test('every text of the manifest has a name that stands for something, and every name is used', () => {
  const used = [...JSON.stringify(named).matchAll(/"%([^"%]+)%"/g)].map((match) => match[1]!);
  assert.deepEqual([...new Set(used)].sort(), Object.keys(names).sort());
  const texts = Object.values(names);
  assert.ok(texts.every((text) => text.trim() !== ''));
  // Nothing that a user reads is written into the manifest itself, but for the titles of rules, which stay English as findings do.
  const { configuration, commands, views, walkthroughs } = named.contributes;
  const said: string[] = [named.description, configuration.title];
  for (const { title, category } of commands) said.push(title, category);
  for (const { name } of views.explorer) said.push(name);
  for (const { title, description, steps } of walkthroughs) {
    said.push(title, description);
    for (const step of steps) said.push(step.title, step.description);
  }
  for (const { description } of Object.values<{ description: string }>(named.capabilities))
    said.push(description);
  for (const one of Object.values<Record<string, unknown>>(configuration.properties)) {
    said.push(one.markdownDescription as string, ...((one.markdownEnumDescriptions as string[]) ?? []));
  }
  for (const text of said) assert.match(text, /^%.+%$/);
});

test('texts of settings are those of the server (npm run manifest writes them)', () => {
  const { texts } = namedTexts(Object.entries(settingsSchema(rules)));
  const written = Object.fromEntries(Object.entries(names).filter(([key]) => key.startsWith('config.')));
  assert.deepEqual(written, texts);
});

test('the context menu has three entries at most, commands that there are, only on a transition', () => {
  const entries: { command: string; when: string }[] = manifest.contributes.menus['editor/context'];
  assert.ok(entries.length > 0 && entries.length <= 3);
  const declared = manifest.contributes.commands.map(({ command }: { command: string }) => command);
  for (const { command, when } of entries) {
    assert.ok(declared.includes(command), command);
    assert.equal(when, 'membrane.onTransition');
  }
  assert.ok(sources.some((text) => text.includes("'membrane.onTransition'")));
});

test('every rule can be set by its id, every platform can be chosen', () => {
  const { properties } = manifest.contributes.configuration;
  assert.deepEqual(Object.keys(properties['membrane.rules'].properties), rules.map(({ id }) => id).sort());
  assert.deepEqual(Object.keys(platformNames).sort(), [...platformsOfFile('drivers/a.c', null)].sort());
});

test('.membrane.json is checked against its schema, and may have comments', () => {
  const [validation] = manifest.contributes.jsonValidation;
  assert.equal(validation.fileMatch, configName);
  assert.ok(existsSync(join(root, validation.url)));
  assert.deepEqual(manifest.contributes.languages, [{ id: 'jsonc', filenames: [configName] }]);
});

test('every command of the manifest is registered by the extension, and none else', () => {
  const declared = manifest.contributes.commands.map(({ command }: { command: string }) => command);
  const registered = sources.flatMap((text) =>
    [...text.matchAll(/registerCommand\(\s*'([^']+)'/g)].map((match) => match[1]!),
  );
  assert.deepEqual(registered.sort(), declared.sort());
});

test('the extension waits for C, asks for no more than its client needs, and says where it runs', () => {
  assert.deepEqual(manifest.activationEvents, [
    'onLanguage:c',
    'onLanguage:cpp',
    'workspaceContains:.membrane.json',
  ]);
  const client = JSON.parse(
    readFileSync(join(root, 'node_modules/vscode-languageclient/package.json'), 'utf8'),
  );
  assert.equal(manifest.engines.vscode, client.engines.vscode);
  const types = JSON.parse(readFileSync(join(root, 'node_modules/@types/vscode/package.json'), 'utf8'));
  assert.equal(
    `^${types.version.replace(/\.\d+$/, '.0')}`,
    manifest.engines.vscode,
    'types of the oldest editor',
  );
  assert.deepEqual(manifest.extensionKind, ['workspace']);
  for (const one of Object.values<{ supported: unknown; description: string }>(manifest.capabilities)) {
    assert.ok(one.supported !== undefined && one.description.length > 20);
  }
  assert.ok(existsSync(join(root, manifest.icon)));
});

test('the entry is short, and the client knows nothing of the server but its messages', () => {
  const entry = readFileSync(join(root, 'client/src/extension.node.ts'), 'utf8');
  assert.ok(entry.split('\n').length <= 41);
  for (const text of sources) {
    for (const match of text.matchAll(/^import (type )?.*'(\.\.\/)+server\/(.*)';$/gm)) {
      assert.equal(match[1], 'type ');
      assert.equal(match[3], 'src/protocol.ts');
    }
  }
});

test('the page on the language server has every setting and its default', () => {
  const page = readFileSync(join(root, 'docs/language-server.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([\w.]+)` \| `([^`]*)` \|/gm)].map(([, name, value]) => [name, value]);
  const schema = Object.entries(settingsSchema(rules));
  assert.deepEqual(
    rows,
    schema.map(([name, one]) => [
      name,
      typeof one.default === 'string' ? one.default : JSON.stringify(one.default),
    ]),
  );
});

test('the walkthrough fits into the columns that the editor has for it', () => {
  for (const { title, description, steps } of manifest.contributes.walkthroughs) {
    assert.ok(title.length <= 40 && description.length <= 56, 'three lines at most');
    for (const step of steps) {
      assert.ok(step.title.length <= 28, `${step.title}: a line`);
      const lines = readFileSync(join(root, step.media.markdown), 'utf8').split('```');
      for (const line of lines.filter((_, at) => at % 2 === 1).flatMap((text) => text.split('\n')))
        assert.ok(line.length <= 42, `${line}: code is not wrapped there`);
    }
  }
});

test('the walkthrough names commands that there are, and every text of the extension can be translated', () => {
  const declared = manifest.contributes.commands.map(({ command }: { command: string }) => command);
  for (const { steps } of manifest.contributes.walkthroughs)
    for (const { description, completionEvents } of steps) {
      const named = [
        ...[...description.matchAll(/\(command:([\w.]+)\)/g)].map((match) => match[1]),
        ...completionEvents.flatMap((event: string) => /^onCommand:(.*)/.exec(event)?.[1] ?? []),
      ];
      assert.ok(named.length > 0);
      for (const command of named) assert.ok(declared.includes(command), command);
    }
  const bundle = JSON.parse(readFileSync(join(root, manifest.l10n, 'bundle.l10n.json'), 'utf8'));
  assert.deepEqual(bundle, texts(), 'npm run manifest writes it');
  assert.ok(Object.keys(bundle).length > 20);
});
