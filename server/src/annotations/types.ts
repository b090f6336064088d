import type { Span } from '../base/span.ts';
import type { Word } from './vocabulary.ts';

/** What memory is, as an annotation says it. */
export type StateWord = 'private' | 'shared' | 'unknown';

/** What a function leaves of memory. */
export type OutcomeWord = StateWord | 'unchanged' | 'freed' | 'leaked';

/** `success`, `error`, `0`, `nonzero`, `true`, `false`, `NULL`, `ERR_PTR`, or an error as `-EBUSY`. */
export type ClassWord = string;

/** What an extent counts. */
export type UnitWord = 'pages' | 'bytes';

/** `*buffer`, `ring->pages`, `return`. */
export interface Place {
  /** Dereferences in front. */
  readonly stars: number;
  /** The name it starts at, or `return`. */
  readonly root: string;
  readonly members: readonly { readonly arrow: '.' | '->'; readonly name: string }[];
  readonly span: Span;
}

/** `[n pages]`; the expression is C, printed in kernel style. */
export interface Extent {
  readonly expression: string;
  /** Names in it that must be in scope, in their order; functions and types are none. */
  readonly names: readonly { readonly name: string; readonly span: Span }[];
  readonly unit: UnitWord;
  readonly span: Span;
}

/** Memory: where it is, and how much. */
export interface Region {
  readonly place: Place;
  readonly extent: Extent | null;
  readonly span: Span;
}

/** What is left of memory for one class of results. `on` null and not `otherwise`: on success. */
export interface Case {
  readonly outcomes: readonly OutcomeWord[];
  readonly on: ClassWord | null;
  readonly otherwise: boolean;
  readonly span: Span;
}

/** The memory must be in one of these states at entry. */
export interface RequiresClause {
  readonly k: 'requires';
  readonly region: Region;
  readonly states: readonly StateWord[];
  readonly span: Span;
}

/** What the function does to memory, by its result. */
export interface EffectClause {
  readonly k: 'effect';
  readonly verb: 'flips' | 'allocs' | 'frees';
  readonly region: Region;
  readonly cases: readonly Case[];
  readonly span: Span;
}

/** `takes`: the callee owns it afterwards; `leaks`: nobody does, on purpose. */
export interface OwnerClause {
  readonly k: 'takes' | 'leaks';
  readonly region: Region;
  readonly on: ClassWord | null;
  readonly span: Span;
}

/** A field whose value says what memory is. */
export interface FlagClause {
  readonly k: 'flag';
  readonly negated: boolean;
  readonly flag: Place;
  readonly region: Region;
  readonly states: readonly StateWord[];
  readonly span: Span;
}

/** How the function may be entered. */
export interface ContextClause {
  readonly k: 'context';
  readonly context: 'sleeps' | 'atomic' | 'any';
  readonly span: Span;
}

/** Rules that are not to speak here. */
export interface AllowClause {
  readonly k: 'allow';
  readonly rules: readonly { readonly id: string; readonly span: Span }[];
  readonly span: Span;
}

export type Clause = RequiresClause | EffectClause | OwnerClause | FlagClause | ContextClause | AllowClause;

/** Something wrong in an annotation: where, and a sentence or two. The first clause stands alone. */
export interface NoteProblem {
  readonly span: Span;
  readonly message: string;
}

/** A word of the language that stands where it is one, and not a name. */
export interface SaidWord {
  readonly span: Span;
  readonly word: Word;
}

/** One annotation. Spans are relative to the text that was parsed. */
export interface Note {
  readonly marker: 'coco:' | '@membrane';
  /** Those that were understood. */
  readonly clauses: readonly Clause[];
  readonly reason: string | null;
  /** In their order; behind a mistake all that may be meant as one, to the end of its clause. */
  readonly words: readonly SaidWord[];
  readonly problems: readonly NoteProblem[];
  /** From the marker to the last word. */
  readonly span: Span;
}
