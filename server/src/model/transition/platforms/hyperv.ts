import type { AccessRow, Direction, Failure, Platform, TransitionStep } from '../platform.ts';
import {
  arithmetic,
  clearPresent,
  flushTlb,
  newProtocolSource,
  notPresentWhile,
  presentWhile,
  setAttribute,
  setPresent,
  splitFails,
  unalias,
} from './x86-steps.ts';

const file = 'arch/x86/hyperv/ivm.c';

/** The hypercall takes batches; those before the one that is refused stay converted. */
const refused: Failure = {
  error: '-EFAULT',
  at: 'any-page',
  then: 'return',
  source: `${file}:hv_mark_gpa_visibility (6.12)`,
};

const setPresentAgain: TransitionStep = {
  ...setPresent,
  source: `${file}:hv_vtom_set_host_visibility (6.12): set_memory_p() in every case`,
};

const visibility = (
  direction: Direction,
  translation: 'walk-any' | 'walk-present',
  failures: readonly Failure[] = [refused],
): TransitionStep => ({
  id: 'visibility',
  title: `asks for host visibility: ${direction === 'share' ? 'shared' : 'private'}`,
  op: { k: 'host', view: direction === 'share' ? 'SHARED' : 'PRIV', translation },
  fails: failures,
  source: `${file}:hv_mark_gpa_visibility (6.12)`,
});

/** Where PRESENT is restored with the new attribute, whatever went wrong. */
const restores: Failure = {
  ...refused,
  cleanup: [setPresentAgain],
  source: `${file}:hv_vtom_set_host_visibility (6.12): err_set_memory_p`,
};
const noMemory: Failure = { ...restores, error: '-ENOMEM', at: 'start' };

/** 7.3 keeps a list of what is shared, for kexec. */
const track: TransitionStep = {
  id: 'track',
  title: 'notes the page in the list of shared ones',
  op: { k: 'none' },
  fails: [{ ...restores, error: '-ENOMEM', source: `${file}:hv_list_enc_add (7.3)` }],
  source: `${file}:hv_mark_gpa_visibility (7.3)`,
};

const clearPresentFirst: TransitionStep = {
  ...clearPresent,
  fails: [splitFails],
  source: `${file}:hv_vtom_clear_present (6.12): set_memory_np()`,
};
const flushNotPresent: TransitionStep = {
  ...flushTlb,
  id: 'flush-not-present',
  source: 'arch/x86/mm/pat/set_memory.c:set_memory_np (6.12): cpa_flush()',
};

const asKernel = (
  direction: Direction,
  before: readonly TransitionStep[] = [],
): readonly TransitionStep[] => [
  unalias,
  clearPresentFirst,
  flushNotPresent,
  setAttribute,
  flushTlb,
  ...before,
  visibility(direction, 'walk-any', [restores, noMemory]),
  { ...setPresentAgain, fails: [{ ...splitFails, source: `${file}:hv_vtom_set_host_visibility (6.12)` }] },
];

/** arch/x86/hyperv/ivm.c:hv_vtom_cache_flush_required (6.12) says no. */
const coherent = { cacheFlush: false };

const mismatch =
  'Documentation/virt/hyperv/coco.rst (6.12) "with the #VC or #VE exception routed to the paravisor"';
const paravisorAccess: readonly AccessRow[] = [
  { attribute: 'S', views: ['PRIV', 'UNVAL', 'DESTROYED'], read: ['exception'], source: mismatch },
  { attribute: 'P', views: ['SHARED', 'UNVAL', 'DESTROYED'], read: ['exception'], source: mismatch },
];

export const snpVtom: Platform = {
  id: 'snp-vtom',
  title: 'SNP with vTOM',
  source: `${file}:hv_vtom_init (6.12)`,
  view: { is: 'host', source: `${file}:hv_mark_gpa_visibility (6.12)` },
  host: { is: true, source: `${file}:hv_mark_gpa_visibility (6.12): VMBUS_PAGE_VISIBLE_READ_WRITE` },
  flips: {
    is: 'given-and-direct',
    source: 'arch/x86/mm/pat/set_memory.c:__change_page_attr_set_clr (6.12): checks aliases',
  },
  exceptions: { is: 'paravisor', source: mismatch },
  sleeps: { is: true, source: `${file}:hv_vtom_set_host_visibility (6.12): kmalloc(GFP_KERNEL)` },
  vmalloc: { is: 'converted', source: `${file}:hv_vtom_set_host_visibility (6.12): slow_virt_to_phys()` },
  arithmetic,
  contents: {
    is: 'scrambled',
    source: 'drivers/hv/channel.c:__vmbus_establish_gpadl (6.12): callers clear what they share',
  },
  access: paravisorAccess,
  protocols: {
    address: {
      id: 'address',
      title: 'vTOM as part of the address',
      source: `${file}:hv_set_mem_host_visibility (6.1)`,
      ways: {
        share: [visibility('share', 'walk-present')],
        unshare: [visibility('unshare', 'walk-present')],
      },
    },
    old: {
      id: 'old',
      title: 'PRESENT kept',
      source: '003 "Update this code to run as a callback from __set_memory_enc_pgtable()"',
      ways: {
        share: presentWhile([], [visibility('share', 'walk-any')], coherent),
        unshare: presentWhile([], [visibility('unshare', 'walk-any')], coherent),
      },
    },
    new: {
      id: 'new',
      title: 'not present while it changes',
      source: newProtocolSource,
      ways: {
        share: notPresentWhile([visibility('share', 'walk-any')], coherent),
        unshare: notPresentWhile([visibility('unshare', 'walk-any')], coherent),
      },
    },
    '6.12': {
      id: '6.12',
      title: 'not present while it changes, as Linux 6.12 has it',
      source: `${file}:hv_vtom_set_host_visibility (6.12)`,
      ways: { share: asKernel('share'), unshare: asKernel('unshare') },
    },
    '7.3': {
      id: '7.3',
      title: 'not present while it changes, and listed for kexec',
      source: `${file}:hv_mark_gpa_visibility (7.3)`,
      ways: { share: asKernel('share', [track]), unshare: asKernel('unshare', [track]) },
    },
  },
  versions: { '6.1': 'address', '6.4': 'old', '6.9': '6.12', '6.12': '6.12', '7.3': '7.3' },
};

const { old, new: proposed, '6.12': kernel, '7.3': listing } = snpVtom.protocols;

export const tdxParavisor: Platform = {
  ...snpVtom,
  id: 'tdx-paravisor',
  title: 'TDX with a paravisor',
  protocols: { old: old!, new: proposed!, '6.12': kernel!, '7.3': listing! },
  versions: { '6.4': 'old', '6.9': '6.12', '6.12': '6.12', '7.3': '7.3' },
};
