import type { Diagnostic, Location } from 'vscode';
import { commands, Disposable, l10n, languages, window, workspace } from 'vscode';

/** What a message of the server's that is a step of a path begins with. */
const numbered = /^\s*(\d+) (.*)$/s;

/** The path that is walked, and the step that was gone to last. */
interface Walk {
  readonly steps: readonly { readonly location: Location; readonly text: string }[];
  at: number;
}

/** Next Step of Path, Previous Step of Path: from the finding at the cursor along what leads to it. */
export function activateSteps(): Disposable {
  let walk: Walk | undefined;
  const go = async (by: 1 | -1) => {
    walk = walkAtCursor(walk);
    if (walk === undefined) {
      void window.showInformationMessage(l10n.t('Membrane: there is no path of a finding at the cursor.'));
      return;
    }
    const to = walk.at + by;
    const step = walk.steps[to];
    if (step === undefined) {
      const text =
        by > 0 ? l10n.t('Membrane: the path ends here.') : l10n.t('Membrane: the path begins here.');
      window.setStatusBarMessage(text, 5000);
      return;
    }
    walk.at = to;
    const document = await workspace.openTextDocument(step.location.uri);
    await window.showTextDocument(document, { selection: step.location.range });
    const position = l10n.t('{0} of {1}', String(to + 1), String(walk.steps.length));
    window.setStatusBarMessage(`Membrane: ${position}: ${step.text}`, 15_000);
  };
  return Disposable.from(
    commands.registerCommand('membrane.nextStep', () => go(1)),
    commands.registerCommand('membrane.previousStep', () => go(-1)),
  );
}

/** The walk that goes on if the cursor is where it left it; else that of the finding whose path has the cursor. */
function walkAtCursor(walk: Walk | undefined): Walk | undefined {
  const editor = window.activeTextEditor;
  if (editor === undefined) return undefined;
  const cursor = editor.selection.active;
  const isHere = ({ uri, range }: Location) =>
    uri.toString() === editor.document.uri.toString() && range.contains(cursor);
  const last = walk?.steps[walk.at];
  if (last !== undefined && isHere(last.location)) return walk;
  const ours = languages.getDiagnostics(editor.document.uri).filter(({ source }) => source === 'membrane');
  const here = ours.find(({ range }) => range.contains(cursor));
  const walks = [...(here === undefined ? [] : [here]), ...ours].map(stepsOf);
  const steps = walks.find((all) => all.some(({ location }) => isHere(location))) ?? (here && stepsOf(here));
  if (steps === undefined || steps.length === 0) return undefined;
  const at = steps.findLastIndex(({ location }) => isHere(location));
  // At the finding itself, which its path ends at.
  return { steps, at: at < 0 ? steps.length - 1 : at };
}

function stepsOf({ relatedInformation = [] }: Diagnostic): Walk['steps'] {
  return relatedInformation.flatMap(({ location, message }) => {
    const [, , text] = numbered.exec(message) ?? [];
    return text === undefined ? [] : [{ location, text }];
  });
}
