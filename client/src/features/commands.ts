import type { QuickPickItem } from 'vscode';
import { commands, Disposable, l10n, Range, window } from 'vscode';
import type { NotAnalysed, StatusParams } from '../../../server/src/protocol.ts';
import type { Session } from '../session.ts';
import { isC } from '../session.ts';
import { currentDocument } from './current.ts';
import { gapName, gapText, leftOut, nothingLeftOut, summary } from './status.ts';

/** Restart Server, Show Log, What Was Not Analysed. */
export function activateCommands(session: Session): Disposable {
  return Disposable.from(
    commands.registerCommand('membrane.restartServer', () => session.restart()),
    commands.registerCommand('membrane.showLog', () => session.log.show()),
    commands.registerCommand('membrane.notAnalysed', () => showNotAnalysed(session)),
  );
}

interface Item extends QuickPickItem {
  readonly gap?: NotAnalysed;
}

async function showNotAnalysed(session: Session): Promise<void> {
  const document = currentDocument();
  const status = document && isC(document) ? session.status(document.uri) : undefined;
  if (document === undefined || status === undefined) {
    void window.showInformationMessage(l10n.t('Membrane: open a C file that names a transition of memory.'));
    return;
  }
  if (status.skipped === 'failed') {
    session.log.show();
    return;
  }
  if (status.skipped === 'excluded') {
    void window.showInformationMessage(`Membrane: ${leftOut()}`);
    return;
  }
  if (status.notAnalysed.length === 0 && status.held.length === 0) {
    void window.showInformationMessage(`Membrane: ${summary(status)} ${nothingLeftOut()}`);
    return;
  }
  const picked = await window.showQuickPick(items(status), {
    title: `Membrane: ${summary(status)}`,
    placeHolder: l10n.t('Not analysed, or not wholly'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  const line = picked?.gap?.line;
  if (line === undefined || line === null) return;
  const at = new Range(line, 0, line, 0);
  await window.showTextDocument(document, { selection: at });
}

function items(status: StatusParams): Item[] {
  const held = status.held.map((name) => ({
    label: `${name}()`,
    description: l10n.t('half-typed'),
    detail: l10n.t('shows its findings from before'),
  }));
  const gaps = status.notAnalysed.map((gap) => ({
    label: gapName(gap),
    description: gap.line === null ? '' : l10n.t('line {0}', gap.line + 1),
    detail: gapText(gap),
    gap,
  }));
  return [...held, ...gaps];
}
