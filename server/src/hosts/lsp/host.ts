import type { IndexSettings, Settings } from '../../features/settings.ts';
import type { ConfigProblem } from '../../project/config/document.ts';
import { megabyte } from '../../project/discover.ts';
import type { FileSystem, StampedFiles } from '../../project/files.ts';
import type { CheckOptions, CheckReport } from '../../service-types.ts';
import type { SyntaxBackend } from '../../syntax/types.ts';
import type { Tree } from './engine.ts';
import type { FileChange, IndexMessage, TreeRequest } from './index-messages.ts';
import type { Places } from './places.ts';

/** All that the language server takes of where it runs: a process of Node, or a worker of a browser. */
export interface Host {
  readonly files: HostFiles;
  /** How much of a tree an index is of: all, or what is beside the files that are open. */
  readonly reach: 'tree' | 'folder';
  readonly startIndex: StartIndex;
  /** Checks whole trees; null: that cannot be done here. */
  readonly checkTree: RunTreeCheck | null;
  /** Where rule pages are for a client that does not say; a URI that ends in `/`, or null. */
  readonly rulePages: string | null;
  /** Where something is kept between sessions if no setting says another folder; null: nowhere. */
  readonly cacheFolder: string | null;
  /** @throws Error with a message for the log */
  loadParser(name: Settings['backend']): Promise<SyntaxBackend>;
}

/** Files, and what the protocol calls them. Where reading takes time, only what was brought here before is there. */
export interface HostFiles extends FileSystem, Pick<StampedFiles, 'stamp'>, Places {
  /** Brings here all that `read` asks for, which may run several times, or not at all where nothing needs to be brought. */
  fetch(read: () => void): Promise<void>;
  /** Files changed, came or went: what is here of them is brought again. */
  refresh(paths: readonly string[]): Promise<void>;
}

/** Where something is kept between sessions, and how many bytes all that is kept may have; null: nowhere. */
export function cacheOf(
  { cacheFolder }: Host,
  { cacheDirectory, cacheMegabytes }: IndexSettings,
): TreeRequest['cache'] {
  const folder = cacheDirectory === '' ? cacheFolder : cacheDirectory;
  const bytes = cacheMegabytes * megabyte;
  return folder === null || bytes === 0 ? null : { folder, bytes };
}

/** An index that is made somewhere else. */
export interface IndexThread {
  send(changes: readonly FileChange[]): void;
  /** Ends the making of it; it says so. Without effect later. */
  cancel(): void;
  /** Ends it. It says nothing more. */
  stop(): void;
}

/** Starts to index a tree; `listen` hears of it. */
export type StartIndex = (request: TreeRequest, listen: (message: IndexMessage) => void) => IndexThread;

/** A whole tree, and how it is to be checked. */
export interface TreeCheck {
  readonly tree: Tree;
  /** Absolute; only findings in these are told. */
  readonly paths: readonly string[];
  readonly settings: Settings;
  /** With what the tree's own configuration says. */
  readonly options: CheckOptions;
  /** Where something is kept for the next check; null: nothing is kept. */
  readonly cache: TreeRequest['cache'];
  /** Whatever else runs on the machine comes first. */
  readonly background: boolean;
}

/** How far a check of a tree is. `total` grows while folders are listed. */
export interface TreeCheckProgress {
  readonly phase: 'search' | 'check';
  readonly done: number;
  readonly total: number;
}

/** Null if it was stopped. @throws Error if the check fails */
export type RunTreeCheck = (
  check: TreeCheck,
  signal: AbortSignal,
  onProgress: (progress: TreeCheckProgress) => void,
) => Promise<{
  readonly report: CheckReport;
  /** Files and folders that the tree's own configuration left out. */
  readonly leftOut: number;
  /** Of contracts of that configuration that speak of nothing in the tree. */
  readonly unnamed: readonly ConfigProblem[];
} | null>;
