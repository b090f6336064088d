// npm run manifest: writes the settings into package.json, from the server's schema and its rules. A test compares the two.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';
import { load } from './load.mjs';

const path = join(root, 'package.json');
const { settingsSchema } = await load('server/src/features/settings.ts');
const { registry } = await load('server/src/rules/registry.ts');
const manifest = JSON.parse(readFileSync(path, 'utf8'));
const rules = registry.map(({ id, title }) => ({ id, title }));
manifest.contributes.configuration.properties = Object.fromEntries(
  Object.entries(settingsSchema(rules)).map(([name, schema]) => [`membrane.${name}`, schema]),
);
writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
