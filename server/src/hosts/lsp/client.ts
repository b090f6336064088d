import type { InitializeParams } from 'vscode-languageserver';
import type { EditClient } from '../../features/workspace-edit.ts';
import type { InitializationOptions } from '../../protocol.ts';
import { editClient } from './annotations.ts';
import { type Titles, titlesOf } from './titles.ts';

/** What the client can do, as far as it changes an answer. */
export interface Client {
  readonly pull: boolean;
  /** It can be told later what it may pull. */
  readonly registerPull: boolean;
  readonly refresh: boolean;
  readonly relatedInformation: boolean;
  readonly codeDescription: boolean;
  readonly registerConfiguration: boolean;
  readonly registerFiles: boolean;
  /** It can be told later which documents it sends. */
  readonly registerSync: boolean;
  readonly workspaceFolders: boolean;
  readonly status: boolean;
  readonly rulePages: string | null;
  readonly edits: EditClient;
  readonly titles: Titles;
}

/** What a client says of itself. `rulePages`: where rule pages are for one that does not say; a URI that ends in `/`, or null. */
export function clientOf(
  { capabilities }: InitializeParams,
  options: InitializationOptions,
  rulePages: string | null,
): Client {
  const { workspace, textDocument } = capabilities;
  const published = textDocument?.publishDiagnostics;
  const pulled = textDocument?.diagnostic;
  const details = pulled?.relatedInformation === undefined ? published : pulled;
  return {
    pull: pulled !== undefined,
    registerPull: pulled?.dynamicRegistration === true,
    refresh: workspace?.diagnostics?.refreshSupport === true,
    relatedInformation: details?.relatedInformation === true,
    codeDescription:
      (pulled ?? published)?.codeDescriptionSupport === true || published?.codeDescriptionSupport === true,
    registerConfiguration: workspace?.didChangeConfiguration?.dynamicRegistration === true,
    registerFiles: workspace?.didChangeWatchedFiles?.dynamicRegistration === true,
    registerSync: textDocument?.synchronization?.dynamicRegistration === true,
    workspaceFolders: workspace?.workspaceFolders === true,
    status: options.status === true,
    rulePages: typeof options.rulePages === 'string' ? options.rulePages : rulePages,
    edits: editClient(capabilities),
    titles: titlesOf(options.titles),
  };
}
