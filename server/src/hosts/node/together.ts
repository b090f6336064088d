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

/** Files that are read and cut for {@link together}: it reads those that it misses. */
export class Cuts {
  /** What each was, as far as it could be read. */
  readonly read = new Map<string, { readonly hash: string | null; readonly size: number } | null>();
  readonly sources: Sources;

  /** `keeps`: what is made of them is kept for the next check, which has to know their hashes. */
  constructor(
    readonly fs: FileSystem,
    readonly root: string,
    readonly keeps: boolean,
  ) {
    this.sources = new Sources(fs, root, (file, text, note) => {
      this.read.set(file, { hash: keeps ? contentHash(text, note) : null, size: text.length });
      return cutOnly(file, text);
    });
  }

  /** A file that will be asked for. */
  ahead(file: string): void {
    this.sources.text(file);
  }
}

/** Finds which files of a tree belong together: reads all that it needs. @throws Cancelled */
export function together(
  { fs, root, keeps, read, sources }: Cuts,
  { version, extra }: CheckSettings,
  { seeds, index }: GroupingInput,
  token: CancellationToken,
): Grouping {
  const vocabulary = vocabularyFor(version, extra);
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
