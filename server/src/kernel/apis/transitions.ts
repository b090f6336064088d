import type { ApiRow, PlatformId } from '../types.ts';
import { bytes, ONE_PAGE, pages, transition } from './row.ts';

const AMD: readonly PlatformId[] = ['sme', 'sev', 'snp'];

/**
 * What makes memory private or shared.
 *
 * Not here, on purpose: `set_direct_map_*()` and `set_memory_np()` change presence, not who may read; the host's
 * RMP (`rmp_make_shared()`) gives pages to a guest, which is another state; `early_set_mem_enc_dec_hypercall()` and
 * `__set_memory_enc_dec()` take the direction as an argument, and only tell the hypervisor or are the body of the rows below.
 */
export const TRANSITIONS: readonly ApiRow[] = [
  transition('early_set_memory_decrypted', 'arch/x86/include/asm/mem_encrypt.h', 'shared', {
    parameters: ['vaddr', 'size'],
    extent: bytes(1),
    failure: 'positive',
    sleeps: false,
    platforms: AMD,
    unmodelled: true,
  }),
  transition('early_set_memory_encrypted', 'arch/x86/include/asm/mem_encrypt.h', 'private', {
    parameters: ['vaddr', 'size'],
    extent: bytes(1),
    failure: 'positive',
    sleeps: false,
    platforms: AMD,
    unmodelled: true,
  }),
  transition('early_snp_set_memory_private', 'arch/x86/include/asm/sev.h', 'private', {
    parameters: ['vaddr', 'paddr', 'npages'],
    extent: pages(2),
    failure: 'none',
    sleeps: false,
    platforms: ['snp'],
    implementation: true,
  }),
  transition('early_snp_set_memory_shared', 'arch/x86/include/asm/sev.h', 'shared', {
    parameters: ['vaddr', 'paddr', 'npages'],
    extent: pages(2),
    failure: 'none',
    sleeps: false,
    platforms: ['snp'],
    implementation: true,
  }),
  transition('pkvm_set_memory_decrypted', 'drivers/virt/coco/pkvm-guest/arm-pkvm-guest.c', 'shared', {
    sleeps: false,
    platforms: ['pkvm'],
    implementation: true,
    since: [6, 12],
  }),
  transition('pkvm_set_memory_encrypted', 'drivers/virt/coco/pkvm-guest/arm-pkvm-guest.c', 'private', {
    sleeps: false,
    platforms: ['pkvm'],
    implementation: true,
    since: [6, 12],
  }),
  transition('realm_set_memory_decrypted', 'arch/arm64/mm/pageattr.c', 'shared', {
    platforms: ['cca'],
    implementation: true,
    since: [6, 13],
  }),
  transition('realm_set_memory_encrypted', 'arch/arm64/mm/pageattr.c', 'private', {
    platforms: ['cca'],
    implementation: true,
    since: [6, 13],
  }),
  transition('set_memory_decrypted', 'include/linux/set_memory.h', 'shared'),
  transition('set_memory_encrypted', 'include/linux/set_memory.h', 'private'),
  transition('snp_set_memory_private', 'arch/x86/include/asm/sev.h', 'private', {
    parameters: ['vaddr', 'npages'],
    failure: 'none',
    sleeps: false,
    platforms: ['snp'],
    implementation: true,
  }),
  transition('snp_set_memory_shared', 'arch/x86/include/asm/sev.h', 'shared', {
    parameters: ['vaddr', 'npages'],
    failure: 'none',
    sleeps: false,
    platforms: ['snp'],
    implementation: true,
  }),
  transition('uv_remove_shared', 'arch/s390/include/asm/uv.h', 'private', {
    parameters: ['addr'],
    addressView: 'phys',
    extent: ONE_PAGE,
    failure: 'nonzero',
    sleeps: false,
    platforms: ['s390-pv'],
    implementation: true,
  }),
  transition('uv_set_shared', 'arch/s390/include/asm/uv.h', 'shared', {
    parameters: ['addr'],
    addressView: 'phys',
    extent: ONE_PAGE,
    failure: 'nonzero',
    sleeps: false,
    platforms: ['s390-pv'],
    implementation: true,
  }),
  transition('uv_share_page', 'arch/powerpc/include/asm/ultravisor.h', 'shared', {
    parameters: ['pfn', 'npages'],
    addressView: 'pfn',
    failure: 'nonzero',
    sleeps: false,
    platforms: ['powerpc-svm'],
    implementation: true,
  }),
  transition('uv_unshare_page', 'arch/powerpc/include/asm/ultravisor.h', 'private', {
    parameters: ['pfn', 'npages'],
    addressView: 'pfn',
    failure: 'nonzero',
    sleeps: false,
    platforms: ['powerpc-svm'],
    implementation: true,
  }),
];
