import { isInside } from '../../project/paths.ts';

/** What the protocol calls files. */
export interface Places {
  /** The path of a document, with `/`; null for one that is no file which the host can read. */
  pathOf(uri: string): string | null;
  /** The URI of such a path. */
  uriOf(path: string): string;
}

/** The folders (URIs) of the workspace that a tree lies in, or that lie in it; the others have nothing to do with it. */
export function foldersOfTree(root: string, folders: readonly string[], places: Places): string[] {
  return folders.filter((uri) => {
    const path = places.pathOf(uri.replace(/\/+$/, ''));
    return path !== null && (isInside(root, path) || isInside(path, root));
  });
}
