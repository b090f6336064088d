import { buildId } from '../../base/version.ts';
import type { CallIndex } from '../../project/call-index.ts';
import type { FileSystem } from '../../project/files.ts';
import { stillHolds, type Trace } from '../../project/trace.ts';
import type { BackendName } from './backend.ts';
import { CacheFolder, type StoreNote } from './cache-folder.ts';
import { hashFile, hashOf } from './content-hash.ts';
import { decodeFound, decodeJson, type Found } from './found.ts';
import type { FileGroup, Grouping, GroupingInput } from './grouping.ts';
import { loadIndex, ResultStore, type StoreKey, saveIndex } from './index-store.ts';
import type { Checked, CheckSettings } from './tasks.ts';

/** What is kept, and of what. */
export interface KeptOf {
  readonly folder: string;
  /** Of all that is in it; left out: {@link cacheLimit}. */
  readonly bytes?: number;
  readonly settings: CheckSettings;
  readonly backend: BackendName;
  /** Globs of what is left out of the tree: an index for each set of them. */
  readonly excluded: readonly (readonly string[])[];
}

/** A grouping with the index that it is right for. */
interface KeptGrouping extends Grouping {
  readonly trace: Trace;
  readonly index: string;
  readonly seeds: string;
}

/**
 * What one check keeps for the next: the tree's index, which files belong together, and what was found in each group. Every answer
 * is either what the work itself would give now, or null.
 */
export class Kept {
  private readonly cache: CacheFolder;
  private readonly indexKey: StoreKey;
  private readonly store: ResultStore;
  /** Of everything but the files that changes what is found. */
  private readonly circumstances: string;
  /** The id of the index that is stored, if it is the tree's as it is now. */
  private indexId: string | null = null;
  private grouped: {
    readonly seeds: string;
    readonly grouping: Grouping & { readonly trace: Trace };
    readonly isKept: boolean;
  } | null = null;
  private readonly told: StoreNote[] = [];

  constructor(
    private readonly fs: FileSystem,
    private readonly of: KeptOf,
  ) {
    const { root, version, extra = [], tuning, largest, contracts } = of.settings;
    const searched = hashOf(JSON.stringify([version, extra, tuning, largest]), of.backend);
    this.circumstances = contracts === true ? hashOf(searched, 'contracts') : searched;
    this.cache = new CacheFolder(of.folder, of.bytes);
    const part = of.excluded.every((globs) => globs.length === 0) ? '' : hashOf(JSON.stringify(of.excluded));
    // What is looked for in each file depends on the vocabulary.
    this.indexKey = { root, part, signature: `${buildId} ${searched}` };
    this.store = new ResultStore(this.cache, { root, signature: buildId });
  }

  /** The tree as it was the last time. */
  loadIndex(): CallIndex | null {
    const { stored, notes } = loadIndex(this.cache, this.indexKey);
    this.told.push(...notes);
    this.indexId = stored?.id ?? null;
    return stored?.index ?? null;
  }

  /** The tree is not as it was. The index is written by {@link saveIndex}. */
  indexChanged(): void {
    this.indexId = null;
  }

  /** Puts the index of the tree as it is now in the place of the old one. */
  saveIndex(index: CallIndex): void {
    const { id, notes } = saveIndex(this.cache, this.indexKey, index);
    this.told.push(...notes);
    this.indexId = id;
  }

  /** Which files belong together, if that is what it was. */
  grouping({ seeds, index }: GroupingInput): Grouping | null {
    const bytes = this.store.get(this.groupingKey);
    const kept = bytes && decodeJson<KeptGrouping>(bytes);
    if (!kept || kept.seeds !== seedsHash(seeds)) return null;
    // Nothing in the tree has changed: nor has what it was made of.
    const isKept = this.indexId !== null && kept.index === this.indexId;
    if (!isKept && !this.holds(kept.trace, index)) return null;
    const grouping = { groups: kept.groups, unfollowed: kept.unfollowed, trace: kept.trace };
    this.grouped = { seeds: kept.seeds, grouping, isKept };
    return grouping;
  }

  /** Keeps which files belong together. */
  keepGrouping({ seeds }: GroupingInput, grouping: Grouping): void {
    const { trace } = grouping;
    if (trace !== null)
      this.grouped = { seeds: seedsHash(seeds), grouping: { ...grouping, trace }, isKept: false };
  }

  /** What was found in a group when everything was as it is now. */
  found({ files, headers, hashes }: FileGroup, index: CallIndex): Found | null {
    const bytes = hashes && this.store.get(this.foundKey([...files, ...headers], hashes));
    const found = bytes && decodeFound(bytes);
    if (!found) return null;
    return found.besides === undefined || this.holds(found.besides, index) ? found : null;
  }

  /** Keeps what was found in a group; under what was read, which need not be what was to be read. */
  keepFound({ files, headers }: FileGroup, { found, hashes }: Checked): void {
    if (hashes !== null) this.store.put(this.foundKey([...files, ...headers], hashes), found);
  }

  /** Writes what is new. Gives what is worth telling, once. */
  save(): StoreNote[] {
    if (this.grouped !== null && !this.grouped.isKept && this.indexId !== null) {
      const { seeds, grouping } = this.grouped;
      const kept: KeptGrouping = { ...grouping, index: this.indexId, seeds };
      this.store.put(this.groupingKey, new TextEncoder().encode(JSON.stringify(kept)));
      this.grouped = { ...this.grouped, isKept: true };
    }
    return [...this.told.splice(0), ...this.store.save()];
  }

  private get groupingKey(): string {
    return `groups ${this.circumstances} ${this.indexKey.part}`;
  }

  private foundKey(files: readonly string[], hashes: readonly string[]): string {
    return `found ${hashOf(this.circumstances, ...files, ...hashes)}`;
  }

  private holds(trace: Trace, index: CallIndex): boolean {
    return stillHolds(trace, index, (file) => hashFile(this.fs, this.of.settings.root, file));
  }
}

function seedsHash(seeds: readonly string[]): string {
  return hashOf(...seeds);
}
