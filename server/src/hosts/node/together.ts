import type { CancellationToken } from '../../base/token.ts';
import { vocabularyFor } from '../../kernel/vocabulary.ts';
import type { FileSystem } from '../../project/files.ts';
import { defaultReach, reach } from '../../project/reach.ts';
import { makefilesOf, Sources } from '../../project/sources.ts';
import { cutOnly } from '../../project/stages.ts';
import { TracedIndex } from '../../project/trace.ts';
import { contentHash, hashFile } from './content-hash.ts';
import type { Grouping, GroupingInput } from './grouping.ts';
import type { CheckSettings } from './tasks.ts';

/**
 * Finds which files of a tree belong together: reads all that it needs. `keeps`: the result is kept for the next check, which
 * has to know what it was made of. @throws Cancelled
 */
export function together(
  fs: FileSystem,
  { root, version, extra }: CheckSettings,
  { seeds, index }: GroupingInput,
  keeps: boolean,
  token: CancellationToken,
): Grouping {
  const vocabulary = vocabularyFor(version, extra);
  const read = new Map<string, { readonly hash: string | null; readonly size: number } | null>();
  const sources = new Sources(fs, root, (file, text, note) => {
    read.set(file, { hash: keeps ? contentHash(text, note) : null, size: text.length });
    return cutOnly(file, text);
  });
  /** Of what need not be cut. */
  const note = (file: string) => {
    if (!keeps || read.has(file)) return;
    const hash = hashFile(fs, root, file);
    read.set(file, hash === null ? null : { hash, size: 0 });
  };
  const traced = keeps ? new TracedIndex(index) : null;
  const { groups, unfollowed } = reach({
    seeds,
    index: traced ?? index,
    vocabulary,
    bounds: defaultReach,
    text(file) {
      const text = sources.text(file);
      if (text === null) read.set(file, null);
      return text;
    },
    makefile(folder) {
      for (const file of makefilesOf(folder)) note(file);
      return sources.makefile(folder);
    },
    token,
  });
  return {
    groups: groups.map(({ files, headers }) => {
      const all = [...files, ...headers].map((file) => {
        note(file);
        return read.get(file) ?? null;
      });
      const hashes = all.flatMap((one) => one?.hash ?? []);
      return {
        files,
        headers,
        hashes: hashes.length === all.length ? hashes : null,
        size: all.reduce((sum, one) => sum + (one?.size ?? 0), 0),
      };
    }),
    unfollowed,
    trace: traced && { reads: [...read].map(([file, one]) => [file, one?.hash ?? null]), ...traced.asked },
  };
}
