import type { Connection, TextDocumentContentChangeEvent, TextDocumentItem } from 'vscode-languageserver';
import {
  BulkRegistration,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  DidSaveTextDocumentNotification,
  TextDocumentSyncKind,
} from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { nameOf } from '../../project/paths.ts';
import { configName } from '../../project/root.ts';
import type { Engines } from './engine.ts';
import type { Places } from './places.ts';

/** Milliseconds without another change after which what is typed counts: names of a tree are typed letter by letter, and each may cost an index. */
const quiet = 500;

/** What {@link OpenConfigs} work with. */
export interface OpenConfigsSources {
  readonly engines: Pick<Engines, 'edited'>;
  readonly files: Places;
  /** One of them may say something else than before. */
  onEdit(uri: string): void;
}

interface Open {
  readonly path: string;
  document: TextDocument;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** The `.membrane.json` that are open: they are no documents that anything is asked about, and count as they stand in the editor. */
export class OpenConfigs {
  private readonly open = new Map<string, Open>();

  constructor(private readonly sources: OpenConfigsSources) {}

  /** Asks the client for them: what else it asks about C documents it is not to ask about these. */
  async register({ client }: Pick<Connection, 'client'>): Promise<void> {
    const documentSelector = [{ pattern: `**/${configName}` }];
    const all = BulkRegistration.create();
    // The opening comes last: no change of what is open is lost.
    all.add(DidChangeTextDocumentNotification.type, {
      documentSelector,
      syncKind: TextDocumentSyncKind.Incremental,
    });
    all.add(DidSaveTextDocumentNotification.type, { documentSelector, includeText: false });
    all.add(DidCloseTextDocumentNotification.type, { documentSelector });
    all.add(DidOpenTextDocumentNotification.type, { documentSelector });
    await client.register(all);
  }

  /** False: it is another document. Other JSON, which some clients send, is none, and counts for nothing. */
  opened({ uri, languageId, version, text }: TextDocumentItem): boolean {
    const isNamed = nameOf(uri.replace(/[?#].*$/s, '')) === configName;
    if (!isNamed && !/^jsonc?$/i.test(languageId)) return false;
    const path = this.sources.files.pathOf(uri);
    if (isNamed && path !== null) {
      const document = TextDocument.create(uri, languageId, version, text);
      this.open.set(uri, { path, document, timer: undefined });
      this.apply(uri);
    }
    return true;
  }

  /** False: it is another document. */
  changed(uri: string, changes: TextDocumentContentChangeEvent[], version: number): boolean {
    const one = this.open.get(uri);
    if (one === undefined) return false;
    one.document = TextDocument.update(one.document, changes, version);
    clearTimeout(one.timer);
    one.timer = setTimeout(() => this.apply(uri), quiet);
    return true;
  }

  /** What was typed counts at once. */
  saved(uri: string): void {
    const one = this.open.get(uri);
    if (one?.timer !== undefined) this.apply(uri);
  }

  /** The disk counts again. False: it is another document. */
  closed(uri: string): boolean {
    const one = this.open.get(uri);
    if (one === undefined) return false;
    clearTimeout(one.timer);
    this.open.delete(uri);
    this.sources.engines.edited(uri, this.at(one.path)?.getText() ?? null);
    this.sources.onEdit(uri);
    return true;
  }

  /** The one at a path; null: it is not open. */
  at(path: string): TextDocument | null {
    for (const one of this.open.values()) if (one.path === path) return one.document;
    return null;
  }

  /** Nothing that waits is told any more. */
  stop(): void {
    for (const { timer } of this.open.values()) clearTimeout(timer);
  }

  private apply(uri: string): void {
    const one = this.open.get(uri);
    if (one === undefined) return;
    clearTimeout(one.timer);
    one.timer = undefined;
    this.sources.engines.edited(uri, one.document.getText());
    this.sources.onEdit(uri);
  }
}
