import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { type CancellationToken, Cancelled } from '../../base/token.ts';
import { unstamped } from '../../project/files.ts';
import { type Scan, scan } from '../../project/read.ts';
import { beside } from './beside.ts';
import type { Answer, JobMessage, Order, WorkerStart } from './messages.ts';
import { unpackFiles } from './packed.ts';
import { searchedFiles } from './searched-files.ts';

type Engine = typeof import('./engine-main.ts');

/**
 * A worker thread of a check: takes jobs one after the other until it is ended. Files are searched by little code; the engine is
 * in a bundle of its own, which is loaded while the thread would have to wait for its first group anyway.
 */
function work(start: WorkerStart): void {
  const port = parentPort;
  if (port === null) throw new Error('worker.ts is no program of its own');
  const answer = (message: Answer, moved: readonly ArrayBuffer[] = []) => port.postMessage(message, moved);
  const flag = new Int32Array(start.cancelled);
  const token: CancellationToken = {
    get cancelled() {
      return Atomics.load(flag, 0) !== 0;
    },
  };
  const { root, version, extra, largest } = start.settings;
  const { fs, filter, calls } = searchedFiles(version, extra);
  const stamped = start.keeps ? fs : unstamped(fs);
  let loading: ReturnType<typeof load> | null = null;
  const engine = () => {
    loading ??= load();
    return loading;
  };
  async function load(): Promise<InstanceType<Engine['Tasks']> | null> {
    try {
      const { Tasks, loadBackend }: Engine = await import(pathToFileURL(beside('engine.mjs')).href);
      return new Tasks(fs, start.settings, await loadBackend(start.backend), start.keeps);
    } catch (error) {
      answer({ k: 'failed', message: error instanceof Error ? error.message : String(error) });
      return null;
    }
  }

  async function run({ id, job }: JobMessage): Promise<void> {
    try {
      if (token.cancelled) throw new Cancelled();
      if (job.k === 'scan') {
        const known = job.index && { fs: stamped, calls, known: job.index };
        const found = scan(fs, root, unpackFiles(job.files), filter, known, largest);
        answer({ k: 'scanned', id, scan: found }, buffersOf(found));
        return;
      }
      const tasks = await engine();
      if (tasks === null || tasks.parserCrashed) return;
      const result = tasks.check(job.files, token);
      answer({ k: 'checked', id, result, last: tasks.parserCrashed }, [result.found.buffer]);
    } catch (error) {
      // Anything but a cancellation ends the thread, and the pool tells which file did it.
      if (!(error instanceof Cancelled)) throw error;
      answer({ k: 'cancelled', id });
    }
  }

  let last: Promise<unknown> = Promise.resolve();
  port.on('message', (order: Order) => {
    last = last.then(async () => void (await (order === 'get ready' ? engine() : run(order))));
  });
}

/** What a scan gave for the index is handed over, not copied. */
function buffersOf({ calls }: Scan): ArrayBuffer[] {
  if (calls === undefined) return [];
  const { stamps, relevant, ends, hashes } = calls.columns;
  return [calls.files, calls.kept, stamps, relevant, ends, hashes].map(({ buffer }) => buffer as ArrayBuffer);
}

work(workerData as WorkerStart);
