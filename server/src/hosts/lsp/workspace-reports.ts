import type {
  CancellationToken,
  PreviousResultId,
  WorkspaceDiagnosticReport,
  WorkspaceFullDocumentDiagnosticReport,
} from 'vscode-languageserver';
import type { LspDiagnostic } from '../../features/shapes.ts';
import { turn } from './slices.ts';

/** Where reports go. */
export interface ReportsHost {
  /** What the client has open is told by itself. */
  isOpen(path: string): boolean;
  pathOf(uri: string): string | null;
  uriOf(path: string): string;
  /** The client asks for diagnostics of documents. */
  pulls(): boolean;
  publish(uri: string, diagnostics: readonly LspDiagnostic[]): void;
}

/** What the client has of a file, or will have when it asks. */
interface Told {
  readonly items: readonly LspDiagnostic[];
  readonly text: string;
  readonly resultId: string;
}

/** Of a file that has nothing: it stays the same, however often that is told. */
const nothing = 'w0';

/**
 * Tells the client of files that are not open: by `workspace/diagnostic` where it asks for that, which waits for as long as there is
 * nothing new, else by publishing. A file that was told of is told of again if it has something else.
 */
export class WorkspaceReports {
  private readonly told = new Map<string, Told>();
  private readonly waiting = new Set<() => void>();
  /** Files that the client was sent something of. */
  private readonly published = new Set<string>();
  private results = 0;
  private isAsked = false;

  constructor(private readonly host: ReportsHost) {}

  /** What is told of a file that is not open. */
  of(path: string): readonly LspDiagnostic[] {
    return this.told.get(path)?.items ?? [];
  }

  /** A file has these now. `again`: what the client has of it may be from elsewhere. */
  set(path: string, items: readonly LspDiagnostic[], again = false): void {
    const before = this.told.get(path);
    if (before === undefined && items.length === 0 && !again) return;
    const text = JSON.stringify(items);
    if (before?.text === text && !again) return;
    this.told.set(path, { items, text, resultId: `w${++this.results}` });
    if (this.host.isOpen(path)) return;
    this.publish(path, items);
    for (const wake of this.waiting) wake();
  }

  /** Answers `workspace/diagnostic` as soon as there is something that the client does not have. */
  async pull(
    previous: readonly PreviousResultId[],
    token: CancellationToken,
  ): Promise<WorkspaceDiagnosticReport> {
    this.isAsked = true;
    for (;;) {
      // What comes together is told together, and behind what is being answered.
      await turn();
      const items = this.news(previous);
      if (items.length > 0 || token.isCancellationRequested) return { items };
      await this.next(token);
    }
  }

  /** For clients that do not ask, or only for what is open. */
  private publish(path: string, items: readonly LspDiagnostic[]): void {
    const { host, published } = this;
    if (host.pulls() && (this.isAsked || items.length === 0) && !published.has(path)) return;
    host.publish(host.uriOf(path), this.isAsked ? [] : items);
    if (items.length > 0 && !this.isAsked) published.add(path);
    else published.delete(path);
  }

  private news(previous: readonly PreviousResultId[]): WorkspaceFullDocumentDiagnosticReport[] {
    const had = new Map(previous.map(({ uri, value }) => [this.host.pathOf(uri), { uri, value }]));
    const items: WorkspaceFullDocumentDiagnosticReport[] = [];
    const report = (uri: string, { items: all, resultId }: Pick<Told, 'items' | 'resultId'>) =>
      items.push({ kind: 'full', uri, version: null, resultId, items: [...all] });
    for (const [path, told] of this.told) {
      const has = had.get(path);
      if (this.host.isOpen(path) || has?.value === told.resultId) continue;
      report(has?.uri ?? this.host.uriOf(path), told);
    }
    // From another server, or from when the file was open.
    for (const [path, { uri, value }] of had) {
      if (path === null || value === nothing || this.told.has(path) || this.host.isOpen(path)) continue;
      report(uri, { items: [], resultId: nothing });
    }
    return items;
  }

  private next(token: CancellationToken): Promise<void> {
    return new Promise((resolve) => {
      const listener = token.onCancellationRequested(() => done());
      const done = () => {
        listener.dispose();
        this.waiting.delete(done);
        resolve();
      };
      this.waiting.add(done);
    });
  }
}
