import type {
  ClientCapabilities,
  CodeAction,
  CodeActionParams,
  Connection,
  ServerCapabilities,
} from 'vscode-languageserver';
import { LSPErrorCodes, ResponseError } from 'vscode-languageserver';
import { type CancellationToken, never } from '../../base/token.ts';
import {
  type ActionClient,
  type CodeActionData,
  codeActions,
  type LspCodeAction,
  placeActions,
} from '../../features/code-actions.ts';
import { compare, type LspDiagnostic, type LspRange } from '../../features/shapes.ts';
import { editOf } from '../../features/workspace-edit.ts';
import { comesBackClean, type Fix, type FixKind, withFix } from '../../service-fixes.ts';
import type { Diagnostic } from '../../service-types.ts';
import { configOf, editClient } from './annotations.ts';
import type { OpenDocument } from './documents.ts';
import type { HostFiles } from './host.ts';
import type { OpenConfigs } from './open-configs.ts';
import type { Reviewer } from './review.ts';
import { sliced } from './slices.ts';
import type { Unit, Units } from './units.ts';

/** Milliseconds that a menu waits for fixes to be looked at; what takes longer is there when it is opened again. */
const patience = 1000;

/** The kinds of all that is offered. */
const kinds: readonly FixKind[] = ['quickfix', 'refactor.rewrite'];

/** What actions need of the server around them. */
export interface ActionHost {
  readonly units: Units;
  readonly documents: ReadonlyMap<string, OpenDocument>;
  readonly files: HostFiles;
  readonly configs: OpenConfigs;
  reviewer(): Reviewer;
  /** Runs a request; on a fault logs it and answers `fallback`. */
  request<T>(
    what: string,
    token: { readonly isCancellationRequested: boolean },
    fallback: T,
    action: () => Promise<T>,
  ): Promise<T>;
}

/** Something that is looked for in certain texts. */
interface Search<T> {
  readonly stamp: string;
  readonly done: Promise<T>;
  /** Null as long as it is not known. */
  result: T | null;
}

/** The commands that a client says it carries out. */
export function commandsOf(commands: unknown): readonly string[] {
  return Array.isArray(commands) ? commands.filter((one) => typeof one === 'string') : [];
}

/** Whether a client takes code actions with edits and versions, and what else changes an answer. */
function actionClient(capabilities: ClientCapabilities, commands: unknown): ActionClient | null {
  const actions = capabilities.textDocument?.codeAction;
  // Without literals an action is a command that the client runs, and there are none of ours everywhere.
  if (actions?.codeActionLiteralSupport === undefined) return null;
  return {
    ...editClient(capabilities),
    resolvesEdits:
      actions.dataSupport === true && actions.resolveSupport?.properties.includes('edit') === true,
    disabled: actions.disabledSupport === true,
    commands: commandsOf(commands),
  };
}

/** Code actions at findings: fixes that come back clean, and ways to read on. Nothing is offered on a text that is not looked at. */
export class CodeActions {
  private client: ActionClient | null = null;
  private readonly searches = new WeakMap<OpenDocument, Map<string, Search<readonly Fix[]>>>();
  private readonly found = new WeakMap<OpenDocument, Search<readonly Diagnostic[]>>();
  /** Fixes are tried one after the other: each changes what the engine has in hand. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly host: ActionHost) {}

  /** The capability that the server tells of; empty: the client takes no actions. `commands`: those that the client says it has. */
  start(capabilities: ClientCapabilities, commands: unknown): Pick<ServerCapabilities, 'codeActionProvider'> {
    this.client = actionClient(capabilities, commands);
    if (this.client === null) return {};
    const { resolvesEdits: resolveProvider } = this.client;
    return { codeActionProvider: { codeActionKinds: [...kinds], resolveProvider } };
  }

  /** Attaches the handlers. */
  listen(connection: Connection): void {
    connection.onCodeAction((params, token) =>
      this.host.request('codeAction', token, [], async () => [...(await this.offer(params))] as CodeAction[]),
    );
    connection.onCodeActionResolve((action, token) =>
      this.host.request('codeAction/resolve', token, action, async () => this.resolve(action)),
    );
  }

  private async offer({
    textDocument,
    range,
    context: { only, diagnostics: asked },
  }: CodeActionParams): Promise<LspCodeAction[]> {
    const { client, host } = this;
    const document = host.documents.get(textDocument.uri);
    if (client === null || document === undefined || !kinds.some((kind) => wanted(kind, only))) return [];
    await host.units.ready();
    const unit = await host.units.of(document);
    const settled = await within({ result: null, done: host.reviewer().whole(unit) }, patience);
    if (settled !== true) return [];
    const shown = askedFor(
      document.shown?.diagnostics.filter((one) => meets(one.range, range)) ?? [],
      asked ?? [],
    );
    const found = (await this.atFindings(unit, client, shown)).filter(({ kind }) => wanted(kind, only));
    if (!wanted('refactor.rewrite', only) || this.isStale(unit)) return found;
    const { bound, texts, settings } = unit;
    const inferred = bound.engine.looks.annotations(bound.file, texts, settings.marker)?.inferred ?? [];
    return [...found, ...placeActions(client, document, range, inferred)];
  }

  private async atFindings(
    unit: Unit,
    client: ActionClient,
    shown: readonly LspDiagnostic[],
  ): Promise<LspCodeAction[]> {
    const { document, settings } = unit;
    const amongOthers = new Set(shown.map(({ code }) => code)).size > 1;
    if (shown.length === 0) return [];
    const diagnostics = await within(this.findings(unit), patience);
    if (diagnostics === null) return [];
    const config = configOf(unit.bound, this.host.files, this.host.configs);
    const actions: LspCodeAction[] = [];
    for (const one of shown) {
      const finding = diagnostics.find(({ fingerprint }) => fingerprint === one.data.fingerprint);
      if (finding === undefined) continue;
      const fixes = await within(this.search(unit, one.data.fingerprint), patience);
      if (this.isStale(unit)) return [];
      const { marker } = settings;
      const question = { client, document, shown: one, finding, fixes, marker, config };
      actions.push(...codeActions(question, amongOthers));
    }
    return actions;
  }

  private resolve(action: CodeAction): CodeAction {
    const data = action.data as CodeActionData | undefined;
    if (data === undefined || this.client === null) return action;
    const document = this.host.documents.get(data.uri);
    const search =
      document?.version === data.version ? this.searches.get(document)?.get(data.fingerprint) : undefined;
    const fix = search?.result?.find(({ id }) => id === data.fix);
    if (document === undefined || fix === undefined) {
      throw new ResponseError(
        LSPErrorCodes.ContentModified,
        'the document changed since the fix was offered',
      );
    }
    return { ...action, edit: editOf(fix.edits, document, this.client) as NonNullable<CodeAction['edit']> };
  }

  /** The findings of a document as the engine has them, in its turn: what is being tried would be in the way. */
  private findings(unit: Unit): Search<readonly Diagnostic[]> {
    const { document, bound, texts } = unit;
    const stamp = this.host.reviewer().resultId(unit);
    const known = this.found.get(document);
    if (known?.stamp === stamp) return known;
    const search = begun(
      stamp,
      this.inTurn(async () => {
        const { engine, file } = bound;
        const prepare = (token: CancellationToken) => engine.prepare(texts, token);
        if (!(await sliced(prepare, () => this.isStale(unit), { effort: () => engine.effort }))) return [];
        return engine.check(file, texts, this.host.reviewer().options(unit), never).report.diagnostics;
      }),
    );
    this.found.set(document, search);
    search.done.catch(() => this.found.delete(document));
    return search;
  }

  /** The search for a finding's fixes: the one that goes on or is done, as long as it is for these very texts. */
  private search(unit: Unit, fingerprint: string): Search<readonly Fix[]> {
    const { document } = unit;
    const searches = this.searches.get(document) ?? new Map<string, Search<readonly Fix[]>>();
    this.searches.set(document, searches);
    const stamp = this.host.reviewer().resultId(unit);
    const known = searches.get(fingerprint);
    if (known?.stamp === stamp) return known;
    const search = begun(
      stamp,
      this.inTurn(() => this.clean(unit, fingerprint)),
    );
    searches.set(fingerprint, search);
    search.done.catch(() => searches.delete(fingerprint));
    return search;
  }

  /** Tries the fixes of a finding in its group of files, each until it is known; none once the texts changed. */
  private async clean(unit: Unit, fingerprint: string): Promise<readonly Fix[]> {
    const { bound, texts, settings } = unit;
    const { engine, file } = bound;
    const options = this.host.reviewer().options(unit);
    const stale = () => this.isStale(unit);
    const check = async (those: Unit['texts']) => {
      const prepare = (token: CancellationToken) => engine.prepare(those, token);
      return (await sliced(prepare, stale, { effort: () => engine.effort }))
        ? engine.checkAll(those, options, never)
        : null;
    };
    const before = await check(texts);
    if (before === null) return [];
    const message = settings.leakMessage;
    const candidates = engine.fixCandidates(file, texts, { fingerprint, options, message }, never);
    const clean = new Map<string, Fix>();
    for (const fix of candidates) {
      if (clean.has(fix.id)) continue;
      const after = await check(withFix(texts, fix));
      if (after === null) return [];
      if (comesBackClean(before, after, fix)) clean.set(fix.id, fix);
    }
    // What the document shows next is the text without any of them.
    if (candidates.length > 0) await check(texts);
    return [...clean.values()];
  }

  private isStale(unit: Unit): boolean {
    return unit.document.closed || !this.host.units.isCurrent(unit);
  }

  private inTurn<T>(action: () => Promise<T>): Promise<T> {
    const next = this.last.then(action, action);
    this.last = next;
    return next;
  }
}

/** Of what is shown at a range that which the client asks about; all of it if it names nothing of ours. */
function askedFor(
  shown: readonly LspDiagnostic[],
  asked: readonly { readonly code?: number | string; readonly range: LspRange }[],
): readonly LspDiagnostic[] {
  const isAsked = ({ code, range }: LspDiagnostic) =>
    asked.some((one) => one.code === code && samePlace(one.range, range));
  return shown.some(isAsked) ? shown.filter(isAsked) : shown;
}

function samePlace(a: LspRange, b: LspRange): boolean {
  return compare(a.start, b.start) === 0 && compare(a.end, b.end) === 0;
}

function begun<T>(stamp: string, done: Promise<T>): Search<T> {
  const search: Search<T> = { stamp, done, result: null };
  done.then(
    (result) => {
      search.result = result;
    },
    () => undefined,
  );
  return search;
}

/** What was found in so many milliseconds; null if it takes longer. @throws what the search throws */
async function within<T>(
  search: Pick<Search<T>, 'done' | 'result'>,
  milliseconds: number,
): Promise<T | null> {
  if (search.result !== null) return search.result;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), milliseconds);
  });
  try {
    return await Promise.race([search.done, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether actions of a kind are asked for: a kind names all that are below it. */
function wanted(kind: string, only: readonly string[] | undefined): boolean {
  return only === undefined || only.some((one) => one === '' || one === kind || kind.startsWith(`${one}.`));
}

function meets(a: LspRange, b: LspRange): boolean {
  return compare(a.start, b.end) <= 0 && compare(b.start, a.end) <= 0;
}
