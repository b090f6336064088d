import type { Failure, Platform, TransitionStep, Translation } from '../platform.ts';
import { arithmetic, newProtocolSource, notPresentWhile, presentWhile } from './x86-steps.ts';

const file = 'arch/x86/coco/tdx/tdx.c';

/** The host may refuse any page of the range; those before it stay converted. */
const refused: Failure = {
  error: '-EIO',
  at: 'any-page',
  then: 'return',
  source: `${file}:tdx_map_gpa (6.12)`,
};

const mapGpa = (view: 'SHARED' | 'UNVAL', translation: Translation): TransitionStep => ({
  id: 'map-gpa',
  title: `tells the host with MapGPA: ${view === 'SHARED' ? 'shared' : 'private'}`,
  op:
    view === 'UNVAL' ? { k: 'host', view, from: ['SHARED'], translation } : { k: 'host', view, translation },
  fails: [refused],
  source: `${file}:tdx_map_gpa (6.12)`,
});

/** The module accepts no page twice, and Linux takes any refusal for a failure. */
const accept = (translation: Translation): TransitionStep => ({
  id: 'accept',
  title: 'accepts the page',
  op: { k: 'host', view: 'PRIV', from: ['UNVAL'], otherwise: 'fails', translation },
  fails: [{ ...refused, source: `${file}:tdx_enc_status_changed (6.12): tdx_accept_memory()` }],
  source: `${file}:tdx_enc_status_changed (6.12): tdx_accept_memory()`,
});

export const tdx: Platform = {
  id: 'tdx',
  title: 'TDX',
  source: `${file}:tdx_early_init (6.12)`,
  view: { is: 'host', source: `${file}:tdx_map_gpa (6.12)` },
  host: {
    is: true,
    source:
      'Documentation/arch/x86/tdx.rst (6.12) "Shared mapping content is entirely controlled by the hypervisor"',
  },
  flips: {
    is: 'given-and-direct',
    source: 'arch/x86/mm/pat/set_memory.c:__change_page_attr_set_clr (6.12): checks aliases',
  },
  exceptions: {
    is: 'emulating',
    source: `${file}:handle_mmio (6.12): a plain access goes to the host as one to a device; one that crosses a page is fixed up`,
  },
  sleeps: {
    is: true,
    source: 'arch/x86/mm/pat/set_memory.c:__set_memory_enc_pgtable (6.12): vm_unmap_aliases() takes a mutex',
  },
  vmalloc: { is: 'mistaken', source: `${file}:tdx_enc_status_changed (6.12): __pa(vaddr)` },
  arithmetic,
  contents: {
    is: 'zeroed',
    source: 'Intel TDX module base specification, TDG.MEM.PAGE.ACCEPT: zeroes the page',
  },
  access: [
    {
      attribute: 'S',
      views: ['PRIV', 'UNVAL', 'DESTROYED'],
      read: ['exception'],
      source: `${file}:tdx_early_init (6.12) "Shared mapping  => Private Page == Recoverable #VE"`,
    },
    {
      attribute: 'P',
      views: ['SHARED'],
      read: ['fatal'],
      source: `${file}:tdx_early_init (6.12) "Private mapping => Shared Page  == Guest shutdown"`,
    },
    {
      attribute: 'P',
      views: ['UNVAL', 'DESTROYED'],
      read: ['fatal'],
      source: `${file}:disable_sept_ve (6.12): #VE on memory that was not accepted is turned off`,
    },
  ],
  protocols: {
    old: {
      id: 'old',
      title: 'PRESENT kept',
      source: `${file}:tdx_early_init (6.12)`,
      ways: {
        share: presentWhile([], [mapGpa('SHARED', 'linear')]),
        // tdx_tlb_flush_required() leaves both flushes to the VMM on the way back.
        unshare: presentWhile([mapGpa('UNVAL', 'linear'), accept('linear')], [], { cacheFlush: false }),
      },
    },
    new: {
      id: 'new',
      title: 'not present while it changes',
      source: newProtocolSource,
      ways: {
        share: notPresentWhile([mapGpa('SHARED', 'walk-any')]),
        unshare: notPresentWhile([mapGpa('UNVAL', 'walk-any'), accept('walk-any')]),
      },
    },
  },
  versions: { '6.1': 'old', '6.12': 'old', '7.3': 'old' },
};
