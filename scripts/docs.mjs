// npm run docs: writes the table of rules into README.md and the pages of docs/rules/, from the rules themselves.
// Tests compare them.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';
import { load } from './load.mjs';
import { rulePages } from './rule-pages.mjs';
import { withRules } from './rules-table.mjs';

const { rules } = await load('server/src/rules/registry.ts');
const path = join(root, 'README.md');
writeFileSync(path, withRules(readFileSync(path, 'utf8'), rules));

const folder = join(root, 'docs/rules');
mkdirSync(folder, { recursive: true });
for (const old of readdirSync(folder)) rmSync(join(folder, old));
for (const [page, text] of rulePages(rules)) writeFileSync(join(root, page), text);
