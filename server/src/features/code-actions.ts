import { noReason } from '../annotations/write.ts';
import type { ClientCommand, ShowTransitionArguments, SuppressArguments } from '../protocol.ts';
import type { Fix, FixKind } from '../service-fixes.ts';
import type { InferredNote } from '../service-infer.ts';
import type { Diagnostic } from '../service-types.ts';
import {
  allowRemoved,
  annotated,
  dismissed,
  type EditedConfig,
  formattedAt,
  suppressedHere,
} from './annotation-edits.ts';
import { rangeOf } from './diagnostics.ts';
import type { Settings } from './settings.ts';
import type { LspDiagnostic, LspRange } from './shapes.ts';
import { type EditClient, type EditedDocument, editOf, type LspWorkspaceEdit } from './workspace-edit.ts';

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
  readonly kind: FixKind;
  readonly diagnostics?: LspDiagnostic[];
  readonly isPreferred?: boolean;
  readonly disabled?: { readonly reason: string };
  readonly edit?: LspWorkspaceEdit;
  readonly command?: { readonly title: string; readonly command: string; readonly arguments: unknown[] };
  readonly data?: CodeActionData;
}

/** What the client can do with an action. */
export interface ActionClient extends EditClient {
  /** It asks for an edit when an action is chosen. */
  readonly resolvesEdits: boolean;
  /** It shows why an action cannot be chosen. */
  readonly disabled: boolean;
  readonly commands: readonly string[];
}

/** A finding that actions are asked for. */
export interface ActionQuestion {
  readonly client: ActionClient;
  readonly document: EditedDocument;
  readonly shown: LspDiagnostic;
  /** The same finding as the engine has it. */
  readonly finding: Diagnostic;
  /** Those that come back clean, in their order; null: that is still being looked at. */
  readonly fixes: readonly Fix[] | null;
  readonly marker: Settings['marker'];
  /** The `.membrane.json` of the tree; null: there is no tree. */
  readonly config: EditedConfig | null;
}

/** Makes entries of the menu for one finding. */
export type ActionMaker = (question: ActionQuestion) => readonly LspCodeAction[];

const fixes: ActionMaker = ({ client, document, shown, fixes: clean }) => {
  const { uri, version } = document;
  if (clean === null) {
    const reason = 'Looking whether it comes back clean; ask again in a moment.';
    const title = `Fix ${shown.code}`;
    return client.disabled ? [{ title, kind: 'quickfix', diagnostics: [shown], disabled: { reason } }] : [];
  }
  return clean.map((fix, i) => ({
    title: fix.title,
    kind: fix.kind,
    diagnostics: [shown],
    ...(i === 0 && fix.kind === 'quickfix' ? { isPreferred: true } : {}),
    ...(client.resolvesEdits
      ? { data: { uri, version, fingerprint: fix.fingerprint, fix: fix.id } }
      : { edit: editOf(fix.edits, document, client) }),
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

const suppress: ActionMaker = ({ client, document, shown, finding, marker, config }) => {
  const command: ClientCommand = 'membrane.suppress';
  const { rule } = finding;
  const ways = [
    {
      where: 'here' as const,
      title: 'Suppress here, with reason',
      target: document.uri,
      edit: suppressedHere(document, finding, noReason, marker, client),
    },
    {
      where: 'config' as const,
      title: 'Dismiss in .membrane.json, with reason',
      target: config?.uri ?? '',
      edit: config && dismissed(config, finding, noReason, client),
    },
  ];
  return ways.flatMap(({ where, title, target, edit }): LspCodeAction[] => {
    if (edit === null) return [];
    const entry = { title, kind: 'quickfix' as const, diagnostics: [shown] };
    if (!client.commands.includes(command)) return [{ ...entry, edit }];
    const wanted: SuppressArguments = {
      ...{ uri: document.uri, rule, fingerprint: finding.fingerprint, where, target },
    };
    return [{ ...entry, command: { title, command, arguments: [wanted] } }];
  });
};

const unneeded: ActionMaker = ({ client, document, shown, finding }) => {
  const edit = allowRemoved(document, finding, client);
  const entry = { title: 'Remove the allow', kind: 'quickfix' as const, diagnostics: [shown] };
  return edit === null ? [] : [{ ...entry, isPreferred: true, edit }];
};

/** All that makes entries, in the order of the menu. What is to stand among them goes here. */
const makers: readonly ActionMaker[] = [fixes, unneeded, transition, why, suppress];

/** The menu at one finding. `amongOthers`: findings of other rules have entries in the same menu, so that each says whose it is. */
export function codeActions(question: ActionQuestion, amongOthers: boolean): LspCodeAction[] {
  const entries = makers.flatMap((make) => make(question));
  if (!amongOthers) return entries;
  return entries.map((entry) => ({ ...entry, title: `${entry.title} (${question.shown.code})` }));
}

/** The menu at a place, whatever is found there. `inferred`: contracts that could be written down. */
export function placeActions(
  client: ActionClient,
  document: EditedDocument,
  range: LspRange,
  inferred: readonly InferredNote[],
): LspCodeAction[] {
  const entry = (title: string, edit: LspWorkspaceEdit | null): LspCodeAction[] =>
    edit === null ? [] : [{ title, kind: 'refactor.rewrite', edit }];
  const line = range.start.line + 1;
  const at = inferred.filter(({ place, body }) => place.start.line <= line && line <= body.line);
  return [
    ...entry('Write down what was inferred', annotated(document, at, client)),
    ...entry('Format annotation', formattedAt(document, range.start, client)),
  ];
}
