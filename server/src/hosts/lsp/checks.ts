import type { Connection } from 'vscode-languageserver';
import { addTo } from '../../base/maps.ts';
import { type Presentation, present, shown } from '../../features/diagnostics.ts';
import type {
  CheckFileMethod,
  CheckFileParams,
  CheckTreeMethod,
  CheckTreeParams,
  CheckTreeResult,
  StatusParams,
} from '../../protocol.ts';
import type { Diagnostic } from '../../service-types.ts';
import type { OpenDocument } from './documents.ts';
import type { Bound, Engines } from './engine.ts';
import { cacheOf, type Host, type RunTreeCheck, type TreeCheck, type TreeCheckProgress } from './host.ts';
import type { Reviewer } from './review.ts';
import type { ClientSettings } from './settings.ts';

const checkFileMethod: CheckFileMethod = 'membrane/checkFile';
const checkTreeMethod: CheckTreeMethod = 'membrane/checkTree';

/** What the requests need of the server around them. */
export interface CheckSources {
  readonly host: Host;
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

/** Answers `membrane/checkFile`, and `membrane/checkTree` where that can be done. */
export function answerChecks(connection: Connection, sources: CheckSources): void {
  connection.onRequest(checkFileMethod, (params: CheckFileParams, token) =>
    sources.request(token, () => checkFile(params.textDocument.uri, sources)),
  );
  const run = sources.host.checkTree;
  if (run === null) return;
  connection.onRequest(checkTreeMethod, (params: CheckTreeParams, token) =>
    sources.request(token, async () => {
      const stop = new AbortController();
      token.onCancellationRequested(() => stop.abort());
      const progress = await connection.window.createWorkDoneProgress();
      progress.begin('Membrane: checking the tree', 0, undefined, true);
      progress.token.onCancellationRequested(() => stop.abort());
      try {
        return await checkTree(params.textDocument.uri, sources, (check) =>
          run(check, stop.signal, (done) => progress.report(...told(done))),
        );
      } finally {
        progress.done();
      }
    }),
  );
}

async function checkFile(uri: string, sources: CheckSources): Promise<StatusParams | null> {
  const document = sources.document(uri);
  if (document === undefined) return null;
  document.outcome = null;
  const done = await sources.reviewer().review(document, () => document.closed);
  sources.renew(document);
  return done ? ((document.outcome as OpenDocument['outcome'])?.status ?? null) : null;
}

/** Percent and words. */
function told({ phase, done, total }: TreeCheckProgress): [percent: number, message: string] {
  // The search is told by files, of which there are more while folders are listed; it is a fifth of the work at most.
  const part = total === 0 ? 0 : done / total;
  const percent = Math.floor(phase === 'search' ? 20 * part : 20 + 80 * part);
  return [percent, phase === 'search' ? `${done} files searched` : `${done} of ${total} files`];
}

async function checkTree(
  uri: string,
  sources: CheckSources,
  run: (check: TreeCheck) => ReturnType<RunTreeCheck>,
): Promise<CheckTreeResult | null> {
  const { host } = sources;
  await sources.engines.ready();
  const root = sources.engines.rootOf(uri);
  if (root === null) return null;
  const settings = await sources.settings.forTree(root);
  const bound = sources.engines.bind(uri, sources.folders(), settings.tuning);
  const { engine, tree } = bound;
  if (typeof tree === 'string') return null;
  const { rules: levels, platforms } = settings;
  const options = engine.configured({ rules: [], levels, platforms });
  const outcome = await run({
    tree,
    settings,
    options,
    cache: cacheOf(host, settings.index),
  });
  if (outcome === null) return null;
  const { report, leftOut } = outcome;
  const found = report.diagnostics.filter((one) => shown(one, settings) && !engine.isKnown(one.fingerprint));
  return {
    root: host.files.uriOf(tree.root),
    filesSearched: report.stats.filesSearched,
    filesParsed: report.stats.filesParsed,
    findings: found.length,
    notAnalysed: new Set(report.coverage.map((gap) => `${gap.file}\n${gap.function}`)).size,
    problems: report.problems.map(({ file, message }) => `${file}: ${message}`),
    leftOut,
    files: filesOf(found, bound, sources),
  };
}

function filesOf(
  found: readonly Diagnostic[],
  { uriOf }: Bound,
  sources: CheckSources,
): CheckTreeResult['files'] {
  const byFile = new Map<string, Diagnostic[]>();
  for (const one of found) addTo(byFile, one.place.file, one);
  return [...byFile].flatMap(([file, all]) => {
    const uri = uriOf(file);
    if (uri === null) return [];
    const presentation = { ...sources.presentation(), uri, file, uriOf };
    return [{ uri, diagnostics: all.map((one) => present(one, presentation)) }];
  });
}
