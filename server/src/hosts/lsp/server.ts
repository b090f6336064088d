import type {
  Connection,
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
import { annotationCompletions, completionTriggers } from '../../features/annotations.ts';
import { readSettings, type Settings } from '../../features/settings.ts';
import type { LspHover } from '../../features/shapes.ts';
import { baselineName } from '../../project/config/baseline.ts';
import { configName } from '../../project/root.ts';
import type {
  CheckTreeResult,
  InitializationOptions,
  StatusMethod,
  TreeMethod,
  TreeParams,
} from '../../protocol.ts';
import { CodeActions } from './actions.ts';
import { answerAnnotations } from './annotations.ts';
import { Changes } from './changes.ts';
import { answerChecks } from './checks.ts';
import { type Client, clientOf } from './client.ts';
import { Diagnostics } from './diagnostics.ts';
import { OpenDocument } from './documents.ts';
import type { Engines } from './engine.ts';
import type { Host } from './host.ts';
import { Hovers } from './hover.ts';
import { Looks } from './looks.ts';
import { OpenConfigs } from './open-configs.ts';
import { IndexProgress } from './progress.ts';
import type { Project } from './project.ts';
import { concerns, Projects } from './projects.ts';
import { PullRegistration, pullOptions } from './pull-registration.ts';
import { Reviewer } from './review.ts';
import { answerRules } from './rules.ts';
import { ClientSettings } from './settings.ts';
import { DiskTexts } from './texts.ts';
import { answerTransitions } from './transition.ts';
import type { TreeSources } from './tree-check.ts';
import { Units } from './units.ts';
import { UnusedEntries } from './unused-entries.ts';
import { Workspace } from './workspace.ts';
import { WorkspaceReports } from './workspace-reports.ts';

const statusMethod: StatusMethod = 'membrane/status';
const treeMethod: TreeMethod = 'membrane/tree';

/** The language server on one connection. Answers from `engines`; never throws out of a handler. */
export class LanguageServer {
  private readonly documents = new Map<string, OpenDocument>();
  private readonly configs: OpenConfigs;
  private readonly settings: ClientSettings;
  private folders: readonly string[] = [];
  private client!: Client;
  /** Grows when a tree's own configuration changed: what was analysed before then no longer counts. */
  private generation = 0;
  private readonly disk: DiskTexts;
  private readonly projects: Projects;
  private readonly progress: IndexProgress;
  private readonly units: Units;
  private readonly changes: Changes;
  private readonly hovers: Hovers;
  private readonly looks: Looks;
  private readonly actions: CodeActions;
  private readonly diagnostics: Diagnostics;
  private readonly pulls: PullRegistration;
  private readonly reports: WorkspaceReports;
  private readonly unused: UnusedEntries;
  /** Null: whole trees cannot be checked here. */
  private readonly workspace: Workspace | null;
  private reviewer!: Reviewer;
  private watching = false;

  constructor(
    private readonly connection: Connection,
    private readonly engines: Engines,
    private readonly host: Host,
  ) {
    this.settings = new ClientSettings(connection, engines.pages.rules, host.files);
    this.disk = new DiskTexts(host.files);
    const onEdit = (uri: string) => this.guard('configuration', () => this.reconfigured([uri]));
    this.configs = new OpenConfigs({ engines, files: host.files, onEdit });
    this.progress = new IndexProgress(connection, () => this.client.titles);
    this.projects = new Projects(connection, host, {
      onStart: (project) => this.projectStarted(project),
      onEnd: (project) => this.progress.end(project),
      onState: (project) => {
        this.progress.show(project);
        this.guard('status', () => this.tellIndex(project));
      },
      onGroups: (project) => {
        for (const document of this.changes.documentsOf(project)) this.diagnostics.recheck(document);
        this.renewWorkspace();
      },
    });
    const { settings, documents, disk, projects } = this;
    this.units = new Units({ engines, settings, documents, disk, projects, folders: () => this.folders });
    const sources = { engines, units: this.units, reviewer: () => this.reviewer, documents };
    const request: LanguageServer['request'] = (...args) => this.request(...args);
    this.hovers = new Hovers(sources);
    const guard: LanguageServer['guard'] = (...args) => this.guard(...args);
    this.looks = new Looks(connection, { ...sources, request, guard });
    const recheck = (document: OpenDocument) => this.diagnostics.recheck(document);
    this.changes = new Changes({ documents, disk, projects, recheck });
    this.actions = new CodeActions({ ...sources, files: host.files, configs: this.configs, request });
    this.diagnostics = new Diagnostics(connection, {
      ...{ documents, guard },
      client: () => this.client,
      reviewer: () => this.reviewer,
      unopened: (uri) => this.reports.of(this.host.files.pathOf(uri) ?? ''),
      onClosed: (document) => this.closed(document),
    });
    this.pulls = new PullRegistration(connection);
    const { files, checkTree } = host;
    this.unused = new UnusedEntries(connection, {
      ...{ files, documents, configs: this.configs },
      presentation: () => this.client,
    });
    this.reports = new WorkspaceReports({
      isOpen: (path) => [...documents.values()].some((document) => document.path === path),
      pathOf: (uri) => files.pathOf(uri),
      uriOf: (path) => files.uriOf(path),
      pulls: () => this.client.pull,
      publish: (uri, diagnostics) => this.diagnostics.publish(uri, diagnostics),
    });
    this.workspace =
      checkTree &&
      new Workspace(connection, checkTree, this.reports, {
        ...{ ...sources, ...this.treeSources(), projects },
        generation: () => this.generation,
        counts: () => this.client.status,
        onTree: (result) => this.tellTree(result),
        onFault: (what, error) => this.report(what, error),
      });
  }

  private treeSources(): TreeSources {
    const { host, engines, settings, unused } = this;
    return { host, engines, settings, unused, folders: () => this.folders, client: () => this.client };
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
        this.renewWorkspace();
      }),
    );
    connection.onDidOpenTextDocument(({ textDocument }) =>
      this.guard('didOpen', () => {
        if (this.configs.opened(textDocument)) return;
        const document = new OpenDocument(textDocument, this.host.files.pathOf(textDocument.uri));
        this.documents.set(document.uri, document);
        this.changes.inEditor(document);
        this.diagnostics.push(document);
      }),
    );
    connection.onDidChangeTextDocument(({ textDocument, contentChanges }) =>
      this.guard('didChange', () => {
        const document = this.documents.get(textDocument.uri);
        if (document === undefined)
          return void this.configs.changed(textDocument.uri, contentChanges, textDocument.version);
        document.change(contentChanges, textDocument.version);
        this.workspace?.typing();
        this.changes.inEditor(document);
        this.diagnostics.push(document);
      }),
    );
    connection.onDidSaveTextDocument(({ textDocument }) =>
      this.guard('didSave', async () => {
        this.configs.saved(textDocument.uri);
        await this.filesChanged([textDocument.uri]);
        if (!this.client.registerFiles) this.changes.onDisk(this.disk.restat());
        this.saved(this.documents.get(textDocument.uri));
      }),
    );
    connection.onDidChangeWatchedFiles(({ changes }) =>
      this.guard('didChangeWatchedFiles', () => this.filesChanged(changes.map(({ uri }) => uri))),
    );
    connection.onDidCloseTextDocument(({ textDocument }) =>
      this.guard('didClose', async () => {
        const document = this.documents.get(textDocument.uri);
        if (document === undefined) return void this.configs.closed(textDocument.uri);
        document.closed = true;
        this.documents.delete(textDocument.uri);
        this.diagnostics.closed(document);
        await this.changes.closed(document);
      }),
    );
    connection.onHover((params, token) =>
      this.request('hover', token, null, () =>
        this.hover(params.textDocument.uri, params.position, () => token.isCancellationRequested),
      ),
    );
    connection.onCompletion((params, token) =>
      this.request('completion', token, [], () => this.complete(params.textDocument.uri, params.position)),
    );
    this.looks.listen();
    this.actions.listen(connection);
    connection.languages.diagnostics.on((params, token) =>
      this.request('diagnostic', token, { kind: 'full', items: [] }, () =>
        this.diagnostics.pull(
          params.textDocument.uri,
          params.previousResultId,
          () => token.isCancellationRequested,
        ),
      ),
    );
    connection.languages.diagnostics.onWorkspace((params, token) =>
      this.request('workspace diagnostic', token, { items: [] }, () =>
        this.reports.pull(params.previousResultIds, token),
      ),
    );
    connection.onShutdown(() => {
      this.configs.stop();
      this.projects.retain(() => false);
      this.workspace?.stop();
    });
    answerRules(connection, this.engines.pages);
    answerAnnotations(connection, {
      units: this.units,
      reviewer: () => this.reviewer,
      documents: this.documents,
      files: this.host.files,
      configs: this.configs,
      edits: () => this.client.edits,
      request: (...args) => this.request(...args),
    });
    answerTransitions(connection, {
      document: (uri) => this.documents.get(uri),
      units: this.units,
      settings: this.settings,
      reviewer: () => this.reviewer,
      request: (token, action) => this.request('transition', token, null, action),
    });
    answerChecks(connection, {
      ...this.treeSources(),
      document: (uri) => this.documents.get(uri),
      reviewer: () => this.reviewer,
      onTree: (result) => {
        this.workspace?.checked(result);
        this.tellTree(result);
      },
      renew: (document) => (this.client.pull ? this.diagnostics.refresh() : this.show(document)),
      request: (token, action) => this.request('check', token, null, action),
    });
    connection.listen();
  }

  private initialize(params: InitializeParams): InitializeResult {
    const { capabilities } = params;
    const options = (params.initializationOptions ?? {}) as InitializationOptions;
    this.client = clientOf(params, options, this.host.rulePages);
    this.folders =
      params.workspaceFolders?.map((folder) => folder.uri) ?? (params.rootUri ? [params.rootUri] : []);
    this.settings.start(capabilities.workspace?.configuration === true, options.settings, this.folders);
    const { relatedInformation, codeDescription, rulePages } = this.client;
    this.reviewer = new Reviewer(this.units, {
      presentation: { relatedInformation, codeDescription, rulePages },
      canFollow: !this.client.pull || this.client.refresh,
      generation: () => this.generation,
      onOutcome: (document) => this.show(document),
      onFault: (what, error) => this.report(what, error),
    });
    this.engines.choose(readSettings(options.settings, this.engines.pages.rules).settings.backend);
    const server: ServerCapabilities = {
      positionEncoding: 'utf-16',
      textDocumentSync: {
        openClose: true,
        change: TextDocumentSyncKind.Incremental,
        save: { includeText: false },
      },
      ...this.hovers.start(capabilities, options.commands),
      ...this.actions.start(capabilities, options.commands),
      completionProvider: { triggerCharacters: completionTriggers },
      ...this.looks.start(capabilities, options),
    };
    if (this.client.pull && !this.client.registerPull)
      server.diagnosticProvider = pullOptions(this.workspace !== null);
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
    if (this.client.registerSync) await this.configs.register(this.connection);
    if (this.client.workspaceFolders) {
      this.connection.onNotification(DidChangeWorkspaceFoldersNotification.type, ({ event }) =>
        this.guard('didChangeWorkspaceFolders', () => {
          const removed = event.removed.map((folder) => folder.uri);
          const kept = this.folders.filter((uri) => !removed.includes(uri));
          this.folders = [...kept, ...event.added.map((folder) => folder.uri)];
          this.settings.setFolders(this.folders);
          const wanted = (root: string) =>
            this.folders.length > 0 && concerns(root, this.folders, this.host.files);
          this.projects.retain(wanted);
          this.refreshAll();
          this.renewWorkspace();
        }),
      );
    }
    this.renewWorkspace();
    await this.engines.ready();
    const how = this.client.pull ? 'the client pulls diagnostics' : 'diagnostics are pushed';
    this.connection.console.info(`ready: ${this.engines.pages.rules.length} rules, ${how}`);
  }

  /** Something is new of a document: its status is told, and its diagnostics if they are others than the client has. */
  private show(document: OpenDocument): void {
    if (document.closed) return;
    this.tell(document);
    this.looks.changed(document);
    this.workspace?.reviewed(document);
    this.unused.reviewed(document);
    this.diagnostics.show(document);
  }

  /** A document is closed, and nothing that was asked of it is left: its file counts as any other does. */
  private closed(document: OpenDocument): void {
    const { uri, path } = document;
    const isFile = this.workspace !== null && path !== null && this.host.files.uriOf(path) === uri;
    if (!this.client.pull && !isFile) this.diagnostics.publish(uri, []);
    this.workspace?.closed(document);
    this.unused.reviewed(document);
  }

  /** Which trees are checked in the background, or how, may have changed. */
  private renewWorkspace(): void {
    this.guard('workspace', async () => {
      const isShown = async () => (await this.workspace?.isShown()) ?? false;
      if (this.client.pull && this.client.registerPull) await this.pulls.update(isShown);
      if (this.client.registerFiles && (await isShown())) await this.watch();
      await this.workspace?.refresh();
    });
  }

  private tellTree({ files: _, ...params }: CheckTreeResult): void {
    if (this.client.status) this.send(treeMethod, params satisfies TreeParams);
  }

  private tell(document: OpenDocument): void {
    if (!this.client.status || document.outcome === null) return;
    this.send(statusMethod, document.outcome.status);
  }

  /** Tells of the documents of a tree how far its index is. */
  private async tellIndex(project: Project): Promise<void> {
    if (!this.client.status) return;
    for (const document of this.changes.documentsOf(project)) {
      const { outcome } = document;
      if (outcome === null) continue;
      const index = (await this.units.of(document)).index(!document.linked);
      if (document.outcome !== outcome || document.closed) continue;
      if (JSON.stringify(index) === JSON.stringify(outcome.status.index)) continue;
      document.outcome = { ...outcome, status: { ...outcome.status, index } };
      this.tell(document);
    }
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
      if (!this.client.pull) this.diagnostics.push(document);
      else this.diagnostics.refresh();
    });
  }

  /** Files on the disk changed, came or went, as the client says. */
  private async filesChanged(uris: readonly string[]): Promise<void> {
    const paths = uris.flatMap((uri) => this.host.files.pathOf(uri) ?? []);
    await this.host.files.refresh(paths);
    await this.reconfigured(uris);
    this.changes.onDisk(paths);
    this.workspace?.changed(paths);
  }

  /** What trees say of themselves may be something else, on the disk or in the editor. */
  private async reconfigured(uris: readonly string[]): Promise<void> {
    const differs = await this.engines.changed(uris);
    this.unused.changed(uris, differs);
    if (!differs) return;
    this.generation++;
    this.guard('roots', () => this.rooted());
    this.refreshAll();
    this.renewWorkspace();
  }

  /** Trees may have got other roots: projects of those that are none any more end. */
  private async rooted(): Promise<void> {
    await this.engines.ready();
    const roots = new Set<string>();
    for (const { uri } of [...this.documents.values()]) {
      await this.engines.locate(uri);
      const root = this.engines.rootOf(uri);
      if (root !== null) roots.add(root);
    }
    this.projects.retain((root) => roots.has(root));
  }

  private projectStarted(project: Project): void {
    this.progress.show(project);
    for (const document of this.documents.values()) this.changes.inEditor(document);
    if (this.client.registerFiles) this.guard('watch', () => this.watch());
    this.renewWorkspace();
  }

  private async watch(): Promise<void> {
    if (this.watching) return;
    this.watching = true;
    const watchers = [{ globPattern: '**/*.{c,h}' }];
    await this.connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
  }

  private refreshAll(): void {
    this.looks.refresh();
    for (const document of this.documents.values()) this.diagnostics.push(document);
    if (this.client.pull) this.diagnostics.refresh();
  }

  /** What can be written in an annotation; nothing elsewhere. Needs no parser. */
  private async complete(uri: string, position: { line: number; character: number }) {
    const document = this.documents.get(uri);
    const settings = await this.settings.for(uri);
    if (document === undefined || settings.enable === 'off') return [];
    return [...annotationCompletions(document.text, position, this.engines.pages.rules, settings)];
  }

  private async hover(
    uri: string,
    position: { line: number; character: number },
    cancelled: () => boolean,
  ): Promise<LspHover | null> {
    const document = this.documents.get(uri);
    if (document === undefined) return null;
    const settings: Settings = await this.settings.for(uri);
    if (settings.enable === 'off') return null;
    return await this.hovers.hover(document, position, settings, cancelled);
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
