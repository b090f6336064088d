import type { Coverage, StateName, TraceEvent } from './analysis/finding.ts';
import type { Position } from './base/lines.ts';
import type { ToldConsequence } from './explain/consequences.ts';
import type { PlatformId, Version } from './kernel/types.ts';
import type { BaselineEntry } from './project/config/baseline.ts';
import type { ConfigProblem } from './project/config/document.ts';
import type { ConfigAllow } from './project/config/parse.ts';
import type { Level } from './rules/types.ts';
import type { InferredNote } from './service-infer.ts';
import type { ListedNote } from './service-notes.ts';

/** A place in a file, resolved: file relative to the tree's root, lines and columns from 1, columns in UTF-16 units. */
export interface ResolvedPlace {
  readonly file: string;
  readonly start: Position;
  readonly end: Position;
  readonly function: string;
}

/** A step of a path, resolved and narrated. */
export interface ResolvedStep {
  readonly place: ResolvedPlace;
  readonly depth: number;
  readonly event: TraceEvent;
  /** One sentence of the narrator: `set_memory_decrypted() != 0: state unknown`. */
  readonly text: string;
  /** `page: private`, or null where the step does not concern the subject. */
  readonly state: string | null;
  readonly before: readonly StateName[] | null;
  readonly after: readonly StateName[] | null;
  /** It is of a later round of the loop that the step before it is in; `text` says so, too. */
  readonly again?: boolean;
}

/** A finding, judged by its rule and resolved to places: what every front end shows. */
export interface Diagnostic {
  readonly rule: string;
  readonly level: Level;
  readonly place: ResolvedPlace;
  readonly message: string;
  /** Where it holds: without platforms on which a consequence says that its path does not come about. */
  readonly platforms: readonly PlatformId[];
  readonly configurations: readonly string[];
  /** What the model says the path leads to; empty where it has nothing to say. */
  readonly consequences: readonly ToldConsequence[];
  /** The transition that the model does not have, which is why there are none. */
  readonly unmodelled?: string;
  readonly trace: readonly ResolvedStep[];
  readonly related: readonly ResolvedStep[];
  /** Stable against edits elsewhere in the file: rule, file, function, normalised text. 16 hex digits. */
  readonly fingerprint: string;
}

/** Numbers of a run; all counts. */
export interface Stats {
  readonly filesSearched: number;
  readonly filesParsed: number;
  readonly functions: number;
  /** Functions that call a transition or a wrapper of one. */
  readonly functionsWithTransitions: number;
  readonly transitions: number;
  readonly functionsWithParseErrors: number;
  readonly havocs: Readonly<Record<string, number>>;
  readonly functionsWithHavoc: number;
  readonly transitionFunctionsWithHavoc: number;
  readonly droppedArms: Readonly<Record<string, number>>;
  readonly bounds: Readonly<Record<string, number>>;
  readonly crashes: number;
  /** Findings that an `allow` in the source keeps silent. */
  readonly allowed: number;
}

/** The annotations of a file, and those that could be written into it. */
export interface FileAnnotations {
  readonly notes: readonly ListedNote[];
  readonly inferred: readonly InferredNote[];
}

/** What one file gave. */
export interface FileReport {
  /** Relative to the tree's root. */
  readonly file: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly coverage: readonly Coverage[];
  readonly stats: Stats;
  /** Left out where only its findings were asked for. */
  readonly annotations?: FileAnnotations;
}

/** What a whole check gave; findings sorted by file, place, rule. */
export interface CheckReport {
  readonly root: string;
  readonly version: Version | null;
  readonly diagnostics: readonly Diagnostic[];
  readonly coverage: readonly Coverage[];
  /** Files that could not be read or are too large, with a reason that says what to do. */
  readonly problems: readonly { readonly file: string; readonly message: string }[];
  readonly stats: Stats;
  /** Left out where the tree has no `.membrane.json`. */
  readonly config?: ConfigEffect;
}

/**
 * What a tree's own `.membrane.json` changes about a report. The file may come with the code that is under review, so
 * whoever reads the report must be able to see what it keeps silent.
 */
export interface ConfigEffect {
  /** Rules that would run without it, sorted. */
  readonly off: readonly string[];
  /** Rules that are quieter with it, sorted. */
  readonly lowered: readonly { readonly rule: string; readonly level: Level }[];
  /** Names of the kernel that have another meaning with it, sorted. */
  readonly redefined: readonly string[];
  /** Files and folders that were met and left out. */
  readonly leftOut: number;
  /** Findings that its baseline has; they are not among the diagnostics. */
  readonly known: number;
  /** Findings that its `allow` keeps silent, and those of its entries had their chance and keep none. */
  readonly allowed: number;
  readonly unusedAllows: readonly ConfigAllow[];
  /** Entries of the baseline that had their chance to match and match nothing. */
  readonly stale: readonly BaselineEntry[];
  /** What is wrong in the file, and in its baseline. */
  readonly problems: readonly ConfigProblem[];
}

/** What a front end asks of a check. */
export interface CheckOptions {
  /** Rule ids to run; empty: the default set. Named rules run even if they are off by default. */
  readonly rules: readonly string[];
  /** Level per rule id, `off` to silence; from settings. */
  readonly levels: Readonly<Record<string, Level | 'off'>>;
  /** Report only what matters on these; empty: all. */
  readonly platforms: readonly PlatformId[];
  /** Where the tree's own configuration has its contracts, by their keys; left out: it is not at hand. */
  readonly contracts?: Readonly<Record<string, Position>>;
}
