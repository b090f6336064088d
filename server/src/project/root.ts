import type { Version } from '../kernel/types.ts';
import { decodeText } from './decode.ts';
import type { FileSystem } from './files.ts';
import { folderOf, joinPath } from './paths.ts';

/** The folder that names and paths are relative to, and what made it one. */
export interface TreeRoot {
  readonly folder: string;
  readonly marker: 'config' | 'git' | 'kernel' | 'make' | 'path';
}

export const configName = '.membrane.json';

const kernelFiles = ['MAINTAINERS', 'Kbuild', 'Kconfig'];

/**
 * The root of the tree that `path` (absolute) belongs to: the nearest folder above with `.membrane.json`, else
 * `.git`, else MAINTAINERS, Kbuild and Kconfig together, else the nearest Kbuild or Makefile (a module out of
 * tree), else the path itself or its folder. A lone Kbuild is no root: a kernel has more than a hundred of them.
 */
export function findRoot(fs: FileSystem, path: string): TreeRoot {
  const start = isDirectory(fs, path) ? path : folderOf(path);
  const above = foldersFrom(start);
  const has = (folder: string, name: string) => exists(fs, joinPath(folder, name));
  const nearest = (test: (folder: string) => boolean) => above.find(test);
  const config = nearest((folder) => has(folder, configName));
  if (config !== undefined) return { folder: config, marker: 'config' };
  const git = nearest((folder) => has(folder, '.git'));
  if (git !== undefined) return { folder: git, marker: 'git' };
  const kernel = nearest((folder) => isKernelTree(fs, folder));
  if (kernel !== undefined) return { folder: kernel, marker: 'kernel' };
  const make = nearest((folder) => has(folder, 'Kbuild') || has(folder, 'Makefile'));
  if (make !== undefined) return { folder: make, marker: 'make' };
  return { folder: start, marker: 'path' };
}

/** Whether `folder` is the top of a kernel tree. */
export function isKernelTree(fs: FileSystem, folder: string): boolean {
  return kernelFiles.every((name) => exists(fs, joinPath(folder, name)));
}

/** VERSION and PATCHLEVEL of the root Makefile; null where there is none or it is no kernel's. */
export function kernelVersion(fs: FileSystem, root: string): Version | null {
  let text: string;
  try {
    text = decodeText(fs.readBytes(joinPath(root, 'Makefile'), 16384)).text;
  } catch {
    return null;
  }
  const number = (name: string) => text.match(new RegExp(`^${name}[ \\t]*=[ \\t]*(\\d+)[ \\t]*$`, 'm'))?.[1];
  const major = number('VERSION');
  const minor = number('PATCHLEVEL');
  if (major === undefined || minor === undefined) return null;
  return [Number(major), Number(minor)];
}

function foldersFrom(start: string): string[] {
  const folders = [start];
  for (;;) {
    const folder = folders.at(-1)!;
    const above = folderOf(folder);
    if (above === folder || folder === '.') return folders;
    folders.push(above);
  }
}

function exists(fs: FileSystem, path: string): boolean {
  try {
    return fs.status(path) !== null;
  } catch {
    return false;
  }
}

function isDirectory(fs: FileSystem, path: string): boolean {
  try {
    return fs.status(path)?.kind === 'directory';
  } catch {
    return false;
  }
}
