import type { ApiRow } from '../types.ts';
import { alloc, free, ONE_PAGE, order } from './row.ts';

/** The page allocator: pages by `struct page *` or by address, whole and of their own. */
export const PAGE_ALLOC: readonly ApiRow[] = [
  alloc('page', '__alloc_pages', 'mm/page_alloc.c', order(1), { gfp: 0 }),
  alloc('page', '__alloc_pages_node', 'include/linux/gfp.h', order(2), { gfp: 1, until: [6, 19] }),
  free('page', '__free_page', 'include/linux/gfp.h', 0, ONE_PAGE),
  free('page', '__free_pages', 'include/linux/gfp.h', 0, order(1)),
  alloc('page', '__get_dma_pages', 'include/linux/gfp.h', order(1), { gfp: 0 }),
  alloc('page', '__get_free_page', 'include/linux/gfp.h', ONE_PAGE, { gfp: 0 }),
  alloc('page', '__get_free_pages', 'include/linux/gfp.h', order(1), { gfp: 0 }),
  alloc('page', 'alloc_page', 'include/linux/gfp.h', ONE_PAGE, { gfp: 0 }),
  alloc('page', 'alloc_page_vma', 'include/linux/gfp.h', ONE_PAGE, { gfp: 0 }),
  alloc('page', 'alloc_pages', 'include/linux/gfp.h', order(1), { gfp: 0 }),
  alloc('page', 'alloc_pages_node', 'include/linux/gfp.h', order(2), { gfp: 1 }),
  free('page', 'free_page', 'include/linux/gfp.h', 0, ONE_PAGE),
  free('page', 'free_pages', 'include/linux/gfp.h', 0, order(1)),
  alloc('page', 'get_zeroed_page', 'include/linux/gfp.h', ONE_PAGE, { zeroed: true, gfp: 0 }),
  free('page', 'put_page', 'include/linux/mm.h', 0, null, { reference: true }),
];
