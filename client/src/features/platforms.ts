import type { ExtensionContext, QuickPickItem } from 'vscode';
import { ConfigurationTarget, commands, type Disposable, l10n, window, workspace } from 'vscode';
import type { Session } from '../session.ts';
import { currentDocument } from './current.ts';

interface Item extends QuickPickItem {
  readonly id: string;
}

/** Choose Platforms: the setting `membrane.platforms`, by names. */
export function activatePlatforms(_session: Session, context: ExtensionContext): Disposable {
  return commands.registerCommand('membrane.choosePlatforms', async () => {
    const scope = currentDocument()?.uri ?? workspace.workspaceFolders?.[0]?.uri;
    const configuration = workspace.getConfiguration('membrane', scope);
    const now = configuration.get<string[]>('platforms') ?? [];
    const items = known(context).map(
      ({ id, title }): Item => ({ id, label: title, description: id, picked: now.includes(id) }),
    );
    const picked = await window.showQuickPick(items, {
      canPickMany: true,
      title: l10n.t('Membrane: platforms to report for'),
      placeHolder: l10n.t('None: those that each file can run on'),
      matchOnDescription: true,
    });
    if (picked === undefined) return;
    const ids = picked.map(({ id }) => id);
    const target =
      workspace.workspaceFolders === undefined ? ConfigurationTarget.Global : ConfigurationTarget.Workspace;
    await configuration.update('platforms', ids.length === 0 ? undefined : ids, target);
  });
}

/** The platforms as the manifest has them, which the server's own table writes. */
function known({ extension }: ExtensionContext): { id: string; title: string }[] {
  const { properties } = extension.packageJSON.contributes.configuration;
  const { enum: ids, enumDescriptions: titles } = properties['membrane.platforms'].items as {
    enum: string[];
    enumDescriptions: string[];
  };
  return ids.map((id, i) => ({ id, title: titles[i] ?? id })).filter(({ id }) => id !== 'auto');
}
