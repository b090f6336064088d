import { realpathSync } from 'node:fs';
import { hashText } from '../../base/hash.ts';
import { type CancellationToken, check } from '../../base/token.ts';
import { vocabularyFor } from '../../kernel/vocabulary.ts';
import type { CallIndex } from '../../project/call-index.ts';
import { headerLimit } from '../../project/discover.ts';
import { Exclusion } from '../../project/exclusion.ts';
import { LiveIndex } from '../../project/live-index.ts';
import { folderOf, joinPath } from '../../project/paths.ts';
import { scan } from '../../project/read.ts';
import type { TreeRequest } from '../lsp/index-messages.ts';
import { TreeIndex } from '../lsp/tree-index.ts';
import { CacheFolder } from './cache-folder.ts';
import { loadIndex, type StoreKey, saveIndex } from './index-store.ts';
import { type DiskSearch, searchedFiles } from './searched-files.ts';
import { Surveyor } from './survey.ts';

/** Who wants to know how it goes, and may stop it. */
export interface IndexObserver {
  readonly token: CancellationToken;
  /** 0 to 100, by files. */
  onProgress(percent: number): void;
  /** For the log. */
  onNote(message: string): void;
}

/** Reads a whole tree, or what has changed in it since it was kept. @throws Cancelled */
export async function indexTree(request: TreeRequest, observer: IndexObserver): Promise<TreeIndex> {
  const files = searchedFiles(request.version, request.extra);
  const index = new LiveIndex(await survey(request, files, observer));
  return new TreeIndex(request, files, index, (file) => isItself(request.root, file));
}

/** Whether no link leads to the file: what is in the tree twice is taken once. */
function isItself(root: string, file: string): boolean {
  try {
    const folder = joinPath(root, folderOf(file));
    const real = realpathSync(root);
    if (realpathSync(folder) !== joinPath(real, folderOf(file))) return false;
  } catch {
    return false;
  }
  try {
    return realpathSync(joinPath(root, file)) === joinPath(realpathSync(root), file);
  } catch {
    // Not on the disk yet.
    return true;
  }
}

async function survey(
  request: TreeRequest,
  { fs, filter, calls }: DiskSearch,
  { token, onProgress, onNote }: IndexObserver,
): Promise<CallIndex> {
  const { root, exclude, largest } = request;
  const now = Date.now();
  const cache = request.cache === null ? null : new CacheFolder(request.cache.folder, request.cache.bytes);
  const key = keyOf(request);
  const old = cache === null ? null : loadIndex(cache, key);
  for (const { message } of old?.notes ?? []) onNote(message);
  const { matches: excluded } = new Exclusion(exclude);
  const surveyor = new Surveyor({ fs }, { root, paths: [root], excluded }, token);
  const total = surveyor.count();
  let done = 0;
  const { index, changed, problems } = await surveyor.run({
    old: old?.stored?.index ?? null,
    now,
    scan: async (part, known) => {
      check(token);
      const found = scan(fs, root, part, filter, { fs, calls, known }, largest);
      done += part.length;
      onProgress(Math.floor((done / total) * 100));
      return found;
    },
  });
  for (const { file, message } of problems) onNote(`${file}: ${message}`);
  if (cache !== null && changed)
    for (const { message } of saveIndex(cache, key, index).notes) onNote(message);
  return index;
}

/** Apart from what the command line keeps, which goes on from its own index; what is found depends on the names that are looked for. */
function keyOf({ root, version, extra, exclude, largest }: TreeRequest): StoreKey {
  const part = `editor ${exclude.join(' ')}`;
  const { needles } = vocabularyFor(version, extra);
  return { root, part, signature: hashText([largest ?? headerLimit, ...needles].join('\0')) };
}
