import type { ApiRow } from '../types.ts';

/** Stores and calls after which somebody else can see the memory. */
export const PUBLISHING: readonly ApiRow[] = [
  {
    k: 'publish-global',
    name: 'hyperv_pcpu_input_arg',
    source: 'include/asm-generic/mshyperv.h',
    to: 'hypervisor',
  },
  {
    k: 'publish-global',
    name: 'hyperv_pcpu_output_arg',
    source: 'include/asm-generic/mshyperv.h',
    to: 'hypervisor',
  },
  { k: 'publish', name: 'rcu_assign_pointer', source: 'include/linux/rcupdate.h', memory: 1, to: 'rcu' },
  { k: 'publish', name: 'smp_store_release', source: 'include/asm-generic/barrier.h', memory: 1, to: 'rcu' },
];
