import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { never } from '../../server/src/base/token.ts';
import { createStages } from '../../server/src/project/stages.ts';
import { rules } from '../../server/src/rules/registry.ts';
import { Service } from '../../server/src/service.ts';
import type { CheckOptions, FileReport } from '../../server/src/service-types.ts';
import { testBackend } from './backend.ts';
import { differences, type Fixture, misnamed, readFixture, rewritten } from './expectations.ts';

/** The repository's root. */
export const root = process.env.MEMBRANE_ROOT ?? process.cwd();

let service: Promise<Service> | undefined;

/** One service with all rules over the WASM backend; the newest kernel. */
export function testService(): Promise<Service> {
  service ??= testBackend().then(
    (backend) =>
      new Service({
        stages: createStages(backend),
        version: null,
        rules,
        onCrash: ({ file, function: name, stage, error }) =>
          console.error(`${file}: ${name}: ${stage}:`, error),
      }),
  );
  return service;
}

/** The default rules and some more. */
export function optionsFor(more: readonly string[]): CheckOptions {
  const wanted = rules.filter((rule) => rule.onByDefault || more.includes(rule.id));
  return { rules: wanted.map((rule) => rule.id), levels: {}, platforms: [] };
}

/** Runs a fixture as every front end would. */
export async function runFixture(fixture: Fixture): Promise<FileReport> {
  const front = await testService();
  return front.checkText(fixture.file, fixture.source, optionsFor(fixture.rules), never);
}

/** What the analysis could not do is a fault of a fixture, or of the engine: one line each. */
export function gaps(fixture: Fixture, report: FileReport): string[] {
  return report.coverage
    .filter((entry) => ['crash', 'parse-error', 'havoc', 'dropped-arm'].includes(entry.kind))
    .map((entry) => `${entry.kind.padEnd(10)} ${fixture.name}: ${entry.function}(): ${entry.reason}`);
}

/**
 * Checks a file of C with expectations. `UPDATE=1` writes what holds now into it, unless the names of its functions say
 * otherwise; `UPDATE=columns` only where rules, lines and levels are as expected.
 */
export async function checkFixture(path: string): Promise<void> {
  const text = readFileSync(join(root, path), 'utf8');
  const fixture = readFixture(path, text);
  const report = await runFixture(fixture);
  const wrong = differences(fixture, report.diagnostics);
  if (updates(wrong)) {
    const now = rewritten(fixture, report.diagnostics);
    assert.deepEqual(misnamed(readFixture(path, now)), []);
    if (now !== text) writeFileSync(join(root, path), now);
    return;
  }
  assert.deepEqual([...misnamed(fixture), ...gaps(fixture, report), ...wrong], []);
}

/** Whether these differences are to be written down instead of reported. */
export function updates(wrong: readonly string[]): boolean {
  if (process.env.UPDATE === '1') return true;
  return process.env.UPDATE === 'columns' && wrong.every((line) => /^(columns|step) /.test(line));
}
