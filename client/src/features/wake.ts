import type { TextDocument, TextDocumentChangeEvent, Uri } from 'vscode';
import { Disposable, Uri as Uris, workspace } from 'vscode';
import type { Session } from '../session.ts';
import { isC } from '../session.ts';
import { names } from './needles.ts';

/** Files that together make a folder the top of a kernel tree. */
const kernelFiles = ['MAINTAINERS', 'Kbuild', 'Kconfig'];

/**
 * Starts the server once there is something for it to do: a C file that names a transition, or any C file in a kernel
 * tree. In every other workspace no process is ever started.
 */
export function activateWake(session: Session): Disposable {
  const listeners: Disposable[] = [];
  let over = false;
  let inTree = false;
  const wake = () => {
    rest();
    session.start().catch(() => undefined);
  };
  const rest = () => {
    over = true;
    for (const listener of listeners.splice(0)) listener.dispose();
  };
  const look = (document: TextDocument) => {
    if (session.running) rest();
    else if (wanted(document, () => names(document.getText()))) wake();
  };
  const lookAtChange = ({ document, contentChanges }: TextDocumentChangeEvent) => {
    if (session.running) rest();
    else if (contentChanges.length > 0 && wanted(document, () => nowNames(document, contentChanges))) wake();
  };
  const lookAtAll = () => {
    for (const document of workspace.textDocuments) look(document);
  };
  const lookAtTree = () => {
    if (inTree && !over && wantsAll()) wake();
  };
  listeners.push(
    workspace.onDidOpenTextDocument(look),
    workspace.onDidChangeTextDocument(lookAtChange),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('membrane.enable')) lookAtAll();
      if (event.affectsConfiguration('membrane')) lookAtTree();
    }),
  );
  lookAtAll();
  void inKernelTree().then((yes) => {
    inTree = yes;
    lookAtTree();
    if (!yes || over) return;
    const any = (document: TextDocument) => wanted(document, () => true);
    if (workspace.textDocuments.some(any)) wake();
    else listeners.push(workspace.onDidOpenTextDocument((document) => any(document) && wake()));
  });
  return new Disposable(rest);
}

/** Whether findings of a whole folder are shown, so that no file of it need be open. */
function wantsAll(): boolean {
  return (workspace.workspaceFolders ?? []).some(({ uri }) => {
    const configuration = workspace.getConfiguration('membrane', uri);
    return configuration.get('diagnostics.scope') === 'workspace' && configuration.get('enable') !== 'off';
  });
}

function wanted(document: TextDocument, matters: () => boolean): boolean {
  if (!isC(document)) return false;
  const enable = workspace.getConfiguration('membrane', document.uri).get<string>('enable');
  return enable === 'on' || (enable !== 'off' && matters());
}

/** Only the lines that were touched are read: this runs with each key in a file that has nothing for us. */
function nowNames(document: TextDocument, changes: TextDocumentChangeEvent['contentChanges']): boolean {
  return changes.some(({ range, text }) => {
    const before = document.lineAt(Math.min(range.start.line, document.lineCount - 1)).text;
    if (!text.includes('\n')) return names(before);
    const last = Math.min(range.start.line + text.split('\n').length - 1, document.lineCount - 1);
    return names(before) || names(text) || names(document.lineAt(last).text);
  });
}

/** Whether a folder of the workspace is the top of a kernel tree, or says by a `.membrane.json` that it wants review. */
async function inKernelTree(): Promise<boolean> {
  const folders = workspace.workspaceFolders ?? [];
  const found = await Promise.all(
    folders.map(async ({ uri }) => {
      if (await exists(Uris.joinPath(uri, '.membrane.json'))) return true;
      const all = await Promise.all(kernelFiles.map((name) => exists(Uris.joinPath(uri, name))));
      return all.every(Boolean);
    }),
  );
  return found.includes(true);
}

async function exists(uri: Uri): Promise<boolean> {
  try {
    await workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
