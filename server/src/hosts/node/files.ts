import { closeSync, type Dirent, openSync, readdirSync, readSync, statSync } from 'node:fs';
import {
  type DirectoryEntry,
  type EntryKind,
  FileProblem,
  type FileProblemKind,
  type FileStatus,
  type FileSystem,
} from '../../project/files.ts';
import type { ByteSearch } from '../../project/prefilter.ts';

/** Bytes; what no file of C ever has, and what a string could not hold. */
const largestFile = 256 * 1024 * 1024;

/** Files of the disk. One buffer is read into over and over: what `readBytes` gives is good until the next call. */
export class NodeFileSystem implements FileSystem {
  private buffer = Buffer.allocUnsafeSlow(4 * 1024 * 1024);

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

  readBytes(path: string, limit = largestFile): Uint8Array {
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch (error) {
      throw problem(path, error);
    }
    try {
      let length = 0;
      for (;;) {
        const room = Math.min(this.buffer.length, limit + 1) - length;
        const got = room > 0 ? readSync(file, this.buffer, length, room, length) : 0;
        length += got;
        if (length > limit && limit === largestFile) {
          throw new FileProblem(path, 'other', `is larger than ${largestFile / 1024 / 1024} MB; not read`);
        }
        if (got < room || length > limit) return this.buffer.subarray(0, length);
        const larger = Buffer.allocUnsafeSlow(this.buffer.length * 2);
        this.buffer.copy(larger, 0, 0, length);
        this.buffer = larger;
      }
    } catch (error) {
      throw problem(path, error);
    } finally {
      closeSync(file);
    }
  }
}

/** Node's own search, which is far faster than any loop of ours. */
export const searchBuffer: ByteSearch = (bytes, length, needle) => {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  return view.indexOf(needle);
};

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
