import type { Span } from '../base/span.ts';
import type { MemoryKind, PlatformId } from '../kernel/types.ts';
import type { Consequence } from '../model/consequences.ts';
import type { Presence } from '../syntax/types.ts';

/** A place in some function: spans are relative to the function's slice, so an edit above it moves nothing. */
export interface Location {
  readonly file: string;
  readonly function: string;
  readonly span: Span;
}

/** What the model objects to; one word per way to go wrong. Rules map to these. */
export type ViolationKind =
  | 'result-dropped' // nothing can learn that the transition failed
  | 'freed-unknown' // freed after a transition of it failed
  | 'freed-shared' // freed while shared (or partly shared)
  | 'vmalloc-converted' // an address outside the linear map handed to a transition
  | 'alias-converted' // the vmap alias instead of the linear address
  | 'unit-mismatch' // bytes for pages, order for count, ...
  | 'extent-mismatch' // decrypted and encrypted (or freed) in different sizes
  | 'rounded-down' // a raw byte count cut to whole pages
  | 'sleeps-in-atomic'
  | 'subpage-converted' // memory that shares its page with others
  | 'stale-contents-read'
  | 'user-mapped-converted'
  | 'converted-twice'
  | 'never-converted' // made private without ever having been shared
  | 'shared-elsewhere' // made private where early code did not share it: on other platforms it did
  | 'published-before'
  | 'hidden-outcome' // two outcomes that no caller can tell apart
  | 'stale-success' // an error path that returns success
  | 'attribute-mismatch' // mapped with an attribute that the memory does not have
  | 'leaked'
  | 'wrong-annotation' // a comment for Membrane that is not understood, or does not hold
  | 'requirement-unmet' // memory is not what an annotation wants it to be at a call
  | 'given-away' // freed or converted though an annotation says that the caller has it no longer
  | 'unused-allow';

/** Names of states as people read them; a set of them is what an object may be in. */
export type StateName = 'private' | 'shared' | 'unknown' | 'mixed' | 'freed';

/** Something that rests on what somebody wrote down of a function whose body is not in view. */
interface Believed {
  readonly believed?: boolean;
}

/** What happened, as data; the narrator makes the sentence. */
export type TraceEvent =
  | ({
      readonly k: 'alloc';
      readonly callee: string;
      readonly kind: MemoryKind;
      readonly size: string | null;
    } & Believed)
  | ({
      readonly k: 'transition';
      readonly callee: string;
      readonly to: 'shared' | 'private';
      readonly outcome: 'success' | 'failure' | 'either';
      /** What it is given is one page, whatever the values on the path. */
      readonly onePage?: boolean;
    } & Believed)
  | ({ readonly k: 'free'; readonly callee: string } & Believed)
  | { readonly k: 'map'; readonly callee: string; readonly attribute: 'private' | 'shared' | 'unknown' }
  | { readonly k: 'unmap'; readonly callee: string }
  /** A decision of the path: the condition's text and which way it went. */
  | { readonly k: 'branch'; readonly text: string; readonly taken: boolean }
  | { readonly k: 'config'; readonly text: string; readonly holds: boolean }
  | { readonly k: 'goto'; readonly label: string }
  | ({
      readonly k: 'call';
      readonly callee: string;
      /** The memory is its callee's, or nobody's, from here on. */
      readonly owner?: 'taken' | 'leaked';
    } & Believed)
  | { readonly k: 'return'; readonly text: string | null }
  | { readonly k: 'store'; readonly target: string; readonly value: string }
  | { readonly k: 'publish'; readonly to: string }
  | { readonly k: 'lock'; readonly callee: string; readonly op: 'acquire' | 'release' }
  | { readonly k: 'context'; readonly text: string }
  | { readonly k: 'defer'; readonly callee: string; readonly callback: string }
  | { readonly k: 'entry'; readonly text: string };

/** One step of the path that leads to a finding. */
export interface TraceStep {
  readonly at: Location;
  readonly event: TraceEvent;
  /** States the subject may be in before and after; null where the step does not concern it. */
  readonly before: readonly StateName[] | null;
  readonly after: readonly StateName[] | null;
  /** 0 in the function of the finding, one more in each callee. */
  readonly depth: number;
  /** It is of a later round of the loop that the step before it is in. */
  readonly again?: boolean;
}

/** The memory that a finding is about. */
export interface Subject {
  /** As the function of the finding writes it: `page`, `gpadl->buffer`. */
  readonly text: string;
  readonly kind: MemoryKind | null;
  /** Where it came from, if in view. */
  readonly allocatedBy: string | null;
}

/** How sure: every step certain; it rests on a platform or `#if` arm; or on a state that bounds joined. */
export type Certainty = 'certain' | 'assumed' | 'joined';

/** A fact found by the analysis: a violation, its subject and the path. No words. */
export interface Finding {
  readonly violation: ViolationKind;
  readonly certainty: Certainty;
  readonly subject: Subject;
  /** Where it is reported. */
  readonly at: Location;
  /** The call that breaks the law there: `__free_pages`; null if it is no call. */
  readonly callee: string | null;
  /** The transition that lies behind it, if there is one: its name, direction and place. */
  readonly transition: {
    readonly callee: string;
    readonly to: 'shared' | 'private';
    readonly at: Location;
  } | null;
  readonly trace: readonly TraceStep[];
  /** On which platforms it matters; empty: on none that is named, so on all that have transitions. */
  readonly platforms: readonly PlatformId[];
  /** What the model says the path leads to, for each of the platforms; empty where it has nothing to say of it. */
  readonly consequences: readonly Consequence[];
  /** The model does not have its transition, so that there are no consequences. */
  readonly unmodelled?: boolean;
  /** Which `#if` arms it needs. */
  readonly configurations: Presence;
  /** Which others the functions of its path stand under. The code is not there without them, so that nothing rests on them. */
  readonly around?: Presence;
  /** Other places that show the same cause. */
  readonly related: readonly { readonly at: Location; readonly event: TraceEvent }[];
  /** Details for the words, by name: expected and given sizes, units, the lock, the flag. */
  readonly details: Readonly<Record<string, string>>;
}

/** What the analysis could not do, for one function. */
export interface Coverage {
  readonly file: string;
  readonly function: string;
  readonly kind: 'havoc' | 'bound' | 'budget' | 'crash' | 'parse-error' | 'dropped-arm';
  readonly reason: string;
  readonly span: Span | null;
}
