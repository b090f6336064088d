import type { AccessRow, Failure, Platform, TransitionProtocol, TransitionStep } from '../platform.ts';
import { arithmetic, newProtocolSource, notPresentWhile, presentWhile } from './x86-steps.ts';

const sleeps = {
  is: true,
  source: 'arch/x86/mm/pat/set_memory.c:__set_memory_enc_pgtable (6.12): vm_unmap_aliases() takes a mutex',
} as const;
const flips = {
  is: 'given-and-direct',
  source: 'arch/x86/mm/pat/set_memory.c:__change_page_attr_set_clr (6.12): checks aliases',
} as const;

/** The key decides: whoever reads through the other attribute gets ciphertext. */
const keyed: readonly AccessRow[] = [
  {
    attribute: 'S',
    views: ['PRIV'],
    read: ['ciphertext'],
    write: ['ok'],
    source: 'Documentation/arch/x86/amd-memory-encryption.rst (6.12): the C-bit selects the key',
  },
  {
    attribute: 'P',
    views: ['SHARED'],
    read: ['ciphertext'],
    write: ['ok'],
    source: 'Documentation/arch/x86/amd-memory-encryption.rst (6.12): the C-bit selects the key',
  },
];

/** No host keeps a state of the page; the migration hint to KVM cannot fail and changes no access. */
const keyedProtocols: Readonly<Record<string, TransitionProtocol>> = {
  old: {
    id: 'old',
    title: 'PRESENT kept',
    source:
      'arch/x86/kernel/kvm.c:kvm_sev_hc_page_enc_status (6.12): KVM_HC_MAP_GPA_RANGE, and it returns nothing',
    ways: { share: presentWhile([], []), unshare: presentWhile([], []) },
  },
  new: {
    id: 'new',
    title: 'not present while it changes',
    source: newProtocolSource,
    ways: { share: notPresentWhile([]), unshare: notPresentWhile([]) },
  },
};
const asOld = { '6.1': 'old', '6.12': 'old', '7.3': 'old' } as const;

export const sme: Platform = {
  id: 'sme',
  title: 'SME',
  source: 'Documentation/arch/x86/amd-memory-encryption.rst (6.12)',
  view: { is: 'last-write', source: 'Documentation/arch/x86/amd-memory-encryption.rst (6.12)' },
  host: {
    is: false,
    source: 'Documentation/arch/x86/amd-memory-encryption.rst (6.12): the system encrypts its own memory',
  },
  flips,
  exceptions: { is: 'guest', source: 'Documentation/arch/x86/amd-memory-encryption.rst (6.12)' },
  sleeps,
  vmalloc: { is: 'converted', source: flips.source },
  arithmetic,
  contents: {
    is: 'scrambled',
    source: 'Documentation/arch/x86/amd-memory-encryption.rst (6.12): the key differs',
  },
  access: keyed,
  protocols: keyedProtocols,
  versions: asOld,
};

export const sev: Platform = {
  ...sme,
  id: 'sev',
  title: 'SEV and SEV-ES',
  host: {
    is: true,
    source: 'Documentation/arch/x86/amd-memory-encryption.rst (6.12): memory without the C-bit is shared',
  },
};

const terminates = (what: string, error: string): Failure => ({
  error,
  at: 'any-page',
  then: 'terminate',
  source: `arch/x86/coco/sev/${what} (6.12): sev_es_terminate()`,
});

/** The RMP says who owns a page, its Validated bit whether the guest accepted it. */
const changeState = (view: 'SHARED' | 'UNVAL', translation: 'walk-any' | 'walk-present'): TransitionStep => ({
  id: 'psc',
  title: `asks for the page state ${view === 'SHARED' ? 'shared' : 'private'}`,
  op:
    view === 'SHARED' ? { k: 'host', view, translation } : { k: 'host', view, from: ['SHARED'], translation },
  fails: [terminates('core.c:__set_pages_state', 'PSC')],
  source: 'arch/x86/coco/sev/core.c:__set_pages_state (6.12): vmgexit_psc()',
});
/** PVALIDATE says when it changed nothing, and Linux ends the guest then. */
const pvalidate = (view: 'PRIV' | 'UNVAL', via: 'direct' | 'tmp'): TransitionStep => ({
  id: 'pvalidate',
  title: view === 'PRIV' ? 'validates' : 'rescinds the validation',
  op: {
    k: 'host',
    view,
    from: [view === 'PRIV' ? 'UNVAL' : 'PRIV'],
    otherwise: 'fails',
    translation: 'walk-any',
    via,
  },
  fails: [terminates('shared.c:pvalidate_4k_page', 'PVALIDATE')],
  source:
    via === 'direct'
      ? 'arch/x86/coco/sev/shared.c:pval_pages (6.12): pfn_to_kaddr()'
      : '000 "construct a temporary virtual address to be used by PVALIDATE"',
});
const mapTmp: TransitionStep = {
  id: 'map-tmp',
  title: 'maps the page at a temporary address',
  op: { k: 'map-tmp' },
  source: '000 "construct a temporary virtual address to be used by PVALIDATE"',
};
const unmapTmp: TransitionStep = {
  ...mapTmp,
  id: 'unmap-tmp',
  title: 'unmaps the temporary address',
  op: { k: 'unmap-tmp' },
};
const flushTmp: TransitionStep = {
  ...mapTmp,
  id: 'flush-tmp',
  title: 'flushes the temporary address',
  op: { k: 'flush-tlb', scope: 'tmp' },
};
const temporarily = (...steps: readonly TransitionStep[]): readonly TransitionStep[] => [
  mapTmp,
  ...steps,
  unmapTmp,
  flushTmp,
];

export const snp: Platform = {
  id: 'snp',
  title: 'SEV-SNP',
  source: 'arch/x86/coco/sev/core.c:snp_set_memory_shared (6.12)',
  view: { is: 'host', source: 'arch/x86/coco/sev/core.c:__set_pages_state (6.12)' },
  host: { is: true, source: 'Documentation/arch/x86/amd-memory-encryption.rst (6.12): page state shared' },
  flips,
  exceptions: {
    is: 'terminating',
    source:
      'arch/x86/coco/sev/core.c:vc_handle_exitcode (6.12): a page that is not validated is no exit code it knows, and exc_vmm_communication() ends the guest',
  },
  sleeps,
  vmalloc: {
    is: 'converted',
    source: 'arch/x86/coco/sev/core.c:__set_pages_state (6.12): vmalloc_to_pfn()',
  },
  arithmetic,
  contents: {
    is: 'scrambled',
    source: 'Documentation/arch/x86/amd-memory-encryption.rst (6.12): the key differs',
  },
  access: [
    {
      attribute: 'S',
      views: ['PRIV', 'UNVAL'],
      read: ['ciphertext'],
      write: ['nested-fault'],
      source:
        'AMD64 APM volume 2, 15.36.10 "RMP and VMPL Access Checks"; reads from memory, not confirmed there',
    },
    {
      attribute: 'P',
      views: ['UNVAL', 'DESTROYED'],
      read: ['exception'],
      source: 'AMD64 APM volume 2, 15.36.10: #VC with PAGE_NOT_VALIDATED',
    },
    {
      attribute: 'P',
      views: ['SHARED'],
      read: ['exception'],
      source: 'AMD64 APM volume 2, 15.36.10: #NPF, and #VC once the host has assigned the page',
    },
  ],
  protocols: {
    old: {
      id: 'old',
      title: 'PRESENT kept',
      source: 'arch/x86/mm/mem_encrypt_amd.c:amd_enc_status_change_prepare (6.12)',
      ways: {
        share: presentWhile([pvalidate('UNVAL', 'direct'), changeState('SHARED', 'walk-present')], []),
        unshare: presentWhile([], [changeState('UNVAL', 'walk-present'), pvalidate('PRIV', 'direct')]),
      },
    },
    new: {
      id: 'new',
      title: 'not present while it changes',
      source: newProtocolSource,
      ways: {
        share: notPresentWhile(temporarily(pvalidate('UNVAL', 'tmp'), changeState('SHARED', 'walk-any'))),
        unshare: notPresentWhile(temporarily(changeState('UNVAL', 'walk-any'), pvalidate('PRIV', 'tmp'))),
      },
    },
  },
  versions: asOld,
};
