import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../server/src/base/token.ts';
import { fixableRules, mannersFor, rewritableRules } from '../../server/src/fixes/registry.ts';
import { rules } from '../../server/src/rules/registry.ts';
import { comesBackClean, edited, type WantedFix } from '../../server/src/service-fixes.ts';
import type { CheckOptions } from '../../server/src/service-types.ts';
import { testService } from '../harness/fixtures.ts';
import { styleOf } from './style.ts';
import { variants } from './variants.ts';

const file = 'drivers/foo/ring.c';
/** All rules: a repair may not trade a finding for one that is off by default. */
const options: CheckOptions = { rules: rules.map(({ id }) => id), levels: {}, platforms: [] };

const all = variants();
/** Ids of those that change other functions, or who holds a lock. */
const rewrites = ['after-unlock', 'before-lock', 'linear-memory', 'return-from-helper'];

test('every rule with fixes has variants', () => {
  const repairable = [...new Set([...fixableRules, ...rewritableRules])].sort();
  assert.deepEqual([...new Set(all.map(({ rule }) => rule))].sort(), repairable);
});

test('every manner of every fix has ten variants or more', () => {
  const few = [...fixableRules, ...rewritableRules].flatMap((rule) =>
    mannersFor(rule).flatMap((manner) => {
      const count = all.filter((one) => one.rule === rule && one.fixes.includes(manner)).length;
      return count < 10 ? [`${rule}: ${manner} has ${count} variants of 10`] : [];
    }),
  );
  assert.deepEqual([...new Set(few)].sort(), []);
});

for (const { name, rule, text, fixes } of all) {
  test(name, async () => {
    const service = await testService();
    assert.deepEqual(styleOf(text), [], 'the variant itself is in style');
    const texts = [{ file, text }];
    const before = service.checkLinked(texts, options, never);
    const found = before[0]!.diagnostics.filter((one) => one.rule === rule);
    assert.equal(found.length, 1, `one finding in\n${text}`);
    const wanted: WantedFix = { fingerprint: found[0]!.fingerprint, options, message: 'none' };
    const offered = service.fixes(file, texts, wanted, never);
    assert.deepEqual(
      offered.map(({ manner }) => manner),
      fixes,
      `in\n${text}`,
    );
    for (const fix of offered) {
      const isRewrite = rewrites.includes(fix.id);
      assert.equal(fix.kind, isRewrite ? 'refactor.rewrite' : 'quickfix');
      const fixed = edited(text, fix.edits);
      const report = service.checkLinked([{ file, text: fixed }], options, never);
      assert.ok(comesBackClean(before, report, fix), `${fix.title}\n${fixed}`);
      assert.deepEqual(
        report[0]!.diagnostics.filter((one) => one.rule === rule),
        [],
      );
      assert.deepEqual(
        report[0]!.coverage.filter((gap) => gap.kind === 'parse-error'),
        [],
      );
      assert.deepEqual(styleOf(fixed), [], `${fix.title}\n${fixed}`);
      assert.match(fix.title, /^[ -~]{1,80}$/);
    }
  });
}
