import type { ApiRow, Version } from '../../kernel/types.ts';
import { vocabularyFor } from '../../kernel/vocabulary.ts';
import { PortableCalls } from '../../project/call-names.ts';
import { Prefilter } from '../../project/prefilter.ts';
import type { SearchedFiles } from '../lsp/tree-index.ts';
import { CallScan } from './call-scan.ts';
import { NodeFileSystem, searchBuffer, usualSize } from './files.ts';
import { SimdSearch } from './simd-search.ts';
import { TextMemory } from './wasm.ts';

/** The same for files of the disk. */
export interface DiskSearch extends SearchedFiles {
  readonly fs: NodeFileSystem;
}

/** Files of the disk, and the fastest way to tell which of them matter. */
export function searchedFiles(version: Version | null, extra?: readonly ApiRow[]): DiskSearch {
  const { needles } = vocabularyFor(version, extra);
  const portable = new Prefilter(needles, searchBuffer);
  const fast = createSimd(needles);
  if (fast === null) return { fs: new NodeFileSystem(), filter: portable, calls: new PortableCalls() };
  const { memory, simd, calls } = fast;
  return {
    fs: new NodeFileSystem(memory.buffer),
    calls,
    // A file that is larger than the buffer was read elsewhere.
    filter: { matches: (bytes) => simd.matches(bytes) ?? portable.matches(bytes) },
  };
}

function createSimd(needles: readonly string[]) {
  if (!SimdSearch.suits(needles)) return null;
  try {
    const memory = new TextMemory(usualSize, CallScan.extra);
    return { memory, simd: new SimdSearch(needles, memory), calls: new CallScan(memory) };
  } catch {
    // No SIMD on this processor: it only takes longer.
    return null;
  }
}
