import { realpathSync } from 'node:fs';
import { hashText } from '../../base/hash.ts';
import { type CancellationToken, check } from '../../base/token.ts';
import type { Vocabulary } from '../../kernel/types.ts';
import { vocabularyFor } from '../../kernel/vocabulary.ts';
import type { CallIndex } from '../../project/call-index.ts';
import { headerLimit, isHeader, isWalked } from '../../project/discover.ts';
import { Exclusion } from '../../project/exclusion.ts';
import { problemText } from '../../project/files.ts';
import type { PathMatcher } from '../../project/glob.ts';
import { type LiveEntry, LiveIndex } from '../../project/live-index.ts';
import { folderOf, joinPath } from '../../project/paths.ts';
import type { LoweredText } from '../../project/pipeline.ts';
import { defaultReach, reach } from '../../project/reach.ts';
import { namesOf } from '../../project/reach-names.ts';
import { readText, scan } from '../../project/read.ts';
import { Sources } from '../../project/sources.ts';
import { cutOnly } from '../../project/stages.ts';
import { toUtf8 } from '../../project/utf8.ts';
import type { FileChange, Grouping, TreeRequest } from '../lsp/index-messages.ts';
import { CacheFolder } from './cache-folder.ts';
import { loadIndex, type StoreKey, saveIndex } from './index-store.ts';
import { type SearchedFiles, searchedFiles } from './searched-files.ts';
import { Surveyor } from './survey.ts';

/** Who wants to know how it goes, and may stop it. */
export interface IndexObserver {
  readonly token: CancellationToken;
  /** 0 to 100, by files. */
  onProgress(percent: number): void;
  /** For the log. */
  onNote(message: string): void;
}

/** The index of a tree, kept up to date as files change, and what follows from it. */
export class TreeIndex {
  private readonly vocabulary: Vocabulary;
  private readonly excluded: PathMatcher | null;
  private readonly texts = new Map<string, LoweredText | null>();
  /** Of documents that are open. */
  private readonly open = new Map<string, string>();

  private constructor(
    private readonly request: TreeRequest,
    private readonly files: SearchedFiles,
    private readonly index: LiveIndex,
  ) {
    this.vocabulary = vocabularyFor(request.version, request.extra);
    this.excluded = new Exclusion(request.exclude).matches;
  }

  /** Reads the tree, or what has changed in it since it was kept. @throws Cancelled */
  static async make(request: TreeRequest, observer: IndexObserver): Promise<TreeIndex> {
    const files = searchedFiles(request.version, request.extra);
    return new TreeIndex(request, files, new LiveIndex(await survey(request, files, observer)));
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

  private text(file: string): LoweredText | null {
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

  /** Whether no link leads to the file: what is in the tree twice is taken once. */
  private isItself(file: string): boolean {
    const { root } = this.request;
    try {
      const folder = joinPath(root, folderOf(file));
      const real = realpathSync(root);
      if (realpathSync(folder) !== joinPath(real, folderOf(file))) return false;
    } catch {
      return false;
    }
    try {
      return realpathSync(joinPath(root, file)) === joinPath(realpathSync(root), file);
    } catch {
      // Not on the disk yet.
      return true;
    }
  }
}

async function survey(
  request: TreeRequest,
  { fs, filter, calls }: SearchedFiles,
  { token, onProgress, onNote }: IndexObserver,
): Promise<CallIndex> {
  const { root, exclude, largest } = request;
  const now = Date.now();
  const cache = request.cache === null ? null : new CacheFolder(request.cache.folder, request.cache.bytes);
  const key = keyOf(request);
  const old = cache === null ? null : loadIndex(cache, key);
  for (const { message } of old?.notes ?? []) onNote(message);
  const { matches: excluded } = new Exclusion(exclude);
  const surveyor = new Surveyor({ fs }, { root, paths: [root], excluded }, token);
  const total = surveyor.count();
  let done = 0;
  const { index, changed, problems } = await surveyor.run({
    old: old?.stored?.index ?? null,
    now,
    scan: async (part, known) => {
      check(token);
      const found = scan(fs, root, part, filter, { fs, calls, known }, largest);
      done += part.length;
      onProgress(Math.floor((done / total) * 100));
      return found;
    },
  });
  for (const { file, message } of problems) onNote(`${file}: ${message}`);
  if (cache !== null && changed)
    for (const { message } of saveIndex(cache, key, index).notes) onNote(message);
  return index;
}

/** Apart from what the command line keeps, which goes on from its own index; what is found depends on the names that are looked for. */
function keyOf({ root, version, extra, exclude, largest }: TreeRequest): StoreKey {
  const part = `editor ${exclude.join(' ')}`;
  const { needles } = vocabularyFor(version, extra);
  return { root, part, signature: hashText([largest ?? headerLimit, ...needles].join('\0')) };
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
