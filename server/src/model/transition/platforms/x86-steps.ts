import type { Failure, Platform, TransitionStep } from '../platform.ts';

/** Steps that the x86 protocols have in common: arch/x86/mm/pat/set_memory.c:__set_memory_enc_pgtable (6.12). */

const core = 'arch/x86/mm/pat/set_memory.c:__set_memory_enc_pgtable (6.12)';
const outline = '000 "3. Remove the PRESENT bit from the PTEs of all transitioning pages"';

export const unalias: TransitionStep = {
  id: 'unalias',
  title: 'removes aliasing mappings',
  op: { k: 'unalias' },
  source: `${core}: vm_unmap_aliases()`,
};

/** The TLB flush that goes with it is left out: while PRESENT is set, entries come back at once. */
export const flushCache: TransitionStep = {
  id: 'flush-cache',
  title: 'flushes the data cache',
  op: { k: 'flush-cache' },
  source: `${core}: cpa_flush() where enc_cache_flush_required()`,
};

export const flushTlb: TransitionStep = {
  id: 'flush-tlb',
  title: 'flushes the TLB',
  op: { k: 'flush-tlb', scope: 'range' },
  source: `${core}: cpa_flush() after the change`,
};

/** A large page must be split for the range, and there is no memory for it: what came before stays changed. */
export const splitFails: Failure = {
  error: '-ENOMEM',
  at: 'any-page',
  then: 'return',
  cleanup: [{ ...flushTlb, source: `${core}: cpa_flush() comes before it looks at the error` }],
  source: 'arch/x86/mm/pat/set_memory.c:__change_page_attr_set_clr (6.12)',
};

export const clearPresent: TransitionStep = {
  id: 'clear-present',
  title: 'clears PRESENT',
  op: { k: 'page-table', present: false },
  fails: [splitFails],
  source: outline,
};

export const setAttribute: TransitionStep = {
  id: 'set-attribute',
  title: 'changes the attribute',
  op: { k: 'page-table', attribute: 'target' },
  fails: [splitFails],
  source: `${core}: __change_page_attr_set_clr()`,
};

/** Without a TLB flush: an entry that was not present is cached nowhere. */
export const setPresent: TransitionStep = {
  id: 'set-present',
  title: 'sets PRESENT again',
  op: { k: 'page-table', present: true },
  source: '000 "7. Add back the PRESENT bit, making the changed attribute visible"',
};

/** Whether a platform must flush the data cache before the attribute changes. */
export interface Needs {
  readonly cacheFlush: boolean;
}

const before = ({ cacheFlush }: Needs): readonly TransitionStep[] =>
  cacheFlush ? [unalias, flushCache] : [unalias];

/** The protocol that the thread proposes, around what the hypervisor is told. */
export const notPresentWhile = (
  notify: readonly TransitionStep[],
  needs: Needs = { cacheFlush: true },
): readonly TransitionStep[] => [
  ...before(needs),
  clearPresent,
  setAttribute,
  flushTlb,
  ...notify,
  setPresent,
];

/** The protocol before: PRESENT is kept, and the hypervisor is told before or after the change. */
export const presentWhile = (
  prepare: readonly TransitionStep[],
  finish: readonly TransitionStep[],
  needs: Needs = { cacheFlush: true },
): readonly TransitionStep[] => [...before(needs), ...prepare, setAttribute, flushTlb, ...finish];

export const newProtocolSource = '000 "Mark CoCo VM pages not present when changing encrypted state"';

/** What __pa() makes of an address of the vmalloc area. */
export const arithmetic: Platform['arithmetic'] = {
  is: 'no-memory',
  source: 'Documentation/arch/x86/x86_64/mm.rst (6.12): the vmalloc area lies above the whole direct map',
};
