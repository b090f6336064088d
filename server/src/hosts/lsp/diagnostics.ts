import type { Connection, DocumentDiagnosticReport } from 'vscode-languageserver';
import { LSPErrorCodes, ResponseError } from 'vscode-languageserver';
import type { LspDiagnostic } from '../../features/shapes.ts';
import type { Client } from './client.ts';
import type { OpenDocument } from './documents.ts';
import type { Reviewer } from './review.ts';
import { turn } from './slices.ts';

/** What {@link Diagnostics} work with. */
export interface DiagnosticsSources {
  readonly documents: ReadonlyMap<string, OpenDocument>;
  client(): Pick<Client, 'pull' | 'refresh'>;
  reviewer(): Reviewer;
  /** What a file has that is not open. */
  unopened(uri: string): readonly LspDiagnostic[];
  /** A document is closed, and nothing that was asked of it is left. */
  onClosed(document: OpenDocument): void;
  guard(what: string, action: () => void | Promise<void>): void;
}

/** Findings of open documents, as a client gets them: by asking, or by being told. */
export class Diagnostics {
  private refreshing = false;

  constructor(
    private readonly connection: Connection,
    private readonly sources: DiagnosticsSources,
  ) {}

  /** Analyses a document, for clients that do not ask by themselves. */
  push(document: OpenDocument): void {
    if (this.sources.client().pull) return;
    const ticket = ++document.ticket;
    this.sources.guard('diagnostics', async () => {
      await this.sources.reviewer().review(document, () => document.ticket !== ticket || document.closed);
    });
  }

  /** Answers a client that asks. */
  async pull(
    uri: string,
    previous: string | undefined,
    cancelled: () => boolean,
  ): Promise<DocumentDiagnosticReport> {
    const document = this.sources.documents.get(uri);
    if (document === undefined) return { kind: 'full', items: [...this.sources.unopened(uri)] };
    const { version } = document;
    const givenUp = () => document.closed || cancelled() || document.version !== version;
    document.pulls++;
    try {
      if (!(await this.sources.reviewer().review(document, givenUp))) {
        throw new ResponseError(LSPErrorCodes.ServerCancelled, 'the document changed', {
          retriggerRequest: true,
        });
      }
    } finally {
      document.pulls--;
      this.closed(document);
    }
    const resultId = document.outcome?.resultId ?? '';
    const items = visible(document);
    document.told = { diagnostics: JSON.stringify(items), version };
    if (previous === resultId) return { kind: 'unchanged', resultId };
    return { kind: 'full', resultId, items };
  }

  /** A document may have been closed. What is known of its file comes behind the answers to what was asked of it. */
  closed(document: OpenDocument): void {
    if (document.closed && document.pulls === 0) this.sources.onClosed(document);
  }

  /** What a document gives has changed without its own doing. */
  recheck(document: OpenDocument): void {
    const { pull, refresh } = this.sources.client();
    if (!pull) {
      this.push(document);
      return;
    }
    // Nobody has asked yet, or nobody would hear of it.
    if ((document.told === null && document.pulls === 0) || !refresh) return;
    const { revision } = document;
    this.sources.guard('diagnostics', async () => {
      const givenUp = () => document.closed || document.revision !== revision;
      await this.sources.reviewer().review(document, givenUp);
    });
  }

  /** A document may have others than the client has. */
  show(document: OpenDocument): void {
    const { told, version } = document;
    const items = visible(document);
    const diagnostics = JSON.stringify(items);
    if (!this.sources.client().pull) {
      if (told?.version === version && told.diagnostics === diagnostics) return;
      document.told = { diagnostics, version };
      this.publish(document.uri, items, version);
    } else if (document.pulls === 0 && told !== null && told.diagnostics !== diagnostics) this.refresh();
  }

  /** Asks a client that pulls to do so again. */
  refresh(): void {
    if (this.refreshing || !this.sources.client().refresh) return;
    this.refreshing = true;
    void turn().then(() => {
      this.refreshing = false;
      this.sources.guard('refresh', () => this.connection.languages.diagnostics.refresh());
    });
  }

  publish(uri: string, diagnostics: readonly LspDiagnostic[], version?: number): void {
    const params = { uri, diagnostics: [...diagnostics] };
    void this.connection.sendDiagnostics(version === undefined ? params : { ...params, version });
  }
}

function visible(document: OpenDocument): LspDiagnostic[] {
  return [...(document.shown?.diagnostics ?? [])];
}
