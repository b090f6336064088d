import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rules } from '../../server/src/rules/registry.ts';
import { differences, misnamed, readFixture, rewritten } from '../harness/expectations.ts';
import { gaps, root, runFixture, updates } from '../harness/fixtures.ts';
import { fences, withFences } from './page.ts';

for (const rule of rules) {
  test(`the page of ${rule.id} says what the rule does`, async () => {
    const path = join(root, 'server/src/rules', rule.id, 'rule.md');
    const page = readFileSync(path, 'utf8');
    const wrong: string[] = [];
    const codes: string[] = [];
    let update = true;
    for (const fence of fences(page)) {
      // Padded with empty lines, so that differences name lines of the page.
      const padding = '\n'.repeat(fence.line - 1);
      const read = readFixture(`${rule.id}/rule.md`, padding + fence.code);
      const fixture = { ...read, rules: [rule.id], file: `drivers/foo/${rule.id}.c` };
      const report = await runFixture(fixture);
      const here = differences(fixture, report.diagnostics);
      update &&= updates(here);
      const now = rewritten(fixture, report.diagnostics).slice(padding.length);
      codes.push(now);
      wrong.push(
        ...here,
        ...gaps(fixture, report),
        ...sectionRules(rule.id, fence.section, fixture.expectations),
      );
      wrong.push(...misnamed(fixture));
    }
    if (update && process.env.UPDATE) {
      const now = withFences(page, codes);
      if (now !== page) writeFileSync(path, now);
      return;
    }
    assert.deepEqual(wrong, []);
  });
}

/** What a section may expect: the example this rule and no other, the fix nothing. */
function sectionRules(id: string, section: string, expectations: readonly { rule: string }[]): string[] {
  if (section === 'Example') {
    const exact = expectations.length === 1 && expectations[0]!.rule === id;
    return exact
      ? []
      : [`an example of ${id} expects ${expectations.map((e) => e.rule).join() || 'nothing'}`];
  }
  if (section === 'Fix' && expectations.length > 0) return [`the fix of ${id} expects a report`];
  return [];
}
