import { Worker } from 'node:worker_threads';
import type { StartIndex } from '../lsp/host.ts';
import type { IndexMessage, IndexStart } from '../lsp/index-messages.ts';
import { beside, isBeside } from './beside.ts';

/** What the build calls the thread's program. */
const program = 'indexer.mjs';

/** Megabytes; a kernel takes a fifth of it. */
const mostMemory = 2048;

/** Indexes a tree in a thread of this process. */
export const startIndex: StartIndex = (request, listen) => {
  if (!isBeside(program)) {
    setImmediate(() => listen({ k: 'failed', message: `${program} is not beside the server` }));
    return { send() {}, cancel() {}, stop() {} };
  }
  const cancelled = new SharedArrayBuffer(4);
  const start: IndexStart = { request, cancelled };
  const worker = new Worker(beside(program), {
    workerData: start,
    resourceLimits: { maxOldGenerationSizeMb: mostMemory, maxYoungGenerationSizeMb: 64 },
  });
  let over = false;
  const hear = (message: IndexMessage) => {
    if (over) return;
    over = message.k === 'cancelled' || message.k === 'failed';
    listen(message);
    if (over) void worker.terminate();
  };
  worker.on('message', hear);
  worker.on('error', (error: NodeJS.ErrnoException) => {
    const memory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    hear({
      k: 'failed',
      message: memory ? 'the index took too much memory' : (error.stack ?? error.message),
    });
  });
  worker.on('exit', () => hear({ k: 'failed', message: 'the thread of the index ended' }));
  // The connection keeps the process alive, nothing else.
  worker.unref();
  return {
    send: (changes) => worker.postMessage(changes),
    cancel: () => Atomics.store(new Int32Array(cancelled), 0, 1),
    stop() {
      over = true;
      void worker.terminate();
    },
  };
};
