// npm run docs: writes the table of rules into README.md, from the rules themselves. A test compares the two.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';
import { load } from './load.mjs';
import { withRules } from './rules-table.mjs';

const { rules } = await load('server/src/rules/registry.ts');
const path = join(root, 'README.md');
writeFileSync(path, withRules(readFileSync(path, 'utf8'), rules));
