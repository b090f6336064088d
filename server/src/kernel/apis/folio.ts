import type { ApiRow } from '../types.ts';
import { alloc, free, order, since } from './row.ts';

/** Folios: pages with a head that knows their order. */
export const FOLIO: readonly ApiRow[] = [
  alloc('folio', '__folio_alloc', 'include/linux/gfp.h', order(1), { gfp: 0 }),
  alloc('folio', '__folio_alloc_node', 'include/linux/gfp.h', order(1), { gfp: 0 }),
  free('folio', '__folio_put', 'include/linux/mm.h', 0),
  alloc('folio', 'filemap_alloc_folio', 'include/linux/pagemap.h', order(1), { gfp: 0 }),
  alloc('folio', 'folio_alloc', 'include/linux/gfp.h', order(1), { gfp: 0 }),
  since([6, 2], alloc('folio', 'folio_alloc_mpol', 'include/linux/gfp.h', order(1), { gfp: 0 })),
  free('folio', 'folio_put', 'include/linux/mm.h', 0, null, { reference: true }),
  free('folio', 'folio_put_refs', 'include/linux/mm.h', 0, null, { reference: true }),
  since([6, 2], free('folio', 'unpin_folio', 'include/linux/mm.h', 0, null, { reference: true })),
  since([6, 2], free('folio', 'unpin_user_folio', 'include/linux/mm.h', 0, null, { reference: true })),
  free('user', 'unpin_user_page', 'include/linux/mm.h', 0, null, { reference: true }),
  free('user', 'unpin_user_pages', 'include/linux/mm.h', 0, null, { reference: true, array: true }),
  free('user', 'unpin_user_pages_dirty_lock', 'include/linux/mm.h', 0, null, {
    reference: true,
    array: true,
  }),
  alloc('folio', 'vma_alloc_folio', 'include/linux/gfp.h', order(1), { gfp: 0 }),
];
