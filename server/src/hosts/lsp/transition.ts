import type { Connection } from 'vscode-languageserver';
import { never } from '../../base/token.ts';
import type { Settings } from '../../features/settings.ts';
import {
  type FoundTransition,
  platformTransition,
  presentTransition,
  transitionAt,
} from '../../features/transition.ts';
import { conversionBy, vocabularyFor } from '../../kernel/vocabulary.ts';
import type {
  TransitionChoice,
  TransitionMethod,
  TransitionParams,
  TransitionResult,
} from '../../protocol.ts';
import { transitionText } from '../../report/transition-text.ts';
import type { OpenDocument } from './documents.ts';
import type { Reviewer } from './review.ts';
import type { ClientSettings } from './settings.ts';
import type { Units } from './units.ts';

const transitionMethod: TransitionMethod = 'membrane/transition';

/** What the request needs of the server around it. */
export interface TransitionHost {
  document(uri: string): OpenDocument | undefined;
  readonly units: Units;
  readonly settings: ClientSettings;
  reviewer(): Reviewer;
  /** Runs the handler of a request; on a fault logs it and answers null. */
  request(
    token: { readonly isCancellationRequested: boolean },
    action: () => Promise<TransitionResult | null>,
  ): Promise<TransitionResult | null>;
}

/** Answers `membrane/transition`. */
export function answerTransitions(connection: Connection, host: TransitionHost): void {
  connection.onRequest(transitionMethod, (params: TransitionParams | null, token) =>
    host.request(token, () => answer(params ?? {}, host, () => token.isCancellationRequested)),
  );
}

async function answer(
  params: TransitionParams,
  host: TransitionHost,
  givenUp: () => boolean,
): Promise<TransitionResult | null> {
  const uri = params.textDocument?.uri;
  const document = uri === undefined ? undefined : host.document(uri);
  if (document === undefined) {
    if (params.position !== undefined || params.fingerprint !== undefined) return null;
    const choice = choiceOf(params, await host.settings.general());
    const to = params.callee === undefined ? choice.to : conversionBy(vocabularyFor(null), params.callee);
    if (to === null) return null;
    return present(platformTransition({ ...(to ? { to } : {}), ...choice }), () => null);
  }
  const stale = () => document.closed || givenUp();
  if (!(await host.reviewer().review(document, stale))) return null;
  const all = await host.units.of(document);
  // While the files around a document are not looked at yet, what is shown is what it gives alone.
  const unit = document.linked ? all : host.units.alone(all);
  const { bound, settings, texts } = unit;
  const { engine, file, tree } = bound;
  const isLookedAt = document.outcome !== null && document.outcome.status.skipped === null;
  const options = { rules: [], levels: settings.rules, platforms: settings.platforms };
  const possible = engine.platforms(file);
  const wanted = possible.filter((id) => settings.platforms.includes(id));
  const found = transitionAt(
    { ...params, choice: choiceOf(params, settings) },
    {
      file,
      lineText: (line) => document.lineText(line),
      diagnostics: isLookedAt ? engine.check(file, texts, options, never).report.diagnostics : [],
      converts: (name) => engine.converts(name),
      platforms: wanted.length > 0 ? wanted : possible,
      version: typeof tree === 'string' ? null : tree.version,
    },
  );
  const uriOf = (name: string) => (name === file ? document.uri : bound.uriOf(name));
  return found && present(found, uriOf);
}

/** The protocol of the settings is one that nobody has chosen yet. */
function choiceOf({ choice }: TransitionParams, { tuning: { protocol } }: Settings): TransitionChoice {
  return { ...(protocol === 'tree' ? {} : { protocol }), ...choice };
}

function present(found: FoundTransition, uriOf: (file: string) => string | null): TransitionResult {
  return presentTransition(found, uriOf, transitionText(found.view, { colours: false }));
}
