import type { Diagnostic, Disposable, LogOutputChannel, TextDocument, Uri, WorkspaceEdit } from 'vscode';
import { EventEmitter, window, workspace } from 'vscode';
import type {
  BaseLanguageClient,
  LanguageClientOptions,
  Diagnostic as ServerDiagnostic,
  WorkspaceEdit as ServerEdit,
} from 'vscode-languageclient';
import type {
  AnnotateMethod,
  AnnotateParams,
  AnnotationsMethod,
  AnnotationsParams,
  AnnotationsResult,
  CallersMethod,
  CallersParams,
  CallersResult,
  CheckFileMethod,
  CheckFileParams,
  CheckTreeMethod,
  CheckTreeParams,
  CheckTreeResult,
  ClientCommand,
  EditResult,
  InitializationOptions,
  RulePageMethod,
  RulePageParams,
  RulePageResult,
  RulesMethod,
  RulesResult,
  StatusMethod,
  StatusParams,
  SuppressMethod,
  SuppressParams,
  TransitionMethod,
  TransitionParams,
  TransitionResult,
  TransitionsMethod,
  TransitionsParams,
  TransitionsResult,
  TreeMethod,
  TreeParams,
} from '../../server/src/protocol.ts';
import { provideHover } from './hover.ts';
import { progressTitles } from './titles.ts';

const statusMethod: StatusMethod = 'membrane/status';
const treeMethod: TreeMethod = 'membrane/tree';
const rulesMethod: RulesMethod = 'membrane/rules';
const rulePageMethod: RulePageMethod = 'membrane/rulePage';
const checkFileMethod: CheckFileMethod = 'membrane/checkFile';
const checkTreeMethod: CheckTreeMethod = 'membrane/checkTree';
const transitionMethod: TransitionMethod = 'membrane/transition';
const transitionsMethod: TransitionsMethod = 'membrane/transitions';
const callersMethod: CallersMethod = 'membrane/callers';
const suppressMethod: SuppressMethod = 'membrane/suppress';
const annotateMethod: AnnotateMethod = 'membrane/annotate';
const annotationsMethod: AnnotationsMethod = 'membrane/annotations';

/** Shows who calls a function; the lens of callers runs it, too. */
export const callersCommand = 'membrane.showCallers';

/** What code actions and hovers may name: each is registered by a feature. */
const clientCommands: readonly ClientCommand[] = [
  'membrane.explainRule',
  'membrane.showTransition',
  'membrane.suppress',
];

/** The languages that may hold kernel C; headers are `cpp` to VS Code. */
const languages = ['c', 'cpp'];

/** Where rule pages are opened: documents of a scheme of our own, so that they need no network and no file. */
export const pageScheme = 'membrane';

/** All that differs between the hosts that the extension can run in. */
export interface ClientHost {
  /** Makes the client of a server that starts with it: a process, or a worker. */
  create(options: LanguageClientOptions): BaseLanguageClient | Promise<BaseLanguageClient>;
  readonly checksTrees: boolean;
}

/** The language client: one server process at most, started on the first wish for it. */
export class Session implements Disposable {
  readonly log: LogOutputChannel = window.createOutputChannel('Membrane', { log: true });
  private client: BaseLanguageClient | undefined;
  private starting: Promise<void> | undefined;
  private stops = 0;
  private readonly statuses = new Map<string, StatusParams>();
  private readonly trees = new Map<string, TreeParams>();
  private readonly changed = new EventEmitter<void>();
  /** The server started or stopped, or said something new of a document. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly host: ClientHost) {}

  /** Whole trees can be checked here. */
  get checksTrees(): boolean {
    return this.host.checksTrees;
  }

  get running(): boolean {
    return this.client !== undefined;
  }

  /** Starts the server if it is not there; resolves when it answers. */
  start(): Promise<void> {
    const { stops } = this;
    this.starting ??= this.startNow().catch((error: unknown) => {
      if (this.stops === stops) {
        this.starting = undefined;
        this.client = undefined;
      }
      this.log.error(`the server did not start: ${String(error)}`);
      throw error;
    });
    return this.starting;
  }

  async stop(): Promise<void> {
    const { client } = this;
    this.stops++;
    this.client = undefined;
    this.starting = undefined;
    this.statuses.clear();
    this.trees.clear();
    this.changed.fire();
    await client?.dispose();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** What the server said last of a document; undefined before it did. */
  status(uri: Uri): StatusParams | undefined {
    return this.statuses.get(uri.toString());
  }

  /** All rules, sorted by id; starts the server. */
  async rules(): Promise<RulesResult> {
    await this.start();
    return (await this.client?.sendRequest<RulesResult>(rulesMethod)) ?? [];
  }

  /** The page of a rule; starts the server. */
  async rulePage(id: string): Promise<RulePageResult> {
    await this.start();
    const params: RulePageParams = { id };
    return (await this.client?.sendRequest<RulePageResult>(rulePageMethod, params)) ?? null;
  }

  /** The table of a transition; null where there is none. Starts the server. */
  async transition(params: TransitionParams): Promise<TransitionResult | null> {
    await this.start();
    return (await this.client?.sendRequest<TransitionResult | null>(transitionMethod, params)) ?? null;
  }

  /** What a document and those that it is checked with do to memory; null if it was not analysed. Starts no server. */
  async transitions(uri: Uri): Promise<TransitionsResult> {
    const params: TransitionsParams = { uri: uri.toString() };
    return (await this.client?.sendRequest<TransitionsResult>(transitionsMethod, params)) ?? null;
  }

  /** Calls of the function that is named at a place; null if it converts no memory. Starts the server. */
  async callers(uri: Uri, position: CallersParams['position']): Promise<CallersResult> {
    await this.start();
    const params: CallersParams = { uri: uri.toString(), position };
    return (await this.client?.sendRequest<CallersResult>(callersMethod, params)) ?? null;
  }

  /** What keeps a finding silent, as an edit; undefined: there is no such finding. Starts the server. */
  async suppress(params: SuppressParams): Promise<WorkspaceEdit | undefined> {
    return await this.edit(suppressMethod, params);
  }

  /** What writes contracts into an open document; undefined: there are none. Starts the server. */
  async annotate(params: AnnotateParams): Promise<WorkspaceEdit | undefined> {
    return await this.edit(annotateMethod, params);
  }

  /** Annotations and suppressions of a document, and those that it is checked with; null if it was not analysed. Starts the server. */
  async annotations(uri: Uri): Promise<AnnotationsResult> {
    await this.start();
    const params: AnnotationsParams = { textDocument: { uri: uri.toString() } };
    return (await this.client?.sendRequest<AnnotationsResult>(annotationsMethod, params)) ?? null;
  }

  private async edit(method: string, params: object): Promise<WorkspaceEdit | undefined> {
    await this.start();
    const answer = await this.client?.sendRequest<EditResult>(method, params);
    return await this.client?.protocol2CodeConverter.asWorkspaceEdit(answer as ServerEdit | null);
  }

  /** Checks an open document again; null if that could not be done. Starts the server. */
  async checkFile(uri: Uri): Promise<StatusParams | null> {
    await this.start();
    const params: CheckFileParams = { textDocument: { uri: uri.toString() } };
    return (await this.client?.sendRequest<StatusParams | null>(checkFileMethod, params)) ?? null;
  }

  /** Checks the tree of a file; null if there is none, or it was stopped. Starts the server. */
  async checkTree(uri: Uri): Promise<CheckTreeResult | null> {
    await this.start();
    const params: CheckTreeParams = { textDocument: { uri: uri.toString() } };
    return (await this.client?.sendRequest<CheckTreeResult | null>(checkTreeMethod, params)) ?? null;
  }

  /** Findings of the server as the editor has them. */
  async asDiagnostics(diagnostics: readonly unknown[]): Promise<Diagnostic[]> {
    const converter = this.client?.protocol2CodeConverter;
    return (await converter?.asDiagnostics(diagnostics as ServerDiagnostic[])) ?? [];
  }

  /** What the last check of the tree around a document came to; undefined before the first. */
  tree(uri: Uri): TreeParams | undefined {
    const name = `${uri.toString()}/`;
    const around = [...this.trees].filter(([root]) => name.startsWith(root));
    return around.sort(([a], [b]) => b.length - a.length)[0]?.[1];
  }

  /** What checks of trees said does not hold any more. */
  forgetTrees(): void {
    this.trees.clear();
    this.changed.fire();
  }

  dispose(): void {
    void this.stop();
    this.changed.dispose();
    this.log.dispose();
  }

  private async startNow(): Promise<void> {
    const backend = workspace.getConfiguration('membrane').get<string>('parser.backend');
    const options: InitializationOptions = {
      status: true,
      showCallers: callersCommand,
      rulePages: `${pageScheme}:/rules/`,
      commands: clientCommands,
      titles: progressTitles(),
      settings: { parser: { backend } },
    };
    const { stops } = this;
    const client: BaseLanguageClient = await this.host.create({
      documentSelector: languages.map((language) => ({ language })),
      initializationOptions: options,
      outputChannel: this.log,
      diagnosticPullOptions: { onChange: true, onSave: true },
      middleware: {
        // The old side of a diff is a document too; what is wrong in it is nobody's problem any more.
        provideDiagnostics: (document, previous, token, next) =>
          isHistory('uri' in document ? document.uri : document)
            ? undefined
            : next(document, previous, token),
        provideHover: (document, position, token) => provideHover(client, document, position, token),
      },
    });
    if (this.stops !== stops) {
      await client.dispose();
      throw new Error('it was stopped meanwhile');
    }
    this.client = client;
    client.onNotification(statusMethod, (status: StatusParams) => {
      const uri = client.protocol2CodeConverter.asUri(status.uri);
      this.statuses.set(uri.toString(), status);
      this.changed.fire();
    });
    client.onNotification(treeMethod, (tree: TreeParams) => {
      const root = client.protocol2CodeConverter.asUri(tree.root).toString();
      this.trees.set(`${root.replace(/\/$/, '')}/`, tree);
      this.changed.fire();
    });
    await client.start();
    this.changed.fire();
  }
}

/** Whether a document is in a language that the server is asked about. */
export function isC(document: TextDocument): boolean {
  return languages.includes(document.languageId);
}

/** A document that can only be read and is of another kind than the workspace's files: a commit, a pull request. */
function isHistory(uri: Uri): boolean {
  const home = workspace.workspaceFolders?.some((folder) => folder.uri.scheme === uri.scheme) ?? false;
  return !home && workspace.fs.isWritableFileSystem(uri.scheme) === false;
}
