import type {
  Connection,
  DocumentDiagnosticReport,
  InitializeParams,
  InitializeResult,
  ServerCapabilities,
} from 'vscode-languageserver';
import {
  DidChangeWatchedFilesNotification,
  DidChangeWorkspaceFoldersNotification,
  LSPErrorCodes,
  ResponseError,
  TextDocumentSyncKind,
} from 'vscode-languageserver';
import { Cancelled } from '../../base/token.ts';
import { shown as isShown, present } from '../../features/diagnostics.ts';
import { hover } from '../../features/hover.ts';
import { settle } from '../../features/keep.ts';
import { readSettings, type Settings } from '../../features/settings.ts';
import type { LspDiagnostic, LspHover } from '../../features/shapes.ts';
import { skipped, status } from '../../features/status.ts';
import { baselineName } from '../../project/config/baseline.ts';
import { configName } from '../../project/root.ts';
import type {
  InitializationOptions,
  RulePageMethod,
  RulePageParams,
  RulesMethod,
  StatusMethod,
} from '../../protocol.ts';
import { OpenDocument } from './lsp-documents.ts';
import type { Engines } from './lsp-engine.ts';
import { ClientSettings } from './lsp-settings.ts';
import { sliced } from './lsp-slices.ts';

const statusMethod: StatusMethod = 'membrane/status';
const rulesMethod: RulesMethod = 'membrane/rules';
const rulePageMethod: RulePageMethod = 'membrane/rulePage';

/** What the client can do, as far as it changes an answer. */
interface Client {
  readonly pull: boolean;
  readonly refresh: boolean;
  readonly relatedInformation: boolean;
  readonly codeDescription: boolean;
  readonly markdown: boolean;
  readonly registerConfiguration: boolean;
  readonly registerFiles: boolean;
  readonly workspaceFolders: boolean;
  readonly status: boolean;
  readonly rulePages: string | null;
}

/** The language server on one connection. Answers from `engines`; never throws out of a handler. */
export class LanguageServer {
  private readonly documents = new Map<string, OpenDocument>();
  private readonly settings: ClientSettings;
  private folders: readonly string[] = [];
  private client!: Client;
  /** Grows when a tree's own configuration changed: what was analysed before then no longer counts. */
  private generation = 0;

  /** `rulePages`: where rule pages are for a client that does not say; a URI that ends in `/`, or null. */
  constructor(
    private readonly connection: Connection,
    private readonly engines: Engines,
    private readonly rulePages: string | null,
  ) {
    this.settings = new ClientSettings(connection, engines.pages.rules);
  }

  /** Attaches all handlers and starts to listen. */
  listen(): void {
    const { connection } = this;
    connection.onInitialize((params) => this.initialize(params));
    connection.onInitialized(() => this.guard('initialized', () => this.initialized()));
    connection.onDidChangeConfiguration((params) =>
      this.guard('didChangeConfiguration', () => {
        this.settings.changed(params.settings);
        this.refreshAll();
      }),
    );
    connection.onDidOpenTextDocument(({ textDocument }) =>
      this.guard('didOpen', () => {
        const { uri, languageId, version, text } = textDocument;
        const document = new OpenDocument(uri, languageId, version, text);
        this.documents.set(uri, document);
        this.push(document);
      }),
    );
    connection.onDidChangeTextDocument(({ textDocument, contentChanges }) =>
      this.guard('didChange', () => {
        const document = this.documents.get(textDocument.uri);
        if (document === undefined) return;
        document.change(contentChanges, textDocument.version);
        this.push(document);
      }),
    );
    connection.onDidSaveTextDocument(({ textDocument }) =>
      this.guard('didSave', () => {
        this.filesChanged([textDocument.uri]);
        this.saved(this.documents.get(textDocument.uri));
      }),
    );
    connection.onDidChangeWatchedFiles(({ changes }) =>
      this.guard('didChangeWatchedFiles', () => this.filesChanged(changes.map(({ uri }) => uri))),
    );
    connection.onDidCloseTextDocument(({ textDocument }) =>
      this.guard('didClose', () => {
        const document = this.documents.get(textDocument.uri);
        if (document === undefined) return;
        document.closed = true;
        this.documents.delete(textDocument.uri);
        if (!this.client.pull) this.publish(textDocument.uri, []);
      }),
    );
    connection.onHover((params, token) =>
      this.request('hover', token, null, () => this.hover(params.textDocument.uri, params.position)),
    );
    connection.languages.diagnostics.on((params, token) =>
      this.request('diagnostic', token, { kind: 'full', items: [] }, () =>
        this.pull(params.textDocument.uri, params.previousResultId, () => token.isCancellationRequested),
      ),
    );
    connection.onRequest(rulesMethod, () => this.engines.pages.rules.map(({ id, title }) => ({ id, title })));
    connection.onRequest(rulePageMethod, (params: RulePageParams) =>
      this.engines.pages.page(String(params?.id)),
    );
    connection.listen();
  }

  private initialize(params: InitializeParams): InitializeResult {
    const { capabilities } = params;
    const options = (params.initializationOptions ?? {}) as InitializationOptions;
    const published = capabilities.textDocument?.publishDiagnostics;
    const pulled = capabilities.textDocument?.diagnostic;
    const details = pulled?.relatedInformation === undefined ? published : pulled;
    const formats = capabilities.textDocument?.hover?.contentFormat;
    this.client = {
      pull: pulled !== undefined,
      refresh: capabilities.workspace?.diagnostics?.refreshSupport === true,
      relatedInformation: details?.relatedInformation === true,
      codeDescription:
        (pulled ?? published)?.codeDescriptionSupport === true || published?.codeDescriptionSupport === true,
      markdown: formats === undefined || formats.includes('markdown'),
      registerConfiguration: capabilities.workspace?.didChangeConfiguration?.dynamicRegistration === true,
      registerFiles: capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
      workspaceFolders: capabilities.workspace?.workspaceFolders === true,
      status: options.status === true,
      rulePages: typeof options.rulePages === 'string' ? options.rulePages : this.rulePages,
    };
    this.folders =
      params.workspaceFolders?.map((folder) => folder.uri) ?? (params.rootUri ? [params.rootUri] : []);
    this.settings.start(capabilities.workspace?.configuration === true, options.settings, this.folders);
    this.engines.choose(readSettings(options.settings, this.engines.pages.rules).settings.backend);
    const server: ServerCapabilities = {
      positionEncoding: 'utf-16',
      textDocumentSync: {
        openClose: true,
        change: TextDocumentSyncKind.Incremental,
        save: { includeText: false },
      },
      hoverProvider: true,
    };
    if (this.client.pull) {
      server.diagnosticProvider = {
        identifier: 'membrane',
        interFileDependencies: false,
        workspaceDiagnostics: false,
      };
    }
    if (this.client.workspaceFolders) {
      server.workspace = { workspaceFolders: { supported: true, changeNotifications: true } };
    }
    return { capabilities: server, serverInfo: { name: 'membrane' } };
  }

  private async initialized(): Promise<void> {
    if (this.client.registerConfiguration) await this.settings.listen();
    if (this.client.registerFiles) {
      const watchers = [configName, baselineName].map((name) => ({ globPattern: `**/${name}` }));
      await this.connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
    }
    if (this.client.workspaceFolders) {
      this.connection.onNotification(DidChangeWorkspaceFoldersNotification.type, ({ event }) =>
        this.guard('didChangeWorkspaceFolders', () => {
          const removed = event.removed.map((folder) => folder.uri);
          const kept = this.folders.filter((uri) => !removed.includes(uri));
          this.folders = [...kept, ...event.added.map((folder) => folder.uri)];
          this.settings.setFolders(this.folders);
          this.refreshAll();
        }),
      );
    }
    await this.engines.ready();
    const how = this.client.pull ? 'the client pulls diagnostics' : 'diagnostics are pushed';
    this.connection.console.info(`ready: ${this.engines.pages.rules.length} rules, ${how}`);
  }

  /** Analyses a document and publishes what was found, for clients that do not ask by themselves. */
  private push(document: OpenDocument): void {
    if (this.client.pull) return;
    const ticket = ++document.ticket;
    const givenUp = () => document.ticket !== ticket || document.closed;
    this.guard('diagnostics', async () => {
      const before = document.outcome?.resultId;
      if (!(await this.analyse(document, givenUp))) return;
      if (document.outcome?.resultId !== before)
        this.publish(document.uri, this.visible(document), document.version);
    });
  }

  private async pull(
    uri: string,
    previous: string | undefined,
    cancelled: () => boolean,
  ): Promise<DocumentDiagnosticReport> {
    const document = this.documents.get(uri);
    if (document === undefined) return { kind: 'full', items: [] };
    const { version } = document;
    const givenUp = () => document.closed || cancelled() || document.version !== version;
    if (!(await this.analyse(document, givenUp))) {
      throw new ResponseError(LSPErrorCodes.ServerCancelled, 'the document changed', {
        retriggerRequest: true,
      });
    }
    const resultId = document.outcome?.resultId ?? '';
    if (previous === resultId) return { kind: 'unchanged', resultId };
    return { kind: 'full', resultId, items: this.visible(document) };
  }

  /** Brings `outcome` and `shown` up to date; false if `givenUp` said so before that was done. */
  private async analyse(document: OpenDocument, givenUp: () => boolean): Promise<boolean> {
    const [settings] = await Promise.all([this.settings.for(document.uri), this.engines.ready()]);
    // Two turns: changes that wait in the pipe come first, and each of them gives this analysis up.
    await turn();
    await turn();
    if (givenUp()) return false;
    const { version } = document;
    const wanted = JSON.stringify([this.generation, settings]);
    const resultId = `${version}:${wanted}`;
    if (document.outcome?.resultId === resultId) return true;
    if (settings.enable === 'off') return this.skip(document, resultId, wanted, 'off');
    if (settings.run === 'onSave' && document.dirty && document.outcome !== null) {
      document.outcome = { ...document.outcome, resultId };
      return true;
    }
    const { engine, file, uriOf } = this.engines.bind(document.uri, this.folders);
    const { text } = document;
    if (engine.excludes(file)) return this.skip(document, resultId, wanted, 'excluded');
    if (!engine.matters(text)) return this.skip(document, resultId, wanted, 'no-transition');
    const options = { rules: [], levels: settings.rules, platforms: settings.platforms };
    const started = performance.now();
    try {
      const analysis = await sliced((token) => engine.check(file, text, options, token), givenUp);
      if (analysis === null) return false;
      const { report } = analysis;
      const presentation = {
        uri: document.uri,
        file,
        uriOf,
        relatedInformation: this.client.relatedInformation,
        codeDescription: this.client.codeDescription,
        rulePages: this.client.rulePages,
      };
      const broken = report.coverage.filter((gap) => gap.kind === 'parse-error');
      const before = document.outcome?.settings === wanted ? document.shown : null;
      const shown = settle(before, {
        text,
        diagnostics: report.diagnostics
          .filter((diagnostic) => isShown(diagnostic, settings))
          .map((diagnostic) => present(diagnostic, presentation)),
        functions: analysis.functions,
        broken: new Set(broken.map((gap) => gap.function)),
      });
      document.shown = shown;
      const milliseconds = performance.now() - started;
      const lineAt = (offset: number) => document.lineAt(offset);
      const { functions } = analysis;
      const told = status({
        uri: document.uri,
        version,
        functions,
        lineAt,
        report,
        shown,
        settings,
        config: analysis.config,
        milliseconds,
      });
      document.outcome = { resultId, settings: wanted, status: told };
      this.tell(document);
    } catch (error) {
      if (error instanceof Cancelled) return false;
      this.report(`analysis of ${file}`, error);
      // What was shown stays, moved with the text: an analysis that fails says nothing about the code.
      document.outcome = { resultId, settings: wanted, status: skipped(document.uri, version, 'failed') };
      this.tell(document);
    }
    return true;
  }

  private skip(
    document: OpenDocument,
    resultId: string,
    settings: string,
    why: 'off' | 'no-transition' | 'excluded',
  ): true {
    const first = document.outcome?.status.skipped !== why;
    document.shown = null;
    document.outcome = { resultId, settings, status: skipped(document.uri, document.version, why) };
    if (first) this.tell(document);
    return true;
  }

  private tell(document: OpenDocument): void {
    if (!this.client.status || document.outcome === null) return;
    this.send(statusMethod, document.outcome.status);
  }

  private visible(document: OpenDocument): LspDiagnostic[] {
    return [...(document.shown?.diagnostics ?? [])];
  }

  private publish(uri: string, diagnostics: LspDiagnostic[], version?: number): void {
    void this.connection.sendDiagnostics(
      version === undefined ? { uri, diagnostics } : { uri, version, diagnostics },
    );
  }

  private send(method: string, params: unknown): void {
    void this.connection.sendNotification(method, params);
  }

  private saved(document: OpenDocument | undefined): void {
    if (document === undefined) return;
    document.dirty = false;
    this.guard('didSave', async () => {
      const { run } = await this.settings.for(document.uri);
      if (run !== 'onSave') return;
      document.outcome = null;
      if (!this.client.pull) this.push(document);
      else if (this.client.refresh) await this.connection.languages.diagnostics.refresh();
    });
  }

  /** Files of the tree's configuration may be among those that changed on the disk. */
  private filesChanged(uris: readonly string[]): void {
    if (!this.engines.changed(uris)) return;
    this.generation++;
    this.refreshAll();
  }

  private refreshAll(): void {
    for (const document of this.documents.values()) this.push(document);
    if (this.client.pull && this.client.refresh) {
      this.guard('refresh', () => this.connection.languages.diagnostics.refresh());
    }
  }

  private async hover(uri: string, position: { line: number; character: number }): Promise<LspHover | null> {
    const document = this.documents.get(uri);
    if (document === undefined) return null;
    const settings: Settings = await this.settings.for(uri);
    if (settings.enable === 'off') return null;
    await this.engines.ready();
    const { engine, file } = this.engines.bind(uri, this.folders);
    return hover({
      lineText: document.lineText(position.line),
      position,
      diagnostics: this.visible(document),
      settings,
      markdown: this.client.markdown,
      call: (name) => engine.call(name, file, settings.platforms),
      pages: this.engines.pages,
    });
  }

  /** Runs the handler of a notification; whatever it throws is logged and forgotten. */
  private guard(what: string, action: () => void | Promise<void>): void {
    try {
      const done = action();
      if (done instanceof Promise) done.catch((error: unknown) => this.report(what, error));
    } catch (error) {
      this.report(what, error);
    }
  }

  /** Runs the handler of a request; on a fault logs it and answers `fallback`. */
  private async request<T>(
    what: string,
    token: { readonly isCancellationRequested: boolean },
    fallback: T,
    action: () => Promise<T>,
  ): Promise<T> {
    try {
      const result = await action();
      if (!token.isCancellationRequested) return result;
    } catch (error) {
      if (error instanceof ResponseError) throw error;
      this.report(what, error);
      return fallback;
    }
    throw new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled');
  }

  private report(what: string, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.connection.console.error(`${what}: ${text}`);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
