import type { ApiRow } from '../types.ts';
import { bytes } from './row.ts';

/** Reads and writes of memory through an address. */
export const CONTENTS: readonly ApiRow[] = [
  {
    k: 'contents',
    name: 'memcpy',
    source: 'include/linux/string.h',
    op: 'copy',
    writes: 0,
    reads: 1,
    size: bytes(2),
  },
  {
    k: 'contents',
    name: 'memmove',
    source: 'include/linux/string.h',
    op: 'copy',
    writes: 0,
    reads: 1,
    size: bytes(2),
  },
  {
    k: 'contents',
    name: 'memset',
    source: 'include/linux/string.h',
    op: 'fill',
    writes: 0,
    reads: null,
    size: bytes(2),
  },
];
