import type { TextDocumentContentChangeEvent, TextDocumentItem } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Edit } from '../../features/edits.ts';
import { difference } from '../../features/edits.ts';
import type { Analysis } from '../../features/engine.ts';
import type { Shown } from '../../features/keep.ts';
import { move } from '../../features/keep.ts';
import type { LspPosition } from '../../features/shapes.ts';
import type { StatusParams } from '../../protocol.ts';
import type { Bound } from './engine.ts';
import { newRevision } from './texts.ts';

/** What the last analysis of a document gave. */
export interface Outcome {
  /** Version and settings that it belongs to, as a client keeps it for a pull. */
  readonly resultId: string;
  /** The settings that it was made with, as text. */
  readonly settings: string;
  /** The state of the document's text that it belongs to. */
  readonly revision: number;
  readonly status: StatusParams;
}

/** An open document: its text, and what is shown for it. */
export class OpenDocument {
  readonly uri: string;
  /** Absolute, where the host reads files; null: it is elsewhere. */
  readonly path: string | null;
  readonly languageId: string;
  outcome: Outcome | null = null;
  /** Grows with each wish for an analysis: one that finds it grown gives way. */
  ticket = 0;
  closed = false;
  /** Changed since it was opened or saved. */
  dirty = false;
  /** What it was bound to when it was last looked at; null before. */
  bound: Bound | null = null;
  /** Changes with the text. */
  revision = newRevision();
  /** What is shown was found together with the files that it belongs with. */
  linked = false;
  /** Entries of the tree's `allow` that keep something of it silent, as it was analysed last. */
  usedAllows: Analysis['usedAllows'] = [];
  /** Requests for its diagnostics that are not answered. */
  pulls = 0;
  /** The diagnostics that the client has, as text, and the version that they were told for; null: none yet. */
  told: { readonly diagnostics: string; readonly version: number } | null = null;
  private document: TextDocument;
  private last: Shown | null = null;
  private edits: Edit[] = [];

  constructor({ uri, languageId, version, text }: TextDocumentItem, path: string | null) {
    this.uri = uri;
    this.path = path;
    this.languageId = languageId;
    this.document = TextDocument.create(uri, languageId, version, text);
  }

  get version(): number {
    return this.document.version;
  }

  get text(): string {
    return this.document.getText();
  }

  /** What is shown, where it is in the text of now; null before the first analysis. */
  get shown(): Shown | null {
    if (this.last !== null && this.edits.length > 0) this.last = move(this.last, this.edits, this.uri);
    this.edits = [];
    return this.last;
  }

  set shown(value: Shown | null) {
    this.last = value;
    this.edits = [];
  }

  /** Takes one `didChange`, its changes in order; a change without a range is the whole text. */
  change(changes: readonly TextDocumentContentChangeEvent[], version: number): void {
    this.dirty = true;
    this.revision = newRevision();
    for (const change of changes) {
      const range = 'range' in change ? change.range : undefined;
      const edit = difference(this.document.getText(range), change.text, range?.start);
      if (edit !== null) this.edits.push(edit);
      this.document = TextDocument.update(this.document, [change], version);
    }
    if (changes.length === 0) this.document = TextDocument.update(this.document, [], version);
  }

  /** The line (from 0) of an offset in UTF-16 units. */
  lineAt(offset: number): number {
    return this.document.positionAt(offset).line;
  }

  /** The position of an offset in UTF-16 units. */
  positionAt(offset: number): LspPosition {
    return this.document.positionAt(offset);
  }

  /** The offset in UTF-16 units of a position; one beyond a line is that line's end. */
  offsetAt(position: LspPosition): number {
    return this.document.offsetAt(position);
  }

  /** The text of a line (from 0), its end included. */
  lineText(line: number): string {
    return this.document.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } });
  }
}
