import {
  commands,
  Disposable,
  EventEmitter,
  Location,
  l10n,
  Position,
  Range,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  Uri,
  window,
} from 'vscode';
import type { ConvertingCallInfo, PlaceInDocument, TransitionsResult } from '../../../server/src/protocol.ts';
import { isC, type Session } from '../session.ts';
import { currentDocument, onDidChangeCurrent } from './current.ts';
import { CursorContext } from './cursor.ts';

/** A line of the tree. */
interface Node {
  readonly label: string;
  readonly description: string;
  readonly tooltip: string;
  readonly icon: string;
  readonly place: PlaceInDocument | null;
  readonly children: readonly Node[];
}

/** The context in which the view is there. */
const hasTransitions = 'membrane.hasTransitions';

/** The view "Transitions": functions that convert memory, of the file in front and those that it is checked with. And Show Callers. */
export function activateTransitions(session: Session): Disposable {
  const changed = new EventEmitter<void>();
  const cursor = new CursorContext();
  let roots: readonly Node[] = [];
  let asked = 0;
  const renew = async () => {
    const ticket = ++asked;
    const document = currentDocument();
    const status = document && isC(document) ? session.status(document.uri) : undefined;
    // Nothing is started for a view, and nothing asked of a file that was not analysed.
    const found =
      document === undefined || status === undefined || status.skipped !== null
        ? null
        : await session.transitions(document.uri).catch(() => undefined);
    // Undefined: the text changed meanwhile, what is there stays until the next analysis.
    if (ticket !== asked || found === undefined) return;
    cursor.functions = new Set(found?.functions.map(({ name }) => name));
    roots = nodesOf(found, document?.uri.toString() ?? '');
    void commands.executeCommand('setContext', hasTransitions, roots.length > 0);
    changed.fire();
  };
  const view = window.createTreeView<Node>('membrane.transitions', {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getChildren: (node) => [...(node?.children ?? roots)],
      getTreeItem: itemOf,
    },
  });
  void renew();
  return Disposable.from(
    changed,
    cursor,
    view,
    onDidChangeCurrent(() => void renew()),
    session.onDidChange(() => void renew()),
    commands.registerCommand('membrane.showCallers', (uri?: unknown, position?: unknown) =>
      showCallers(session, uri, position),
    ),
  );
}

/** Those of the document first, then by file. */
function nodesOf(found: TransitionsResult, uri: string): Node[] {
  if (found === null) return [];
  const own = (place: PlaceInDocument) => (place.uri === uri ? 0 : 1);
  return [...found.functions]
    .sort((a, b) => own(a) - own(b))
    .map((fn) => {
      const [does = '', ...rest] = fn.does.split(' | ');
      const calls = found.calls.filter((call) => call.function === fn.name && call.uri === fn.uri);
      const callers = found.calls.filter((call) => call.callee === fn.name);
      return {
        label: fn.name,
        description: rest[0] ?? '',
        tooltip: [`${fn.name}() ${does}`, ...rest, fn.callers].join('\n'),
        icon: 'symbol-function',
        place: fn,
        children: [
          ...calls.map((call) => callNode(call, call.callee, 'arrow-right')),
          ...callers.map((call) => callNode(call, call.function, 'arrow-left')),
        ],
      };
    });
}

function callNode(call: ConvertingCallInfo, label: string, icon: string): Node {
  return {
    label,
    description: icon === 'arrow-left' ? l10n.t('calls it') : (call.outcomes ?? ''),
    tooltip: call.text.replace(/\s+/g, ' '),
    icon,
    place: call,
    children: [],
  };
}

function itemOf(node: Node): TreeItem {
  const { label, description, tooltip, icon, place, children } = node;
  const state = children.length > 0 ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None;
  const item = new TreeItem(label, state);
  item.description = description;
  item.tooltip = tooltip;
  item.iconPath = new ThemeIcon(icon);
  item.accessibilityInformation = { label: `${label}: ${tooltip}` };
  if (place !== null) {
    const selection = rangeOf(place);
    item.command = {
      command: 'vscode.open',
      title: l10n.t('Open'),
      arguments: [Uri.parse(place.uri), { selection, preserveFocus: true }],
    };
  }
  return item;
}

function rangeOf({ range: { start, end } }: PlaceInDocument): Range {
  return new Range(start.line, start.character, end.line, end.character);
}

/** At a place that a lens gives, else at the cursor: the calls of the function that is named there, in a peek view. */
async function showCallers(session: Session, uri: unknown, position: unknown): Promise<void> {
  const editor = window.activeTextEditor;
  const given = position as { readonly line: number; readonly character: number } | undefined;
  const at = typeof uri === 'string' ? Uri.parse(uri) : editor?.document.uri;
  const place = typeof uri === 'string' ? given : editor?.selection.active;
  if (at === undefined || place === undefined) return;
  const found = await session.callers(at, { line: place.line, character: place.character });
  if (found === null || found.calls.length === 0) {
    void window.showInformationMessage(
      found === null
        ? l10n.t('Membrane: put the cursor on a function that converts memory.')
        : l10n.t('Membrane: no callers of {0}() in the files that are checked together.', found.name),
    );
    return;
  }
  const locations = found.calls.map((call) => new Location(Uri.parse(call.uri), rangeOf(call)));
  const start = new Position(place.line, place.character);
  await commands.executeCommand('editor.action.showReferences', at, start, locations);
}
