import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
// @ts-expect-error: a script without types
import { rulePages } from '../../scripts/rule-pages.mjs';
import { rules } from '../../server/src/rules/registry.ts';

const root = process.env.MEMBRANE_ROOT ?? process.cwd();

test('docs/rules is what npm run docs makes of the rules', () => {
  const pages: ReadonlyMap<string, string> = rulePages(rules);
  const there = readdirSync(join(root, 'docs/rules')).map((name) => `docs/rules/${name}`);
  assert.deepEqual(there.sort(), [...pages.keys()].sort());
  for (const [page, text] of pages) {
    assert.equal(readFileSync(join(root, page), 'utf8'), text, `${page} is old: npm run docs`);
  }
});

test('the index names every rule once, on and off apart', () => {
  const index: string = rulePages(rules).get('docs/rules/README.md');
  const [on, off] = index.split('Off until');
  for (const { id, onByDefault } of rules) {
    assert.equal(on!.includes(`[\`${id}\`]`), onByDefault);
    assert.equal(off!.includes(`[\`${id}\`]`), !onByDefault);
  }
});
