import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { packFiles } from '../../server/src/hosts/node/packed.ts';
import { WorkerPool } from '../../server/src/hosts/node/pool.ts';
import { hashName } from '../../server/src/project/call-names.ts';
import { IndexUpdate } from '../../server/src/project/index-update.ts';
import type { Scan } from '../../server/src/project/read.ts';
import { bad, folder } from './harness.ts';

/** Real worker threads over a folder. */
function scanner(context: TestContext, root: string) {
  const pool = new WorkerPool({
    script: join(process.env.MEMBRANE_ROOT!, 'dist/worker.mjs'),
    size: 2,
    start: { settings: { root, version: null }, backend: 'wasm', keeps: true },
    jobTimeout: 60_000,
  });
  context.after(() => pool.stop(true));
  return async (files: readonly string[], index?: Float64Array): Promise<Scan> => {
    const found = files.map((file) => ({ path: `${root}/${file}`, named: false }));
    const { answer, failure } = await pool.run({
      k: 'scan',
      files: packFiles(found),
      ...(index && { index }),
    });
    assert.equal(failure, null);
    assert.equal(answer?.k, 'scanned');
    return (answer as Extract<typeof answer, { k: 'scanned' }>).scan;
  };
}

const files = ['a.c', 'large.c', 'none.c', 'small.h'];

const contents = {
  'a.c': bad,
  // More than fits into the buffer that is searched with.
  'large.c': `f(\n${' '.repeat(5 * 1024 * 1024)}last (`,
  'small.h': 'x(y(',
};

test('workers find the calls of small files and large ones, and say what they could not read', async (context) => {
  const scan = scanner(context, folder(context, contents));
  const { relevant, problems, calls } = await scan(files, new Float64Array());
  assert.deepEqual(
    [relevant.length, problems],
    [1, [{ file: 'none.c', message: 'is not there (any more)' }]],
  );
  assert.deepEqual([[...calls!.files], [...calls!.kept]], [[0, 1, 3], []]);
  const { hashes, ends, relevant: flags } = calls!.columns;
  assert.deepEqual([...flags], [1, 0, 0]);
  const names = [
    ['bad', '__get_free_page', 'set_memory_decrypted', 'free_page'],
    ['f', 'last'],
    ['x', 'y'],
  ];
  let start = 0;
  for (const [i, end] of ends.entries()) {
    assert.deepEqual([...hashes.subarray(start, end)], names[i]!.map(hashName));
    start = end;
  }
});

test('without a wish for an index a scan has none', async (context) => {
  const scan = scanner(context, folder(context, contents));
  const found = await scan(files);
  assert.deepEqual([Object.keys(found), found.relevant.length], [['relevant', 'problems'], 1]);
});

test('workers read again what is new, changed or young, and nothing else', async (context) => {
  const root = folder(context, contents);
  const scan = scanner(context, root);
  const taken = Date.now() + 60_000;
  const first = new IndexUpdate(null, taken);
  const part = first.part(files);
  first.scanned(part, (await scan(files, part.known)).calls!);
  const { index, added } = first.finish();
  assert.deepEqual(added, ['a.c', 'large.c', 'small.h']);

  writeFileSync(join(root, 'small.h'), 'x(yy(');
  writeFileSync(join(root, 'none.c'), 'g(');
  rmSync(join(root, 'large.c'));
  const second = new IndexUpdate(index, taken);
  const again = second.part(files);
  const { calls, relevant } = await scan(files, again.known);
  assert.deepEqual([[...calls!.kept], [...calls!.files], relevant], [[0], [2, 3], []]);
  second.scanned(again, calls!);
  const result = second.finish();
  assert.deepEqual([result.added, result.changed, result.gone], [['none.c'], ['small.h'], ['large.c']]);
  assert.deepEqual([result.index.files, result.index.relevant()], [['a.c', 'none.c', 'small.h'], ['a.c']]);
  assert.deepEqual([result.index.filesNaming('yy'), result.index.filesNaming('y')], [['small.h'], []]);
});
