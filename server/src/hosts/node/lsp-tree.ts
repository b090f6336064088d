import { fork } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import type { Connection } from 'vscode-languageserver';
import { addTo } from '../../base/maps.ts';
import { type Presentation, present, shown } from '../../features/diagnostics.ts';
import type { Settings } from '../../features/settings.ts';
import type {
  CheckFileMethod,
  CheckFileParams,
  CheckTreeMethod,
  CheckTreeParams,
  CheckTreeResult,
  StatusParams,
} from '../../protocol.ts';
import type { Diagnostic } from '../../service-types.ts';
import { beside } from './beside.ts';
import { defaultCacheFolder } from './cache-folder.ts';
import type { CheckRequest } from './check.ts';
import type { OpenDocument } from './lsp-documents.ts';
import type { Bound, Engines, Tree } from './lsp-engine.ts';
import type { Reviewer } from './lsp-review.ts';
import type { ClientSettings } from './lsp-settings.ts';
import type { TreeAnswer } from './tree-messages.ts';

const checkFileMethod: CheckFileMethod = 'membrane/checkFile';
const checkTreeMethod: CheckTreeMethod = 'membrane/checkTree';

/** What the requests need of the server around them. */
export interface CheckHost {
  readonly engines: Engines;
  readonly settings: ClientSettings;
  document(uri: string): OpenDocument | undefined;
  folders(): readonly string[];
  reviewer(): Reviewer;
  presentation(): Pick<Presentation, 'relatedInformation' | 'codeDescription' | 'rulePages'>;
  /** The client shows again what a document gives. */
  renew(document: OpenDocument): void;
  request<T>(
    token: { readonly isCancellationRequested: boolean },
    action: () => Promise<T | null>,
  ): Promise<T | null>;
}

/** Answers `membrane/checkFile` and `membrane/checkTree`. */
export function answerChecks(connection: Connection, host: CheckHost): void {
  connection.onRequest(checkFileMethod, (params: CheckFileParams, token) =>
    host.request(token, () => checkFile(params.textDocument.uri, host)),
  );
  connection.onRequest(checkTreeMethod, (params: CheckTreeParams, token) =>
    host.request(token, async () => {
      const stop = new AbortController();
      token.onCancellationRequested(() => stop.abort());
      const progress = await connection.window.createWorkDoneProgress();
      progress.begin('Membrane: checking the tree', 0, undefined, true);
      progress.token.onCancellationRequested(() => stop.abort());
      try {
        return await checkTree(params.textDocument.uri, host, stop.signal, (percent, message) =>
          progress.report(percent, message),
        );
      } finally {
        progress.done();
      }
    }),
  );
}

async function checkFile(uri: string, host: CheckHost): Promise<StatusParams | null> {
  const document = host.document(uri);
  if (document === undefined) return null;
  document.outcome = null;
  const done = await host.reviewer().review(document, () => document.closed);
  host.renew(document);
  return done ? ((document.outcome as OpenDocument['outcome'])?.status ?? null) : null;
}

async function checkTree(
  uri: string,
  host: CheckHost,
  signal: AbortSignal,
  onProgress: (percent: number, message: string) => void,
): Promise<CheckTreeResult | null> {
  await host.engines.ready();
  const bound = host.engines.bind(uri, host.folders());
  const { tree } = bound;
  if (typeof tree === 'string') return null;
  const settings = await host.settings.forTree(tree.root);
  const outcome = await runInProcess(requestOf(tree, bound, settings), signal, ({ phase, done, total }) => {
    // The search is told by files, of which there are more while folders are listed; it is a fifth of the work at most.
    const part = total === 0 ? 0 : done / total;
    const percent = phase === 'search' ? 20 * part : 20 + 80 * part;
    onProgress(
      Math.floor(percent),
      phase === 'search' ? `${done} files searched` : `${done} of ${total} files`,
    );
  });
  if (outcome === null) return null;
  const { report, leftOut } = outcome;
  const found = report.diagnostics.filter(
    (one) => shown(one, settings) && !bound.engine.isKnown(one.fingerprint),
  );
  return {
    root: pathToFileURL(tree.root).href,
    filesSearched: report.stats.filesSearched,
    filesParsed: report.stats.filesParsed,
    findings: found.length,
    notAnalysed: new Set(report.coverage.map((gap) => `${gap.file}\n${gap.function}`)).size,
    problems: report.problems.map(({ file, message }) => `${file}: ${message}`),
    leftOut,
    files: filesOf(found, bound, host),
  };
}

function requestOf(tree: Tree, { engine }: Bound, settings: Settings): CheckRequest {
  const { index, backend } = settings;
  const folder = index.cacheDirectory === '' ? defaultCacheFolder() : index.cacheDirectory;
  return {
    root: tree.root,
    version: tree.version,
    extra: tree.extra,
    options: engine.configured({ rules: [], levels: settings.rules, platforms: settings.platforms }),
    paths: [tree.root],
    wholeTree: true,
    exclude: index.exclude,
    configExclude: tree.exclude,
    jobs: index.jobs,
    backend,
    cache: index.cacheMegabytes === 0 ? null : folder,
  };
}

function filesOf(found: readonly Diagnostic[], { uriOf }: Bound, host: CheckHost): CheckTreeResult['files'] {
  const byFile = new Map<string, Diagnostic[]>();
  for (const one of found) addTo(byFile, one.place.file, one);
  return [...byFile].flatMap(([file, all]) => {
    const uri = uriOf(file);
    if (uri === null) return [];
    const presentation = { ...host.presentation(), uri, file, uriOf };
    return [{ uri, diagnostics: all.map((one) => present(one, presentation)) }];
  });
}

/** Null if it was stopped. @throws Error if the check fails */
function runInProcess(
  request: CheckRequest,
  signal: AbortSignal,
  onProgress: (progress: Extract<TreeAnswer, { k: 'progress' }>) => void,
): Promise<Extract<TreeAnswer, { k: 'done' }> | null> {
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
    child.send(request);
  });
}
