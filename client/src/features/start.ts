import type { ExtensionContext } from 'vscode';
import { commands, Disposable, l10n, Uri, window, workspace } from 'vscode';
import type { Session } from '../session.ts';
import { currentDocument } from './current.ts';

/** Open Example, Get Started, Create .membrane.json. */
export function activateStart(_session: Session, context: ExtensionContext): Disposable {
  return Disposable.from(
    commands.registerCommand('membrane.openExample', () => openExample(context)),
    commands.registerCommand('membrane.getStarted', () =>
      commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#start`, false),
    ),
    commands.registerCommand('membrane.createConfig', () => createConfig()),
  );
}

/** Put in by the build: the files of the example. Where an extension comes from a web server, its folders cannot be listed. */
declare const MEMBRANE_EXAMPLE: readonly string[];

/** Opens a copy of the example, so that it can be edited; what was edited there before is as it was shipped again. */
async function openExample({ extensionUri, globalStorageUri }: ExtensionContext): Promise<void> {
  const from = Uri.joinPath(extensionUri, 'example');
  const to = Uri.joinPath(globalStorageUri, 'example');
  await workspace.fs.createDirectory(to);
  for (const name of MEMBRANE_EXAMPLE) {
    const bytes = await workspace.fs.readFile(Uri.joinPath(from, name));
    const target = Uri.joinPath(to, name);
    const open = workspace.textDocuments.find(({ uri }) => uri.toString() === target.toString());
    if (open?.isDirty !== true) await workspace.fs.writeFile(target, bytes);
  }
  const document = await workspace.openTextDocument(Uri.joinPath(to, 'ring.c'));
  await window.showTextDocument(document, { preview: false });
}

/** What the file begins with: nothing is changed by it, and what it is for can be seen. */
const template = `{
\t// Read by Membrane in the editor and on the command line. Everything may be left out; completion knows the rest.

\t// Levels of rules: "error", "warning", "info", "hint" or "off".
\t"rules": {},

\t// Files and folders that are left out, as globs of paths from here.
\t"exclude": []
}
`;

async function createConfig(): Promise<void> {
  const document = currentDocument();
  const folder =
    (document && workspace.getWorkspaceFolder(document.uri)?.uri) ?? workspace.workspaceFolders?.[0]?.uri;
  if (folder === undefined) {
    void window.showInformationMessage(l10n.t('Membrane: open the folder of the tree first.'));
    return;
  }
  const uri = Uri.joinPath(folder, '.membrane.json');
  try {
    await workspace.fs.stat(uri);
  } catch {
    await workspace.fs.writeFile(uri, new TextEncoder().encode(template));
  }
  await window.showTextDocument(await workspace.openTextDocument(uri));
}
