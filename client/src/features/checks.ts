import type { Diagnostic, TextDocument } from 'vscode';
import { commands, Disposable, l10n, languages, ProgressLocation, Uri, window, workspace } from 'vscode';
import type { CheckTreeResult } from '../../../server/src/protocol.ts';
import type { Session } from '../session.ts';
import { isC } from '../session.ts';
import { currentDocument } from './current.ts';
import { leftOut, summary } from './status.ts';

/** Milliseconds that an outcome stands in the status bar. */
const told = 15_000;

/** Check File, and Check Whole Tree: what that finds stays in Problems until it is asked again. */
export function activateChecks(session: Session): Disposable {
  const tree = new TreeFindings(session);
  return Disposable.from(
    tree,
    commands.registerCommand('membrane.checkFile', () => checkFile(session)),
    commands.registerCommand('membrane.checkTree', () => tree.check()),
  );
}

async function checkFile(session: Session): Promise<void> {
  const document = currentC();
  if (document === undefined) {
    void window.showInformationMessage(l10n.t('Membrane: open a C file first.'));
    return;
  }
  const status = await session.checkFile(document.uri);
  const text =
    status === null || status.skipped === 'failed'
      ? l10n.t('the file was not checked; the log says why.')
      : status.skipped === 'excluded'
        ? leftOut()
        : status.skipped !== null
          ? l10n.t('nothing in the file has to do with transitions of memory.')
          : summary(status);
  window.setStatusBarMessage(`Membrane: ${text}`, told);
}

/** The findings of a whole tree. Files that are open show their own, which are of what is in the editor. */
class TreeFindings implements Disposable {
  private readonly shown = languages.createDiagnosticCollection('membrane-tree');
  private readonly byFile = new Map<string, readonly Diagnostic[]>();
  private readonly listeners: Disposable;
  private running = false;

  constructor(private readonly session: Session) {
    this.listeners = Disposable.from(
      workspace.onDidOpenTextDocument(({ uri }) => this.shown.delete(uri)),
      workspace.onDidCloseTextDocument(({ uri }) => this.show(uri)),
      // With other settings it would have been another check.
      workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('membrane')) this.forget();
      }),
    );
  }

  dispose(): void {
    this.listeners.dispose();
    this.shown.dispose();
  }

  async check(): Promise<void> {
    if (this.running) return;
    if (!this.session.checksTrees) {
      void window.showInformationMessage(
        l10n.t(
          'Membrane: a whole tree cannot be checked in the browser. VS Code on the desktop or with a server does that, and membrane check on the command line.',
        ),
      );
      return;
    }
    const uri = currentC()?.uri ?? insideOf(workspace.workspaceFolders?.[0]?.uri);
    if (uri === undefined) {
      void window.showInformationMessage(l10n.t('Membrane: open a folder or a C file first.'));
      return;
    }
    this.running = true;
    try {
      // How far it is, the server shows; this keeps the status bar from looking idle before it does.
      const location = ProgressLocation.Window;
      const title = l10n.t('Membrane: checking the tree');
      const result = await window.withProgress({ location, title }, () => this.session.checkTree(uri));
      if (result !== null) await this.take(result);
      else void window.showInformationMessage(l10n.t('Membrane: the tree was not checked to its end.'));
    } finally {
      this.running = false;
    }
  }

  private async take(result: CheckTreeResult): Promise<void> {
    this.hide();
    // With the scope `workspace` the server shows them by itself.
    const scope = workspace.getConfiguration('membrane', Uri.parse(result.root)).get('diagnostics.scope');
    for (const { uri, diagnostics } of scope === 'workspace' ? [] : result.files) {
      const key = Uri.parse(uri).toString();
      this.byFile.set(key, await this.session.asDiagnostics(diagnostics));
      this.show(Uri.parse(uri));
    }
    for (const problem of result.problems) this.session.log.warn(problem);
    const { findings, filesSearched, filesParsed, notAnalysed } = result;
    const text = l10n.t(
      'Membrane: {0} findings in the tree. {1} files searched, {2} parsed; {3} functions not analysed, or not wholly.',
      findings,
      filesSearched,
      filesParsed,
      notAnalysed,
    );
    window.setStatusBarMessage(text, told);
    // Not the command of the View menu: that closes what is open already.
    if (findings > 0) await commands.executeCommand('workbench.panel.markers.view.focus');
  }

  private forget(): void {
    this.hide();
    this.session.forgetTrees();
  }

  private hide(): void {
    this.shown.clear();
    this.byFile.clear();
  }

  private show(uri: Uri): void {
    const key = uri.toString();
    const isOpen = workspace.textDocuments.some((one) => !one.isClosed && one.uri.toString() === key);
    if (isOpen) this.shown.delete(uri);
    else this.shown.set(uri, this.byFile.get(key) ?? []);
  }
}

function currentC(): TextDocument | undefined {
  const document = currentDocument();
  return document !== undefined && isC(document) ? document : undefined;
}

/** A file that stands for a folder: the server looks for the tree of a file. */
function insideOf(folder: Uri | undefined): Uri | undefined {
  return folder && Uri.joinPath(folder, '.membrane.json');
}
