import type { ExtensionContext } from 'vscode';
import {
  commands,
  Disposable,
  l10n,
  languages,
  type Position,
  Uri,
  ViewColumn,
  window,
  workspace,
} from 'vscode';
import type { TransitionParams } from '../../../server/src/protocol.ts';
import type { Session } from '../session.ts';
import { isC } from '../session.ts';
import { TransitionPanel } from './transition-panel.ts';

/** The scheme of read-only documents of a transition's table: `transition` in the path, what is asked in the query. */
const textScheme = 'membrane-transition';

/** What the command takes; all of it may be missing. */
interface Wanted {
  readonly callee?: string;
  readonly platform?: string;
  readonly uri?: string;
  readonly position?: { readonly line: number; readonly character: number };
  readonly fingerprint?: string;
}

/** Show Transition, as a panel or as text, and the documents that hold the text. */
export function activateTransition(session: Session, context: ExtensionContext): Disposable {
  const asText = (params: TransitionParams, column?: ViewColumn) => showText(params, column);
  const panel = new TransitionPanel(session, context.extensionUri, asText);
  const provider = workspace.registerTextDocumentContentProvider(textScheme, {
    provideTextDocumentContent: async ({ query }) => {
      const params = JSON.parse(query) as TransitionParams;
      return (await session.transition(params))?.text ?? l10n.t('There is no transition of memory there.');
    },
  });
  const show = (how: (params: TransitionParams) => Promise<unknown>) => async (wanted?: Wanted) => {
    const params = paramsOf(wanted ?? {});
    // A transition by itself is better than nothing: what a platform does is worth a look in any file.
    const { callee } = params;
    const isAsked = params.textDocument !== undefined || callee !== undefined;
    const there = isAsked && (await session.transition(params)) !== null;
    if (!there && callee !== undefined) {
      await window.showInformationMessage(l10n.t('{0}() is no transition of memory.', callee));
      return;
    }
    const platform = wanted?.platform ?? chosenPlatform();
    await how(there ? params : platform === undefined ? {} : { choice: { platform } });
  };
  return Disposable.from(
    panel,
    provider,
    commands.registerCommand(
      'membrane.showTransition',
      show((params) => panel.show(params)),
    ),
    commands.registerCommand(
      'membrane.showTransitionAsText',
      show((params) => asText(params)),
    ),
  );
}

/** The first of the platforms that are set. */
function chosenPlatform(): string | undefined {
  const platforms = workspace.getConfiguration('membrane').get<string[]>('platforms') ?? [];
  return platforms.includes('auto') ? undefined : platforms[0];
}

/** What is asked for: what was given, else what is at the cursor. */
function paramsOf({ callee, platform, uri, position, fingerprint }: Wanted): TransitionParams {
  const editor = window.activeTextEditor;
  const cursor = editor !== undefined && isC(editor.document) ? editor : undefined;
  const document = uri ?? cursor?.document.uri.toString();
  const place = position ?? (uri === undefined ? cursor?.selection.active : undefined);
  const found = fingerprint ?? (place && document ? fingerprintAt(Uri.parse(document), place) : undefined);
  return {
    ...(document === undefined ? {} : { textDocument: { uri: document } }),
    ...(place === undefined ? {} : { position: { line: place.line, character: place.character } }),
    ...(callee === undefined ? {} : { callee }),
    ...(found === undefined ? {} : { fingerprint: found }),
    ...(platform === undefined ? {} : { choice: { platform } }),
  };
}

/** The finding of ours at a place, as the server calls it. */
function fingerprintAt(
  uri: Uri,
  { line, character }: Pick<Position, 'line' | 'character'>,
): string | undefined {
  const here = languages.getDiagnostics(uri).find(({ source, range: { start, end } }) => {
    const after = line > start.line || (line === start.line && character >= start.character);
    const before = line < end.line || (line === end.line && character <= end.character);
    return source === 'membrane' && after && before;
  });
  const { data } = (here ?? {}) as { data?: { fingerprint?: unknown } };
  return typeof data?.fingerprint === 'string' ? data.fingerprint : undefined;
}

async function showText(params: TransitionParams, viewColumn = ViewColumn.Beside): Promise<void> {
  const uri = Uri.from({ scheme: textScheme, path: '/transition.txt', query: JSON.stringify(params) });
  const document = await workspace.openTextDocument(uri);
  await window.showTextDocument(document, { viewColumn, preview: true });
}
