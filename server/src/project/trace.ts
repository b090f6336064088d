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
}

/** An index that remembers what it was asked. */
export class TracedIndex implements NameIndex {
  private readonly asked = new Map<string, string>();

  constructor(private readonly index: NameIndex) {}

  filesNaming(name: string): readonly string[] {
    const files = this.index.filesNaming(name);
    this.asked.set(name, hashOf(files));
    return files;
  }

  filesNamingAll(names: Iterable<string>): ReadonlyMap<string, readonly string[]> {
    const found = this.index.filesNamingAll(names);
    for (const [name, files] of found) this.asked.set(name, hashOf(files));
    return found;
  }

  /** Every name so far. */
  get names(): Trace['names'] {
    return [...this.asked];
  }
}

/** Whether a tree would still answer as it did. `hash`: of a file as it is now; null where it cannot be read. */
export function stillHolds(
  { reads, names }: Trace,
  index: NameIndex,
  hash: (file: string) => string | null,
): boolean {
  if (names.length > 0) {
    const now = index.filesNamingAll(names.map(([name]) => name));
    if (!names.every(([name, then]) => hashOf(now.get(name) ?? []) === then)) return false;
  }
  return reads.every(([file, then]) => hash(file) === then);
}

function hashOf(files: readonly string[]): string {
  return hashText(files.join('\0'));
}
