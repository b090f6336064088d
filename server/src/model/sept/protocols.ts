import type { SeptProtocols, SeptStep } from './build.ts';

const tdp = 'arch/x86/kvm/mmu/tdp_mmu.c';
const tdx = 'arch/x86/kvm/vmx/tdx.c';

const freeze: SeptStep = {
  id: 'freeze',
  title: 'freezes the entry',
  op: { k: 'freeze' },
  source: `${tdp}:tdp_mmu_set_spte_atomic (7.3): FROZEN_SPTE`,
};
const setFinal: SeptStep = {
  id: 'set-final',
  title: 'sets the final value',
  op: { k: 'set', value: 'final' },
  source: '001 "set the entry to the final value"',
};
const restore: SeptStep = {
  id: 'restore',
  title: 'writes the old value back',
  op: { k: 'set', value: 'old' },
  source: `${tdp}:tdp_mmu_set_spte_atomic (7.3) "restore the old value so that the mirror SPTE isn't frozen in"`,
};

/** mmu_lock held for reading: whoever holds it for writing is alone. */
export const readLock: SeptStep = {
  id: 'read-lock',
  title: 'takes mmu_lock for reading',
  op: { k: 'lock', mode: 'read' },
  source: `${tdp}:tdp_mmu_set_spte_atomic (7.3): lockdep_assert_held_read()`,
};
/** mmu_lock held for writing, as 7.3 does when it removes a page. */
const writeLock: SeptStep = {
  id: 'write-lock',
  title: 'takes mmu_lock for writing',
  op: { k: 'lock', mode: 'write' },
  source: `${tdx}:tdx_sept_remove_leaf_spte (7.3): lockdep_assert_held_write()`,
};
/** The end of either. */
export const unlock: SeptStep = {
  id: 'unlock',
  title: 'gives mmu_lock back',
  op: { k: 'unlock' },
  source: `${tdp}:kvm_tdp_mmu_zap_invalidated_roots (7.3): write_unlock()`,
};
/** What the thread asks for. */
export const countLeak: SeptStep = {
  id: 'count-leak',
  title: 'counts the leak',
  op: { k: 'count' },
  source: '001 "Do you think is it better to add some statistics for the intentinal leakage?"',
};

/** arch/x86/kvm/vmx/tdx.c:tdx_sept_remove_leaf_spte (7.3): TDX_BUG_ON_2(), TDX_BUG_ON(), and -EIO. */
const refusedRemoval = {
  error: '-EIO',
  then: 'return',
  source: `${tdx}:tdx_sept_remove_leaf_spte (7.3): TDX_BUG_ON_2()`,
} as const;
const block: SeptStep = {
  id: 'block',
  title: 'blocks new translations',
  op: { k: 'hook', call: 'block' },
  fails: refusedRemoval,
  source: `${tdx}:tdx_sept_remove_leaf_spte (7.3): tdh_mem_range_block`,
};
const track: SeptStep = {
  id: 'track',
  title: 'shoots translations down',
  op: { k: 'hook', call: 'track' },
  source: `${tdx}:tdx_track (7.3): tdh_mem_track, KVM_REQ_OUTSIDE_GUEST_MODE`,
};
const remove: SeptStep = {
  id: 'remove',
  title: 'removes the page from the Secure EPT',
  op: { k: 'hook', call: 'remove' },
  fails: refusedRemoval,
  source: `${tdx}:tdx_sept_remove_leaf_spte (7.3): tdh_mem_page_remove`,
};
const wbinvd: SeptStep = {
  id: 'wbinvd',
  title: 'writes back what the caches hold with the key of the guest',
  op: { k: 'hook', call: 'wbinvd' },
  fails: { ...refusedRemoval, source: `${tdx}:tdx_sept_remove_leaf_spte (7.3): TDX_BUG_ON()` },
  source: `${tdx}:tdx_sept_remove_leaf_spte (7.3): tdh_phymem_page_wbinvd_hkid()`,
};
/**
 * arch/x86/kvm/vmx/tdx.c:tdx_handle_ept_violation (7.3): a fault that is under way is sent back by its sequence number, and
 * gives up before it tries again. Not modelled is one that takes the number only when the removal is over, after an exit
 * from before: the TDX module refuses it.
 */
const bug: SeptStep = {
  id: 'bug',
  title: 'declares the VM dead',
  op: { k: 'bug' },
  source: `${tdp}:handle_changed_spte (7.3): KVM_BUG_ON()`,
};
/** Nobody holds a reference besides guest_memfd, which is not told that the removal failed. */
const giveBack: SeptStep = {
  id: 'give-back',
  title: 'gives the page back to the allocator',
  op: { k: 'free' },
  source: 'virt/kvm/guest_memfd.c:kvm_gmem_punch_hole (7.3): truncate_inode_pages_range()',
};

const busy = { error: '-EBUSY', then: 'return' } as const;

/** How KVM changes a Secure EPT together with the table that mirrors it. */
export const septProtocols: SeptProtocols = {
  link: {
    id: 'link',
    title: 'links a page table',
    source: `${tdp}:tdp_mmu_link_sp (7.3)`,
    actor: 'vCPU',
    entry: { level: '2M', from: 'none', to: 'present' },
    ways: {
      done: [
        freeze,
        {
          id: 'add',
          title: 'adds the table to the Secure EPT',
          op: { k: 'hook', call: 'add' },
          fails: { ...busy, source: `${tdx}:tdx_sept_map_nonleaf_spte (7.3): tdx_operand_busy()` },
          source: `${tdx}:tdx_sept_map_nonleaf_spte (7.3): TDH.MEM.SEPT.ADD`,
        },
        setFinal,
      ],
      failed: [restore],
    },
  },
  populate: {
    id: 'populate',
    title: 'maps a page',
    source: `${tdp}:tdp_mmu_map_handle_target_level (7.3)`,
    actor: 'vCPU',
    entry: { level: '4K', from: 'none', to: 'present' },
    ways: {
      done: [
        freeze,
        {
          id: 'aug',
          title: 'maps the page in the Secure EPT',
          op: { k: 'hook', call: 'aug' },
          fails: { ...busy, source: `${tdx}:tdx_mem_page_aug (7.3): tdx_operand_busy()` },
          source: `${tdx}:tdx_mem_page_aug (7.3): TDH.MEM.PAGE.AUG`,
        },
        setFinal,
      ],
      failed: [restore],
    },
  },
  zap: {
    id: 'zap',
    title: 'removes a page',
    source:
      '001 "For the zapping case, it works to freeze the SPTE. It can call hooks in addition to TLB shootdown."',
    actor: 'zapper',
    entry: { level: '4K', from: 'present', to: 'none' },
    ways: {
      done: [
        {
          ...freeze,
          source: '001 "the entry is frozen with the special SPTE value that clears the present bit"',
        },
        block,
        track,
        remove,
        {
          ...setFinal,
          source: '001 "After the TLB shootdown, the entry is set to the eventual value (unfreeze)."',
        },
      ],
      failed: [],
    },
  },
  'zap-7.3': {
    id: 'zap-7.3',
    title: 'removes a page, as Linux 7.3 has it',
    source: `${tdx}:tdx_sept_remove_leaf_spte (7.3)`,
    actor: 'zapper',
    entry: { level: '4K', from: 'present', to: 'none' },
    ways: {
      // Nothing is frozen: whoever holds mmu_lock for writing is alone.
      done: [
        writeLock,
        { ...setFinal, source: `${tdp}:tdp_mmu_set_spte (7.3): kvm_tdp_mmu_write_spte()` },
        block,
        track,
        remove,
        wbinvd,
        unlock,
        giveBack,
      ],
      // The final value stays, and so does what the TDX module has not let go of.
      failed: [bug, unlock, giveBack],
    },
  },
  'unlink-table': {
    id: 'unlink-table',
    title: 'unlinks a page table',
    source: '001 "WARN_ON(static_call(kvm_x86_free_private_spt)(kvm, sp->gfn, sp->role.level,"',
    actor: 'tear-down thread',
    entry: null,
    ways: {
      done: [
        {
          id: 'reclaim',
          title: 'reclaims the page from the TDX module',
          op: { k: 'hook', call: 'reclaim' },
          fails: {
            error: '-EIO',
            then: 'continue',
            source: `${tdx}:tdx_sept_free_private_spt (7.3): tdx_reclaim_page()`,
          },
          source: `${tdx}:tdx_sept_free_private_spt (7.3): tdx_reclaim_page()`,
        },
        {
          id: 'free',
          title: 'frees the page',
          op: { k: 'free' },
          source: `${tdx}:tdx_sept_free_private_spt (7.3) "Immediately free the S-EPT page"`,
        },
      ],
      failed: [
        {
          id: 'leak',
          title: 'forgets the page on purpose',
          op: { k: 'forget' },
          source: '001 "kvm_mmu_init_private_spt(sp, NULL);"',
        },
      ],
    },
  },
};
