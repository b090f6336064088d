import type { Finding } from './analysis/finding.ts';
import type { Summary } from './analysis/summary.ts';
import { checkNote, type Scope, soundClauses } from './annotations/check.ts';
import { type FoundNote, findNotes, mayHaveNotes } from './annotations/find.ts';
import { mask } from './annotations/masked.ts';
import { printNote } from './annotations/print.ts';
import type { Position } from './base/lines.ts';
import { LineIndex } from './base/lines.ts';
import type { Span } from './base/span.ts';
import type { PlatformId } from './kernel/types.ts';
import { functionPlaces } from './project/contracts.ts';
import type { HandedOn } from './project/handed-on.ts';
import { brokenContracts, type Said, sleepsAgainst } from './service-contracts.ts';
import type { ResolvedFinding } from './service-findings.ts';
import type { FlagChecks } from './service-flags.ts';
import type { Diagnostic, ResolvedPlace } from './service-types.ts';
import type { SourceUnit } from './syntax/types.ts';

/** An `allow` of the source: one of its rules, and where that is not to speak. Plain data. */
export interface ResolvedAllow {
  readonly rule: string;
  readonly reason: string;
  /** Of the rule's id. */
  readonly place: ResolvedPlace;
  /** What it covers, its end included. */
  readonly from: Position;
  readonly to: Position;
}

/** An annotation of the source as a list shows it. Plain data. */
export interface ListedNote {
  /** From its marker to its last word. */
  readonly place: ResolvedPlace;
  /** In its one form, on one line. */
  readonly text: string;
  /** What it stands at: `foo()`, `a statement of foo()`, `the field decrypted`. */
  readonly of: string;
  /** It keeps rules silent. */
  readonly suppresses: boolean;
}

/** The annotations of one file, as far as a report needs them. Plain data. */
export interface FileNotes {
  readonly allows: readonly ResolvedAllow[];
  /** What is wrong in them, as findings. */
  readonly wrong: readonly ResolvedFinding[];
}

/** A file without annotations. */
export const noNotes: FileNotes = { allows: [], wrong: [] };

/** What is known of the code that what is written of it is held against. */
export interface KnownCode {
  /** Those of the file. */
  readonly platforms: readonly PlatformId[];
  /** Of a function of the file. */
  readonly summaryOf: (name: string) => Summary | undefined;
  readonly handedOn: () => HandedOn;
  readonly flags: () => FlagChecks;
  /** Gives findings their places. */
  readonly resolve: (findings: readonly Finding[]) => readonly ResolvedFinding[];
}

/**
 * What the annotations of a text say, with their places; `rules`: ids of all rules. A contract is held against its function, a flag against
 * all functions.
 */
export function notesOf(
  file: string,
  source: SourceUnit,
  rules: readonly string[],
  { platforms, summaryOf, handedOn, flags, resolve }: KnownCode,
): FileNotes {
  const { text } = source;
  if (!mayHaveNotes(text)) return noNotes;
  const found = findNotes(text, functionPlaces(source));
  const scope: Scope = { code: mask(text).text, rules };
  const lines = new LineIndex(text);
  const allows: ResolvedAllow[] = [];
  const wrong: ResolvedFinding[] = [];
  for (const one of found) {
    const place = placer(file, lines, one);
    const head = text.slice(one.note.span.start, one.note.span.end).replace(/\s+\*?\s*/g, ' ');
    for (const { span, message } of checkNote(one, scope))
      wrong.push(noteFinding('wrong-annotation', place(span), span, head, { message }));
    const { target } = one;
    const sound = soundClauses(one, scope);
    const summary = target.k === 'function' && target.body !== null ? summaryOf(target.name) : undefined;
    if (target.k === 'function' && summary !== undefined) {
      const effects = sound.filter((clause) => clause.k === 'effect');
      const { start } = target.span;
      const head = scope.code.slice(start, scope.code.indexOf('(', start));
      const said: Said = {
        ...{ name: target.name, by: one.note.marker },
        at: ({ span }) => ({ start: span.start - start, end: span.end - start }),
        rooted: ({ region }) => region.place,
      };
      const broken = brokenContracts(said, effects, summary, head, handedOn());
      wrong.push(...resolve([...broken, ...sleepsAgainst(said, sound, summary, platforms)]));
    }
    const said = sound.filter((clause) => clause.k === 'flag');
    if (said.length > 0)
      for (const broken of flags().broken(file, scope.code, one, said)) {
        const [found] = resolve([broken]);
        wrong.push({ ...found!, place: place(broken.at.span), flagged: head });
      }
    const covered = coveredBy(one);
    if (covered === null) continue;
    for (const clause of sound) {
      if (clause.k !== 'allow') continue;
      for (const { id, span } of clause.rules) {
        const [from, to] = [lines.positionAt(covered.start), lines.positionAt(covered.end)];
        allows.push({ rule: id, reason: one.note.reason ?? '', place: place(span), from, to });
      }
    }
  }
  return { allows, wrong };
}

/** All annotations of a text, in its order. */
export function listedNotes(file: string, source: SourceUnit): readonly ListedNote[] {
  const { text } = source;
  if (!mayHaveNotes(text)) return [];
  const lines = new LineIndex(text);
  return findNotes(text, functionPlaces(source)).map((one) => ({
    place: placer(file, lines, one)(one.note.span),
    text: asWritten(one, text),
    of: standsAt(one),
    suppresses: one.note.clauses.some((clause) => clause.k === 'allow'),
  }));
}

/** In its one form; what is not wholly understood as it stands there, on one line: else the list would hide what is wrong with it. */
function asWritten({ note }: FoundNote, text: string): string {
  if (note.problems.length === 0) return printNote(note);
  return text.slice(note.span.start, note.span.end).replace(/\s*\n[ \t]*\*?\s*/g, ' ');
}

function standsAt({ target }: FoundNote): string {
  switch (target.k) {
    case 'function':
      return `${target.name}()`;
    case 'statement':
      return `a statement of ${target.function}()`;
    case 'field':
      return `the field ${target.name}`;
    case 'nothing':
      return 'nothing';
  }
}

function coveredBy({ target }: FoundNote): Span | null {
  return target.k === 'statement' || (target.k === 'function' && target.body !== null) ? target.span : null;
}

function placer(file: string, lines: LineIndex, { target }: FoundNote): (span: Span) => ResolvedPlace {
  const name = target.k === 'function' ? target.name : target.k === 'statement' ? target.function : '';
  return (span) => ({
    file,
    start: lines.positionAt(span.start),
    // One that is missing has no width: an editor has to show something.
    end: lines.positionAt(Math.max(span.end, span.start + 1)),
    function: name,
  });
}

/** What is wrong with an annotation, in the form of findings: rules judge it, baselines and reports know it. */
export function noteFinding(
  violation: 'wrong-annotation' | 'unused-allow',
  place: ResolvedPlace,
  span: Span,
  text: string,
  details: Finding['details'],
): ResolvedFinding {
  const finding: Finding = {
    violation,
    certainty: 'certain',
    subject: { text, kind: null, allocatedBy: null },
    at: { file: place.file, function: place.function, span },
    callee: null,
    transition: null,
    trace: [],
    platforms: [],
    consequences: [],
    configurations: [],
    related: [],
    details,
  };
  const flagged = details.message ?? details.rule ?? '';
  return { finding, place, flagged, configurations: [], trace: [], related: [] };
}

/** Diagnostics that no `allow` covers, and the `allow`s that cover none. */
export function withoutAllowed(
  diagnostics: readonly Diagnostic[],
  allows: readonly ResolvedAllow[],
): { readonly diagnostics: readonly Diagnostic[]; readonly unused: readonly ResolvedAllow[] } {
  if (allows.length === 0) return { diagnostics, unused: [] };
  const used = new Set<ResolvedAllow>();
  const kept = diagnostics.filter((diagnostic) => {
    const covering = allows.filter((allow) => coversPlace(allow, diagnostic));
    for (const allow of covering) used.add(allow);
    return covering.length === 0;
  });
  return { diagnostics: kept, unused: allows.filter((allow) => !used.has(allow)) };
}

/** Whether an `allow` keeps a diagnostic silent. */
export function coversPlace(allow: ResolvedAllow, { rule, place }: Diagnostic): boolean {
  if (rule !== allow.rule || place.file !== allow.place.file) return false;
  return compare(allow.from, place.start) <= 0 && compare(place.start, allow.to) <= 0;
}

function compare(a: Position, b: Position): number {
  return a.line - b.line || a.column - b.column;
}
