import type { Finding } from './analysis/finding.ts';
import { checkNote, type Scope, soundClauses } from './annotations/check.ts';
import { functionTarget, type Target } from './annotations/find.ts';
import { mask } from './annotations/masked.ts';
import { parseContract } from './annotations/parse.ts';
import { printClause } from './annotations/print.ts';
import type { EffectClause, Place } from './annotations/types.ts';
import type { HeldRow } from './kernel/types.ts';
import { functionPlaces } from './project/contracts.ts';
import { commentsOn, type Entry, entriesIn, keyOf, parametersOf } from './project/entries.ts';
import type { AnalysedText } from './project/pipeline.ts';
import { brokenContracts, type Said, sleepsAgainst } from './service-contracts.ts';
import type { ResolvedFinding } from './service-findings.ts';
import type { KnownCode } from './service-notes.ts';

/** A function with a body, as a contract of the configuration sees it. */
interface Body {
  readonly target: Extract<Target, { k: 'function' }>;
  /** Of the name, relative to the function. */
  readonly name: { readonly start: number; readonly end: number };
  /** From the begin of the function to its name. */
  readonly head: string;
  readonly isStatic: boolean;
}

/**
 * Holds contracts of the tree's configuration against the bodies of `analysed`, one of the texts in `linked`: what does not fit or hold is
 * told at the name of the function. Where a comment speaks of the same, that counts, and the entry is not asked.
 */
export function brokenEntries(
  held: readonly HeldRow[],
  analysed: AnalysedText,
  linked: readonly AnalysedText[],
  known: KnownCode,
): readonly ResolvedFinding[] {
  const { source } = analysed;
  const defined = new Set(held.length === 0 ? [] : source.functions.map(({ name }) => name));
  const entries = entriesIn(held).filter(({ name }) => defined.has(name));
  if (entries.length === 0) return [];
  const places = functionPlaces(source);
  const masked = mask(source.text);
  return entries.flatMap((entry) => {
    // Of the arms of an #if that define it, the first.
    const place = places.find(({ name }) => name === entry.name);
    const target = place && functionTarget(masked, place);
    if (place === undefined || target?.k !== 'function') return [];
    const head = masked.text.slice(place.start, place.nameStart);
    const start = place.nameStart - place.start;
    const body = {
      ...{ target, head, name: { start, end: start + entry.name.length } },
      isStatic: /\bstatic\b/.test(head) && !analysed.file.endsWith('.h'),
    };
    return against(entry, body, analysed, linked, { ...known, code: masked.text });
  });
}

function against(
  entry: Entry,
  body: Body,
  { file }: AnalysedText,
  linked: readonly AnalysedText[],
  known: KnownCode & Pick<Scope, 'code'>,
): readonly ResolvedFinding[] {
  const { of, text } = entry.entry;
  const { target, head, name, isStatic } = body;
  const note = parseContract(text);
  const own = ownOf(target);
  const parameters = parametersOf(entry, note.clauses, own, linked) ?? own;
  const scope: Scope = { code: known.code, rules: [] };
  const renamed = target.parameters.map((one, i) => ({ ...one, name: parameters[i] ?? null }));
  const found = { note, target: { ...target, parameters: renamed }, comment: target.span };
  const isAlike = parameters.length === own.length;
  const problem = isAlike ? checkNote(found, scope)[0]?.message : `that has ${count(own.length)}.`;
  if (problem !== undefined) {
    // A static function that it does not fit is most likely another one.
    if (isStatic) return [];
    const message = `'${of}' in ${entry.source} does not fit ${target.name}(); ${problem}`;
    const at = { file, function: target.name, span: name };
    return known.resolve([misfit(at, message, of)]).map((one) => ({ ...one, flagged: of }));
  }
  const summary = known.summaryOf(target.name);
  if (summary === undefined) return [];
  const rooted = ({ root, ...place }: Place): Place => {
    const at = parameters.indexOf(root);
    return { ...place, root: own[at] ?? root };
  };
  const commented = commentsOn(target.name, linked, (other, isOwn) => other === file || !(isStatic || isOwn));
  const clauses = soundClauses(found, scope).filter((clause) => !commented.has(keyOf(clause, parameters)));
  const effects = clauses.filter((clause) => clause.k === 'effect');
  const said: Said = {
    ...{ name: target.name, by: entry.source, entry: of, at: () => name },
    rooted: ({ region }) => rooted(region.place),
  };
  const broken = effects.flatMap((clause: EffectClause) =>
    known
      .resolve(brokenContracts(said, [clause], summary, head, known.handedOn()))
      .map((one) => ({ ...one, flagged: `${of}: ${printClause(clause)}` })),
  );
  return [...broken, ...known.resolve(sleepsAgainst(said, clauses, summary, known.platforms))];
}

/** What a body calls its parameters. */
function ownOf({ parameters }: Body['target']): readonly string[] {
  return parameters.flatMap(({ name, text }) => (text === '...' ? [] : [name ?? '']));
}

function count(parameters: number): string {
  return parameters === 0 ? 'no parameters' : `${parameters} parameter${parameters === 1 ? '' : 's'}`;
}

function misfit(at: Finding['at'], message: string, entry: string): Finding {
  return {
    ...{ violation: 'wrong-annotation', certainty: 'certain' },
    ...{ subject: { text: entry, kind: null, allocatedBy: null }, at, callee: null, transition: null },
    ...{ trace: [], platforms: [], consequences: [], configurations: [], related: [] },
    details: { message, entry },
  };
}
