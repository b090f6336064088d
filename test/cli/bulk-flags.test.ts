import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { setUpForBulk } from '../../server/src/hosts/node/bulk-flags.ts';

test('flags of V8 are those that it knows: none for a version that nobody has tried', () => {
  assert.deepEqual(setUpForBulk('99.1.2'), []);
  const flags = setUpForBulk();
  const { stderr, status } = spawnSync(process.execPath, [...flags, '-e', '0'], { encoding: 'utf8' });
  assert.deepEqual([stderr, status], ['', 0]);
});
