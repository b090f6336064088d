/**
 * Single facts about platforms that the analysis needs before the platform machines are here.
 * Ids as in the kernel vocabulary; kept as plain strings, for the model imports nothing.
 */

/**
 * Platforms whose transition takes linear-map addresses only; a vmalloc address is refused or, worse, taken for one.
 * TDX: arch/x86/coco/tdx/tdx.c:tdx_enc_status_changed (`__pa(vaddr)`); CCA: arch/arm64/mm/pageattr.c:__set_memory_enc_dec
 * (-EINVAL); pKVM: drivers/virt/coco/pkvm-guest/arm-pkvm-guest.c:__set_memory_range (`virt_to_phys`); powerpc:
 * arch/powerpc/platforms/pseries/svm.c:set_memory_decrypted (`__pa`); s390: arch/s390/mm/init.c:set_memory_decrypted.
 */
export const linearMapOnly: readonly string[] = ['tdx', 'cca', 'pkvm', 'powerpc-svm', 's390-pv'];

/**
 * Platforms on which a kernel mapping carries the attribute, so that one made with the wrong attribute reads
 * garbage or faults. The others convert without touching page tables.
 * x86: arch/x86/mm/pat/set_memory.c:__set_memory_enc_pgtable; CCA: arch/arm64/mm/pageattr.c.
 */
export const attributeInPageTable: readonly string[] = [
  'sme',
  'sev',
  'snp',
  'tdx',
  'snp-vtom',
  'tdx-paravisor',
  'cca',
];

/**
 * Platforms whose transition may sleep. x86: arch/x86/mm/pat/set_memory.c:__set_memory_enc_pgtable (vm_unmap_aliases()
 * takes a mutex, splitting a large page allocates); CCA: arch/arm64/mm/pageattr.c:__set_memory_enc_dec. The others
 * make one call to the hypervisor.
 */
export const transitionSleeps: readonly string[] = [
  'sme',
  'sev',
  'snp',
  'tdx',
  'snp-vtom',
  'tdx-paravisor',
  'cca',
];
