import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type {
  Diagnostic,
  DocumentDiagnosticReport,
  Hover,
  InitializeResult,
  MessageConnection,
  PublishDiagnosticsParams,
  TextDocumentContentChangeEvent,
} from 'vscode-languageserver/node';
import {
  createConnection,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  ProposedFeatures,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import type { Engines } from '../../server/src/hosts/lsp/engine.ts';
import type { Host } from '../../server/src/hosts/lsp/host.ts';
import { LanguageServer } from '../../server/src/hosts/lsp/server.ts';
import { NodeFileSystem } from '../../server/src/hosts/node/files.ts';
import type { StatusParams } from '../../server/src/protocol.ts';

/** What a test's client can do and what it says when it is asked. */
export interface ClientOptions {
  readonly pull?: boolean;
  readonly capabilities?: Record<string, unknown>;
  readonly initializationOptions?: unknown;
  /** Answers `workspace/configuration`; undefined: the client cannot be asked. */
  readonly settings?: () => unknown;
  readonly workspaceFolders?: readonly string[];
}

/** A language client that does nothing by itself: it says what a test says, and keeps what it hears. */
export class Client {
  readonly published: PublishDiagnosticsParams[] = [];
  readonly statuses: StatusParams[] = [];
  readonly log: string[] = [];
  readonly registrations: { method: string; registerOptions?: unknown }[] = [];
  readonly progress: { token: string; value: Record<string, unknown> }[] = [];
  refreshes = 0;
  initialized!: InitializeResult;
  private readonly waiting = new Set<() => void>();

  constructor(
    readonly connection: MessageConnection,
    private readonly end: () => Promise<void>,
  ) {}

  async start(options: ClientOptions): Promise<this> {
    const { connection } = this;
    connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) =>
      this.heard(() => this.published.push(params)),
    );
    connection.onNotification('membrane/status', (params: StatusParams) =>
      this.heard(() => this.statuses.push(params)),
    );
    connection.onNotification('window/logMessage', (params: { message: string }) =>
      this.heard(() => this.log.push(params.message)),
    );
    connection.onRequest('workspace/configuration', (params: { items: unknown[] }) =>
      params.items.map(() => options.settings?.() ?? null),
    );
    connection.onRequest(
      'client/registerCapability',
      (params: { registrations: Client['registrations'] }) => {
        this.heard(() => this.registrations.push(...params.registrations));
        return null;
      },
    );
    connection.onNotification('$/progress', (params: Client['progress'][number]) =>
      this.heard(() => this.progress.push(params)),
    );
    connection.onRequest('window/workDoneProgress/create', () => null);
    connection.onRequest('workspace/diagnostic/refresh', () => {
      this.heard(() => this.refreshes++);
      return null;
    });
    connection.listen();
    this.initialized = await connection.sendRequest('initialize', {
      processId: null,
      rootUri: null,
      capabilities: {
        textDocument: {
          publishDiagnostics: { relatedInformation: true, codeDescriptionSupport: true },
          hover: { contentFormat: ['markdown', 'plaintext'] },
          ...(options.pull ? { diagnostic: { relatedDocumentSupport: false } } : {}),
          ...((options.capabilities?.textDocument as object | undefined) ?? {}),
        },
        workspace: {
          configuration: options.settings !== undefined,
          didChangeConfiguration: { dynamicRegistration: true },
          diagnostics: { refreshSupport: true },
          ...((options.capabilities?.workspace as object | undefined) ?? {}),
        },
        ...(options.capabilities?.window ? { window: options.capabilities.window } : {}),
      },
      initializationOptions: options.initializationOptions ?? { status: true },
      workspaceFolders: options.workspaceFolders?.map((uri) => ({ uri, name: uri })) ?? null,
    });
    await connection.sendNotification('initialized', {});
    return this;
  }

  open(uri: string, text: string, languageId = 'c', version = 1): Promise<void> {
    return this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId, version, text },
    });
  }

  change(uri: string, version: number, contentChanges: TextDocumentContentChangeEvent[]): Promise<void> {
    return this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges,
    });
  }

  /** Replaces the first `from` of `text` by `to`, as an incremental change. Returns the new text. */
  async replace(uri: string, version: number, text: string, from: string, to: string): Promise<string> {
    const at = text.indexOf(from);
    if (at < 0) throw new Error(`no '${from}' in the text`);
    const position = (offset: number) => {
      const lines = text.slice(0, offset).split('\n');
      return { line: lines.length - 1, character: lines.at(-1)!.length };
    };
    const range = { start: position(at), end: position(at + from.length) };
    await this.change(uri, version, [{ range, text: to }]);
    return text.slice(0, at) + to + text.slice(at + from.length);
  }

  /** Tells that a file changed on the disk. */
  changedOnDisk(uri: string): Promise<void> {
    return this.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri, type: 2 }],
    });
  }

  save(uri: string): Promise<void> {
    return this.connection.sendNotification('textDocument/didSave', { textDocument: { uri } });
  }

  close(uri: string): Promise<void> {
    return this.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  hover(uri: string, line: number, character: number): Promise<Hover | null> {
    return this.connection.sendRequest('textDocument/hover', {
      textDocument: { uri },
      position: { line, character },
    });
  }

  pull(uri: string, previousResultId?: string): Promise<DocumentDiagnosticReport> {
    return this.connection.sendRequest('textDocument/diagnostic', {
      textDocument: { uri },
      previousResultId,
    });
  }

  /** The diagnostics published for `version` of `uri`, once they are. */
  async diagnostics(uri: string, version: number): Promise<Diagnostic[]> {
    const find = () => this.published.findLast((one) => one.uri === uri && one.version === version);
    await this.until(() => find() !== undefined);
    return find()!.diagnostics;
  }

  async status(uri: string, version: number): Promise<StatusParams> {
    const find = () => this.statuses.findLast((one) => one.uri === uri && one.version === version);
    await this.until(() => find() !== undefined);
    return find()!;
  }

  /** Waits for something heard that makes `test` true. */
  until(test: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!test()) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }

  /** A request that the server does not know: its answer says that all before it was read. */
  async settled(): Promise<void> {
    await this.connection.sendRequest('membrane/rules');
  }

  /** `shutdown`, and the end of the server. */
  async stop(): Promise<void> {
    await this.connection.sendRequest('shutdown');
    await this.end();
    this.connection.dispose();
  }

  private heard(action: () => void): void {
    action();
    for (const look of [...this.waiting]) look();
  }
}

/** Where the servers of a test file keep what they keep: not among the user's own. */
const cache = mkdtempSync(join(tmpdir(), 'membrane-cache-'));
process.on('exit', () => rmSync(cache, { recursive: true, force: true }));
const env = { ...process.env, XDG_CACHE_HOME: cache };

const bundle = () => join(process.env.MEMBRANE_ROOT ?? '.', 'dist/server.mjs');

/** The real server in its own process, over stdio. `program`: a copy of its bundle that is started instead. */
function spawnServer(options: ClientOptions, program = bundle()): Promise<Client> {
  const child = spawn(process.execPath, [program, '--stdio'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  return started(child, connection, options);
}

/** Runs `run` with a server that is started for it as a process, and ends that. */
export async function withServer(
  options: ClientOptions,
  run: (client: Client) => Promise<void>,
  program?: string,
): Promise<void> {
  const client = await spawnServer(options, program);
  try {
    await run(client);
  } finally {
    await client.stop();
  }
}

/** The real server in its own process, over Node's channel between processes, as VS Code starts it. */
export function forkServer(options: ClientOptions = {}): Promise<Client> {
  const child = fork(bundle(), ['--node-ipc'], { env, execArgv: [] });
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  return started(child, connection, options);
}

function started(
  child: ChildProcess,
  connection: MessageConnection,
  options: ClientOptions,
): Promise<Client> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = async () => {
    await connection.sendNotification('exit');
    await ended;
  };
  return new Client(connection, end).start(options);
}

/** The server in this process on `engines`, to test what is around the engine; `own`: what its host has. */
export async function serve(
  engines: Engines,
  options: ClientOptions = {},
  own: Partial<Host> = {},
): Promise<Client> {
  const up = new PassThrough();
  const down = new PassThrough();
  const server = createConnection(
    ProposedFeatures.all,
    new StreamMessageReader(up),
    new StreamMessageWriter(down),
  );
  const host: Host = {
    files: new NodeFileSystem(),
    reach: 'tree',
    startIndex: () => ({ send() {}, cancel() {}, stop() {} }),
    checkTree: null,
    rulePages: null,
    cacheFolder: null,
    loadParser: () => Promise.reject(new Error('no parser')),
    ...own,
  };
  new LanguageServer(server, engines, host).listen();
  const connection = createMessageConnection(new StreamMessageReader(down), new StreamMessageWriter(up));
  return await new Client(connection, async () => server.dispose()).start(options);
}
