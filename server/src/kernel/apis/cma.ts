import type { ApiRow } from '../types.ts';
import { alloc, between, bytes, free, order, pages } from './row.ts';

/**
 * Contiguous memory. `cma_release()` and `dma_release_from_contiguous()` say by their result whether the pages were
 * theirs; `dma_free_contiguous()` gives to the page allocator what is not.
 */
export const CMA: readonly ApiRow[] = [
  alloc('cma', 'alloc_contig_pages', 'include/linux/gfp.h', pages(0), { gfp: 1 }),
  alloc('cma', 'cma_alloc', 'include/linux/cma.h', pages(1)),
  between([6, 2], [7, 2], alloc('cma', 'cma_alloc_folio', 'include/linux/cma.h', order(1), { gfp: 2 })),
  between([6, 2], [7, 2], free('cma', 'cma_free_folio', 'include/linux/cma.h', 1, null, { onlyKind: true })),
  free('cma', 'cma_release', 'include/linux/cma.h', 1, pages(2), { onlyKind: true }),
  alloc('cma', 'dma_alloc_contiguous', 'include/linux/dma-map-ops.h', bytes(1), { gfp: 2 }),
  alloc('cma', 'dma_alloc_from_contiguous', 'include/linux/dma-map-ops.h', pages(1)),
  free('cma', 'dma_free_contiguous', 'include/linux/dma-map-ops.h', 1, bytes(2)),
  free('cma', 'dma_release_from_contiguous', 'include/linux/dma-map-ops.h', 1, pages(2), { onlyKind: true }),
  free('cma', 'free_contig_range', 'include/linux/gfp.h', 0, pages(1)),
];
