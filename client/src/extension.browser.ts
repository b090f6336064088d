import type { ExtensionContext } from 'vscode';
import { Uri, workspace } from 'vscode';
import { LanguageClient, type LanguageClientOptions } from 'vscode-languageclient/browser';
import type { FilesMethod, FilesParams, WorkerStart } from '../../server/src/protocol.ts';
import { activateFeatures } from './features.ts';
import { answerFiles } from './files.ts';
import { Session } from './session.ts';

const filesMethod: FilesMethod = 'membrane/files';

let session: Session | undefined;

/** Wires the features; starts no worker. What starts one is in `features/wake.ts`. */
export function activate(context: ExtensionContext): void {
  const { extensionUri } = context;
  session = new Session({ checksTrees: false, create: (options) => startWorker(extensionUri, options) });
  activateFeatures(session, context);
}

/** Ends the worker. */
export async function deactivate(): Promise<void> {
  await session?.stop();
}

/** A client that ends the worker it talks to, and gives back what that was made of. */
class WorkerClient extends LanguageClient {
  constructor(
    private readonly worker: Worker,
    private readonly url: string,
    options: LanguageClientOptions,
  ) {
    super('membrane', 'Membrane', worker, options);
  }

  override async dispose(timeout?: number): Promise<void> {
    try {
      await super.dispose(timeout);
    } finally {
      this.worker.terminate();
      URL.revokeObjectURL(this.url);
    }
  }
}

/** The extension may lie where no worker can be started from: its script is read like a file, and its WebAssembly is posted to it. */
async function startWorker(extensionUri: Uri, options: LanguageClientOptions): Promise<LanguageClient> {
  const read = (name: string) => workspace.fs.readFile(Uri.joinPath(extensionUri, 'dist', name));
  const [script, parser, grammar] = await Promise.all([
    read('server-web.js'),
    read('web-tree-sitter.wasm'),
    read('tree-sitter-c.wasm'),
  ]);
  const url = URL.createObjectURL(new Blob([new Uint8Array(script)], { type: 'text/javascript' }));
  const worker = new Worker(url, { name: 'membrane' });
  const start: WorkerStart = { parser, grammar };
  worker.postMessage(start);
  const client = new WorkerClient(worker, url, options);
  client.onRequest(filesMethod, (params: FilesParams) => answerFiles(params));
  return client;
}
