import { platformIds } from '../explain/platforms.ts';
import { type TransitionView, transitionView, type ViewChoice } from '../explain/transition-view.ts';
import { placeText } from '../explain/transition-words.ts';
import type { TransitionParams, TransitionResult } from '../protocol.ts';
import type { CheckOptions, Diagnostic, ResolvedPlace } from '../service-types.ts';
import { rangeOf } from './diagnostics.ts';
import { wordAt } from './hover.ts';
import { covers, type LspPosition } from './shapes.ts';

type PlatformId = CheckOptions['platforms'][number];

/** What is known where a transition is asked for. */
export interface TransitionPlace {
  /** The document's name in reports. */
  readonly file: string;
  /** The line of the position, without its end. */
  readonly lineText: (line: number) => string;
  readonly diagnostics: readonly Diagnostic[];
  /** Which way a call of that name converts memory; null: it does not. */
  readonly converts: (name: string) => 'shared' | 'private' | null;
  /** Those that the file can run on and that somebody wants to hear of. */
  readonly platforms: readonly PlatformId[];
  readonly version: readonly [number, number] | null;
}

/** A view, and the finding whose path it is joined with. */
export interface FoundTransition {
  readonly view: TransitionView;
  readonly finding: Diagnostic | null;
}

/** The transition without any source: what a platform does. */
export function platformTransition(choice: ViewChoice): FoundTransition {
  const view = transitionView({ version: null, platforms: [], to: 'shared', call: null, path: [], choice });
  return { view, finding: null };
}

/**
 * The transition that is meant at a place: that of the finding there, or of a finding whose path passes there, else the call
 * there. Null if there is none of them, or what is named is no transition.
 */
export function transitionAt(params: TransitionParams, place: TransitionPlace): FoundTransition | null {
  const choice = params.choice ?? {};
  const { version } = place;
  const finding = findingAt(params, place);
  if (finding !== null) {
    const of = platformIds.filter((id) => finding.platforms.includes(id));
    const wanted = of.filter((id) => place.platforms.includes(id));
    const platforms = wanted.length > 0 ? wanted : of;
    const view = transitionView({
      version,
      platforms,
      to: 'shared',
      call: null,
      path: finding.trace.filter((step) => step.event.k !== 'context' || step.text !== ''),
      choice,
    });
    return { view, finding };
  }
  const call = callAt(params, place);
  const to = call?.to ?? (params.callee === undefined ? null : place.converts(params.callee));
  if (to === null) return null;
  const platforms = platformIds.filter((id) => place.platforms.includes(id));
  const view = transitionView({ version, platforms, to, call: call?.at ?? null, path: [], choice });
  return { view, finding: null };
}

function findingAt(
  { fingerprint, position, callee }: TransitionParams,
  place: TransitionPlace,
): Diagnostic | null {
  const { diagnostics, file } = place;
  const named = diagnostics.find((one) => one.fingerprint === fingerprint);
  if (named !== undefined || position === undefined) return named ?? null;
  // Whoever asks about something that converts nothing does not mean a finding that happens to be there.
  if (callee !== undefined && place.converts(callee) === null) return null;
  const isHere = (at: ResolvedPlace) => at.file === file && covers(rangeOf(at), position);
  const isLine = (at: ResolvedPlace) =>
    at.file === file && at.start.line - 1 <= position.line && position.line <= at.end.line - 1;
  return (
    diagnostics.find((one) => isHere(one.place)) ??
    diagnostics.find((one) => one.trace.some((step) => isHere(step.place))) ??
    diagnostics.find((one) => isLine(one.place)) ??
    diagnostics.find((one) =>
      one.trace.some((step) => step.event.k === 'transition' && isLine(step.place)),
    ) ??
    null
  );
}

function callAt({ position, callee }: TransitionParams, { file, lineText, converts }: TransitionPlace) {
  if (position === undefined) return null;
  const text = lineText(position.line);
  const here = wordAt(text, position);
  const words = [...text.matchAll(/[A-Za-z_]\w*/g)].flatMap(
    (match) => wordAt(text, { line: position.line, character: match.index }) ?? [],
  );
  const wanted = callee === undefined ? words : words.filter((word) => word.text === callee);
  for (const word of [...(here === null || callee !== undefined ? [] : [here]), ...wanted]) {
    const to = converts(word.text);
    if (to === null) continue;
    const at = (one: LspPosition) => ({ line: one.line + 1, column: one.character + 1 });
    return { to, at: { file, start: at(word.range.start), end: at(word.range.end) } };
  }
  return null;
}

/** The view as the protocol has it. `uriOf`: of a file of the tree; null where it has none. `grid`: the same as text. */
export function presentTransition(
  { view, finding }: FoundTransition,
  uriOf: (file: string) => string | null,
  grid: string,
): TransitionResult {
  const { title, about, columns, rows, verdict, remedies, harmful, legend, chosen, choices } = view;
  const found = finding && {
    message: finding.message,
    rule: finding.rule,
    fingerprint: finding.fingerprint,
  };
  return {
    title,
    about,
    finding: found,
    columns: columns.map(({ head, words }) => ({ head, words })),
    rows: rows.map(({ place, lane: _, lines, ...row }) => {
      const uri = place === undefined ? null : uriOf(place.file);
      return {
        ...row,
        lines: lines.map(({ pages, cells }) => ({ pages, cells })),
        source:
          place === undefined || uri === null
            ? null
            : { uri, range: rangeOf(place), label: placeText(place) },
      };
    }),
    verdict,
    remedies,
    harmful,
    legend,
    chosen,
    choices,
    text: finding === null ? grid : `${finding.message} [${finding.rule}]\n\n${grid}`,
  };
}
