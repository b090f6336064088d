import type { ApiRow } from '../types.ts';
import { alloc, bytes, free } from './row.ts';

/** Pages by a size in bytes: what a power of two would waste goes back at once. */
export const EXACT: readonly ApiRow[] = [
  alloc('exact', 'alloc_pages_exact', 'include/linux/gfp.h', bytes(0), { gfp: 1 }),
  alloc('exact', 'alloc_pages_exact_nid', 'include/linux/gfp.h', bytes(1), { gfp: 2 }),
  free('exact', 'free_pages_exact', 'include/linux/gfp.h', 0, bytes(1)),
];
