import type { ApiRow } from '../types.ts';
import { alloc, bytes, container, free, since } from './row.ts';

/**
 * Memory from pools, which may have been converted as a whole before; what a slot is, its pool knows. Frees that
 * try several pools say by their result whether the memory was theirs.
 */
export const GENPOOL: readonly ApiRow[] = [
  alloc('pool', 'dma_alloc_from_global_coherent', 'include/linux/dma-map-ops.h', bytes(1), {
    handle: 2,
    fresh: 'any',
  }),
  alloc('pool', 'dma_alloc_from_pool', 'include/linux/dma-map-ops.h', bytes(1), { gfp: 3, fresh: 'any' }),
  free('pool', 'dma_free_from_pool', 'include/linux/dma-map-ops.h', 1, bytes(2), { onlyKind: true }),
  since(
    [6, 13],
    free('pool', 'dma_free_from_pool_page', 'include/linux/dma-map-ops.h', 1, bytes(2), { onlyKind: true }),
  ),
  alloc('pool', 'dma_pool_alloc', 'include/linux/dmapool.h', null, { gfp: 1, handle: 2, fresh: 'any' }),
  free('pool', 'dma_pool_free', 'include/linux/dmapool.h', 1),
  alloc('pool', 'dma_pool_zalloc', 'include/linux/dmapool.h', null, {
    gfp: 1,
    handle: 2,
    zeroed: true,
    fresh: 'any',
  }),
  free('pool', 'dma_release_from_dev_coherent', 'include/linux/dma-map-ops.h', 2, null, { onlyKind: true }),
  free('pool', 'dma_release_from_global_coherent', 'include/linux/dma-map-ops.h', 1, null, {
    onlyKind: true,
  }),
  container('gen_pool_add', 'include/linux/genalloc.h', 'insert', 1, 0),
  container('gen_pool_add_owner', 'include/linux/genalloc.h', 'insert', 1, 0),
  container('gen_pool_add_virt', 'include/linux/genalloc.h', 'insert', 1, 0),
  alloc('pool', 'gen_pool_alloc', 'include/linux/genalloc.h', bytes(1), { fresh: 'any' }),
  alloc('pool', 'gen_pool_alloc_algo', 'include/linux/genalloc.h', bytes(1), { fresh: 'any' }),
  alloc('pool', 'gen_pool_alloc_owner', 'include/linux/genalloc.h', bytes(1), { fresh: 'any' }),
  alloc('pool', 'gen_pool_dma_alloc', 'include/linux/genalloc.h', bytes(1), { handle: 2, fresh: 'any' }),
  alloc('pool', 'gen_pool_dma_alloc_align', 'include/linux/genalloc.h', bytes(1), {
    handle: 2,
    fresh: 'any',
  }),
  alloc('pool', 'gen_pool_dma_zalloc', 'include/linux/genalloc.h', bytes(1), {
    handle: 2,
    zeroed: true,
    fresh: 'any',
  }),
  alloc('pool', 'gen_pool_dma_zalloc_align', 'include/linux/genalloc.h', bytes(1), {
    handle: 2,
    zeroed: true,
    fresh: 'any',
  }),
  free('pool', 'gen_pool_free', 'include/linux/genalloc.h', 1, bytes(2)),
  free('pool', 'gen_pool_free_owner', 'include/linux/genalloc.h', 1, bytes(2)),
  alloc('pool', 'mempool_alloc', 'include/linux/mempool.h', null, { gfp: 1 }),
  free('pool', 'mempool_free', 'include/linux/mempool.h', 0),
  alloc('pool', 'swiotlb_alloc', 'include/linux/swiotlb.h', bytes(1), { fresh: 'any' }),
  free('pool', 'swiotlb_free', 'include/linux/swiotlb.h', 1, bytes(2), { onlyKind: true }),
  since([6, 13], free('pool', 'swiotlb_free_from_pool', 'include/linux/swiotlb.h', 1)),
];
