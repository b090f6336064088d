import { addTo } from '../base/maps.ts';
import { hashName } from './call-names.ts';
import type { FileStamp } from './files.ts';
import { type SealKind, seal, unseal } from './sealed.ts';
import { joinNames, splitNames } from './utf8.ts';

/** What is remembered of one file. */
export interface FileEntry extends FileStamp {
  /** Relative to the root, with `/`. */
  readonly file: string;
  /** A needle is in it. */
  readonly relevant: boolean;
  /** Distinct hashes of the names that are called or defined in it, in the order in which they first come. */
  readonly calls: Uint32Array;
}

/** The same of many files, by column: two hundred thousand small objects would take longer than all the rest. */
export interface FileColumns {
  /** {@link stampNumbers} numbers a file. */
  readonly stamps: Float64Array;
  /** 1: a needle is in it. */
  readonly relevant: Uint8Array;
  /** Where each file's hashes end in `hashes`; they begin where those of the file before end. */
  readonly ends: Uint32Array;
  readonly hashes: Uint32Array;
}

/** Numbers in a column for one {@link FileStamp}: size, mtime, ctime, inode. */
export const stampNumbers = 4;

/** Writes a stamp into a column, at the place of the file with number `at`. */
export function writeStamp(stamps: Float64Array, at: number, stamp: FileStamp): void {
  const first = at * stampNumbers;
  stamps[first] = stamp.size;
  stamps[first + 1] = stamp.mtime;
  stamps[first + 2] = stamp.ctime;
  stamps[first + 3] = stamp.inode;
}

/** Whether the file with number `at` has that stamp in the column; NaN equals nothing. */
export function sameStamp(stamps: Float64Array, at: number, stamp: FileStamp): boolean {
  const first = at * stampNumbers;
  return (
    stamps[first] === stamp.size &&
    stamps[first + 1] === stamp.mtime &&
    stamps[first + 2] === stamp.ctime &&
    stamps[first + 3] === stamp.inode
  );
}

/** Copies the stamp of one file between columns. */
export function copyStamp(from: Float64Array, at: number, to: Float64Array, place: number): void {
  for (let i = 0; i < stampNumbers; i++) to[place * stampNumbers + i] = from[at * stampNumbers + i]!;
}

/** When the file with number `at` or anything about it last changed. */
export function lastChange(stamps: Float64Array, at: number): number {
  return Math.max(stamps[at * stampNumbers + 1]!, stamps[at * stampNumbers + 2]!);
}

/** Makes columns file by file. */
export class ColumnWriter {
  private count = 0;
  private used = 0;
  private stamps = new Float64Array(256 * stampNumbers);
  private relevant = new Uint8Array(256);
  private ends = new Uint32Array(256);
  private hashes = new Uint32Array(16384);

  /** `calls` is copied. */
  add(stamp: FileStamp, relevant: boolean, calls: Uint32Array): void {
    const at = this.count++;
    if (at === this.relevant.length) {
      this.stamps = grown(new Float64Array(at * 2 * stampNumbers), this.stamps);
      this.relevant = grown(new Uint8Array(at * 2), this.relevant);
      this.ends = grown(new Uint32Array(at * 2), this.ends);
    }
    const end = this.used + calls.length;
    if (end > this.hashes.length) this.hashes = grown(new Uint32Array(end * 2), this.hashes);
    this.hashes.set(calls, this.used);
    this.used = end;
    writeStamp(this.stamps, at, stamp);
    this.relevant[at] = relevant ? 1 : 0;
    this.ends[at] = end;
  }

  /** What was added, each column in a buffer of its own that can be sent away. */
  done(): FileColumns {
    return {
      stamps: this.stamps.slice(0, this.count * stampNumbers),
      relevant: this.relevant.slice(0, this.count),
      ends: this.ends.slice(0, this.count),
      hashes: this.hashes.slice(0, this.used),
    };
  }
}

function grown<T extends Float64Array | Uint8Array | Uint32Array>(larger: T, old: T): T {
  larger.set(old as never);
  return larger;
}

/** The kind and version under which an index is sealed. */
export const indexSeal: SealKind = { kind: 1, version: 1 };

/**
 * Which files of a tree call or define which names, and which have a needle. Names are hashes: none is missed, and a chance
 * equality may give a file that does not have it; the user looks at its text anyway.
 */
export class CallIndex {
  private places: Map<string, number> | null = null;
  private folders: ReadonlyMap<string, readonly string[]> | null = null;

  /**
   * `files`: relative to the root, in the order of the columns. `taken`: milliseconds since 1970, when the tree was about to be looked
   * at; what changed later, or shortly before, may have changed again without a trace.
   */
  constructor(
    readonly files: readonly string[],
    readonly columns: FileColumns,
    readonly taken: number,
  ) {}

  /** An index of single entries. */
  static of(entries: Iterable<FileEntry>, taken: number): CallIndex {
    const files: string[] = [];
    const writer = new ColumnWriter();
    for (const entry of entries) {
      files.push(entry.file);
      writer.add(entry, entry.relevant, entry.calls);
    }
    return new CallIndex(files, writer.done(), taken);
  }

  has(file: string): boolean {
    return this.placeOf(file) >= 0;
  }

  /** The number under which a file is in the columns; -1 if it is not. */
  placeOf(file: string): number {
    this.places ??= new Map(this.files.map((name, at) => [name, at]));
    return this.places.get(file) ?? -1;
  }

  /** What is known of the file with number `at`. @throws RangeError */
  entry(at: number): FileEntry {
    const file = this.files[at];
    if (file === undefined) throw new RangeError(`no file ${at} of ${this.files.length}`);
    const [size, mtime, ctime, inode] = this.columns.stamps.subarray(at * stampNumbers);
    return {
      ...{ file, size: size!, mtime: mtime!, ctime: ctime!, inode: inode! },
      relevant: this.columns.relevant[at] === 1,
      calls: this.columns.hashes.subarray(this.startOf(at), this.columns.ends[at]),
    };
  }

  /** Where the hashes of the file with number `at` begin. */
  startOf(at: number): number {
    return at === 0 ? 0 : this.columns.ends[at - 1]!;
  }

  /** Files with a needle, sorted. */
  relevant(): readonly string[] {
    return this.files.filter((_, at) => this.columns.relevant[at] === 1).sort();
  }

  /** Files in which `name` is called or defined, sorted. */
  filesNaming(name: string): readonly string[] {
    const hash = hashName(name);
    const { hashes, ends } = this.columns;
    const found: string[] = [];
    for (let at = hashes.indexOf(hash); at >= 0; ) {
      const file = fileAt(ends, at);
      found.push(this.files[file]!);
      at = hashes.indexOf(hash, ends[file]!);
    }
    return found.sort();
  }

  /** Files of a folder (relative to the root, `.` for the root itself), those of folders in it left out. Sorted. */
  filesIn(folder: string): readonly string[] {
    this.folders ??= byFolder(this.files);
    return [...(this.folders.get(folder === '.' ? '' : folder) ?? [])].sort();
  }

  /** {@link filesNaming} for many names in one pass. */
  filesNamingAll(names: Iterable<string>): ReadonlyMap<string, readonly string[]> {
    const found = new Map([...names].map((name) => [name, [] as string[]]));
    const byHash = new Map<number, string[][]>();
    // For the upper half of each hash: nearly everything is told apart by it, and it stays in the cache.
    const some = new Uint8Array(65536);
    for (const [name, files] of found) {
      const hash = hashName(name);
      byHash.set(hash, [...(byHash.get(hash) ?? []), files]);
      some[hash >>> 16] = 1;
    }
    const { hashes, ends } = this.columns;
    for (let at = 0; at < hashes.length; at++) {
      const hash = hashes[at]!;
      if (some[hash >>> 16] === 0) continue;
      const lists = byHash.get(hash);
      if (lists === undefined) continue;
      const file = this.files[fileAt(ends, at)]!;
      for (const list of lists) list.push(file);
    }
    for (const files of found.values()) files.sort();
    return found;
  }
}

function byFolder(files: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const folders = new Map<string, string[]>();
  for (const file of files) addTo(folders, file.slice(0, Math.max(0, file.lastIndexOf('/'))), file);
  return folders;
}

/** The number of the file that the hash at `at` is of. */
function fileAt(ends: Uint32Array, at: number): number {
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ends[middle]! > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** An index in one piece, under a label that says what it is of. */
export function encodeIndex(index: CallIndex, label: string): Uint8Array {
  const { stamps, relevant, ends, hashes } = index.columns;
  const taken = Float64Array.of(index.taken);
  return seal(indexSeal, label, [taken, joinNames(index.files), stamps, relevant, ends, hashes]);
}

/** What {@link encodeIndex} made; null for anything damaged or of another version. It goes on using `bytes`. */
export function decodeIndex(bytes: Uint8Array): { readonly index: CallIndex; readonly label: string } | null {
  const opened = unseal(indexSeal, bytes);
  if (opened?.parts.length !== 6) return null;
  const [taken, names, stamps, relevant, ends, hashes] = opened.parts as readonly Uint8Array[] & {
    length: 6;
  };
  const count = relevant!.length;
  const files = splitNames(names!, count);
  if (files === null || taken!.length !== 8) return null;
  if (stamps!.length !== count * stampNumbers * 8 || ends!.length !== count * 4) return null;
  const columns = {
    stamps: numbers(stamps!),
    relevant: relevant!,
    ends: words(ends!),
    hashes: words(hashes!),
  };
  if ((columns.ends[count - 1] ?? 0) !== columns.hashes.length) return null;
  return { index: new CallIndex(files, columns, numbers(taken!)[0]!), label: opened.label };
}

function numbers(bytes: Uint8Array): Float64Array {
  return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8);
}

function words(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4));
}
