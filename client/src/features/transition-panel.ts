import type { Disposable, WebviewPanel } from 'vscode';
import { l10n, Range, ThemeColor, Uri, ViewColumn, window, workspace } from 'vscode';
import type {
  TransitionChoice,
  TransitionParams,
  TransitionResult,
  TransitionSource,
} from '../../../server/src/protocol.ts';
import type { FromPanel, Labels, ToPanel } from '../../webview/messages.ts';
import type { Session } from '../session.ts';

/** Milliseconds that the page may take to say that it runs; where webviews do not load it never does. */
const patience = 10_000;

/** The transition view: one panel, which shows one transition at a time. */
export class TransitionPanel implements Disposable {
  private panel: WebviewPanel | undefined;
  private params: TransitionParams = {};
  private view: TransitionResult | undefined;
  private row = 0;
  private asked = 0;
  private waiting: ReturnType<typeof setTimeout> | undefined;
  /** Webviews do not load here: once is enough to know. */
  private isBroken = false;
  private readonly marked = window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new ThemeColor('editor.rangeHighlightBackground'),
  });

  /** `asText` shows the same without a webview. */
  constructor(
    private readonly session: Session,
    private readonly extensionUri: Uri,
    private readonly asText: (params: TransitionParams, column?: ViewColumn) => Promise<void>,
  ) {}

  /** Shows the transition that is asked for. */
  async show(params: TransitionParams): Promise<void> {
    if (this.isBroken) {
      await this.asText(params);
      return;
    }
    this.params = params;
    this.row = 0;
    if (!(await this.load())) return;
    // The row of the place that was asked from, if the path has it; else where it goes wrong.
    const at = params.position?.line;
    const rows = this.view?.rows ?? [];
    const here = rows.findLastIndex(({ source }) => source !== null && source.range.start.line === at);
    const failing = rows.findIndex(({ mark }) => mark === '>');
    this.row = Math.max(0, here >= 0 && this.view?.finding ? here : failing);
    if (this.panel === undefined) this.open();
    else this.panel.reveal(undefined, false);
    this.draw();
  }

  dispose(): void {
    clearTimeout(this.waiting);
    this.marked.dispose();
    this.panel?.dispose();
  }

  private async load(): Promise<boolean> {
    const asked = ++this.asked;
    const view = await this.session.transition(this.params);
    // Somebody chose again meanwhile.
    if (asked !== this.asked || view === null) return false;
    this.view = view;
    return true;
  }

  private open(): void {
    const panel = window.createWebviewPanel('membrane.transition', l10n.t('Transition'), ViewColumn.Beside, {
      enableScripts: true,
      localResourceRoots: [Uri.joinPath(this.extensionUri, 'dist')],
    });
    this.panel = panel;
    panel.onDidDispose(() => {
      clearTimeout(this.waiting);
      this.panel = undefined;
      this.mark(null);
    });
    panel.webview.onDidReceiveMessage((message: FromPanel) => void this.heard(message));
    const file = (name: string) => panel.webview.asWebviewUri(Uri.joinPath(this.extensionUri, 'dist', name));
    panel.webview.html = page(panel.webview.cspSource, file('view.js'), file('view.css'));
    this.waiting = setTimeout(() => {
      this.isBroken = true;
      this.session.log.warn('the transition view does not load here; it is shown as text');
      const column = panel.viewColumn;
      panel.dispose();
      void this.asText(this.params, column);
    }, patience);
  }

  private async heard(message: FromPanel): Promise<void> {
    switch (message.k) {
      case 'ready':
        clearTimeout(this.waiting);
        this.draw();
        break;
      case 'choose':
        await this.choose(message.choice);
        break;
      case 'selected':
        this.row = message.row;
        this.mark(this.source);
        break;
      case 'open':
        this.row = message.row;
        if (this.source !== null) await reveal(this.source);
        break;
      case 'text':
        await this.asText(this.params, this.panel?.viewColumn);
        break;
    }
  }

  private async choose(choice: TransitionChoice): Promise<void> {
    const fingerprint = this.view?.finding?.fingerprint;
    this.params = { ...this.params, ...(fingerprint === undefined ? {} : { fingerprint }), choice };
    const before = this.view?.rows[this.row];
    if (!(await this.load())) return;
    const rows = this.view?.rows ?? [];
    const same = rows.findIndex(({ kind, number, text }) =>
      before?.number == null ? kind === before?.kind && text === before.text : number === before.number,
    );
    this.row = Math.max(0, same);
    this.draw();
  }

  private get source(): TransitionSource | null {
    return this.view?.rows[this.row]?.source ?? null;
  }

  private draw(): void {
    if (this.view === undefined || this.panel === undefined) return;
    this.panel.title = l10n.t('Transition: {0}', this.view.title.replace(/:.*/, ''));
    this.say({ k: 'show', view: this.view, row: this.row, labels: labels() });
    this.mark(this.source);
  }

  private say(message: ToPanel): void {
    void this.panel?.webview.postMessage(message);
  }

  /** Marks the line of the selected row wherever it is in view. */
  private mark(source: TransitionSource | null): void {
    for (const editor of window.visibleTextEditors) {
      const isThere = source !== null && editor.document.uri.toString() === Uri.parse(source.uri).toString();
      const range = isThere ? rangeOf(source) : null;
      editor.setDecorations(this.marked, range === null ? [] : [range]);
      if (range !== null) editor.revealRange(range);
    }
  }
}

function rangeOf({ range: { start, end } }: TransitionSource): Range {
  return new Range(start.line, start.character, end.line, end.character);
}

/** Goes to a place: in the editor that shows its document, else in the first column, so that the panel stays. */
async function reveal(source: TransitionSource): Promise<void> {
  const uri = Uri.parse(source.uri);
  const open = window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
  const document = await workspace.openTextDocument(uri);
  const viewColumn = open?.viewColumn ?? ViewColumn.One;
  await window.showTextDocument(document, { viewColumn, selection: rangeOf(source) });
}

/** Scripts and styles come from our own folder, and nothing else does. */
function page(own: string, script: Uri, style: Uri): string {
  const policy = `default-src 'none'; style-src ${own}; script-src ${own}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="${style}">
<title>Membrane</title>
</head>
<body><script src="${script}"></script></body>
</html>`;
}

function labels(): Labels {
  return {
    platform: l10n.t('Platform'),
    protocol: l10n.t('Protocol'),
    fails: l10n.t('Fails at'),
    stray: l10n.t('Stray read'),
    then: l10n.t('Then the caller'),
    nothing: l10n.t('nothing'),
    nowhere: l10n.t('none'),
    everywhere: l10n.t('wherever it changes'),
    previous: l10n.t('Previous step'),
    next: l10n.t('Next step'),
    position: l10n.t('step {0} of {1}', '{0}', '{1}'),
    rows: l10n.t('Steps'),
    keys: [
      { keys: ['j', 'k'], does: l10n.t('step') },
      { keys: ['h', 'l'], does: l10n.t('failing step') },
      { keys: ['p'], does: l10n.t('platform') },
      { keys: ['Enter'], does: l10n.t('source') },
      { keys: ['?'], does: l10n.t('what the columns mean') },
    ],
    asText: l10n.t('As text'),
    columns: l10n.t('Columns and marks'),
    others: l10n.t('not concerned'),
  };
}
