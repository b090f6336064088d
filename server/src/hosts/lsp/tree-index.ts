import type { CancellationToken } from '../../base/token.ts';
import type { Vocabulary } from '../../kernel/types.ts';
import { vocabularyFor } from '../../kernel/vocabulary.ts';
import type { CallFinder } from '../../project/call-names.ts';
import { headerLimit, isHeader, isWalked } from '../../project/discover.ts';
import { Exclusion } from '../../project/exclusion.ts';
import { type FileSystem, problemText } from '../../project/files.ts';
import type { PathMatcher } from '../../project/glob.ts';
import type { LiveEntry, LiveIndex } from '../../project/live-index.ts';
import { joinPath } from '../../project/paths.ts';
import type { LoweredText } from '../../project/pipeline.ts';
import type { ByteFilter } from '../../project/prefilter.ts';
import { defaultReach, reach } from '../../project/reach.ts';
import { namesOf } from '../../project/reach-names.ts';
import { readText } from '../../project/read.ts';
import { Sources } from '../../project/sources.ts';
import { cutOnly } from '../../project/stages.ts';
import { toUtf8 } from '../../project/utf8.ts';
import type { FileChange, Grouping, TreeRequest } from './index-messages.ts';

/** Files, and what is asked of their bytes. */
export interface SearchedFiles {
  readonly fs: FileSystem;
  readonly filter: ByteFilter;
  readonly calls: CallFinder;
}

/** The index of a tree, kept up to date as files change, and what follows from it. */
export class TreeIndex {
  private readonly vocabulary: Vocabulary;
  private readonly excluded: PathMatcher | null;
  private readonly texts = new Map<string, LoweredText | null>();
  /** Of documents that are open. */
  private readonly open = new Map<string, string>();

  /** `isItself`: whether no link leads to a file, for one that is new to the index: what is in the tree twice is taken once. */
  constructor(
    private readonly request: TreeRequest,
    private readonly files: SearchedFiles,
    private readonly index: LiveIndex,
    private readonly isItself: (file: string) => boolean,
  ) {
    this.vocabulary = vocabularyFor(request.version, request.extra);
    this.excluded = new Exclusion(request.exclude).matches;
  }

  /** Which files belong together now. @throws Cancelled */
  grouping(token: CancellationToken): Grouping {
    const { groups, unfollowed } = reach({
      seeds: this.index.relevant(),
      index: this.index,
      vocabulary: this.vocabulary,
      bounds: defaultReach,
      text: (file) => this.text(file),
      makefile: (folder) => this.makefile(folder),
      token,
    });
    const joined = groups.filter(({ files, headers }) => files.length + headers.length > 1);
    return { files: this.index.size, groups: joined, unfollowed };
  }

  /** Takes note of changes; whether {@link grouping} may be another one now. */
  take(changes: readonly FileChange[]): boolean {
    let matters = false;
    for (const change of changes) if (this.takeOne(change)) matters = true;
    return matters;
  }

  private takeOne({ file, text }: FileChange): boolean {
    const entryBefore = this.index.entry(file);
    // A document may be open that no walk of the tree would come to.
    if (!isWalked(file) || this.excluded?.(file)) return false;
    if (entryBefore === null && !this.isItself(file)) return false;
    const asked = this.texts.has(file);
    const before = asked ? this.texts.get(file)! : null;
    if (text === null) this.open.delete(file);
    else this.open.set(file, text);
    const entry = text === null ? this.entryOnDisk(file) : this.entryOf(toUtf8(text));
    this.index.set(file, entry);
    this.texts.delete(file);
    if (!sameEntry(entryBefore, entry)) return true;
    // Nobody came to it by its names, and these are the same.
    if (!asked) return false;
    const after = this.text(file);
    return before === null || after === null ? before !== after : namesOf(before) !== namesOf(after);
  }

  private entryOf(bytes: Uint8Array): LiveEntry {
    const { filter, calls } = this.files;
    return { relevant: filter.matches(bytes), calls: new Set(calls.callsIn(bytes)) };
  }

  private entryOnDisk(file: string): LiveEntry | null {
    const { largest = headerLimit } = this.request;
    const limit = isHeader(file) ? largest : undefined;
    try {
      const bytes = this.files.fs.readBytes(joinPath(this.request.root, file), limit);
      return limit !== undefined && bytes.length > limit ? null : this.entryOf(bytes);
    } catch {
      return null;
    }
  }

  /** A file of the tree, cut; null where it cannot be read. */
  text(file: string): LoweredText | null {
    let text = this.texts.get(file);
    if (text === undefined) {
      text = this.read(file);
      this.texts.set(file, text);
    }
    return text;
  }

  private makefile(folder: string): string {
    return new Sources(this.files.fs, this.request.root, cutOnly).makefile(folder);
  }

  private read(file: string): LoweredText | null {
    const open = this.open.get(file);
    if (open !== undefined) return cutOnly(file, open);
    try {
      return cutOnly(file, readText(this.files.fs, joinPath(this.request.root, file)).text);
    } catch {
      return null;
    }
  }
}

function sameEntry(a: LiveEntry | null, b: LiveEntry | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.relevant !== b.relevant || a.calls.size !== b.calls.size) return false;
  for (const hash of a.calls) if (!b.calls.has(hash)) return false;
  return true;
}

/** A fault in words. */
export function indexFailure(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : problemText(error);
}
