import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { BackendError } from '../../server/src/hosts/node/backend-error.ts';
import { WorkerPool } from '../../server/src/hosts/node/pool.ts';

/** A pool whose threads run `body` on each message; `id` and `job` are the message's. */
function pool(context: TestContext, body: string, size = 1, jobTimeout = 60_000): WorkerPool {
  const script = `
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ({ id, job }) => { ${body} });`;
  return started(context, script, size, jobTimeout);
}

function started(context: TestContext, script: string, size: number, jobTimeout: number): WorkerPool {
  const made = new WorkerPool({
    script: new URL(`data:text/javascript,${encodeURIComponent(script)}`),
    size,
    start: { settings: { root: '/', version: null }, backend: 'wasm', keeps: false },
    jobTimeout,
  });
  context.after(() => made.stop(true));
  return made;
}

const answer = "parentPort.postMessage({ k: 'checked', id, result: job.files[0] });";

/** What became of each path: its answer, or why there is none. */
async function outcomes(of: WorkerPool, paths: readonly string[]): Promise<string[]> {
  const done = await Promise.all(paths.map((path) => of.run({ k: 'check', files: [path] })));
  return done.map(({ answer: got, failure }) => failure ?? String(got?.k === 'checked' && got.result));
}

test('every job is answered, by several threads, in the order of asking', async (context) => {
  const paths = Array.from({ length: 40 }, (_, i) => `${i}`);
  assert.deepEqual(await outcomes(pool(context, answer, 3), paths), paths);
});

test('a job that brings its thread down costs itself only', async (context) => {
  const of = pool(context, `if (job.files[0] === 'bad') throw new Error('x'); ${answer}`, 2);
  const paths = ['a', 'bad', 'b', 'c', 'bad', 'd'];
  const failed = 'not analysed: the engine failed on it';
  assert.deepEqual(await outcomes(of, paths), ['a', failed, 'b', 'c', failed, 'd']);
});

test('a job that ends its thread without a word is told too', async (context) => {
  const of = pool(context, `if (job.files[0] === 'bad') process.exit(3); ${answer}`);
  assert.deepEqual(await outcomes(of, ['a', 'bad', 'b']), [
    'a',
    'not analysed: the engine failed on it',
    'b',
  ]);
});

test('a thread that says that this was its last answer is replaced, and its other jobs are done', async (context) => {
  const of = pool(
    context,
    `if (globalThis.over) return;
    globalThis.over = job.files[0] === 'last';
    parentPort.postMessage({ k: 'checked', id, result: job.files[0], last: globalThis.over });`,
  );
  const paths = ['a', 'last', 'b', 'last', 'c', 'd'];
  assert.deepEqual(await outcomes(of, paths), paths);
});

test('a thread that never answers does not keep a pool from stopping', {
  timeout: 30_000,
}, async (context) => {
  const of = pool(context, '');
  void of.run({ k: 'check', files: ['a.c'] });
  await of.stop(false);
});

test('a job that never ends is given up, the next ones are not', async (context) => {
  const of = pool(context, `if (job.files[0] === 'bad') for (;;); ${answer}`, 1, 1000);
  assert.deepEqual(await outcomes(of, ['a', 'bad', 'b']), ['a', 'not analysed: given up after 1 s', 'b']);
});

test('threads that do not start, or cannot load what they need, end the whole check', async (context) => {
  await assert.rejects(started(context, 'process.exit(1)', 2, 1000).failure, BackendError);
  const failing =
    "import { parentPort } from 'node:worker_threads'; parentPort.postMessage({ k: 'failed', message: 'no parser' });";
  await assert.rejects(started(context, failing, 1, 1000).failure, /no parser/);
});
