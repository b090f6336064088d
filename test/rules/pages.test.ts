import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ruleById, rules } from '../../server/src/rules/registry.ts';
import { readFixture } from '../harness/expectations.ts';
import { fences, headings, sections } from '../pages/page.ts';

const folder = join(process.env.MEMBRANE_ROOT ?? process.cwd(), 'server/src/rules');

test('every folder is a registered rule, every rule has its folder', () => {
  const folders = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  assert.deepEqual(rules.map((rule) => rule.id).sort(), folders);
  for (const name of folders)
    assert.deepEqual(readdirSync(join(folder, name)).sort(), ['rule.md', 'rule.ts']);
});

test('a rule is found by its id, anything else is not', () => {
  for (const rule of rules) assert.equal(ruleById(rule.id), rule);
  assert.equal(ruleById('toString'), undefined);
});

test('every violation is judged by exactly one rule', () => {
  const judged = rules.flatMap((rule) => rule.violations);
  assert.deepEqual([...new Set(judged)].sort(), [...judged].sort());
  const source = readFileSync(join(folder, '../analysis/finding.ts'), 'utf8');
  const kinds = /export type ViolationKind =([\s\S]*?);\n/.exec(source)![1]!;
  assert.deepEqual([...kinds.matchAll(/'([\w-]+)'/g)].map((match) => match[1]).sort(), [...judged].sort());
});

for (const rule of rules) {
  test(`${rule.id} has a whole page`, () => {
    const page = readFileSync(join(folder, rule.id, 'rule.md'), 'utf8');
    assert.match(page, new RegExp(`^# ${rule.id}\n`));
    assert.deepEqual(headings(page), [...sections]);
    const second = page.split('\n')[2]!;
    assert.match(second, new RegExp(`^Level \`${rule.defaultLevel}\``));
    const header = page.slice(0, page.indexOf('\n## ')).replaceAll('\n', ' ');
    assert.match(header, rule.onByDefault ? /\bOn by default\b.*[:,]/ : /\bOff by default\b.*:/);
    assert.match(page, new RegExp(`## Since\n\n${rule.since.replaceAll('.', '\\.')}\n$`));
    for (const section of ['Example', 'Fix', 'Limits']) {
      assert.ok(
        fences(page).some((fence) => fence.section === section),
        `no code in ${section}`,
      );
    }
    for (const fence of fences(page)) {
      assert.doesNotMatch(fence.code, /^ +\S/m, `line ${fence.line}: kernel style indents with tabs`);
      if (fence.section === 'Limits') assert.match(fence.code, /\b\w+_(?:missed|false_alarm)\(/);
    }
  });

  test(`${rule.id} shows itself in its first fence, alone`, () => {
    const first = fences(rule.page)[0]!;
    assert.equal(first.section, 'Example');
    const { expectations } = readFixture(rule.id, first.code);
    assert.deepEqual(
      expectations.map((e) => [e.level, e.rule]),
      [[rule.defaultLevel, rule.id]],
    );
  });

  test(`${rule.id} says why, with a reference each`, () => {
    assert.ok(rule.rationale.length > 0);
    for (const { reference, says } of rule.rationale) {
      assert.match(reference, /\S{4}/);
      assert.match(says, /^\S.*[.?"]$/);
      assert.ok(rule.page.includes(reference) && rule.page.includes(says), 'not in the page');
    }
    const why = rule.page.slice(rule.page.indexOf('\n## Why'), rule.page.indexOf('\n## Example'));
    assert.equal(why.match(/^- \*\*/gm)?.length, rule.rationale.length);
  });
}
