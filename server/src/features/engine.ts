import type { CancellationToken } from '../base/token.ts';
import type { Silent } from '../explain/silent.ts';
import type { CallQuestion, ToldCall } from '../explain/transition-call.ts';
import type { Service } from '../service.ts';
import type { AnnotationEntry } from '../service-annotations.ts';
import type { CheckScope, UnusedAllows } from '../service-config.ts';
import type { Fix, WantedFix } from '../service-fixes.ts';
import type { Silencing } from '../service-silent.ts';
import type { CheckOptions, CheckReport, ConfigEffect, Diagnostic, FileReport } from '../service-types.ts';

/** What one analysis of a text gave. */
export interface Analysis {
  readonly report: FileReport;
  /** Every function that was seen in the text, with or without findings: the offset that it starts at, a hash of its text. */
  readonly functions: readonly { readonly name: string; readonly start: number; readonly hash: string }[];
  /** What the tree's configuration does to the report; null where it has none. */
  readonly config: ConfigEffect | null;
  /** Entries of its `allow` that keep something of the text silent. */
  readonly usedAllows: UnusedAllows['entries'];
}

/** A file, relative to the tree's root, and what is in it. */
export interface Text {
  readonly file: string;
  readonly text: string;
}

/** What is said before a whole analysis. */
export interface FirstAnalysis {
  readonly analysis: Analysis;
  /** The whole may say otherwise. */
  readonly provisional: boolean;
  /** It hardly will, for nothing was typed that says something: the others of the texts may be asked for in the same way. */
  readonly isCarried: boolean;
}

/** The engine as an editor needs it. One for each tree; the host binds it to the service. */
export interface Engine {
  /** Whether a text names anything that makes it worth parsing. Cheap: no parsing. */
  matters(text: string): boolean;
  /** Whether the tree's configuration leaves `file` (relative to the tree's root) out. */
  excludes(file: string): boolean;
  /**
   * Analyses texts that have to do with each other, so that {@link check} is quick.
   * @throws Cancelled when the token is set; what was finished by then is not done again.
   */
  prepare(texts: readonly Text[], token: CancellationToken): void;
  /** Parts of the work that were done, also where it was cancelled. */
  readonly effort: { readonly done: number };
  /**
   * Checks the one of `texts` that is named `file`, as part of all of them.
   * @throws Cancelled when the token is set.
   */
  check(file: string, texts: readonly Text[], options: CheckOptions, token: CancellationToken): Analysis;
  /**
   * What can be said of the one of `texts` that is named `file` while the others are taken to be as they were; null if there is
   * nothing to gain. @throws Cancelled when the token is set.
   */
  checkFirst(
    file: string,
    texts: readonly Text[],
    options: CheckOptions,
    token: CancellationToken,
    hurry: () => boolean,
  ): FirstAnalysis | null;
  /** What each of `texts` gives, in their order. @throws Cancelled */
  checkAll(texts: readonly Text[], options: CheckOptions, token: CancellationToken): readonly FileReport[];
  /** Ways to repair a finding of `file`; nobody has looked yet whether they come back clean. @throws Cancelled */
  fixCandidates(
    file: string,
    texts: readonly Text[],
    wanted: WantedFix,
    token: CancellationToken,
  ): readonly Fix[];
  /** Annotations and suppressions of `texts` and of the tree's configuration. @throws Cancelled */
  annotations(texts: readonly Text[], token: CancellationToken): readonly AnnotationEntry[];
  /** Forgets what is kept of `file` alone. */
  forget(file: string): void;
  /** Forgets what is kept of files of which `wanted` says no to each. */
  forgetUnless(wanted: (file: string) => boolean): void;
  /** What is known at a place: see the service. It answers from what {@link prepare} has analysed, or not at all. */
  readonly looks: Pick<
    Service,
    'lookAt' | 'convertingFunctions' | 'transitions' | 'callersOf' | 'annotations'
  >;
  /** What a call of that name does; null if it converts no memory. */
  call(question: CallQuestion): ToldCall | null;
  /** What the call of that name makes of memory, if it works; null if it is no transition that the model has steps of. */
  converts(name: string): 'shared' | 'private' | null;
  /** The options, with what the tree's configuration says. */
  configured(options: CheckOptions): CheckOptions;
  /** The tree's configuration keeps it silent: its baseline has it, or an entry of `allow` names it. */
  isSilent(diagnostic: Diagnostic): boolean;
  /** What keeps findings of `file` silent where `isHere`; nothing where the analysis of `texts` does not stand. */
  silentAt(
    file: string,
    texts: readonly Text[],
    silencing: Pick<Silencing, 'options' | 'least'>,
    isHere: (diagnostic: Diagnostic) => boolean,
  ): readonly Silent[];
  /** Entries of its `allow` that keep nothing of a report on files silent, as `membrane check` would say. */
  unusedAllows(report: CheckReport, scope: CheckScope): UnusedAllows;
  /** Platforms that `file` can run on. */
  platforms(file: string): CheckOptions['platforms'];
}

/** The rules' pages. */
export interface Pages {
  readonly rules: readonly RulePage[];
  page(id: string): string | null;
}

/** A rule as lists of rules show it. */
export interface RulePage {
  readonly id: string;
  readonly title: string;
  readonly onByDefault: boolean;
}
