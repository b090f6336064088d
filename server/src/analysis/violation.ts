import type { PlatformId } from '../kernel/types.ts';
import type { ViolationKind } from './finding.ts';
import type { State, TraceNode } from './state.ts';
import type { Sleep } from './summary.ts';
import type { Site, Term } from './terms.ts';

/** Something broken on a path, before it has a subject text and a place to be reported at. */
export interface Violation {
  readonly kind: ViolationKind;
  readonly subject: Term | null;
  /** The event that breaks the law. */
  readonly node: TraceNode;
  readonly callee: string | null;
  /** The path's state there, for platforms, configurations and bounds. */
  readonly state: State;
  readonly transition: {
    readonly callee: string;
    readonly to: 'shared' | 'private';
    readonly site: Site;
  } | null;
  /** Platforms that the law is about; null: all. */
  readonly onlyOn: readonly string[] | null;
  readonly details: Readonly<Record<string, string>>;
  /** What the callee's row calls the memory: decides whether helper or caller is to blame. Null at depth 0. */
  readonly through: Term | null;
  /** The memory as the call writes it; empty where there is no such text. */
  readonly argument: string;
  /** The calls below the event that tell why it breaks the law. */
  readonly below?: Sleep | null;
}

/** Where an event is told to have happened. */
export interface Where {
  readonly site: Site;
  readonly depth: number;
  /** The callee's own term for the memory when a row is replayed. */
  readonly through: Term | null;
}

/** Who hears of what memory events show. */
export interface MemorySink {
  violation(violation: Violation): void;
  /** A free in a callee that is right on every state the memory may be in. */
  lawfulFree(site: Site, state: State): void;
}

/** Platforms of a list that are among `of`; all of them if `of` is null. */
export function restrict(platforms: readonly PlatformId[], of: readonly string[] | null): PlatformId[] {
  return of === null ? [...platforms] : platforms.filter((p) => of.includes(p));
}
