import type { Direction, Failure, Platform, TransitionStep } from '../platform.ts';

const svm = 'arch/powerpc/platforms/pseries/svm.c';
const ultravisor = 'Documentation/arch/powerpc/ultravisor.rst (6.12)';

const call = (direction: Direction, source: string, failure: Failure): readonly TransitionStep[] => [
  {
    id: 'ultracall',
    title: `asks the ultravisor to ${direction} the page`,
    op: { k: 'host', view: direction === 'share' ? 'SHARED' : 'PRIV', translation: 'linear' },
    fails: [failure],
    source,
  },
];
const bothWays = (source: string, failure: Failure) => ({
  share: call('share', source, failure),
  unshare: call('unshare', source, failure),
});

export const powerpcSvm: Platform = {
  id: 'powerpc-svm',
  title: 'powerpc SVM',
  source: `${svm}:set_memory_decrypted (6.12)`,
  view: { is: 'host', source: `${ultravisor} UV_SHARE_PAGE` },
  host: { is: true, source: `${ultravisor} UV_SHARE_PAGE` },
  flips: { is: 'none', source: `${svm}:set_memory_decrypted (6.12): one ultracall` },
  exceptions: { is: 'guest', source: `${ultravisor} UV_SHARE_PAGE` },
  sleeps: { is: false, source: `${svm}:set_memory_decrypted (6.12): one ultracall` },
  vmalloc: { is: 'mistaken', source: `${svm}:set_memory_decrypted (6.12): __pa()` },
  arithmetic: {
    is: 'no-memory',
    source: 'arch/powerpc/include/asm/page.h:__pa (6.12): clears the top four bits',
  },
  contents: { is: 'zeroed', source: `${ultravisor} UV_SHARE_PAGE "Zero the pages before returning"` },
  access: [],
  protocols: {
    new: {
      id: 'new',
      title: 'one ultracall',
      source: `${svm}:set_memory_decrypted (6.12)`,
      ways: bothWays(`${svm}:set_memory_decrypted (6.12)`, {
        error: 'U_PARAMETER',
        at: 'any-page',
        then: 'ignore',
        source: `${svm}:set_memory_decrypted (6.12): the result of uv_share_page() is dropped, 0 is returned; whether it may stop midway is not said`,
      }),
    },
  },
  versions: { '6.1': 'new', '6.12': 'new', '7.3': 'new' },
};

const pv = 'arch/s390/mm/init.c:set_memory_decrypted (6.12)';
const share = 'arch/s390/include/asm/uv.h:share (6.12)';

export const s390Pv: Platform = {
  id: 's390-pv',
  title: 's390 PV',
  source: pv,
  view: { is: 'host', source: `${share}: UVC_CMD_SET_SHARED_ACCESS` },
  host: { is: true, source: `${share} "make a page shared with the hypervisor for IO"` },
  flips: { is: 'none', source: `${pv}: ultravisor calls only` },
  exceptions: { is: 'guest', source: pv },
  sleeps: { is: false, source: `${pv}: ultravisor calls only` },
  vmalloc: { is: 'mistaken', source: `${pv}: virt_to_phys()` },
  arithmetic: {
    is: 'no-memory',
    source: 'arch/s390/include/asm/page.h:__pa (6.12): the vmalloc area lies above the identity mapping',
  },
  contents: { is: 'unsure', source: `${share}: says nothing of it` },
  access: [],
  protocols: {
    new: {
      id: 'new',
      title: 'one ultravisor call a page',
      source: pv,
      ways: bothWays(share, {
        error: 'UVC',
        at: 'any-page',
        then: 'terminate',
        source: `${share}: panic("System security cannot be guaranteed ...")`,
      }),
    },
  },
  versions: { '6.1': 'new', '6.12': 'new', '7.3': 'new' },
};
