import type {
  CancellationToken,
  ClientCapabilities,
  Connection,
  ServerCapabilities,
} from 'vscode-languageserver';
import { CodeLensRefreshRequest } from 'vscode-languageserver';
import type {
  CallersMethod,
  CallersParams,
  InitializationOptions,
  TransitionsMethod,
  TransitionsParams,
} from '../../protocol.ts';
import type { OpenDocument } from './documents.ts';
import { Lenses, type LensSources } from './lenses.ts';
import { turn } from './slices.ts';

const transitionsMethod: TransitionsMethod = 'membrane/transitions';
const callersMethod: CallersMethod = 'membrane/callers';

/** How the server runs a request: faults are logged, and `fallback` is the answer. */
export type Request = <T>(
  what: string,
  token: CancellationToken,
  fallback: T,
  action: () => Promise<T>,
) => Promise<T>;

/** What these requests need of the server around them. */
export interface LookSources extends Omit<LensSources, 'showCallers'> {
  readonly documents: ReadonlyMap<string, OpenDocument>;
  readonly request: Request;
  /** Runs what nobody waits for; faults are logged. */
  readonly guard: (what: string, action: () => Promise<void>) => void;
}

/** Lenses, hints, call hierarchy, and our own requests for lists of transitions. */
export class Looks {
  private readonly lenses: Lenses;
  private refreshLenses = false;
  private refreshHints = false;
  private showCallers: string | null = null;
  private refreshing = false;
  /** By document, the result that lenses were last told of, and the version of the text that it belongs to. */
  private readonly told = new WeakMap<
    OpenDocument,
    { readonly resultId: string; readonly version: number }
  >();

  constructor(
    private readonly connection: Connection,
    private readonly sources: LookSources,
  ) {
    this.lenses = new Lenses({ ...sources, showCallers: () => this.showCallers });
  }

  /** What the server can do of this for a client. */
  start(capabilities: ClientCapabilities, options: InitializationOptions): ServerCapabilities {
    this.refreshLenses = capabilities.workspace?.codeLens?.refreshSupport === true;
    this.refreshHints = capabilities.workspace?.inlayHint?.refreshSupport === true;
    this.showCallers = typeof options.showCallers === 'string' ? options.showCallers : null;
    return {
      codeLensProvider: {},
      inlayHintProvider: true,
      ...(options.callHierarchy === true ? { callHierarchyProvider: true } : {}),
    };
  }

  /** Attaches the handlers. */
  listen(): void {
    const { connection, lenses } = this;
    const { request } = this.sources;
    const on = async <T>(
      uri: string,
      token: CancellationToken,
      fallback: T,
      action: (document: OpenDocument, cancelled: () => boolean) => Promise<T>,
    ): Promise<T> => {
      const document = this.sources.documents.get(uri);
      if (document === undefined) return fallback;
      return await action(document, () => token.isCancellationRequested);
    };
    connection.onCodeLens(({ textDocument: { uri } }, token) =>
      request('codeLens', token, [], () =>
        on(uri, token, [], async (document, cancelled) => {
          const found = await lenses.lenses(document, cancelled);
          this.note(document);
          return found;
        }),
      ),
    );
    connection.languages.inlayHint.on(({ textDocument: { uri }, range }, token) =>
      request('inlayHint', token, [], () =>
        on(uri, token, [], async (document, cancelled) => {
          const found = await lenses.hints(document, range, cancelled);
          this.note(document);
          return found;
        }),
      ),
    );
    connection.onRequest(transitionsMethod, (params: TransitionsParams, token: CancellationToken) =>
      request('transitions', token, null, () =>
        on(String(params?.uri), token, null, (document, cancelled) =>
          lenses.transitions(document, cancelled),
        ),
      ),
    );
    connection.onRequest(callersMethod, ({ uri, position }: CallersParams, token: CancellationToken) =>
      request('callers', token, null, () =>
        on(uri, token, null, (document, cancelled) => lenses.callers(document, position, cancelled)),
      ),
    );
    const { callHierarchy } = connection.languages;
    callHierarchy.onPrepare(({ textDocument: { uri }, position }, token) =>
      request('prepareCallHierarchy', token, null, () =>
        on(uri, token, null, (document, cancelled) => lenses.item(document, position, cancelled)),
      ),
    );
    callHierarchy.onIncomingCalls(({ item: { name, uri, data } }, token) =>
      request('incomingCalls', token, [], () =>
        on(asked(data, uri), token, [], (document, cancelled) => lenses.incoming(document, name, cancelled)),
      ),
    );
    callHierarchy.onOutgoingCalls(({ item: { name, uri, data } }, token) =>
      request('outgoingCalls', token, [], () =>
        on(asked(data, uri), token, [], (document, cancelled) => lenses.outgoing(document, name, cancelled)),
      ),
    );
  }

  /** Something is new of a document although its text is the same: what stands above and behind its lines may be, too. */
  changed(document: OpenDocument): void {
    const told = this.told.get(document);
    const { outcome, version } = document;
    if (told === undefined || outcome === null) return;
    if (told.version !== version || told.resultId === outcome.resultId) return;
    this.refresh();
  }

  /** Asks the client to ask again. */
  refresh(): void {
    if (this.refreshing || !(this.refreshLenses || this.refreshHints)) return;
    this.refreshing = true;
    void turn().then(() => {
      this.refreshing = false;
      this.sources.guard('refresh', async () => {
        if (this.refreshLenses) await this.connection.sendRequest(CodeLensRefreshRequest.type);
        if (this.refreshHints) await this.connection.languages.inlayHint.refresh();
      });
    });
  }

  private note(document: OpenDocument): void {
    const resultId = document.outcome?.resultId;
    if (resultId !== undefined) this.told.set(document, { resultId, version: document.version });
  }
}

/** The document that an item of a call hierarchy was asked for in. */
function asked(data: unknown, uri: string): string {
  const own = (data as { asked?: unknown } | undefined)?.asked;
  return typeof own === 'string' ? own : uri;
}
