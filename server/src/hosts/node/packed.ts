import type { SourceFile } from '../../project/discover.ts';

/** {@link SourceFile}s as a thread is sent them: one string is copied, objects are taken apart and made anew. */
export interface PackedFiles {
  /** One after the other, with NUL between them. */
  readonly paths: string;
  /** Positions of those that the user named. */
  readonly named: readonly number[];
}

/** The same files for another thread; there is one at least. */
export function packFiles(files: readonly SourceFile[]): PackedFiles {
  return {
    paths: files.map(({ path }) => path).join('\0'),
    named: files.flatMap(({ named }, at) => (named ? [at] : [])),
  };
}

/** What {@link packFiles} packed. */
export function unpackFiles({ paths, named }: PackedFiles): SourceFile[] {
  return paths.split('\0').map((path, at) => ({ path, named: named.includes(at) }));
}
