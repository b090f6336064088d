import { fork } from 'node:child_process';
import { megabyte } from '../../project/discover.ts';
import type { RunTreeCheck, TreeCheck } from '../lsp/host.ts';
import { beside } from './beside.ts';
import type { CheckRequest } from './check.ts';
import type { TreeAnswer, TreeOrder } from './tree-messages.ts';

/** Checks a tree as the command line does, in a process of its own. */
export const checkTree: RunTreeCheck = (check, signal, onProgress) => {
  if (signal.aborted) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const child = fork(beside('checker.mjs'), [], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const stop = () => child.kill('SIGKILL');
    signal.addEventListener('abort', stop);
    let answer: TreeAnswer | null = null;
    child.on('message', (said: TreeAnswer) => {
      if (said.k === 'progress') onProgress(said);
      else answer = said;
    });
    // It may be stopped before it has heard what to do; then that is no fault.
    child.on('error', (error) => (signal.aborted ? resolve(null) : reject(error)));
    const exited = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
    // What it said last may come after it has ended.
    const heard = new Promise<void>((done) => child.once('disconnect', () => done()));
    void Promise.all([exited, heard]).then(([code]) => {
      signal.removeEventListener('abort', stop);
      const said = answer as TreeAnswer | null;
      if (said?.k === 'done') resolve(said);
      else if (signal.aborted) resolve(null);
      else
        reject(new Error(said?.k === 'failed' ? said.message : `the check of the tree ended with ${code}`));
    });
    const order: TreeOrder = { request: requestOf(check), background: check.background };
    child.send(order);
  });
};

function requestOf({ tree, paths, settings, options, cache }: TreeCheck): CheckRequest {
  const { index, backend, tuning } = settings;
  return {
    root: tree.root,
    version: tree.version,
    extra: tree.extra,
    options,
    paths,
    wholeTree: true,
    exclude: index.exclude,
    configExclude: tree.exclude,
    jobs: index.jobs,
    backend,
    tuning,
    largest: index.maxFileMegabytes * megabyte,
    cache,
  };
}
