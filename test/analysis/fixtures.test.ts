import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkFixture, root } from '../harness/fixtures.ts';

const folder = 'test/analysis';

for (const name of readdirSync(join(root, folder)).sort()) {
  if (name.endsWith('.c')) test(name, () => checkFixture(`${folder}/${name}`));
}
