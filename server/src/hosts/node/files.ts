import {
  closeSync,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  type DirectoryEntry,
  type EntryKind,
  FileProblem,
  type FileProblemKind,
  type FileStamp,
  type FileStatus,
} from '../../project/files.ts';
import type { ByteSearch } from '../../project/prefilter.ts';
import type { HostFiles } from '../lsp/host.ts';

/** Bytes; what no file of C ever has, and what a string could not hold. */
const largestFile = 256 * 1024 * 1024;

/** Bytes; more than 99 % of a kernel's files are smaller, and it stays in the processor's cache. */
const firstRead = 256 * 1024;

/** Bytes; a handful of a kernel's sources are larger. */
export const usualSize = 4 * 1024 * 1024;

/** Files of the disk. One buffer is read into over and over: what `readBytes` gives is good until the next call. */
export class NodeFileSystem implements HostFiles {
  private readonly reused: Buffer;

  /** `buffer`: where to read into, 256 KB at least; files that do not fit get one of their own. */
  constructor(buffer: Buffer = Buffer.allocUnsafeSlow(usualSize)) {
    this.reused = buffer;
  }

  pathOf(uri: string): string | null {
    if (!uri.startsWith('file:')) return null;
    try {
      return fileURLToPath(uri).replaceAll('\\', '/');
    } catch {
      return null;
    }
  }

  uriOf(path: string): string {
    return pathToFileURL(path).href;
  }

  async fetch(): Promise<void> {}

  async refresh(): Promise<void> {}

  readDirectory(path: string): DirectoryEntry[] {
    try {
      return readdirSync(path, { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        kind: kindOf(entry),
      }));
    } catch (error) {
      throw problem(path, error);
    }
  }

  status(path: string): FileStatus | null {
    try {
      const found = statSync(path);
      const kind = found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other';
      return { kind, size: found.isFile() ? found.size : 0 };
    } catch (error) {
      const trouble = problem(path, error);
      if (trouble.kind === 'missing') return null;
      throw trouble;
    }
  }

  stamp(path: string): FileStamp | null {
    try {
      const found = statSync(path);
      return found.isFile() ? stampOf(found) : null;
    } catch (error) {
      const trouble = problem(path, error);
      if (trouble.kind === 'missing') return null;
      throw trouble;
    }
  }

  readBytes(path: string, limit = largestFile): Uint8Array {
    return this.opened(path, (file) => this.read(file, path, limit));
  }

  readStamped(path: string, limit = largestFile): { bytes: Uint8Array; stamp: FileStamp } {
    return this.opened(path, (file) => {
      const stamp = stampOf(fstatSync(file));
      return { stamp, bytes: this.read(file, path, limit) };
    });
  }

  private opened<T>(path: string, use: (file: number) => T): T {
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch (error) {
      throw problem(path, error);
    }
    try {
      return use(file);
    } catch (error) {
      throw problem(path, error);
    } finally {
      closeSync(file);
    }
  }

  /** Nearly every file fits into the first read, so that its size need not be asked for. */
  private read(file: number, path: string, limit: number): Uint8Array {
    let length = readSync(file, this.reused, 0, firstRead, 0);
    if (length < firstRead) return this.reused.subarray(0, length);
    const { size } = fstatSync(file);
    if (size > largestFile) {
      throw new FileProblem(path, 'other', `is larger than ${largestFile / 1024 / 1024} MB; not read`);
    }
    const wanted = Math.min(size, limit) + 1;
    let buffer = this.reused;
    if (buffer.length < wanted) {
      buffer = Buffer.allocUnsafeSlow(wanted);
      this.reused.copy(buffer, 0, 0, length);
    }
    if (size > limit) return buffer.subarray(0, wanted);
    for (let got = length; got > 0 && length < wanted; length += got) {
      got = readSync(file, buffer, length, wanted - length, length);
    }
    return buffer.subarray(0, length);
  }
}

/** Node's own search, which is far faster than any loop of ours. */
export const searchBuffer: ByteSearch = (bytes, length, needle) => {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  return view.indexOf(needle);
};

function stampOf({ size, mtimeMs, ctimeMs, ino }: Stats): FileStamp {
  return { size, mtime: mtimeMs, ctime: ctimeMs, inode: ino };
}

function kindOf(entry: Dirent): EntryKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'other';
}

const kinds: Readonly<Record<string, readonly [FileProblemKind, string]>> = {
  ENOENT: ['missing', 'is not there (any more)'],
  ENOTDIR: ['missing', 'is not there: a part of the path is no folder'],
  EACCES: ['denied', 'may not be read: permission denied'],
  EPERM: ['denied', 'may not be read: permission denied'],
  ELOOP: ['loop', 'cannot be reached: its symbolic links go in a circle'],
  EISDIR: ['is-directory', 'is a folder, not a file'],
  EMFILE: ['other', 'could not be opened: too many open files'],
  ENAMETOOLONG: ['missing', 'is not there: the name is too long'],
};

function problem(path: string, error: unknown): FileProblem {
  if (error instanceof FileProblem) return error;
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  const [kind, message] = kinds[code] ?? ['other', `could not be read (${code})`];
  return new FileProblem(path, kind, message);
}
