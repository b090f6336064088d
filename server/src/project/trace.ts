import { hashText } from '../base/hash.ts';
import type { NameIndex } from './reach.ts';

/**
 * What was asked of a tree, with the answers as hashes. Whatever was made of the answers alone still holds where all of them are
 * the same.
 */
export interface Trace {
  /** Files, relative to the root, and the hash of what was read; null: it could not be read. */
  readonly reads: readonly (readonly [file: string, hash: string | null])[];
  /** Names, and the hash of the list of files that name them. */
  readonly names: readonly (readonly [name: string, hash: string])[];
  /** Folders, and the hash of the list of their files. */
  readonly folders: readonly (readonly [folder: string, hash: string])[];
  /** Files, and whether they are there. */
  readonly present: readonly (readonly [file: string, isThere: boolean])[];
}

/** An index that remembers what it was asked. */
export class TracedIndex implements NameIndex {
  private readonly names = new Map<string, string>();
  private readonly folders = new Map<string, string>();
  private readonly present = new Map<string, boolean>();

  constructor(private readonly index: NameIndex) {}

  filesNaming(name: string): readonly string[] {
    const files = this.index.filesNaming(name);
    this.names.set(name, hashOf(files));
    return files;
  }

  filesNamingAll(names: Iterable<string>): ReadonlyMap<string, readonly string[]> {
    const found = this.index.filesNamingAll(names);
    for (const [name, files] of found) this.names.set(name, hashOf(files));
    return found;
  }

  filesIn(folder: string): readonly string[] {
    const files = this.index.filesIn(folder);
    this.folders.set(folder, hashOf(files));
    return files;
  }

  has(file: string): boolean {
    const isThere = this.index.has(file);
    this.present.set(file, isThere);
    return isThere;
  }

  /** Everything so far. */
  get asked(): Omit<Trace, 'reads'> {
    return { names: [...this.names], folders: [...this.folders], present: [...this.present] };
  }
}

/** Whether a tree would still answer as it did. `hash`: of a file as it is now; null where it cannot be read. */
export function stillHolds(
  { reads, names, folders, present }: Trace,
  index: NameIndex,
  hash: (file: string) => string | null,
): boolean {
  if (names.length > 0) {
    const now = index.filesNamingAll(names.map(([name]) => name));
    if (!names.every(([name, then]) => hashOf(now.get(name) ?? []) === then)) return false;
  }
  if (!folders.every(([folder, then]) => hashOf(index.filesIn(folder)) === then)) return false;
  if (!present.every(([file, isThere]) => index.has(file) === isThere)) return false;
  return reads.every(([file, then]) => hash(file) === then);
}

function hashOf(files: readonly string[]): string {
  return hashText(files.join('\0'));
}
