import type { ApiRow } from '../types.ts';
import { alloc, bytes, fixed, free, moved, ONE_PAGE, order, since, until } from './row.ts';

/**
 * The page allocator: pages by `struct page *` or by address, whole and of their own. Bulk allocators are not here:
 * they fill an array and return how many, which no row can say.
 */
export const PAGE_ALLOC: readonly ApiRow[] = [
  since([6, 14], alloc('page', '__alloc_frozen_pages', 'mm/page_alloc.h', order(1), { gfp: 0 })),
  ...moved(
    alloc('page', '__alloc_pages', 'include/linux/gfp.h', order(1), { gfp: 0 }),
    [6, 13],
    'mm/page_alloc.h',
  ),
  until([7, 2], alloc('page', '__alloc_pages_node', 'include/linux/gfp.h', order(2), { gfp: 1 })),
  free('page', '__free_page', 'include/linux/gfp.h', 0, ONE_PAGE),
  free('page', '__free_pages', 'include/linux/gfp.h', 0, order(1)),
  free('page', '__free_pages_core', 'mm/page_alloc.c', 0, order(1)),
  alloc('page', '__get_dma_pages', 'include/linux/gfp.h', order(1), { gfp: 0 }),
  alloc('page', '__get_free_page', 'include/linux/gfp.h', ONE_PAGE, { gfp: 0 }),
  alloc('page', '__get_free_pages', 'include/linux/gfp.h', order(1), { gfp: 0 }),
  since([6, 14], alloc('page', 'alloc_frozen_pages', 'mm/page_alloc.h', order(1), { gfp: 0 })),
  alloc('page', 'alloc_page', 'include/linux/gfp.h', ONE_PAGE, { gfp: 0 }),
  alloc('page', 'alloc_page_vma', 'include/linux/gfp.h', ONE_PAGE, { gfp: 0 }),
  alloc('page', 'alloc_pages', 'include/linux/gfp.h', order(1), { gfp: 0 }),
  alloc('page', 'alloc_pages_node', 'include/linux/gfp.h', order(2), { gfp: 1 }),
  since(
    [6, 15],
    alloc('page', 'alloc_pages_nolock', 'include/linux/gfp.h', order(2), { gfp: 0, zeroed: true }),
  ),
  ...moved(
    free('page', 'devm_free_pages', 'include/linux/device.h', 1),
    [6, 2],
    'include/linux/device/devres.h',
  ),
  ...moved(
    alloc('page', 'devm_get_free_pages', 'include/linux/device.h', order(2), { gfp: 1, managed: true }),
    [6, 2],
    'include/linux/device/devres.h',
  ),
  since([6, 14], free('page', 'free_frozen_pages', 'mm/page_alloc.c', 0, order(1))),
  free('page', 'free_init_pages', 'arch/x86/include/asm/processor.h', 1),
  free('page', 'free_kernel_image_pages', 'arch/x86/include/asm/processor.h', 1),
  free('page', 'free_page', 'include/linux/gfp.h', 0, ONE_PAGE),
  until(
    [7, 2],
    free('page', 'free_page_and_swap_cache', 'include/linux/swap.h', 0, ONE_PAGE, { reference: true }),
  ),
  free('page', 'free_pages', 'include/linux/gfp.h', 0, order(1)),
  since([6, 13], free('page', 'free_pages_bulk', 'include/linux/gfp.h', 0, null, { array: true })),
  since([6, 15], free('page', 'free_pages_nolock', 'include/linux/gfp.h', 0, order(1))),
  free('page', 'free_reserved_area', 'include/linux/mm.h', 0),
  free('page', 'free_reserved_page', 'include/linux/mm.h', 0, ONE_PAGE),
  until([7, 2], free('page', 'free_unref_page', 'mm/internal.h', 0, order(1))),
  alloc('page', 'get_zeroed_page', 'include/linux/gfp.h', ONE_PAGE, { zeroed: true, gfp: 0 }),
  until([7, 2], alloc('page', 'hv_alloc_hyperv_page', 'include/asm-generic/mshyperv.h', fixed(1, 'hvpages'))),
  until(
    [7, 2],
    alloc('page', 'hv_alloc_hyperv_zeroed_page', 'include/asm-generic/mshyperv.h', fixed(1, 'hvpages'), {
      zeroed: true,
    }),
  ),
  until(
    [7, 2],
    free('page', 'hv_free_hyperv_page', 'include/asm-generic/mshyperv.h', 0, fixed(1, 'hvpages')),
  ),
  ...moved(
    alloc('page', 'page_frag_alloc', 'include/linux/gfp.h', bytes(1), { gfp: 2, wholePages: false }),
    [6, 13],
    'include/linux/page_frag_cache.h',
  ),
  ...moved(
    free('page', 'page_frag_free', 'include/linux/gfp.h', 0, null, { reference: true }),
    [6, 13],
    'include/linux/page_frag_cache.h',
  ),
  free('page', 'put_page', 'include/linux/mm.h', 0, null, { reference: true }),
  free('page', 'release_pages', 'include/linux/mm.h', 0, null, { reference: true, array: true }),
];
