import { ColumnWriter, type FileColumns, sameStamp, stampNumbers } from './call-index.ts';
import type { CallFinder } from './call-names.ts';
import { decodeText } from './decode.ts';
import { headerLimit, isHeader, megabyte, type SourceFile } from './discover.ts';
import { type FileStamp, type FileSystem, type Problem, problemText, type StampedFiles } from './files.ts';
import { relativePath } from './paths.ts';
import type { ByteFilter } from './prefilter.ts';

/** A file whose bytes name something that matters, or that was named. */
export interface RelevantFile {
  /** Absolute. */
  readonly path: string;
  /** In bytes, so that the long ones can be started first. */
  readonly size: number;
}

/** What a scan of some files gave. */
export interface Scan {
  /** Without those that were not read because they are as they were. */
  readonly relevant: readonly RelevantFile[];
  readonly problems: readonly Problem[];
  /** What the index is made of, if it was asked for. */
  readonly calls?: ScannedCalls;
}

/** What a scan learnt for the index. Files that could not be read, or changed meanwhile, are not in it. */
export interface ScannedCalls {
  /** Which files were read, as positions among those that were to be scanned, ascending. */
  readonly files: Uint32Array;
  /** What is in them, in the same order. */
  readonly columns: FileColumns;
  /** Positions of the files that are as they were and so were not read, ascending. */
  readonly kept: Uint32Array;
}

/** What a scan needs to make an index. */
export interface Indexing {
  readonly fs: StampedFiles;
  readonly calls: CallFinder;
  /** Stamps of the files by column, NaN where there is none: what still has its stamp is not read. */
  readonly known?: Float64Array;
}

/** How a file is to what is known of it. `large`: as it was, and a header that is not searched. */
export type Standing = 'same' | 'large' | 'changed';

/** Looks at the stamp of the file that is number `at` in the column `known`. Never throws: reading it will tell what is wrong. */
export function standing(
  fs: StampedFiles,
  path: string,
  named: boolean,
  known: Float64Array,
  at: number,
  largest: number = headerLimit,
): Standing {
  const size = known[at * stampNumbers]!;
  // Sizes are never negative; NaN and what is not there at all are no size.
  if (!(size >= 0)) return 'changed';
  const large = size > largest && isHeader(path);
  // The index knows nothing of what is in it.
  if (large && named) return 'changed';
  try {
    const stamp = fs.stamp(path);
    if (stamp === null || !sameStamp(known, at, stamp)) return 'changed';
  } catch {
    return 'changed';
  }
  return large ? 'large' : 'same';
}

/** Whole files are searched, large headers are left out, what cannot be read becomes a problem. */
export function scan(
  fs: FileSystem,
  root: string,
  files: readonly SourceFile[],
  filter: ByteFilter,
  indexing?: Indexing,
  largest: number = headerLimit,
): Scan {
  const relevant: RelevantFile[] = [];
  const problems: Problem[] = [];
  const index = indexing === undefined ? null : new IndexedReads(indexing, largest);
  for (const [at, { path, named }] of files.entries()) {
    try {
      const standing = index?.standing(path, named, at) ?? 'changed';
      if (standing === 'large') problems.push({ file: relativePath(root, path), message: tooLarge(largest) });
      if (standing !== 'changed') continue;
      const limit = isHeader(path) && !named ? largest : undefined;
      const bytes = index ? index.read(path, limit) : fs.readBytes(path, limit);
      const large = isHeader(path) && bytes.length > largest;
      // For the index it is as good as empty, whether it was named this time or not.
      if (large) index?.addLarge(at);
      if (large && !named) {
        problems.push({ file: relativePath(root, path), message: tooLarge(largest) });
        continue;
      }
      // The index wants to know even where the answer changes nothing.
      const matches = named && index === null ? true : filter.matches(bytes);
      if (named || matches) relevant.push({ path, size: bytes.length });
      if (!large) index?.add(at, bytes, matches);
    } catch (error) {
      problems.push({ file: relativePath(root, path), message: problemText(error) });
    }
  }
  return index === null ? { relevant, problems } : { relevant, problems, calls: index.done() };
}

/** Reads for the index what has changed since the last one. */
class IndexedReads {
  private readonly files: number[] = [];
  private readonly kept: number[] = [];
  private readonly writer = new ColumnWriter();
  private stamp: FileStamp | null = null;

  constructor(
    private readonly indexing: Indexing,
    private readonly largest: number,
  ) {}

  standing(path: string, named: boolean, at: number): Standing {
    const { fs, known } = this.indexing;
    const found = known === undefined ? 'changed' : standing(fs, path, named, known, at, this.largest);
    if (found !== 'changed') this.kept.push(at);
    return found;
  }

  read(path: string, limit: number | undefined): Uint8Array {
    const { bytes, stamp } = this.indexing.fs.readStamped(path, limit);
    this.stamp = stamp;
    return bytes;
  }

  /** The file that was read last. */
  add(at: number, bytes: Uint8Array, matches: boolean): void {
    if (this.stamp === null || this.stamp.size !== bytes.length) return;
    this.files.push(at);
    this.writer.add(this.stamp, matches, this.indexing.calls.callsIn(bytes));
  }

  /** The file that was read last, if that is a header that is not searched. */
  addLarge(at: number): void {
    if (this.stamp === null || this.stamp.size <= this.largest) return;
    this.files.push(at);
    this.writer.add(this.stamp, false, new Uint32Array());
  }

  done(): ScannedCalls {
    const { files, kept } = this;
    return { files: Uint32Array.from(files), columns: this.writer.done(), kept: Uint32Array.from(kept) };
  }
}

/** What is said of a header of more bytes than are searched. */
export function tooLarge(largest: number): string {
  return `header of more than ${largest / megabyte} MB, not searched; name it to have it checked`;
}

/** A file's text, and a word about it if its bytes were not what they should be. @throws FileProblem */
export function readText(fs: FileSystem, path: string): { text: string; note: string | null } {
  const { text, encoding } = decodeText(fs.readBytes(path));
  return { text, note: encoding === 'latin1' ? 'is not UTF-8; read as Latin-1' : null };
}
