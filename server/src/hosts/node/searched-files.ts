import type { ApiRow, Version } from '../../kernel/types.ts';
import { vocabularyFor } from '../../kernel/vocabulary.ts';
import { type CallFinder, PortableCalls } from '../../project/call-names.ts';
import { type ByteFilter, Prefilter } from '../../project/prefilter.ts';
import { CallScan } from './call-scan.ts';
import { NodeFileSystem, searchBuffer, usualSize } from './files.ts';
import { SimdSearch } from './simd-search.ts';
import { TextMemory } from './wasm.ts';

/** Files, and what is asked of their bytes. */
export interface SearchedFiles {
  readonly fs: NodeFileSystem;
  readonly filter: ByteFilter;
  readonly calls: CallFinder;
}

/** Files of the disk, and the fastest way to tell which of them matter. */
export function searchedFiles(version: Version | null, extra?: readonly ApiRow[]): SearchedFiles {
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
