// npm run manifest: writes the settings into package.json, from the server's schema and its rules. A test compares the two.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './install.mjs';
import { load } from './load.mjs';

const path = join(root, 'package.json');
const { settingsSchema } = await load('server/src/features/settings.ts');
const { rules } = await load('server/src/rules/registry.ts');
const settings = Object.entries(settingsSchema(rules.map(({ id, title }) => ({ id, title }))));
const manifest = JSON.parse(readFileSync(path, 'utf8'));
manifest.contributes.configuration.properties = Object.fromEntries(
  settings.map(([name, schema]) => [`membrane.${name}`, schema]),
);
writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
run('npx', ['biome', 'format', '--write', 'package.json']);
