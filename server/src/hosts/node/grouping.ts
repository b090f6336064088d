import type { CallIndex } from '../../project/call-index.ts';
import type { FileGroup as Together, Unfollowed } from '../../project/reach.ts';
import type { Trace } from '../../project/trace.ts';

/** Files that belong together; relative to the root, each list sorted. */
export interface FileGroup extends Together {
  /** Of what is in each file and then each header, in their order; null where one could not be read, or nothing is kept. */
  readonly hashes: readonly string[] | null;
  /** UTF-16 units of all of them. */
  readonly size: number;
}

/** Which files of a tree belong together. */
export interface Grouping {
  readonly groups: readonly FileGroup[];
  readonly unfollowed: readonly Unfollowed[];
  /** All of the tree that it was made of, but for {@link GroupingInput.seeds}; null: nothing is kept. */
  readonly trace: Trace | null;
}

/** What a grouping begins with. */
export interface GroupingInput {
  /** Files that may name a transition, or were named, sorted. */
  readonly seeds: readonly string[];
  readonly index: CallIndex;
}
