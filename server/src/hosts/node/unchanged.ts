import { ColumnWriter } from '../../project/call-index.ts';
import type { Problem } from '../../project/files.ts';
import { relativePath } from '../../project/paths.ts';
import { type Scan, tooLarge } from '../../project/read.ts';
import type { Stamps } from './stamps.ts';
import type { ScanFiles } from './survey.ts';

/** Who reads files that have changed. */
export interface Readers {
  /** A few, without delay. */
  few(): Promise<ScanFiles>;
  many: ScanFiles;
}

/** So many changed files are read in this thread: starting others would take longer. */
const fewChanged = 64;

/** Scans a tree of which most is known: looks at the stamps of all files and has those read that are not as they were. */
export function scanChanged(stamps: Stamps, root: string, readers: Readers): ScanFiles {
  let few = fewChanged;
  return async (files, known) => {
    const kept: number[] = [];
    const rest: number[] = [];
    const problems: Problem[] = [];
    for (const [at, found] of (await stamps.look(files, known)).entries()) {
      (found === 'changed' ? rest : kept).push(at);
      if (found !== 'large') continue;
      problems.push({ file: relativePath(root, files[at]!.path), message: tooLarge(stamps.largest) });
    }
    const same = { kept: Uint32Array.from(kept), problems };
    if (rest.length === 0) return merged({ relevant: [], problems: [] }, same, rest);
    few -= rest.length;
    const scan = few >= 0 ? await readers.few() : readers.many;
    const changed = rest.map((at) => files[at]!);
    return merged(await scan(changed, new Float64Array()), same, rest);
  };
}

/** Made once: a writer allocates room for many files. */
const noColumns = new ColumnWriter().done();

interface Same {
  readonly kept: Uint32Array;
  readonly problems: readonly Problem[];
}

/** A scan of the rest, as one of the whole. If it came to nothing, that does not cost what is known of the others. */
function merged(scan: Scan, { kept, problems }: Same, rest: readonly number[]): Scan {
  const { files, columns } = scan.calls ?? { files: new Uint32Array(), columns: noColumns };
  return {
    relevant: scan.relevant,
    problems: [...problems, ...scan.problems],
    calls: { files: files.map((at) => rest[at]!), columns, kept },
  };
}
