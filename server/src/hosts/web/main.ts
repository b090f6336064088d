import {
  BrowserMessageReader,
  BrowserMessageWriter,
  createConnection,
  ProposedFeatures,
} from 'vscode-languageserver/browser';
import type { FilesMethod, FilesResult, WorkerStart } from '../../protocol.ts';
import { createWasmBackend } from '../../syntax/wasm.ts';
import type { Host } from '../lsp/host.ts';
import { LanguageServer } from '../lsp/server.ts';
import { ServiceEngines } from '../lsp/service.ts';
import { ClientFiles } from './files.ts';
import { folderIndex } from './folder-index.ts';

const filesMethod: FilesMethod = 'membrane/files';

declare const self: DedicatedWorkerGlobalScope;

/** Serves LSP to whoever made this worker. Nothing is looked up by a URL: the parser comes with the first message. */
function serve({ parser, grammar }: WorkerStart): void {
  const connection = createConnection(
    ProposedFeatures.all,
    new BrowserMessageReader(self),
    new BrowserMessageWriter(self),
  );
  const log = (message: string) => connection.console.error(message);
  // A fault in one answer must not cost the editor its server.
  self.addEventListener('unhandledrejection', ({ reason }) => log(String(reason?.stack ?? reason)));
  const files = new ClientFiles((params) => connection.sendRequest<FilesResult>(filesMethod, params));
  const host: Host = {
    files,
    reach: 'folder',
    startIndex: folderIndex(files),
    checkTree: null,
    rulePages: null,
    cacheFolder: null,
    loadParser: async (name) => {
      if (name !== 'wasm') throw new Error(`the parser ${name} is not there in a browser`);
      return await createWasmBackend(parser, grammar);
    },
  };
  new LanguageServer(connection, new ServiceEngines(host, log), host).listen();
}

self.onmessage = ({ data }: MessageEvent<WorkerStart>) => serve(data);
