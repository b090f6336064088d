import { LineIndex } from './base/lines.ts';
import type { TextEdit } from './fixes/change.ts';
import { SyntaxFile } from './fixes/file.ts';
import { type Candidate, wordOf } from './fixes/problem.ts';
import { candidatesFor, rewritesFor } from './fixes/registry.ts';
import { syntaxOf } from './fixes/tree.ts';
import type { LeakMessage } from './kernel/repairs.ts';
import type { Vocabulary } from './kernel/types.ts';
import type { NamedText } from './project/group.ts';
import type { Judged } from './service-judge.ts';
import type { CheckOptions, FileReport } from './service-types.ts';
import type { Grammar, SourceUnit } from './syntax/types.ts';

/** Which finding is to be repaired, and how. */
export interface WantedFix {
  readonly fingerprint: string;
  /** The options that the finding was found with; a repair may bring none of what they report. */
  readonly options: CheckOptions;
  /** How a leak is told in the log. */
  readonly message: LeakMessage;
}

/**
 * `quickfix`: within the function that the finding is in. `refactor.rewrite`: it changes other functions of the file, or who holds a
 * lock; then every use is in view.
 */
export type FixKind = 'quickfix' | 'refactor.rewrite';

/** A repair of one finding. */
export interface Fix {
  readonly kind: FixKind;
  /** One word for the way it goes; each finding has at most one fix of a word. */
  readonly id: string;
  /** The word, and which of several different edits it is: `leak:jump`. */
  readonly manner: string;
  /** What a menu says; ASCII. */
  readonly title: string;
  readonly rule: string;
  readonly fingerprint: string;
  /** The file that is changed, relative to the tree's root, and the function of the finding. */
  readonly file: string;
  readonly function: string;
  /** In the order of the text, apart from each other; offsets in UTF-16 units of the file. */
  readonly edits: readonly TextEdit[];
}

/** What could be done about a finding of `source`; none where its function does not parse. */
export function fixCandidates(
  { diagnostic, finding }: Judged,
  source: SourceUnit,
  grammar: Grammar,
  vocabulary: Vocabulary,
  message: LeakMessage,
): readonly Fix[] {
  const { place, rule, fingerprint } = diagnostic;
  const at = new LineIndex(source.text).offsetAt(place.start);
  const slice = source.functions.find(
    (one) => one.name === place.function && one.start <= at && at <= one.end,
  );
  const fn = slice === undefined ? null : syntaxOf(slice, grammar);
  if (slice === undefined || fn === null) return [];
  const onPath = new Set(
    diagnostic.trace.filter((step) => step.place.file === place.file).map((step) => step.place.function),
  );
  const others = () =>
    source.functions
      .filter(({ name }) => name !== place.function && onPath.has(name))
      .flatMap((one) => syntaxOf(one, grammar) ?? []);
  const file = new SyntaxFile(place.file, source, grammar);
  const problem = { finding, fn, vocabulary, others, file, message };
  const made = (kind: FixKind, base: number, candidates: readonly Candidate[]) =>
    candidates.map((one): Fix => {
      const { manner, title } = one;
      const moved = one.edits.map(({ start, end, text }) => ({ start: start + base, end: end + base, text }));
      const known = { rule, fingerprint, file: place.file, function: place.function };
      return { kind, id: wordOf(one), manner, title, ...known, edits: moved };
    });
  return [
    ...made('quickfix', slice.start, candidatesFor(rule, problem)),
    ...made('refactor.rewrite', 0, rewritesFor(rule, problem)),
  ];
}

/** A text with edits in it, which are in its order and apart from each other. */
export function edited(text: string, edits: readonly TextEdit[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, text: put } of edits) {
    parts.push(text.slice(at, start), put);
    at = end;
  }
  return parts.join('') + text.slice(at);
}

/** Texts with a fix in the one that it is for. */
export function withFix(texts: readonly NamedText[], fix: Fix): readonly NamedText[] {
  return texts.map((one) =>
    one.file === fix.file ? { file: one.file, text: edited(one.text, fix.edits) } : one,
  );
}

/**
 * Whether a fix did what it is for: its finding is gone, there is nowhere another one, and nothing is read worse than before. What
 * is left of findings is counted by rule and function, because a fix changes the text that fingerprints are made of.
 */
export function comesBackClean(
  before: readonly FileReport[],
  after: readonly FileReport[],
  { rule, file, function: name }: Fix,
): boolean {
  const was = counted(before);
  const is = counted(after);
  const key = `${rule}\0${file}\0${name}`;
  if ((is.get(key) ?? 0) >= (was.get(key) ?? 0)) return false;
  return [...is].every(([one, count]) => count <= (was.get(one) ?? 0));
}

function counted(reports: readonly FileReport[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const count = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const { diagnostics, coverage } of reports) {
    for (const { rule, place } of diagnostics) count(`${rule}\0${place.file}\0${place.function}`);
    for (const { kind, file, function: name } of coverage) count(`${kind}\0${file}\0${name}`);
  }
  return counts;
}
