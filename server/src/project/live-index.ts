import type { CallIndex } from './call-index.ts';
import { hashName } from './call-names.ts';
import { folderOf } from './paths.ts';
import type { NameIndex } from './reach.ts';

/** What an index knows of a file that is not as it was when the tree was read. */
export interface LiveEntry {
  /** A needle is in it. */
  readonly relevant: boolean;
  /** Hashes of the names that are called or defined in it. */
  readonly calls: ReadonlySet<number>;
}

/** An index of a tree, and over it what has changed since: on the disk, or in an editor. */
export class LiveIndex implements NameIndex {
  /** Null: the file is gone. */
  private readonly over = new Map<string, LiveEntry | null>();
  /** What the index under it said of a name; that never changes. */
  private readonly asked = new Map<string, readonly string[]>();

  constructor(private readonly base: CallIndex) {}

  /** The number of files. */
  get size(): number {
    let size = this.base.files.length;
    for (const [file, entry] of this.over) {
      const was = this.base.placeOf(file) >= 0;
      if (was && entry === null) size--;
      else if (!was && entry !== null) size++;
    }
    return size;
  }

  has(file: string): boolean {
    const over = this.over.get(file);
    return over === undefined ? this.base.has(file) : over !== null;
  }

  filesIn(folder: string): readonly string[] {
    const files = this.base.filesIn(folder).filter((file) => !this.over.has(file));
    for (const [file, entry] of this.over) if (entry !== null && folderOf(file) === folder) files.push(file);
    return files.sort();
  }

  /** What is known of a file now; null if it is not in the tree. */
  entry(file: string): LiveEntry | null {
    const over = this.over.get(file);
    if (over !== undefined) return over;
    const at = this.base.placeOf(file);
    if (at < 0) return null;
    const { relevant, calls } = this.base.entry(at);
    return { relevant, calls: new Set(calls) };
  }

  /** A file is like that now; null: it is gone. */
  set(file: string, entry: LiveEntry | null): void {
    this.over.set(file, entry);
  }

  /** Files with a needle, sorted. */
  relevant(): readonly string[] {
    const files = this.base.relevant().filter((file) => !this.over.has(file));
    for (const [file, entry] of this.over) if (entry?.relevant) files.push(file);
    return files.sort();
  }

  filesNaming(name: string): readonly string[] {
    return this.filesNamingAll([name]).get(name) ?? [];
  }

  filesNamingAll(names: Iterable<string>): ReadonlyMap<string, readonly string[]> {
    const all = [...names];
    const news = all.filter((name) => !this.asked.has(name));
    // Many names in one pass over the whole index; what is known already needs none.
    if (news.length === 1) this.asked.set(news[0]!, this.base.filesNaming(news[0]!));
    else if (news.length > 1)
      for (const [name, files] of this.base.filesNamingAll(news)) this.asked.set(name, files);
    return new Map(all.map((name) => [name, this.withOver(name)]));
  }

  private withOver(name: string): readonly string[] {
    const known = this.asked.get(name) ?? [];
    if (this.over.size === 0) return known;
    const hash = hashName(name);
    const files = known.filter((file) => !this.over.has(file));
    for (const [file, entry] of this.over) if (entry?.calls.has(hash)) files.push(file);
    return files.sort();
  }
}
