import type { Connection, DiagnosticOptions, Disposable } from 'vscode-languageserver';
import { DocumentDiagnosticRequest } from 'vscode-languageserver';

/** The languages that may hold kernel C; headers are `cpp` to some editors. */
const documentSelector = [{ language: 'c' }, { language: 'cpp' }];

/** What is said of pulled diagnostics; `workspaceDiagnostics`: the client had better ask for those of files that are not open, too. */
export function pullOptions(workspaceDiagnostics: boolean): DiagnosticOptions {
  return { identifier: 'membrane', interFileDependencies: true, workspaceDiagnostics };
}

/** Tells a client that can be told later whether it is worth its while to ask for the whole workspace. */
export class PullRegistration {
  private registered: { readonly by: Disposable; readonly workspace: boolean } | null = null;
  private updating: Promise<void> = Promise.resolve();

  constructor(private readonly connection: Connection) {}

  /** `isWanted`: asked when those before are done. */
  update(isWanted: () => Promise<boolean>): Promise<void> {
    this.updating = this.updating.then(async () => {
      const workspace = await isWanted();
      if (this.registered?.workspace === workspace) return;
      this.registered?.by.dispose();
      const options = { documentSelector, ...pullOptions(workspace) };
      const by = await this.connection.client.register(DocumentDiagnosticRequest.type, options);
      this.registered = { by, workspace };
    });
    return this.updating;
  }
}
