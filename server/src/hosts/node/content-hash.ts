import { createHash } from 'node:crypto';
import type { FileSystem } from '../../project/files.ts';
import { joinPath } from '../../project/paths.ts';
import { readText } from '../../project/read.ts';

/** Stands for texts, each of which may hold anything. What is found under it is trusted, so nobody may be able to make two alike. */
export function hashOf(...texts: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('base64url');
}

/** Stands for a file's text and the word about its bytes, as {@link readText} gives them. */
export function contentHash(text: string, note: string | null): string {
  // Not by way of JSON: that would take longer than all the rest.
  return createHash('sha256')
    .update(`${note ?? ''}\0`)
    .update(text)
    .digest('base64url');
}

/** Of a file as it is now; null where it cannot be read. `file`: relative to the root. */
export function hashFile(fs: FileSystem, root: string, file: string): string | null {
  try {
    const { text, note } = readText(fs, joinPath(root, file));
    return contentHash(text, note);
  } catch {
    return null;
  }
}
