import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../server/src/project/config/parse.ts';
import { rules } from '../../server/src/rules/registry.ts';
import { json, text } from './repository.ts';

const page = text('docs/config.md');
const schema = json('server/schema/membrane.schema.json');

/** The examples of a page in JSON. */
const examples = (markdown: string) =>
  [...markdown.matchAll(/^```json\n([\s\S]*?)^```/gm)].map((fence) => fence[1]!);

test('the examples of .membrane.json are read without a problem, and the first shows every section', () => {
  for (const example of [...examples(page), ...examples(text('README.md'))]) {
    assert.deepEqual(parseConfig(example, rules).problems, []);
  }
  const shown = JSON.parse(examples(page)[0]!);
  const keys = Object.keys(schema.properties).filter((key) => key !== '$schema');
  assert.deepEqual(Object.keys(shown), keys);
  assert.deepEqual(Object.keys(shown.vocabulary), Object.keys(schema.properties.vocabulary.properties));
});

test('the page names every key and every word that a key can have', () => {
  const words = new Set([...page.matchAll(/`([^`\s]+)`/g)].map((match) => match[1]!));
  const missing: string[] = [];
  const visit = (of: {
    properties?: Record<string, object>;
    enum?: string[];
    items?: object;
    oneOf?: object[];
  }) => {
    for (const [key, value] of Object.entries(of.properties ?? {})) {
      if (!page.includes(`\`${key}\``) && !page.includes(`"${key}"`)) missing.push(key);
      visit(value);
    }
    missing.push(...(of.enum ?? []).filter((word) => !words.has(word)));
    for (const inner of [of.items, ...(of.oneOf ?? [])]) if (inner) visit(inner);
  };
  const { $schema: _, rules: levels, ...own } = structuredClone(schema.properties);
  // Rules have pages of their own.
  delete own.allow.items.properties.rule.enum;
  visit({ properties: { ...own, rules: Object.values(levels.properties)[0] as object } });
  assert.deepEqual(missing, []);
});
