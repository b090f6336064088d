import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DataCallback, Disposable, Message } from 'vscode-languageserver/node';
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  createMessageConnection,
} from 'vscode-languageserver/node';
import type { FileAnswer, FilesParams, WantedFile, WorkerStart } from '../../server/src/protocol.ts';
import { Client, type ClientOptions } from '../lsp/client.ts';

const dist = (name: string) => join(process.env.MEMBRANE_ROOT ?? '.', 'dist', name);

/** A worker as a browser has it, made of one of Node's: nothing of Node is left when the script runs. */
const browser = `
const { parentPort, workerData } = require('node:worker_threads');
const { runInThisContext } = require('node:vm');
globalThis.self = globalThis;
globalThis.WorkerGlobalScope = class {};
globalThis.location = { href: 'blob:nowhere' };
globalThis.addEventListener = () => {};
globalThis.postMessage = (message) => parentPort.postMessage(message);
parentPort.on('message', (data) => globalThis.onmessage({ data }));
for (const name of ['process', 'Buffer', 'global', 'setImmediate', 'clearImmediate']) delete globalThis[name];
runInThisContext(workerData, { filename: 'server-web.js' });
`;

/** Files of a client, by their paths below a root; folders are what is before a slash. */
export class ClientFolder {
  /** `what path` of everything that was asked for. */
  readonly asked: string[] = [];

  constructor(
    readonly root: string,
    readonly files: Record<string, string>,
  ) {}

  uri(path: string): string {
    return `${this.root}/${path}`;
  }

  answer({ uri, what, limit }: WantedFile): FileAnswer {
    const path =
      uri === this.root ? '' : uri.startsWith(`${this.root}/`) ? uri.slice(this.root.length + 1) : null;
    this.asked.push(`${what} ${path ?? uri}`);
    if (path === null) return null;
    const text = this.files[path];
    const below = this.below(path);
    if (what === 'kind') return text !== undefined ? 'file' : below.size > 0 ? 'directory' : null;
    if (what === 'names') return below.size === 0 ? null : [...below].map(([name, kind]) => ({ name, kind }));
    if (text === undefined) return null;
    const bytes = new TextEncoder().encode(text);
    return limit !== undefined && bytes.length > limit ? bytes.length : bytes;
  }

  private below(path: string): Map<string, 'file' | 'directory'> {
    const prefix = path === '' ? '' : `${path}/`;
    const names = Object.keys(this.files).flatMap((file) =>
      file.startsWith(prefix) ? [file.slice(prefix.length).split('/')] : [],
    );
    return new Map(names.map(([name, ...rest]) => [name!, rest.length === 0 ? 'file' : 'directory']));
  }
}

/** The real server of the browser, and a client that reads files for it. */
export async function startWorker(folder: ClientFolder, options: ClientOptions = {}): Promise<Client> {
  const worker = new Worker(browser, { eval: true, workerData: readFileSync(dist('server-web.js'), 'utf8') });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const start: WorkerStart = {
    parser: new Uint8Array(readFileSync(dist('web-tree-sitter.wasm'))),
    grammar: new Uint8Array(readFileSync(dist('tree-sitter-c.wasm'))),
  };
  worker.postMessage(start);
  const connection = createMessageConnection(new Reader(worker), new Writer(worker));
  connection.onRequest('membrane/files', ({ wanted }: FilesParams) =>
    wanted.map((one) => folder.answer(one)),
  );
  const end = async () => {
    await worker.terminate();
    await ended;
  };
  return await new Client(connection, end).start(options);
}

class Reader extends AbstractMessageReader {
  constructor(private readonly worker: Worker) {
    super();
  }

  listen(callback: DataCallback): Disposable {
    this.worker.on('message', callback);
    return { dispose: () => this.worker.off('message', callback) };
  }
}

class Writer extends AbstractMessageWriter {
  constructor(private readonly worker: Worker) {
    super();
  }

  async write(message: Message): Promise<void> {
    this.worker.postMessage(message);
  }

  end(): void {}
}
