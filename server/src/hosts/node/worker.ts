import { parentPort, workerData } from 'node:worker_threads';
import { type CancellationToken, Cancelled } from '../../base/token.ts';
import type { Scan } from '../../project/read.ts';
import { loadBackend } from './backend.ts';
import type { Answer, JobMessage, WorkerStart } from './messages.ts';
import { searchedFiles } from './searched-files.ts';
import { Tasks } from './tasks.ts';

/** A worker thread of a check: takes jobs one after the other until it is ended. */
async function work(start: WorkerStart): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('worker.ts is no program of its own');
  const answer = (message: Answer, moved: readonly ArrayBuffer[] = []) => port.postMessage(message, moved);
  const flag = new Int32Array(start.cancelled);
  const token: CancellationToken = {
    get cancelled() {
      return Atomics.load(flag, 0) !== 0;
    },
  };
  let tasks: Tasks;
  try {
    const { fs, filter, calls } = searchedFiles(start.settings.version, start.settings.extra);
    tasks = new Tasks(fs, start.settings, await loadBackend(start.backend), filter, { fs, calls });
  } catch (error) {
    answer({ k: 'failed', message: error instanceof Error ? error.message : String(error) });
    return;
  }
  port.on('message', ({ id, job }: JobMessage) => {
    if (tasks.parserCrashed) return;
    try {
      if (token.cancelled) throw new Cancelled();
      if (job.k === 'scan') {
        const scan = tasks.scan(job.files, job.index);
        answer({ k: 'scanned', id, scan }, buffersOf(scan));
      } else {
        const result = tasks.check(job.files, token);
        answer({ k: 'checked', id, result, last: tasks.parserCrashed }, [result.found.buffer]);
      }
    } catch (error) {
      // Anything but a cancellation ends the thread, and the pool tells which file did it.
      if (!(error instanceof Cancelled)) throw error;
      answer({ k: 'cancelled', id });
    }
  });
}

/** What a scan gave for the index is handed over, not copied. */
function buffersOf({ calls }: Scan): ArrayBuffer[] {
  if (calls === undefined) return [];
  const { stamps, relevant, ends, hashes } = calls.columns;
  return [calls.files, calls.kept, stamps, relevant, ends, hashes].map(({ buffer }) => buffer as ArrayBuffer);
}

await work(workerData as WorkerStart);
