import { l10n } from 'vscode';
import type { ProgressTitles } from '../../server/src/protocol.ts';

/** What the server writes over the progress that it shows, in the language of the editor. */
export function progressTitles(): Required<ProgressTitles> {
  return {
    indexing: l10n.t('Membrane: indexing'),
    checkingTree: l10n.t('Membrane: checking the tree'),
    checkingWorkspace: l10n.t('Membrane: checking the workspace'),
    // The server knows the numbers.
    filesSearched: l10n.t('{0} files searched', '{0}'),
    filesChecked: l10n.t('{0} of {1} files', '{0}', '{1}'),
  };
}
