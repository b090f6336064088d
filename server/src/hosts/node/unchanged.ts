import { ColumnWriter, sameStamp, stampNumbers } from '../../project/call-index.ts';
import { headerLimit, isHeader, type SourceFile } from '../../project/discover.ts';
import type { FileStamp, Problem, StampedFiles } from '../../project/files.ts';
import { relativePath } from '../../project/paths.ts';
import { type Scan, tooLargeHeader } from '../../project/read.ts';
import type { ScanFiles } from './survey.ts';

/** Who reads files that have changed. */
export interface Readers {
  /** A few, without delay. */
  few(): Promise<ScanFiles>;
  many: ScanFiles;
}

/** So many changed files are read in this thread: starting others would take longer. */
const fewChanged = 64;

/**
 * Scans a tree of which most is known: looks at the stamps of all files and has those read that are not as they were. In one thread,
 * because the system answers faster than another thread could be started.
 */
export function scanChanged(fs: StampedFiles, root: string, readers: Readers): ScanFiles {
  let few = fewChanged;
  return async (files, known) => {
    const { kept, problems, rest } = sorted(fs, root, files, known);
    if (rest.length === 0) return merged({ relevant: [], problems: [] }, kept, problems, rest);
    const changed = rest.map((at) => files[at]!);
    few -= changed.length;
    const scan = few >= 0 ? await readers.few() : readers.many;
    return merged(await scan(changed, new Float64Array()), kept, problems, rest);
  };
}

interface Sorted {
  readonly kept: Uint32Array;
  readonly problems: Problem[];
  /** Positions of the files that have to be read. */
  readonly rest: readonly number[];
}

function sorted(fs: StampedFiles, root: string, files: readonly SourceFile[], known: Float64Array): Sorted {
  const kept: number[] = [];
  const rest: number[] = [];
  const problems: Problem[] = [];
  for (const [at, { path, named }] of files.entries()) {
    const isKnown = known[at * stampNumbers]! >= 0;
    const mayBeLarge = !isKnown && !named && isHeader(path);
    try {
      const stamp: FileStamp | null = isKnown || mayBeLarge ? fs.stamp(path) : null;
      if (stamp !== null && isKnown && sameStamp(known, at, stamp)) kept.push(at);
      // It is in no index, and would be read anew each time for nothing.
      else if (stamp !== null && mayBeLarge && stamp.size > headerLimit)
        problems.push({ file: relativePath(root, path), message: tooLargeHeader });
      else rest.push(at);
    } catch {
      // Reading it will tell what is wrong.
      rest.push(at);
    }
  }
  return { kept: Uint32Array.from(kept), problems, rest };
}

/** A scan of the rest, as one of the whole. If it came to nothing, that does not cost what is known of the others. */
function merged(scan: Scan, kept: Uint32Array, problems: readonly Problem[], rest: readonly number[]): Scan {
  const { files, columns } = scan.calls ?? nothing();
  return {
    relevant: scan.relevant,
    problems: [...problems, ...scan.problems],
    calls: { files: files.map((at) => rest[at]!), columns, kept },
  };
}

function nothing() {
  return { files: new Uint32Array(), columns: new ColumnWriter().done() };
}
