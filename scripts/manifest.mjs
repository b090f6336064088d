// npm run manifest: writes the settings into package.json, the JSON schema of .membrane.json and the grammars of syntaxes/, from
// the server's own tables and its rules, and the list of texts that can be translated. Tests compare them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, run } from './install.mjs';
import { bundle, texts as codeTexts, namedTexts, nls } from './l10n.mjs';
import { load } from './load.mjs';
import { syntaxes } from './syntaxes.mjs';

const path = join(root, 'package.json');
const { settingsSchema } = await load('server/src/features/settings-schema.ts');
const { rules } = await load('server/src/rules/registry.ts');
const { fileSchema } = await load('server/src/project/config/keys.ts');
const settings = Object.entries(settingsSchema(rules.map(({ id, title }) => ({ id, title }))));
const manifest = JSON.parse(readFileSync(path, 'utf8'));
const texts = JSON.parse(readFileSync(join(root, nls), 'utf8'));
const named = namedTexts(settings);
manifest.contributes.configuration.properties = named.properties;
// What else the manifest says is written by hand, in that file.
const others = Object.entries(texts).filter(([key]) => !key.startsWith('config.'));
writeFileSync(
  join(root, nls),
  `${JSON.stringify({ ...Object.fromEntries(others), ...named.texts }, null, 2)}\n`,
);
writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
const schema = 'server/schema/membrane.schema.json';
mkdirSync(dirname(join(root, schema)), { recursive: true });
writeFileSync(join(root, schema), `${JSON.stringify(fileSchema(rules), null, 2)}\n`);
mkdirSync(dirname(join(root, bundle)), { recursive: true });
writeFileSync(join(root, bundle), `${JSON.stringify(codeTexts(), null, 2)}\n`);
const annotations = {
  ...(await load('server/src/annotations/vocabulary.ts')),
  ...(await load('server/src/base/markers.ts')),
};
const { isTransition, vocabularyFor } = await load('server/src/kernel/vocabulary.ts');
const grammars = syntaxes(annotations, vocabularyFor(null).names(isTransition));
for (const [file, grammar] of grammars) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), `${JSON.stringify(grammar, null, 2)}\n`);
}
run('npx', ['biome', 'format', '--write', 'package.json', schema, bundle, ...grammars.map(([file]) => file)]);
