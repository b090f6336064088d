import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import type { Host } from '../lsp/host.ts';
import { LanguageServer } from '../lsp/server.ts';
import { ServiceEngines } from '../lsp/service.ts';
import { loadBackend } from './backend.ts';
import { defaultCacheFolder } from './cache-folder.ts';
import { NodeFileSystem } from './files.ts';
import { startIndex } from './index-thread.ts';
import { checkTree } from './lsp-tree.ts';
import { setUpForSession } from './v8-flags.ts';

/** Where the pages of the rules are, from the folder of the bundles: the repository's docs, which the packages ship. */
const rulePages = '../docs/rules/';

/**
 * Serves LSP on the connection that the command line names: `--stdio`, `--node-ipc`, `--socket=PORT` or `--pipe=NAME`.
 * Returns at once; the process ends with the connection.
 */
export function serve(): void {
  setUpForSession();
  const connection = createConnection(ProposedFeatures.all);
  const log = (message: string) => connection.console.error(message);
  // A fault in one answer must not cost the editor its server.
  process.on('uncaughtException', (error) => log(error.stack ?? error.message));
  process.on('unhandledRejection', (reason) =>
    log(reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)),
  );
  const pages = new URL(rulePages, import.meta.url);
  const host: Host = {
    files: new NodeFileSystem(),
    reach: 'tree',
    startIndex,
    checkTree,
    rulePages: existsSync(fileURLToPath(pages)) ? pages.href : null,
    cacheFolder: defaultCacheFolder(),
    loadParser: loadBackend,
  };
  new LanguageServer(connection, new ServiceEngines(host, log), host).listen();
}
