import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { setUpForBulk, setUpForSession } from '../../server/src/hosts/node/v8-flags.ts';

for (const setUp of [setUpForBulk, setUpForSession])
  test(`${setUp.name}: flags of V8 are those that it knows, none for a version that nobody has tried`, () => {
    assert.deepEqual(setUp('99.1.2'), []);
    const { stderr, status } = spawnSync(process.execPath, [...setUp(), '-e', '0'], { encoding: 'utf8' });
    assert.deepEqual([stderr, status], ['', 0]);
  });
