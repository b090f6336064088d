import type { ApiRow } from '../types.ts';
import { alloc, bytes, free, map, since, unmap } from './row.ts';

/**
 * The DMA API. Its allocators give zeroed memory that is shared already where the device needs it, and take it back
 * in whatever state it must be: nobody else may convert it.
 */
export const DMA: readonly ApiRow[] = [
  alloc('dma', 'arch_dma_alloc', 'include/linux/dma-map-ops.h', bytes(1), {
    handle: 2,
    gfp: 3,
    fresh: 'any',
  }),
  free('dma', 'arch_dma_free', 'include/linux/dma-map-ops.h', 2, bytes(1)),
  alloc('dma', 'dma_alloc_attrs', 'include/linux/dma-mapping.h', bytes(1), {
    handle: 2,
    gfp: 3,
    zeroed: true,
    fresh: 'any',
  }),
  alloc('dma', 'dma_alloc_coherent', 'include/linux/dma-mapping.h', bytes(1), {
    handle: 2,
    gfp: 3,
    zeroed: true,
    fresh: 'any',
  }),
  alloc('dma', 'dma_alloc_noncoherent', 'include/linux/dma-mapping.h', bytes(1), {
    handle: 2,
    gfp: 4,
    zeroed: true,
    fresh: 'any',
  }),
  alloc('dma', 'dma_alloc_pages', 'include/linux/dma-mapping.h', bytes(1), {
    handle: 2,
    gfp: 4,
    zeroed: true,
    fresh: 'any',
  }),
  alloc('dma', 'dma_alloc_wc', 'include/linux/dma-mapping.h', bytes(1), {
    handle: 2,
    gfp: 3,
    zeroed: true,
    fresh: 'any',
  }),
  free('dma', 'dma_free_attrs', 'include/linux/dma-mapping.h', 2, bytes(1)),
  free('dma', 'dma_free_coherent', 'include/linux/dma-mapping.h', 2, bytes(1)),
  free('dma', 'dma_free_noncoherent', 'include/linux/dma-mapping.h', 2, bytes(1)),
  free('dma', 'dma_free_pages', 'include/linux/dma-mapping.h', 2, bytes(1)),
  free('dma', 'dma_free_wc', 'include/linux/dma-mapping.h', 2, bytes(1)),
  map('dma', 'dma_map_page', 'include/linux/dma-mapping.h', 1, 'page', 'same', 'none'),
  map('dma', 'dma_map_page_attrs', 'include/linux/dma-mapping.h', 1, 'page', 'same', 'none'),
  since([6, 13], map('dma', 'dma_map_phys', 'include/linux/dma-mapping.h', 1, 'phys', 'same', 'none')),
  map('dma', 'dma_map_single', 'include/linux/dma-mapping.h', 1, 'va', 'same', 'none'),
  map('dma', 'dma_map_single_attrs', 'include/linux/dma-mapping.h', 1, 'va', 'same', 'none'),
  unmap('dma_unmap_page', 'include/linux/dma-mapping.h', 1),
  unmap('dma_unmap_page_attrs', 'include/linux/dma-mapping.h', 1),
  since([6, 13], unmap('dma_unmap_phys', 'include/linux/dma-mapping.h', 1)),
  unmap('dma_unmap_single', 'include/linux/dma-mapping.h', 1),
  unmap('dma_unmap_single_attrs', 'include/linux/dma-mapping.h', 1),
  alloc('dma', 'dmam_alloc_attrs', 'include/linux/dma-mapping.h', bytes(1), {
    handle: 2,
    gfp: 3,
    zeroed: true,
    fresh: 'any',
    managed: true,
  }),
  alloc('dma', 'dmam_alloc_coherent', 'include/linux/dma-mapping.h', bytes(1), {
    handle: 2,
    gfp: 3,
    zeroed: true,
    fresh: 'any',
    managed: true,
  }),
  free('dma', 'dmam_free_coherent', 'include/linux/dma-mapping.h', 2, bytes(1)),
];
