import { didYouMean } from '../../explain/words.ts';
import type { Version } from '../../kernel/types.ts';
import { type FileSystem, problemText } from '../../project/files.ts';
import { commonFolder, folderOf, isInside, joinPath, nameOf } from '../../project/paths.ts';
import { configProblem, findRoot, kernelVersion } from '../../project/root.ts';
import { UsageError } from './arguments.ts';
import { exit } from './command.ts';

/** Something that keeps a command from running at all; told in one line, exit code 2. */
export class RunError extends Error {
  readonly code = exit.failed;
}

/** The tree that a command works in. */
export interface Tree {
  readonly root: string;
  readonly version: Version | null;
  /** It is a project, by what lies at its root, and not just where the paths are. */
  readonly isProject: boolean;
}

/** Paths of the command line: absolute, normalised, there. @throws RunError for the first that is not */
export function existingPaths(fs: FileSystem, cwd: string, paths: readonly string[]): string[] {
  return paths.map((path) => {
    const absolute = joinPath(cwd, path.replaceAll('\\', '/'));
    let trouble = 'there is no such file or folder';
    try {
      const status = fs.status(absolute);
      if (status?.kind === 'file' || status?.kind === 'directory') return absolute;
      if (status !== null) trouble = 'is neither a file nor a folder';
    } catch (error) {
      trouble = problemText(error);
    }
    throw new RunError(`${path}: ${trouble}.${nearName(fs, absolute)}`);
  });
}

/** The tree of `paths`: the one that is named, or the one that all of them are in. @throws RunError, UsageError */
export function treeOf(
  fs: FileSystem,
  cwd: string,
  named: string | undefined,
  paths: readonly string[],
  command: string,
): Tree {
  let root: string;
  let isProject = true;
  if (named === undefined) {
    const roots = paths.map((path) => findRoot(fs, path));
    root = commonFolder(roots.map(({ folder }) => folder));
    isProject = roots.every(({ folder, marker }) => folder === root && marker !== 'path');
  } else {
    [root] = existingPaths(fs, cwd, [named]) as [string];
    if (fs.status(root)?.kind !== 'directory') throw new RunError(`--tree ${named}: is no folder`);
    const outside = paths.find((path) => !isInside(root, path));
    if (outside !== undefined) throw new UsageError(`${outside} is not in the tree ${root}`, command);
  }
  const trouble = configProblem(fs, root);
  if (trouble !== null) throw new RunError(trouble);
  return { root, version: kernelVersion(fs, root), isProject };
}

/** Splits `FILE:NAME`. @throws UsageError */
export function fileAndName(text: string, command: string, what: string): { file: string; name: string } {
  const at = text.lastIndexOf(':');
  const name = text.slice(at + 1);
  if (at <= 0 || !/^\w+$/.test(name)) {
    throw new UsageError(`'${text}' is not of the form FILE:${what}`, command);
  }
  return { file: text.slice(0, at), name };
}

function nearName(fs: FileSystem, path: string): string {
  try {
    const names = fs.readDirectory(folderOf(path)).map((entry) => entry.name);
    return didYouMean(nameOf(path), names.sort());
  } catch {
    return '';
  }
}
