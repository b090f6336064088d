import { join } from 'node:path';
import type { ExtensionContext } from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { activateFeatures } from './features.ts';
import { Session } from './session.ts';

let session: Session | undefined;

/** Wires the features; starts no process. What starts one is in `features/wake.ts`. */
export function activate(context: ExtensionContext): void {
  const module = join(context.extensionPath, 'dist', 'server.mjs');
  session = new Session({
    checksTrees: true,
    create(options) {
      const server = { module, transport: TransportKind.ipc };
      const debug = { ...server, options: { execArgv: ['--enable-source-maps'] } };
      return new LanguageClient('membrane', 'Membrane', { run: server, debug }, options);
    },
  });
  activateFeatures(session, context);
}

/** Ends the server's process. */
export async function deactivate(): Promise<void> {
  await session?.stop();
}
