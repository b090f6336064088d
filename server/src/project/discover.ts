import { type CancellationToken, check } from '../base/token.ts';
import { neverShares } from '../kernel/layout.ts';
import { type DirectoryEntry, type FileSystem, type Problem, problemText } from './files.ts';
import type { PathMatcher } from './glob.ts';
import { nameOf, relativePath } from './paths.ts';

/** A file to look at. */
export interface SourceFile {
  /** Absolute. */
  readonly path: string;
  /** The user named this very file: it is analysed with or without a needle, whatever its size. */
  readonly named: boolean;
}

/** Bytes. */
export const megabyte = 1024 * 1024;

/** Bytes; a larger header is generated register tables (98 of them are a third of all bytes of Linux 6.12). */
export const headerLimit = 2 * megabyte;

/** Folders of version control and packages, never sources; their ignore files are not obeyed either way. */
const skippedFolders = new Set(['.git', '.hg', '.svn', 'node_modules']);

/** Where to look and what to leave out. */
export interface DiscoveryInput {
  readonly fs: FileSystem;
  readonly root: string;
  /** Absolute paths that exist: files or folders. */
  readonly paths: readonly string[];
  /** Null: nothing is. Named files are excluded like any other. */
  readonly excluded: PathMatcher | null;
  readonly token: CancellationToken;
  /** Told of every folder that could not be listed. */
  onProblem(problem: Problem): void;
}

/**
 * The C files and headers under the given paths, each once: named files first, then folder by folder in name
 * order. Architectures on which no memory is ever shared are left out unless a path leads into them. Symbolic links met on the way are not followed, as `grep -r` does it, so that no loop exists and nothing is
 * reported twice; a link that is named itself is. What cannot be listed becomes a problem. @throws Cancelled
 */
export function* discover(input: DiscoveryInput): Generator<SourceFile> {
  const named = new Set<string>();
  const folders: string[] = [];
  for (const path of input.paths) {
    check(input.token);
    try {
      if (input.fs.status(path)?.kind === 'directory') folders.push(path);
      else if (isC(nameOf(path))) named.add(path);
      else input.onProblem({ file: relativePath(input.root, path), message: noC });
    } catch (error) {
      input.onProblem({ file: relativePath(input.root, path), message: problemText(error) });
    }
  }
  for (const path of named) if (!isExcluded(input, path)) yield { path, named: true };
  const seen = new Set<string>();
  for (const folder of folders) yield* walk(input, folder, seen, named);
}

function* walk(
  input: DiscoveryInput,
  top: string,
  seen: Set<string>,
  named: ReadonlySet<string>,
): Generator<SourceFile> {
  const open = [top];
  const asked = neverShares(relativePath(input.root, top));
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    check(input.token);
    if (seen.has(folder)) continue;
    seen.add(folder);
    let entries: readonly DirectoryEntry[];
    try {
      entries = input.fs.readDirectory(folder);
    } catch (error) {
      input.onProblem({ file: relativePath(input.root, folder), message: problemText(error) });
      continue;
    }
    const below: string[] = [];
    const files: string[] = [];
    for (const { name, kind } of entries) {
      if (kind === 'directory') below.push(name);
      else if (kind === 'file' && isSource(name)) files.push(name);
    }
    const prefix = folder.endsWith('/') ? folder : `${folder}/`;
    for (const name of files.sort()) {
      const path = prefix + name;
      if (!named.has(path) && !isExcluded(input, path)) yield { path, named: false };
    }
    below.sort();
    for (let i = below.length - 1; i >= 0; i--) {
      const path = prefix + below[i]!;
      if (isEntered(input, below[i]!, path, asked)) open.push(path);
    }
  }
}

/** Whether a folder that is met on a walk is gone into. `asked`: a path led to where nothing is ever shared. */
function isEntered(input: DiscoveryInput, name: string, path: string, asked: boolean): boolean {
  if (skippedFolders.has(name) || (!asked && neverShares(relativePath(input.root, path)))) return false;
  return !isExcluded(input, path);
}

const noC = 'is no C file by its name (.c, .h and the like), and was not checked';

/** Whether a file that is named itself is C, by any of its endings: `a.c`, `a.h.in`, `a.c.orig`, `a.inc`. */
function isC(name: string): boolean {
  const [, ...endings] = name.split('.');
  return endings.some((ending) => /^(?:[ch]|inc|i|cc|cpp|cxx|hpp)$/.test(ending));
}

/** Whether a walk takes a file of that name: `.c` and `.h`. */
export function isSource(name: string): boolean {
  const end = name.length;
  if (end < 3 || name.charCodeAt(end - 2) !== 46) return false;
  const last = name.charCodeAt(end - 1);
  return last === 99 || last === 104;
}

/** Whether a walk from the root takes the file at `path` (relative to it), by its name and the folders above it. */
export function isWalked(path: string): boolean {
  const names = path.split('/');
  if (!isSource(names.at(-1)!) || neverShares(path)) return false;
  return !names.some((name) => name === '..' || skippedFolders.has(name));
}

/** Whether the file at `path` is a header. */
export function isHeader(path: string): boolean {
  return path.endsWith('.h');
}

function isExcluded(input: DiscoveryInput, path: string): boolean {
  return input.excluded?.(relativePath(input.root, path)) ?? false;
}
