import type { ApiRow, PlatformId } from '../types.ts';

/** Where memory encryption is a bit of page table entries, and the kernel's own early code may clear it. */
const MASKED: readonly PlatformId[] = ['sme', 'sev', 'snp'];

/** Sections that early code shares before any function calls for it: `if (sme_get_me_mask())` stands before that. */
export const SECTIONS: readonly ApiRow[] = ['__start_bss_decrypted', '__start_bss_decrypted_unused'].map(
  (name) => ({
    k: 'shared-from-start',
    name,
    source: 'arch/x86/kernel/head64.c:sme_postprocess_startup',
    on: MASKED,
  }),
);
