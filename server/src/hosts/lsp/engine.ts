import type { Engine, Pages } from '../../features/engine.ts';
import type { Settings } from '../../features/settings.ts';
import type { ApiRow, Version } from '../../kernel/types.ts';
import type { Tuning } from '../../project/tuning.ts';

/** A tree on the disk that can be indexed. */
export interface Tree {
  /** Absolute and normalised. */
  readonly root: string;
  readonly version: Version | null;
  /** Rows of its own vocabulary. */
  readonly extra: readonly ApiRow[];
  /** Globs of what its own configuration leaves out. */
  readonly exclude: readonly string[];
  /** Any file of it is reason enough to index it, whatever it names. */
  readonly matters: boolean;
}

/** A document as the engine names it. */
export interface Bound {
  readonly engine: Engine;
  /** Relative to the tree's root. */
  readonly file: string;
  /** The tree; or why there is none. */
  readonly tree: Tree | 'virtual' | 'no-tree';
  /** The URI of another file of the tree; null where it has none. */
  readonly uriOf: (file: string) => string | null;
}

/** Where the server gets engines from: one for each tree that a document is in. */
export interface Engines {
  readonly pages: Pages;
  /** Which parser `ready` loads; before the first call of that. */
  choose(backend: Settings['backend']): void;
  /** Loads what the first analysis needs. May be called often. @throws if the parser cannot be loaded */
  ready(): Promise<void>;
  /** Brings here what {@link rootOf} and {@link bind} look at for a document. Costs nothing until something has changed. */
  locate(uri: string): Promise<void>;
  /** The root of the tree that a document or file is in; null: nothing says where one begins. */
  rootOf(uri: string): string | null;
  /** `folders`: URIs of the workspace, for documents that are not on the disk. */
  bind(uri: string, folders: readonly string[], tuning: Tuning): Bound;
  /** A `.membrane.json` has that text in the editor, which counts once {@link changed} was told; null: it is not open any more. */
  edited(uri: string, text: string | null): void;
  /** Takes note that these files changed, came or went; whether engines that are bound from now on may say something else. */
  changed(uris: readonly string[]): Promise<boolean>;
}
