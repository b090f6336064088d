import type { ClientCommand, ShowTransitionArguments } from '../protocol.ts';
import type { Fix } from '../service-fixes.ts';
import type { Diagnostic } from '../service-types.ts';
import { rangeOf } from './diagnostics.ts';
import type { LspDiagnostic, LspRange } from './shapes.ts';

/** A replacement in a document. */
export interface LspTextEdit {
  readonly range: LspRange;
  readonly newText: string;
}

/** Changes of documents; `documentChanges` for clients that know versions. */
export type LspWorkspaceEdit =
  | { readonly changes: Readonly<Record<string, LspTextEdit[]>> }
  | {
      readonly documentChanges: {
        readonly textDocument: { readonly uri: string; readonly version: number };
        readonly edits: LspTextEdit[];
      }[];
    };

/** What finds a fix again when its edit is asked for. */
export interface CodeActionData {
  readonly uri: string;
  readonly version: number;
  readonly fingerprint: string;
  readonly fix: string;
}

/** An entry of the menu at a finding. */
export interface LspCodeAction {
  readonly title: string;
  readonly kind: 'quickfix';
  readonly diagnostics: LspDiagnostic[];
  readonly isPreferred?: boolean;
  readonly disabled?: { readonly reason: string };
  readonly edit?: LspWorkspaceEdit;
  readonly command?: { readonly title: string; readonly command: string; readonly arguments: unknown[] };
  readonly data?: CodeActionData;
}

/** What the client can do with an action. */
export interface ActionClient {
  /** It asks for an edit when an action is chosen. */
  readonly resolvesEdits: boolean;
  readonly documentChanges: boolean;
  /** It shows why an action cannot be chosen. */
  readonly disabled: boolean;
  readonly commands: readonly string[];
}

/** A document as an action changes it. */
export interface ActionDocument {
  readonly uri: string;
  readonly version: number;
  positionAt(offset: number): LspRange['start'];
}

/** A finding that actions are asked for. */
export interface ActionQuestion {
  readonly client: ActionClient;
  readonly document: ActionDocument;
  readonly shown: LspDiagnostic;
  /** The same finding as the engine has it. */
  readonly finding: Diagnostic;
  /** Those that come back clean, in their order; null: that is still being looked at. */
  readonly fixes: readonly Fix[] | null;
}

/** Makes entries of the menu for one finding. */
export type ActionMaker = (question: ActionQuestion) => readonly LspCodeAction[];

/** The edit of a fix. */
export function editOf(fix: Fix, document: ActionDocument, client: ActionClient): LspWorkspaceEdit {
  const edits = fix.edits.map(({ start, end, text }) => ({
    range: { start: document.positionAt(start), end: document.positionAt(end) },
    newText: text,
  }));
  const { uri, version } = document;
  return client.documentChanges
    ? { documentChanges: [{ textDocument: { uri, version }, edits }] }
    : { changes: { [uri]: edits } };
}

const fixes: ActionMaker = ({ client, document, shown, fixes: clean }) => {
  const { uri, version } = document;
  if (clean === null) {
    const reason = 'Looking whether it comes back clean; ask again in a moment.';
    const title = `Fix ${shown.code}`;
    return client.disabled ? [{ title, kind: 'quickfix', diagnostics: [shown], disabled: { reason } }] : [];
  }
  return clean.map((fix, i) => ({
    title: fix.title,
    kind: 'quickfix',
    diagnostics: [shown],
    ...(i === 0 ? { isPreferred: true } : {}),
    ...(client.resolvesEdits
      ? { data: { uri, version, fingerprint: fix.fingerprint, fix: fix.id } }
      : { edit: editOf(fix, document, client) }),
  }));
};

const transition: ActionMaker = ({ client, document, shown, finding }) => {
  const command: ClientCommand = 'membrane.showTransition';
  if (!client.commands.includes(command)) return [];
  const step = finding.trace.findLast(({ event }) => event.k === 'transition');
  if (step?.event.k !== 'transition') return [];
  const range = step.place.file === finding.place.file ? rangeOf(step.place) : shown.range;
  const [platform] = finding.platforms;
  const wanted: ShowTransitionArguments = {
    callee: step.event.callee,
    uri: document.uri,
    range,
    position: range.start,
    fingerprint: finding.fingerprint,
    ...(finding.platforms.length === 1 && platform !== undefined ? { platform } : {}),
  };
  const title = 'Show the transition';
  return [
    {
      title,
      kind: 'quickfix',
      diagnostics: [shown],
      command: { title, command, arguments: [wanted] },
    },
  ];
};

const why: ActionMaker = ({ client, shown }) => {
  const command: ClientCommand = 'membrane.explainRule';
  if (!client.commands.includes(command)) return [];
  const title = 'Why? Open rationale';
  return [
    {
      title,
      kind: 'quickfix',
      diagnostics: [shown],
      command: { title, command, arguments: [shown.code] },
    },
  ];
};

/** All that makes entries, in the order of the menu. What is to stand among them goes here. */
const makers: readonly ActionMaker[] = [fixes, transition, why];

/** The menu at one finding. */
export function codeActions(question: ActionQuestion): LspCodeAction[] {
  return makers.flatMap((make) => make(question));
}
