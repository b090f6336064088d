import { commands, Disposable, l10n, languages, Uri, window, workspace } from 'vscode';
import type { Session } from '../session.ts';
import { pageScheme } from '../session.ts';

/** Rule pages as read-only documents, and the command that opens one. */
export function activateRules(session: Session): Disposable {
  const provider = workspace.registerTextDocumentContentProvider(pageScheme, {
    provideTextDocumentContent: async (uri) => {
      const id = uri.path.replace(/^.*\//, '').replace(/\.md$/, '');
      return (await session.rulePage(id)) ?? `There is no rule \`${id}\`.\n`;
    },
  });
  const command = commands.registerCommand('membrane.explainRule', async (id?: unknown) => {
    const rule = typeof id === 'string' ? id : (ruleAtCursor() ?? (await chooseRule(session)));
    if (rule === undefined) return;
    const uri = Uri.from({ scheme: pageScheme, path: `/rules/${rule}.md` });
    await window.showTextDocument(await workspace.openTextDocument(uri), { preview: true });
  });
  return Disposable.from(provider, command);
}

/** The rule of a finding under the cursor. */
function ruleAtCursor(): string | undefined {
  const editor = window.activeTextEditor;
  if (editor === undefined) return undefined;
  const { document, selection } = editor;
  for (const diagnostic of languages.getDiagnostics(document.uri)) {
    if (diagnostic.source !== 'membrane' || !diagnostic.range.contains(selection.active)) continue;
    const { code } = diagnostic;
    const value = typeof code === 'object' ? code.value : code;
    if (value !== undefined) return String(value);
  }
  return undefined;
}

async function chooseRule(session: Session): Promise<string | undefined> {
  const items = (await session.rules()).map(({ id, title }) => ({ label: id, description: title }));
  const picked = await window.showQuickPick(items, {
    placeHolder: l10n.t('Rule to explain'),
    matchOnDescription: true,
  });
  return picked?.label;
}
