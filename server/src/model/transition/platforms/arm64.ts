import type { AccessRow, Direction, Failure, Platform, TransitionStep } from '../platform.ts';

const realm = 'arch/arm64/mm/pageattr.c:__set_memory_enc_dec (7.3)';
const rsi = 'arch/arm64/include/asm/rsi.h:rsi_set_memory_range (7.3)';

/** Anything that is not in the linear map is taken for an address of the kernel image. */
const arithmetic: Platform['arithmetic'] = {
  is: 'other-memory',
  source: 'arch/arm64/include/asm/memory.h:__virt_to_phys_nodebug (6.12): __kimg_to_phys()',
};

const splitFails: Failure = {
  error: '-ENOMEM',
  at: 'start',
  then: 'return',
  source: 'arch/arm64/mm/pageattr.c:update_range_prot (7.3): split_kernel_leaf_mapping() comes first',
};

const requireLinear: TransitionStep = {
  id: 'require-linear',
  title: 'refuses addresses outside the linear map',
  op: { k: 'require-linear' },
  source: `${realm}: __is_lm_address()`,
};
const makeInvalid: TransitionStep = {
  id: 'break',
  title: 'makes the entry invalid with the new attribute',
  op: { k: 'page-table', present: false, attribute: 'target' },
  fails: [splitFails],
  source: `${realm}: PTE_PRESENT_INVALID`,
};
const invalidate: TransitionStep = {
  id: 'flush-tlb',
  title: 'invalidates the TLB',
  op: { k: 'flush-tlb', scope: 'range' },
  source: 'arch/arm64/mm/pageattr.c:__change_memory_common (7.3): flush_tlb_kernel_range()',
};
const ripas = (direction: Direction): TransitionStep => ({
  id: 'ripas',
  title: `sets the RIPAS to ${direction === 'share' ? 'EMPTY' : 'RAM'}`,
  op: { k: 'host', view: direction === 'share' ? 'SHARED' : 'PRIV', translation: 'linear' },
  fails: [{ error: '-EINVAL', at: 'any-page', then: 'return', source: rsi }],
  source: rsi,
});
const makeValid: TransitionStep = {
  id: 'make',
  title: 'makes the entry valid',
  op: { k: 'page-table', present: true },
  source: `${realm}: PTE_PRESENT_VALID_KERNEL; nothing is left to split that could fail`,
};
const realmSteps = (direction: Direction): readonly TransitionStep[] => [
  requireLinear,
  makeInvalid,
  invalidate,
  ripas(direction),
  makeValid,
];

const realmAccess: readonly AccessRow[] = [
  {
    attribute: 'S',
    views: ['PRIV', 'UNVAL', 'DESTROYED'],
    read: ['elsewhere', 'abort'],
    source: 'Documentation/arch/arm64/arm-cca.rst (7.3) "The upper half is shared, the Normal World is free"',
  },
  {
    attribute: 'P',
    views: ['SHARED', 'UNVAL'],
    read: ['abort'],
    source: `${realm} "Synchronous External Aborts caused by RIPAS_EMPTY"`,
  },
  {
    attribute: 'P',
    views: ['DESTROYED'],
    read: ['fatal'],
    source: 'Realm Management Monitor specification DEN0137, RIPAS DESTROYED: exit to the host',
  },
];

export const cca: Platform = {
  id: 'cca',
  title: 'Arm CCA',
  source: realm,
  view: { is: 'host', source: 'Documentation/arch/arm64/arm-cca.rst (7.3)' },
  host: { is: true, source: 'Documentation/arch/arm64/arm-cca.rst (7.3)' },
  flips: {
    is: 'given',
    source: '002 "Note that only the virtual address supplied is flipped between shared and protected"',
  },
  exceptions: { is: 'guest', source: '002 "Synchronous External Abort"' },
  sleeps: {
    is: true,
    source: 'arch/arm64/mm/mmu.c:split_kernel_leaf_mapping (7.3): takes a mutex',
  },
  vmalloc: { is: 'refused', source: `${realm}: -EINVAL` },
  arithmetic,
  contents: { is: 'unsure', source: 'arch/arm64/include/asm/rsi.h:rsi_set_memory_range_protected (7.3)' },
  access: realmAccess,
  protocols: {
    new: {
      id: 'new',
      title: 'break before make',
      source: '002 "to perform a break-before-make sequence"',
      ways: { share: realmSteps('share'), unshare: realmSteps('unshare') },
    },
  },
  versions: { '7.3': 'new' },
};

const pkvmFile = 'drivers/virt/coco/pkvm-guest/arm-pkvm-guest.c';
const hypercall = (direction: Direction): readonly TransitionStep[] => [
  {
    id: 'hypercall',
    title: `asks the hypervisor to ${direction} the page`,
    op: { k: 'host', view: direction === 'share' ? 'SHARED' : 'PRIV', translation: 'linear' },
    fails: [
      { error: '-EPERM', at: 'any-page', then: 'return', source: `${pkvmFile}:arm_smccc_do_one_page (6.12)` },
    ],
    source: `${pkvmFile}:__set_memory_range (6.12)`,
  },
];

export const pkvm: Platform = {
  id: 'pkvm',
  title: 'pKVM',
  source: `${pkvmFile}:__set_memory_range (6.12)`,
  view: { is: 'host', source: 'Documentation/virt/kvm/arm/hypercalls.rst (6.12): MEM_SHARE' },
  host: {
    is: true,
    source: 'Documentation/virt/kvm/arm/hypercalls.rst (6.12) "Share a region of memory with the KVM host"',
  },
  flips: { is: 'none', source: `${pkvmFile}:__set_memory_range (6.12): hypercalls only` },
  exceptions: { is: 'guest', source: `${pkvmFile}:__set_memory_range (6.12)` },
  sleeps: { is: false, source: `${pkvmFile}:__set_memory_range (6.12): hypercalls only` },
  splitsPages: {
    is: true,
    source: `${pkvmFile}:arm_smccc_do_one_page (6.12): one call for each pkvm_granule, which is PAGE_SIZE or less`,
  },
  vmalloc: { is: 'mistaken', source: `${pkvmFile}:__set_memory_range (6.12): virt_to_phys()` },
  arithmetic,
  contents: { is: 'unsure', source: 'Documentation/virt/kvm/arm/hypercalls.rst (6.12): says nothing of it' },
  access: [],
  protocols: {
    new: {
      id: 'new',
      title: 'one hypercall a page',
      source: `${pkvmFile}:__set_memory_range (6.12)`,
      ways: { share: hypercall('share'), unshare: hypercall('unshare') },
    },
  },
  versions: { '6.12': 'new', '7.3': 'new' },
};
