import { constants, setPriority } from 'node:os';
import { loadBackend } from './backend.ts';
import { runCheck } from './check.ts';
import { NodeFileSystem } from './files.ts';
import type { TreeAnswer, TreeOrder } from './tree-messages.ts';

/**
 * A check of a whole tree in a process of its own: it wants all threads and other flags of V8 than a server that answers, and
 * what it needs is given back when it ends. One request comes in, progress and an outcome go out; killing it stops it.
 */
process.once('message', ({ request, background }: TreeOrder) => {
  if (background) comeLast();
  const say = (answer: TreeAnswer, sent?: () => void) =>
    process.send?.(answer, undefined, {}, () => sent?.());
  const end = (code: number) => () => process.exit(code);
  const observer = {
    token: { cancelled: false },
    onProgress: ({ phase, done, total }: { phase: 'search' | 'check'; done: number; total: number }) =>
      say({ k: 'progress', phase, done, total }),
  };
  runCheck({ fs: new NodeFileSystem(), loadBackend, threads: true }, request, observer).then(
    ({ report, leftOut, unnamed }) => say({ k: 'done', report, leftOut, unnamed }, end(0)),
    (error: unknown) =>
      say({ k: 'failed', message: error instanceof Error ? error.message : String(error) }, end(1)),
  );
});

/** Before there are threads: they take it over. */
function comeLast(): void {
  try {
    setPriority(constants.priority.PRIORITY_LOW);
  } catch {
    // Then it is like any other.
  }
}

// Whoever asked is gone.
process.once('disconnect', () => process.exit(1));
