import type { QuickPickItem, TextDocument, WorkspaceEdit } from 'vscode';
import { commands, Disposable, l10n, Range, Uri, window, workspace } from 'vscode';
import type { AnnotationInfo, SuppressArguments } from '../../../server/src/protocol.ts';
import { isC, type Session } from '../session.ts';
import { currentDocument } from './current.ts';

/** Annotate Function, Annotate Wrappers in File, List Annotations and Suppressions, and what code actions that want a reason run. */
export function activateAnnotations(session: Session): Disposable {
  return Disposable.from(
    commands.registerCommand('membrane.suppress', (wanted: SuppressArguments) => suppress(session, wanted)),
    commands.registerCommand('membrane.annotateFunction', () => annotate(session, true)),
    commands.registerCommand('membrane.annotateFile', () => annotate(session, false)),
    commands.registerCommand('membrane.listAnnotations', () => list(session)),
  );
}

/** Asks why a finding is right, and writes that down. */
async function suppress(session: Session, wanted: SuppressArguments): Promise<void> {
  const { uri, rule, fingerprint, where, target } = wanted;
  const reason = await window.showInputBox({
    prompt: l10n.t('Why is the code right as it is? {0} is silent there from then on.', rule),
    placeHolder: l10n.t('goes back to the decrypted pool, not to the page allocator'),
    validateInput: (text) => (/[\p{L}\p{N}]/u.test(text) ? undefined : l10n.t('A reason is needed.')),
  });
  if (reason === undefined) return;
  // The server reads the file from the disk.
  const before = where === 'config' ? openAt(target) : undefined;
  if (before?.isDirty === true) await before.save();
  const textDocument = { uri };
  const edit = await session.suppress({ textDocument, fingerprint, where, reason });
  if (!(await applied(edit))) {
    void window.showInformationMessage(l10n.t('Membrane: the finding is not there any more.'));
    return;
  }
  if (where === 'config') await openAt(target)?.save();
}

function openAt(uri: string): TextDocument | undefined {
  const wanted = Uri.parse(uri).toString();
  return workspace.textDocuments.find((document) => document.uri.toString() === wanted);
}

async function applied(edit: WorkspaceEdit | undefined): Promise<boolean> {
  return edit !== undefined && (await workspace.applyEdit(edit));
}

async function annotate(session: Session, onlyOne: boolean): Promise<void> {
  const editor = window.activeTextEditor;
  if (editor === undefined || !isC(editor.document)) return;
  const { line, character } = editor.selection.active;
  const textDocument = { uri: editor.document.uri.toString() };
  const edit = await session.annotate({
    textDocument,
    ...(onlyOne ? { position: { line, character } } : {}),
  });
  if (await applied(edit)) return;
  void window.showInformationMessage(
    onlyOne
      ? l10n.t(
          'Membrane: nothing to write down here. The function has a contract, converts no memory of its callers, or is known only in part.',
        )
      : l10n.t('Membrane: no function of this file wants a contract.'),
  );
}

interface Item extends QuickPickItem {
  readonly entry: AnnotationInfo;
}

async function list(session: Session): Promise<void> {
  const document = currentDocument();
  if (document === undefined || !isC(document)) return;
  const found = (await session.annotations(document.uri)) ?? [];
  if (found.length === 0) {
    void window.showInformationMessage(
      l10n.t('Membrane: no annotations here, nor in the files that this one is checked with.'),
    );
    return;
  }
  const picked = await window.showQuickPick(found.map(itemOf), {
    placeHolder: l10n.t('Annotations and suppressions of this file, and of those that it is checked with'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === undefined) return;
  const { uri, range } = picked.entry;
  const { start, end } = range;
  const selection = new Range(start.line, start.character, end.line, end.character);
  await window.showTextDocument(await workspace.openTextDocument(Uri.parse(uri)), { selection });
}

function itemOf(entry: AnnotationInfo): Item {
  const { uri, range, of, text, suppresses, wrong } = entry;
  const icon = wrong.length > 0 ? 'warning' : suppresses ? 'mute' : 'note';
  return {
    label: `$(${icon}) ${of}`,
    description: `${uri.slice(uri.lastIndexOf('/') + 1)}:${range.start.line + 1}`,
    detail: [text, ...wrong].join(' | '),
    entry,
  };
}
