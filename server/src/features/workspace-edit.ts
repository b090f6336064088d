import type { LspPosition, LspRange } from './shapes.ts';

/** A replacement in a document. */
export interface LspTextEdit {
  readonly range: LspRange;
  readonly newText: string;
}

/** Changes of documents; `documentChanges` for clients that know versions. */
export type LspWorkspaceEdit =
  | { readonly changes: Readonly<Record<string, LspTextEdit[]>> }
  | {
      readonly documentChanges: (
        | {
            readonly textDocument: { readonly uri: string; readonly version: number | null };
            readonly edits: LspTextEdit[];
          }
        | {
            readonly kind: 'create';
            readonly uri: string;
            readonly options: { readonly ignoreIfExists: true };
          }
      )[];
    };

/** What the client can do with edits. */
export interface EditClient {
  readonly documentChanges: boolean;
  /** An edit can make files. */
  readonly createsFiles: boolean;
}

/** A document that is changed, as it is now. */
export interface EditedDocument {
  readonly uri: string;
  readonly version: number;
  readonly text: string;
  positionAt(offset: number): LspPosition;
  offsetAt(position: LspPosition): number;
}

/** Replacements in one document, offsets in UTF-16 units, as an edit. */
export function editOf(
  edits: readonly { readonly start: number; readonly end: number; readonly text: string }[],
  /** `version` null: that of the disk. */
  document: Pick<EditedDocument, 'uri' | 'positionAt'> & { readonly version: number | null },
  client: EditClient,
): LspWorkspaceEdit {
  const { uri, version } = document;
  const told = edits.map(({ start, end, text }) => ({
    range: { start: document.positionAt(start), end: document.positionAt(end) },
    newText: text,
  }));
  return client.documentChanges
    ? { documentChanges: [{ textDocument: { uri, version }, edits: told }] }
    : { changes: { [uri]: told } };
}
