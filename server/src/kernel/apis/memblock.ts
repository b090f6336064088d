import type { ApiRow } from '../types.ts';
import { alloc, bytes, free, since, until } from './row.ts';

/** Memory from before the page allocator runs. `memblock_phys_*` and `memblock_free_late()` speak of physical addresses; 0 is failure. */
export const MEMBLOCK: readonly ApiRow[] = [
  alloc('memblock', 'memblock_alloc', 'include/linux/memblock.h', bytes(0), { zeroed: true }),
  alloc('memblock', 'memblock_alloc_exact_nid_raw', 'include/linux/memblock.h', bytes(0)),
  alloc('memblock', 'memblock_alloc_from', 'include/linux/memblock.h', bytes(0), { zeroed: true }),
  alloc('memblock', 'memblock_alloc_low', 'include/linux/memblock.h', bytes(0), { zeroed: true }),
  alloc('memblock', 'memblock_alloc_node', 'include/linux/memblock.h', bytes(0), { zeroed: true }),
  since(
    [6, 13],
    alloc('memblock', 'memblock_alloc_or_panic', 'include/linux/memblock.h', bytes(0), {
      zeroed: true,
      failure: 'none',
    }),
  ),
  alloc('memblock', 'memblock_alloc_raw', 'include/linux/memblock.h', bytes(0)),
  alloc('memblock', 'memblock_alloc_try_nid', 'include/linux/memblock.h', bytes(0), { zeroed: true }),
  alloc('memblock', 'memblock_alloc_try_nid_raw', 'include/linux/memblock.h', bytes(0)),
  free('memblock', 'memblock_free', 'include/linux/memblock.h', 0, bytes(1)),
  until([7, 2], free('memblock', 'memblock_free_late', 'include/linux/memblock.h', 0, bytes(1))),
  alloc('memblock', 'memblock_phys_alloc', 'include/linux/memblock.h', bytes(0)),
  alloc('memblock', 'memblock_phys_alloc_range', 'include/linux/memblock.h', bytes(0)),
  alloc('memblock', 'memblock_phys_alloc_try_nid', 'include/linux/memblock.h', bytes(0)),
  free('memblock', 'memblock_phys_free', 'include/linux/memblock.h', 0, bytes(1)),
];
