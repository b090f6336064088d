import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type CancellationToken, Cancelled, never } from '../../base/token.ts';
import type { FileChange, IndexMessage, IndexStart } from '../lsp/index-messages.ts';
import { indexFailure, type TreeIndex } from '../lsp/tree-index.ts';
import { indexTree } from './index-tree.ts';

/** The thread that keeps the index of one tree for the language server. */
async function work({ request, cancelled }: IndexStart): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('index-worker.ts is no program of its own');
  const say = (message: IndexMessage) => port.postMessage(message);
  const flag = new Int32Array(cancelled);
  const token: CancellationToken = {
    get cancelled() {
      return Atomics.load(flag, 0) !== 0;
    },
  };
  let told = -1;
  let last = '';
  const group = (index: TreeIndex, by: CancellationToken) => {
    const grouping = index.grouping(by);
    const text = JSON.stringify(grouping);
    if (text !== last) say({ k: 'grouped', grouping });
    last = text;
  };
  try {
    const index = await indexTree(request, {
      token,
      onProgress(percent) {
        if (percent > told) say({ k: 'progress', percent });
        told = percent;
      },
      onNote: (message) => say({ k: 'note', message }),
    });
    // What waits is taken at once: documents that were opened meanwhile.
    index.take(waiting());
    group(index, token);
    port.on('message', (changes: readonly FileChange[]) => {
      try {
        if (index.take([...changes, ...waiting()])) group(index, never);
      } catch (error) {
        say({ k: 'note', message: indexFailure(error) });
      }
    });
  } catch (error) {
    say(error instanceof Cancelled ? { k: 'cancelled' } : { k: 'failed', message: indexFailure(error) });
  }

  function waiting(): FileChange[] {
    const changes: FileChange[] = [];
    for (let next = receiveMessageOnPort(port!); next; next = receiveMessageOnPort(port!))
      changes.push(...(next.message as readonly FileChange[]));
    return changes;
  }
}

await work(workerData as IndexStart);
