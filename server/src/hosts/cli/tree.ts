import { didYouMean } from '../../explain/words.ts';
import type { Version } from '../../kernel/types.ts';
import { type LoadedConfig, loadConfig, noConfig } from '../../project/config/load.ts';
import { type FileSystem, problemText } from '../../project/files.ts';
import { commonFolder, folderOf, isInside, joinPath, nameOf, relativePath } from '../../project/paths.ts';
import { configName, findRoot, kernelVersion } from '../../project/root.ts';
import { rules } from '../../rules/registry.ts';
import { type OptionSpec, type ParsedArguments, UsageError } from './arguments.ts';
import type { CommandContext } from './command.ts';
import { RunError } from './run-error.ts';

/** The tree that a command works in. */
export interface Tree {
  readonly root: string;
  readonly version: Version | null;
  /** It is a project, by what lies at its root, and not just where the paths are. */
  readonly isProject: boolean;
  /** What it says about itself. */
  readonly config: LoadedConfig;
}

/** What every command that works in a tree takes. */
export const noConfigOption: OptionSpec = {
  name: 'no-config',
  help: "do not read the tree's .membrane.json",
};

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

/**
 * The tree of `paths`: the one that --tree names, or the one that all of them are in, with its configuration unless
 * --no-config says otherwise. @throws RunError, UsageError
 */
export function treeOf(
  { fs, terminal }: Pick<CommandContext, 'fs' | 'terminal'>,
  args: ParsedArguments,
  paths: readonly string[],
  command: string,
): Tree {
  const named = args.value('tree');
  const roots = named === undefined ? paths.map((path) => findRoot(fs, path)) : [];
  let root: string;
  if (named === undefined) root = commonFolder(roots.map(({ folder }) => folder));
  else {
    [root] = existingPaths(fs, terminal.cwd, [named]) as [string];
    if (fs.status(root)?.kind !== 'directory') throw new RunError(`--tree ${named}: is no folder`);
    const outside = paths.find((path) => !isInside(root, path));
    if (outside !== undefined) throw new UsageError(`${outside} is not in the tree ${root}`, command);
  }
  const isProject =
    named !== undefined || roots.every(({ folder, marker }) => folder === root && marker !== 'path');
  const version = kernelVersion(fs, root);
  if (args.has('no-config')) return { root, version, isProject, config: noConfig };
  const config = loadConfig(fs, root, rules);
  if (!config.usable) {
    tellProblems({ root, config }, { terminal }, 'error');
    // Without it other names, rules and files would be looked at than the tree asks for.
    throw new RunError(`nothing was done: mend ${configName}, or leave it out with --no-config`);
  }
  // What is about to be written need not be there.
  const unwritten = args.has('write-baseline') ? config.config.baseline : null;
  const unused = roots.filter(({ folder, marker }) => marker === 'config' && folder !== root);
  const problems = [...new Set(unused.map(({ folder }) => folder))].map((folder) => ({
    file: relativePath(root, joinPath(folder, configName)),
    line: 1,
    column: 1,
    message: 'is not used: the paths lie in several trees. Check each tree by itself',
  }));
  const told = config.problems.filter(({ file }) => file !== unwritten);
  return { root, version, isProject, config: { ...config, problems: [...told, ...problems] } };
}

/** Tells what is wrong in a tree's configuration, a line each as compilers do it. */
export function tellProblems(
  { root, config }: Pick<Tree, 'root' | 'config'>,
  { terminal }: Pick<CommandContext, 'terminal'>,
  level: 'warning' | 'error' = 'warning',
): void {
  for (const { file, line, column, message } of config.problems) {
    const path = relativePath(terminal.cwd, joinPath(root, file));
    terminal.err(`${path}:${line}:${column}: ${level}: ${message}\n`);
  }
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
