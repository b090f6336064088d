/**
 * The one door to files. Everything that a check reads comes through a {@link FileSystem}, so that a test can
 * hand in a tree that vanishes, loops or refuses, and a host can be something other than Node.
 */
export type EntryKind = 'file' | 'directory' | 'link' | 'other';

/** A name in a folder; links are told as what they are, not as what they lead to. */
export interface DirectoryEntry {
  readonly name: string;
  readonly kind: EntryKind;
}

/** What is at a path. */
export interface FileStatus {
  /** What the path is once symbolic links are followed. */
  readonly kind: Exclude<EntryKind, 'link'>;
  /** In bytes; 0 for what is no file. */
  readonly size: number;
}

/** Synchronous on purpose: listing and reading 60,000 files costs three times as much through promises. */
export interface FileSystem {
  /** Entries in any order. @throws FileProblem */
  readDirectory(path: string): readonly DirectoryEntry[];
  /** Null where there is nothing (or a dangling link). @throws FileProblem for any other trouble, a link loop included */
  status(path: string): FileStatus | null;
  /**
   * The file's bytes. May be a view of a buffer that the next read overwrites: decode or copy at once.
   * With `limit`, a result that is longer says that the file is larger; its content then means nothing. @throws FileProblem
   */
  readBytes(path: string, limit?: number): Uint8Array;
}

/** What changes with a file's content, or nearly always does. */
export interface FileStamp {
  /** In bytes. */
  readonly size: number;
  /** When its content last changed: milliseconds since 1970, with a fraction as far as the system knows one. */
  readonly mtime: number;
  /** When anything about it last changed, in the same unit; a copied or reset mtime does not hide from it. */
  readonly ctime: number;
  /** Its number in the file system; another file moved to its place has another. */
  readonly inode: number;
}

/** A {@link FileSystem} that knows when files changed. */
export interface StampedFiles extends FileSystem {
  /** Null where there is no file. @throws FileProblem for any other trouble */
  stamp(path: string): FileStamp | null;
  /** As `readBytes`; the stamp is from before the first byte was read. @throws FileProblem */
  readStamped(path: string, limit?: number): { readonly bytes: Uint8Array; readonly stamp: FileStamp };
}

/** Files whose stamps nobody asks for: what is read once, and of which nothing is kept, needs none. */
export function unstamped(fs: FileSystem): StampedFiles {
  return {
    readDirectory: (path) => fs.readDirectory(path),
    status: (path) => fs.status(path),
    readBytes: (path, limit) => fs.readBytes(path, limit),
    stamp: () => null,
    readStamped(path, limit) {
      const bytes = fs.readBytes(path, limit);
      return {
        bytes,
        stamp: { size: bytes.length, mtime: Number.NaN, ctime: Number.NaN, inode: Number.NaN },
      };
    },
  };
}

export type FileProblemKind = 'missing' | 'denied' | 'loop' | 'is-directory' | 'other';

/** What a {@link FileSystem} throws: never more than one sentence that a user can act upon. */
export class FileProblem extends Error {
  constructor(
    readonly path: string,
    readonly kind: FileProblemKind,
    message: string,
  ) {
    super(message);
    this.name = 'FileProblem';
  }
}

/** What kept one file from being checked, in words for the report; `file` as the report names it. */
export interface Problem {
  readonly file: string;
  readonly message: string;
}

/** The words for `error`; anything but a {@link FileProblem} is a fault of the host and is told as such. */
export function problemText(error: unknown): string {
  if (error instanceof FileProblem) return error.message;
  return `could not be read (${error instanceof Error ? error.message : String(error)})`;
}
