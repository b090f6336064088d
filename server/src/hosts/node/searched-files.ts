import type { ApiRow, Version } from '../../kernel/types.ts';
import { vocabularyFor } from '../../kernel/vocabulary.ts';
import { type ByteFilter, Prefilter } from '../../project/prefilter.ts';
import { NodeFileSystem, searchBuffer, usualSize } from './files.ts';
import { SimdSearch } from './simd-search.ts';

/** Files of the disk, and the fastest way to tell which of them matter. */
export function searchedFiles(
  version: Version | null,
  extra?: readonly ApiRow[],
): { fs: NodeFileSystem; filter: ByteFilter } {
  const { needles } = vocabularyFor(version, extra);
  const portable = new Prefilter(needles, searchBuffer);
  const simd = createSimd(needles);
  if (simd === null) return { fs: new NodeFileSystem(), filter: portable };
  return {
    fs: new NodeFileSystem(simd.buffer),
    // A file that is larger than the buffer was read elsewhere.
    filter: { matches: (bytes) => simd.matches(bytes) ?? portable.matches(bytes) },
  };
}

function createSimd(needles: readonly string[]): SimdSearch | null {
  if (!SimdSearch.suits(needles)) return null;
  try {
    return new SimdSearch(needles, usualSize);
  } catch {
    // No SIMD on this processor: it only takes longer.
    return null;
  }
}
