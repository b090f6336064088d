// npm run docs: writes the table of rules into README.md, the pages of docs/rules/ from the rules themselves, and what
// docs/model.md takes from the model. Tests compare them.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';
import { load } from './load.mjs';
import { modelPages } from './model-docs.mjs';
import { rulePages } from './rule-pages.mjs';
import { withRules } from './rules-table.mjs';

const { rules } = await load('server/src/rules/registry.ts');
const path = join(root, 'README.md');
writeFileSync(path, withRules(readFileSync(path, 'utf8'), rules));

const folder = join(root, 'docs/rules');
mkdirSync(folder, { recursive: true });
for (const old of readdirSync(folder)) rmSync(join(folder, old));
for (const [page, text] of rulePages(rules)) writeFileSync(join(root, page), text);

const modelPath = join(root, 'docs/model.md');
mkdirSync(join(root, 'docs/model'), { recursive: true });
const parts = await load('scripts/model-parts.ts');
for (const [page, text] of modelPages(readFileSync(modelPath, 'utf8'), parts))
  writeFileSync(join(root, page), text);
