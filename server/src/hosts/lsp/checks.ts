import type { Connection } from 'vscode-languageserver';
import type {
  CheckFileMethod,
  CheckFileParams,
  CheckTreeMethod,
  CheckTreeParams,
  CheckTreeResult,
  StatusParams,
} from '../../protocol.ts';
import type { OpenDocument } from './documents.ts';
import type { Reviewer } from './review.ts';
import { checkTree, type TreeSources } from './tree-check.ts';

const checkFileMethod: CheckFileMethod = 'membrane/checkFile';
const checkTreeMethod: CheckTreeMethod = 'membrane/checkTree';

/** What the requests need of the server around them. */
export interface CheckSources extends TreeSources {
  document(uri: string): OpenDocument | undefined;
  reviewer(): Reviewer;
  /** A whole tree was checked. */
  onTree(result: CheckTreeResult): void;
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
      progress.begin(sources.client().titles.checkingTree, 0, undefined, true);
      progress.token.onCancellationRequested(() => stop.abort());
      try {
        const { uri } = params.textDocument;
        const wish = { uri, background: false, signal: stop.signal };
        const onProgress = (percent: number, message: string) => progress.report(percent, message);
        const result = await checkTree({ ...wish, onProgress }, run, sources);
        if (result !== null) sources.onTree(result);
        return result;
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
