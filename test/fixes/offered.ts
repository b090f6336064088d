import assert from 'node:assert/strict';
import { never } from '../../server/src/base/token.ts';
import { rules } from '../../server/src/rules/registry.ts';
import type { Fix } from '../../server/src/service-fixes.ts';
import type { CheckOptions } from '../../server/src/service-types.ts';
import { testService } from '../harness/fixtures.ts';

const options: CheckOptions = { rules: rules.map(({ id }) => id), levels: {}, platforms: [] };

/** What is offered for the first finding of a rule. */
export async function offered(
  rule: string,
  text: string,
  file = 'drivers/foo/ring.c',
): Promise<readonly Fix[]> {
  const service = await testService();
  const [report] = service.checkLinked([{ file, text }], options, never);
  const found = report!.diagnostics.find((one) => one.rule === rule);
  assert.ok(found, `no ${rule} in\n${text}`);
  const wanted = { fingerprint: found.fingerprint, options, message: 'none' } as const;
  return service.fixes(file, [{ file, text }], wanted, never);
}

/** Their ids, those of rewrites only. */
export async function rewritesOf(rule: string, text: string, file?: string): Promise<string[]> {
  const fixes = await offered(rule, text, file);
  return fixes.filter(({ kind }) => kind === 'refactor.rewrite').map(({ id }) => id);
}
