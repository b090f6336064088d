import type { ApiRow } from '../types.ts';
import { map } from './row.ts';

/** The attribute of a user mapping hangs in the area that it is made in. */
const AREA = { protArg: 0, field: 'vm_page_prot' } as const;

/** Memory that is put before a user process. */
export const USER_MAPPINGS: readonly ApiRow[] = [
  map('user', 'dma_mmap_attrs', 'include/linux/dma-mapping.h', 2, 'va', 'same', 'negative'),
  map('user', 'dma_mmap_coherent', 'include/linux/dma-mapping.h', 2, 'va', 'same', 'negative'),
  map(
    'user',
    'dma_mmap_pages',
    'include/linux/dma-mapping.h',
    3,
    'page',
    { protArg: 1, field: 'vm_page_prot' },
    'negative',
  ),
  map('user', 'dma_mmap_wc', 'include/linux/dma-mapping.h', 2, 'va', 'same', 'negative'),
  map('user', 'io_remap_pfn_range', 'include/linux/mm.h', 2, 'pfn', { protArg: 4 }, 'negative'),
  map('user', 'remap_pfn_range', 'include/linux/mm.h', 2, 'pfn', { protArg: 4 }, 'negative'),
  map('user', 'remap_vmalloc_range', 'include/linux/vmalloc.h', 1, 'va', AREA, 'negative'),
  map('user', 'remap_vmalloc_range_partial', 'include/linux/vmalloc.h', 2, 'va', AREA, 'negative'),
  map('user', 'vm_insert_page', 'include/linux/mm.h', 2, 'page', AREA, 'negative'),
  map('user', 'vm_insert_pages', 'include/linux/mm.h', 2, 'pages', AREA, 'negative'),
  map('user', 'vm_iomap_memory', 'include/linux/mm.h', 1, 'phys', AREA, 'negative'),
  map('user', 'vm_map_pages', 'include/linux/mm.h', 1, 'pages', AREA, 'negative'),
  map('user', 'vm_map_pages_zero', 'include/linux/mm.h', 1, 'pages', AREA, 'negative'),
  map('user', 'vmf_insert_mixed', 'include/linux/mm.h', 2, 'pfn', AREA, 'none'),
  map('user', 'vmf_insert_page', 'include/linux/mm.h', 2, 'page', AREA, 'none'),
  map('user', 'vmf_insert_pfn', 'include/linux/mm.h', 2, 'pfn', AREA, 'none'),
  map('user', 'vmf_insert_pfn_prot', 'include/linux/mm.h', 2, 'pfn', { protArg: 3 }, 'none'),
];
