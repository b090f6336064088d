import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
// @ts-expect-error: a script without types
import { tree } from '../../scripts/outside.mjs';
// @ts-expect-error: a script without types
import { precision, readVerdicts } from '../../scripts/verdicts.mjs';

const root = process.env.MEMBRANE_ROOT ?? process.cwd();
const verdicts = readVerdicts(readFileSync(join(root, 'docs/trees.md'), 'utf8'));

test('at least 90 of 100 errors and warnings are true', () => {
  for (const [name, rows] of verdicts) {
    const { right, of } = precision(rows);
    assert.ok(of === 0 || right / of >= 0.9, `${name}: ${right} of ${of}`);
  }
});

for (const name of verdicts.keys()) {
  const version = name.replace('linux-source-', '');
  const skip = tree(version) ? false : `no tree of ${version}; MEMBRANE_TREES names the folder that has it`;
  test(`${name}: every report has a verdict, every verdict its report`, { skip }, () => {
    const script = join(root, 'scripts/trees.mjs');
    const run = spawnSync(process.execPath, [script, '--judge', '--no-build', version], { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stdout + run.stderr);
  });
}
