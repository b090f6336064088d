import { decodeText } from './decode.ts';
import { headerLimit, isHeader, type SourceFile } from './discover.ts';
import { type FileSystem, type Problem, problemText } from './files.ts';
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
  readonly relevant: readonly RelevantFile[];
  readonly problems: readonly Problem[];
}

/** Whole files are searched, large headers are left out, what cannot be read becomes a problem. */
export function scan(fs: FileSystem, root: string, files: readonly SourceFile[], filter: ByteFilter): Scan {
  const relevant: RelevantFile[] = [];
  const problems: Problem[] = [];
  for (const { path, named } of files) {
    try {
      const limit = isHeader(path) && !named ? headerLimit : undefined;
      const bytes = fs.readBytes(path, limit);
      if (limit !== undefined && bytes.length > limit) {
        problems.push({ file: relativePath(root, path), message: tooLarge });
      } else if (named || filter.matches(bytes)) relevant.push({ path, size: bytes.length });
    } catch (error) {
      problems.push({ file: relativePath(root, path), message: problemText(error) });
    }
  }
  return { relevant, problems };
}

const tooLarge = `header of more than ${headerLimit / 1024 / 1024} MB, not searched; name it to have it checked`;

/** A file's text, and a word about it if its bytes were not what they should be. @throws FileProblem */
export function readText(fs: FileSystem, path: string): { text: string; note: string | null } {
  const { text, encoding } = decodeText(fs.readBytes(path));
  return { text, note: encoding === 'latin1' ? 'is not UTF-8; read as Latin-1' : null };
}
