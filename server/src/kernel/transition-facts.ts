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

/** What a platform does with a vmalloc address. */
export type VmallocAddress =
  /** Converts the pages and the attribute of their linear-map alias as well. */
  | 'handled'
  | 'refused'
  /** Takes it for a linear-map address and converts other pages. */
  | 'wrong-pages';

/** How a conversion fails. */
export type FailureLeaves =
  /** A prefix or a part is converted, nothing is rolled back. */
  | 'partial'
  /** Part of the linear map is invalid as well: a touch faults. */
  | 'invalid-mapping'
  /** The guest is terminated, or panics: nobody sees the result. */
  | 'ends-guest'
  /** The firmware's answer is dropped and 0 comes back. */
  | 'not-told';

/** What one conversion does on a family of platforms. */
export interface TransitionFacts {
  readonly calls: readonly string[];
  /** As it is called in a sentence. */
  readonly family: string;
  readonly platforms: readonly PlatformId[];
  readonly unaligned: Unaligned;
  readonly vmalloc: VmallocAddress;
  readonly sleeps: boolean;
  readonly failure: FailureLeaves;
  readonly contents: 'kept' | 'lost' | 'unknown';
  /** What comes back while a kexec is under way and nothing was touched, and since when. */
  readonly busy?: { readonly result: string; readonly since: Version };
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
    family: 'SME and SEV',
    platforms: ['sme', 'sev'],
    unaligned: 'rounded-down',
    vmalloc: 'handled',
    sleeps: true,
    failure: 'partial',
    contents: 'lost',
    busy: KEXEC,
    source: `${CPA}:__set_memory_enc_pgtable`,
  },
  {
    // A page state change or PVALIDATE that fails terminates the guest; only the page tables can fail softly.
    calls: SET_MEMORY,
    family: 'SEV-SNP',
    platforms: ['snp'],
    unaligned: 'rounded-down',
    vmalloc: 'handled',
    sleeps: true,
    failure: 'partial',
    contents: 'lost',
    busy: KEXEC,
    source: `${CPA}:__set_memory_enc_pgtable`,
  },
  {
    calls: SET_MEMORY,
    family: 'TDX',
    platforms: ['tdx'],
    unaligned: 'rounded-down',
    vmalloc: 'wrong-pages',
    sleeps: true,
    failure: 'partial',
    contents: 'lost',
    busy: KEXEC,
    source: 'arch/x86/coco/tdx/tdx.c:tdx_enc_status_changed',
  },
  {
    // The hypercall alone, without page tables: shared memory is reached through another address.
    calls: SET_MEMORY,
    family: 'Hyper-V vTOM',
    platforms: ['snp-vtom'],
    unaligned: 'rounded-silently',
    vmalloc: 'handled',
    sleeps: true,
    failure: 'partial',
    contents: 'lost',
    source: 'arch/x86/hyperv/ivm.c:hv_set_mem_host_visibility',
    until: [6, 3],
  },
  {
    calls: SET_MEMORY,
    family: 'Hyper-V paravisor',
    platforms: ['snp-vtom', 'tdx-paravisor'],
    unaligned: 'rounded-down',
    vmalloc: 'handled',
    sleeps: true,
    failure: 'partial',
    contents: 'lost',
    busy: KEXEC,
    source: 'arch/x86/hyperv/ivm.c:hv_vtom_set_host_visibility',
    since: [6, 4],
  },
  {
    calls: SET_MEMORY,
    family: 'Arm CCA',
    platforms: ['cca'],
    unaligned: 'ignored',
    vmalloc: 'refused',
    sleeps: true,
    failure: 'invalid-mapping',
    contents: 'lost',
    source: 'arch/arm64/mm/pageattr.c:__set_memory_enc_dec',
    since: [6, 13],
  },
  {
    calls: SET_MEMORY,
    family: 'pKVM',
    platforms: ['pkvm'],
    unaligned: 'ignored',
    vmalloc: 'wrong-pages',
    sleeps: false,
    failure: 'partial',
    contents: 'unknown',
    source: 'drivers/virt/coco/pkvm-guest/arm-pkvm-guest.c:virt_to_phys',
    since: [6, 12],
  },
  {
    calls: SET_MEMORY,
    family: 'powerpc SVM',
    platforms: ['powerpc-svm'],
    unaligned: 'error',
    vmalloc: 'wrong-pages',
    sleeps: false,
    failure: 'not-told',
    contents: 'lost',
    source: 'arch/powerpc/platforms/pseries/svm.c:set_memory_decrypted',
  },
  {
    calls: SET_MEMORY,
    family: 's390 PV',
    platforms: ['s390-pv'],
    unaligned: 'bug',
    vmalloc: 'wrong-pages',
    sleeps: false,
    failure: 'ends-guest',
    contents: 'unknown',
    source: 'arch/s390/mm/init.c:set_memory_decrypted',
  },
  {
    // In place, through the early mappings: the contents are copied over the new attribute.
    calls: ['early_set_memory_decrypted', 'early_set_memory_encrypted'],
    family: 'SME, SEV and SEV-SNP',
    platforms: ['sme', 'sev', 'snp'],
    unaligned: 'rounded-out',
    vmalloc: 'wrong-pages',
    sleeps: false,
    failure: 'partial',
    contents: 'kept',
    source: 'arch/x86/mm/mem_encrypt_amd.c:early_set_memory_enc_dec',
  },
];
