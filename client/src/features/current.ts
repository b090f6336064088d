import type { TextDocument } from 'vscode';
import { Disposable, TabInputText, TabInputTextDiff, window, workspace } from 'vscode';

/**
 * The document of the tab in front. Not the "active text editor": that may be a panel's, as after a click into the log,
 * while the file beside it is still the one that a status speaks of.
 */
export function currentDocument(): TextDocument | undefined {
  const input = window.tabGroups.activeTabGroup.activeTab?.input;
  const uri =
    input instanceof TabInputText
      ? input.uri
      : input instanceof TabInputTextDiff
        ? input.modified
        : undefined;
  if (uri === undefined) return undefined;
  const key = uri.toString();
  return workspace.textDocuments.find((document) => document.uri.toString() === key);
}

/** Calls `listener` whenever {@link currentDocument} may have changed. */
export function onDidChangeCurrent(listener: () => void): Disposable {
  return Disposable.from(
    window.tabGroups.onDidChangeTabs(listener),
    window.tabGroups.onDidChangeTabGroups(listener),
    window.onDidChangeActiveTextEditor(listener),
  );
}
