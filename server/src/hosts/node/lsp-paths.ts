import { fileURLToPath } from 'node:url';
import { isInside } from '../../project/paths.ts';

/** The path of a document on this machine's disk, with `/`; null for one that is elsewhere. */
export function pathOf(uri: string): string | null {
  if (!uri.startsWith('file:')) return null;
  try {
    return fileURLToPath(uri).replaceAll('\\', '/');
  } catch {
    return null;
  }
}

/** The folders (URIs) of the workspace that a tree lies in, or that lie in it; the others have nothing to do with it. */
export function foldersOfTree(root: string, folders: readonly string[]): string[] {
  return folders.filter((uri) => {
    const path = pathOf(uri.replace(/\/+$/, ''));
    return path !== null && (isInside(root, path) || isInside(path, root));
  });
}
