import type { ApiRow } from '../types.ts';
import { same } from './row.ts';

/** Conversions that keep the memory and change how it is named. */
export const IDENTITY: readonly ApiRow[] = [
  same('PFN_PHYS', 'include/linux/pfn.h', 'pfn', 'phys'),
  same('PHYS_PFN', 'include/linux/pfn.h', 'phys', 'pfn'),
  same('__pa', 'arch/x86/include/asm/page.h', 'va', 'phys'),
  same('__va', 'arch/x86/include/asm/page.h', 'phys', 'va'),
  same('compound_head', 'include/linux/page-flags.h', 'page', 'page'),
  same('folio_address', 'include/linux/mm.h', 'folio', 'va'),
  same('folio_page', 'include/linux/page-flags.h', 'folio', 'page'),
  same('kasan_reset_tag', 'include/linux/kasan.h', 'any', 'any'),
  same('lowmem_page_address', 'include/linux/mm.h', 'page', 'va'),
  same('page_address', 'include/linux/mm.h', 'page', 'va'),
  same('page_folio', 'include/linux/page-flags.h', 'page', 'folio'),
  same('page_to_pfn', 'include/asm-generic/memory_model.h', 'page', 'pfn'),
  same('page_to_phys', 'arch/arm64/include/asm/memory.h', 'page', 'phys'),
  same('page_to_virt', 'include/linux/mm.h', 'page', 'va'),
  same('pfn_to_page', 'include/asm-generic/memory_model.h', 'pfn', 'page'),
  same('phys_to_page', 'arch/s390/include/asm/page.h', 'phys', 'page'),
  same('phys_to_virt', 'include/asm-generic/io.h', 'phys', 'va'),
  same('slow_virt_to_phys', 'arch/x86/include/asm/pgtable_types.h', 'va', 'phys'),
  same('virt_to_folio', 'include/linux/mm.h', 'va', 'folio'),
  same('virt_to_head_page', 'include/linux/mm.h', 'va', 'page'),
  same('virt_to_page', 'arch/x86/include/asm/page.h', 'va', 'page'),
  same('virt_to_pfn', 'arch/x86/include/asm/xen/page.h', 'va', 'pfn'),
  same('virt_to_phys', 'include/asm-generic/io.h', 'va', 'phys'),
  same('vmalloc_to_page', 'include/linux/mm.h', 'va', 'page'),
  same('vmalloc_to_pfn', 'include/linux/mm.h', 'va', 'pfn'),
];
