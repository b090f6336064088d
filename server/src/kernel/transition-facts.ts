import type { PlatformId, Version } from './types.ts';

/** What a platform does with an address that is not page aligned. */
export type Unaligned =
  /** Warns, rounds the address down and keeps the count, so that the tail is missed. */
  | 'rounded-down'
  /** The same without a word. */
  | 'rounded-silently'
  /** Warns, does nothing and returns 0. */
  | 'ignored'
  | 'error'
  | 'bug'
  /** Rounds outwards: what shares the pages is converted with it. */
  | 'rounded-out';

/**
 * What one conversion does on platforms, as far as the transition model does not say it: the model starts from an aligned address,
 * and while no kexec is under way.
 */
export interface TransitionFacts {
  readonly calls: readonly string[];
  readonly platforms: readonly PlatformId[];
  readonly unaligned: Unaligned;
  /** What comes back while a kexec is under way and nothing was touched, and since when. */
  readonly busy?: { readonly result: string; readonly since: Version };
  /** Of calls whose steps the model does not have: what it says of the others. */
  readonly unmodelled?: {
    readonly vmalloc: 'converted' | 'refused' | 'mistaken';
    readonly contents: 'kept' | 'lost';
  };
  readonly source: string;
  readonly since?: Version;
  readonly until?: Version;
}

const SET_MEMORY = ['set_memory_decrypted', 'set_memory_encrypted'];
const CPA = 'arch/x86/mm/pat/set_memory.c';
/** `mem_enc_lock` of that file, taken for good by `set_memory_enc_stop_conversion()`. */
const KEXEC = { result: '-EBUSY', since: [6, 11] } as const;

/**
 * `set_memory_*crypted()`: on x86 the page attribute code, with hooks of the platform before and after; elsewhere
 * the architecture's own function. `-EBUSY` is the conversion lock that kexec takes and keeps.
 */
export const TRANSITION_FACTS: readonly TransitionFacts[] = [
  {
    calls: SET_MEMORY,
    platforms: ['sme', 'sev', 'snp'],
    unaligned: 'rounded-down',
    busy: KEXEC,
    source: `${CPA}:__set_memory_enc_pgtable`,
  },
  {
    calls: SET_MEMORY,
    platforms: ['tdx'],
    unaligned: 'rounded-down',
    busy: KEXEC,
    source: 'arch/x86/coco/tdx/tdx.c:tdx_enc_status_changed',
  },
  {
    // The hypercall alone, without page tables: shared memory is reached through another address.
    calls: SET_MEMORY,
    platforms: ['snp-vtom'],
    unaligned: 'rounded-silently',
    source: 'arch/x86/hyperv/ivm.c:hv_set_mem_host_visibility',
    until: [6, 3],
  },
  {
    calls: SET_MEMORY,
    platforms: ['snp-vtom', 'tdx-paravisor'],
    unaligned: 'rounded-down',
    busy: KEXEC,
    source: 'arch/x86/hyperv/ivm.c:hv_vtom_set_host_visibility',
    since: [6, 4],
  },
  {
    calls: SET_MEMORY,
    platforms: ['cca'],
    unaligned: 'ignored',
    source: 'arch/arm64/mm/pageattr.c:__set_memory_enc_dec',
    since: [6, 13],
  },
  {
    calls: SET_MEMORY,
    platforms: ['pkvm'],
    unaligned: 'ignored',
    source: 'drivers/virt/coco/pkvm-guest/arm-pkvm-guest.c:virt_to_phys',
    since: [6, 12],
  },
  {
    calls: SET_MEMORY,
    platforms: ['powerpc-svm'],
    unaligned: 'error',
    source: 'arch/powerpc/platforms/pseries/svm.c:set_memory_decrypted',
  },
  {
    calls: SET_MEMORY,
    platforms: ['s390-pv'],
    unaligned: 'bug',
    source: 'arch/s390/mm/init.c:set_memory_decrypted',
  },
  {
    // In place, through the early mappings: the contents are copied over the new attribute.
    calls: ['early_set_memory_decrypted', 'early_set_memory_encrypted'],
    platforms: ['sme', 'sev', 'snp'],
    unaligned: 'rounded-out',
    unmodelled: { vmalloc: 'mistaken', contents: 'kept' },
    source: 'arch/x86/mm/mem_encrypt_amd.c:early_set_memory_enc_dec',
  },
];
