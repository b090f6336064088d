import { CallIndex, copyStamp, type FileColumns, lastChange, stampNumbers } from './call-index.ts';
import type { ScannedCalls } from './read.ts';

/** Milliseconds. Clocks of file systems stand still for so long at most: two changes within it can look like one. */
const raciness = 2000;

/** Some files of a listing and what the old index says of them. */
export interface UpdatePart {
  /** Relative to the root. */
  readonly files: readonly string[];
  /** For the scan: stamps of files as they were, by column; NaN where nothing is known that could be trusted. Empty: of none is. */
  readonly known: Float64Array;
  /** Their numbers in the old index, or -1. */
  readonly old: Int32Array;
}

/** A new index, and in what it differs. */
export interface UpdatedIndex {
  readonly index: CallIndex;
  readonly added: readonly string[];
  /** Read again: changed, or so young that they might have been. */
  readonly changed: readonly string[];
  /** In the old index and no longer to be found, or not to be read. */
  readonly gone: readonly string[];
  /** Nothing is different, `index` is the old one: there is nothing to store. */
  readonly same: boolean;
}

/**
 * Brings an index up to date while its tree is listed and scanned in parts. The parts' scans may end in any order; the index
 * has its files in the order of the parts. A part whose scan never ends is not in it.
 */
export class IndexUpdate {
  private readonly parts: { readonly part: UpdatePart; scanned: ScannedCalls | null }[] = [];
  private next = 0;

  /** `taken`: milliseconds since 1970, from before the first file is looked at. `old`: null to begin anew. */
  constructor(
    private readonly old: CallIndex | null,
    private readonly taken: number,
  ) {}

  /** The next files of the listing. What comes in the order of the old index costs least. */
  part(files: readonly string[]): UpdatePart {
    const known = new Float64Array(this.old === null ? 0 : files.length * stampNumbers).fill(Number.NaN);
    const old = new Int32Array(files.length).fill(-1);
    if (this.old !== null) this.fill(this.old, files, known, old);
    const part = { files, known, old };
    this.parts.push({ part, scanned: null });
    return part;
  }

  private fill(index: CallIndex, files: readonly string[], known: Float64Array, old: Int32Array): void {
    const { stamps } = index.columns;
    const oldEnough = index.taken - raciness;
    for (let i = 0; i < files.length; i++) {
      const file = files[i]!;
      const at = index.files[this.next] === file ? this.next : index.placeOf(file);
      old[i] = at;
      if (at < 0) continue;
      this.next = at + 1;
      if (lastChange(stamps, at) < oldEnough) copyStamp(stamps, at, known, i);
    }
  }

  /** What the scan of a part gave, with its `known` handed in. */
  scanned(part: UpdatePart, calls: ScannedCalls): void {
    const found = this.parts.find((one) => one.part === part);
    if (found) found.scanned = calls;
  }

  /** The index of all that was scanned so far. */
  finish(): UpdatedIndex {
    if (this.old !== null && this.isOld(this.old))
      return { index: this.old, added: [], changed: [], gone: [], same: true };
    const added: string[] = [];
    const changed: string[] = [];
    const build = new Build();
    const met = new Uint8Array(this.old?.files.length ?? 0);
    for (const { part, scanned } of this.parts) {
      if (scanned === null) continue;
      let read = 0;
      let kept = 0;
      for (const [i, file] of part.files.entries()) {
        const old = part.old[i]!;
        if (scanned.kept[kept] === i) {
          kept++;
          build.take(file, this.old!.columns, old);
        } else if (scanned.files[read] === i) {
          build.take(file, scanned.columns, read++);
          (old < 0 ? added : changed).push(file);
        } else continue;
        if (old >= 0) met[old] = 1;
      }
    }
    const gone = this.old === null ? [] : this.old.files.filter((_, at) => met[at] === 0);
    const same = this.old !== null && added.length + changed.length + gone.length === 0;
    return { index: same ? this.old : build.done(this.taken), added, changed, gone, same };
  }

  /** Whether every file was in the old index, in its order, and is as it was. */
  private isOld({ files }: CallIndex): boolean {
    let next = 0;
    for (const { part, scanned } of this.parts) {
      if (scanned?.kept.length !== part.files.length) return false;
      for (const at of part.old) if (at !== next++) return false;
    }
    return next === files.length;
  }
}

/** Collects files from several columns; copied in one go at the end, neighbours together. */
class Build {
  private readonly files: string[] = [];
  private readonly runs: { readonly from: FileColumns; readonly first: number; end: number }[] = [];

  take(file: string, from: FileColumns, at: number): void {
    this.files.push(file);
    const last = this.runs.at(-1);
    if (last?.from === from && last.end === at) last.end++;
    else this.runs.push({ from, first: at, end: at + 1 });
  }

  done(taken: number): CallIndex {
    const count = this.files.length;
    const hashCount = this.runs.reduce(
      (sum, { from, first, end }) => sum + startOf(from, end) - startOf(from, first),
      0,
    );
    const stamps = new Float64Array(count * stampNumbers);
    const relevant = new Uint8Array(count);
    const ends = new Uint32Array(count);
    const hashes = new Uint32Array(hashCount);
    let at = 0;
    let used = 0;
    for (const { from, first, end } of this.runs) {
      const start = startOf(from, first);
      stamps.set(from.stamps.subarray(first * stampNumbers, end * stampNumbers), at * stampNumbers);
      relevant.set(from.relevant.subarray(first, end), at);
      hashes.set(from.hashes.subarray(start, startOf(from, end)), used);
      for (let i = first; i < end; i++) ends[at++] = from.ends[i]! - start + used;
      used += startOf(from, end) - start;
    }
    return new CallIndex(this.files, { stamps, relevant, ends, hashes }, taken);
  }
}

function startOf(columns: FileColumns, at: number): number {
  return at === 0 ? 0 : columns.ends[at - 1]!;
}
