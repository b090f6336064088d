import type { ApiRow, Version } from '../../kernel/types.ts';
import type { FileGroup, Unfollowed } from '../../project/reach.ts';

/** A tree to be indexed. */
export interface TreeRequest {
  /** Absolute and normalised. */
  readonly root: string;
  readonly version: Version | null;
  /** Rows of the tree's own vocabulary. */
  readonly extra: readonly ApiRow[];
  /** Globs of paths relative to the root. */
  readonly exclude: readonly string[];
  /** Bytes; headers that are larger are not looked through. Left out: {@link headerLimit}. */
  readonly largest?: number;
  /** Where the index is kept between sessions, and how many bytes all that is kept may have; null: nowhere. */
  readonly cache: { readonly folder: string; readonly bytes: number } | null;
}

/** What the thread of an index is started with. */
export interface IndexStart {
  readonly request: TreeRequest;
  /** One 32-bit cell, not 0 once it is cancelled. */
  readonly cancelled: SharedArrayBuffer;
}

/** A file that is not as it was. */
export interface FileChange {
  /** Relative to the root. */
  readonly file: string;
  /** What is in it in an editor; null: what the disk has counts, which may be nothing. */
  readonly text: string | null;
}

/** Which files of a tree belong together. */
export interface Grouping {
  /** How many there are in the tree. */
  readonly files: number;
  /** Those of two files and more. */
  readonly groups: readonly FileGroup[];
  readonly unfollowed: readonly Unfollowed[];
  /** Folders (relative to the root) with too many files to be read; left out: none. */
  readonly large?: readonly string[];
}

/** What the thread of an index says. After `cancelled` and `failed` it says nothing more. */
export type IndexMessage =
  | { readonly k: 'progress'; readonly percent: number }
  | { readonly k: 'grouped'; readonly grouping: Grouping }
  /** For the log. */
  | { readonly k: 'note'; readonly message: string }
  | { readonly k: 'cancelled' }
  | { readonly k: 'failed'; readonly message: string };
