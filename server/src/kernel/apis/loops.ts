import type { ApiRow } from '../types.ts';
import { loop } from './row.ts';

/** Loop macros. */
export const LOOPS: readonly ApiRow[] = [
  loop('for_each_online_cpu', 'include/linux/cpumask.h', [0], null, { range: 'cpus' }),
  loop('for_each_possible_cpu', 'include/linux/cpumask.h', [0], null, { range: 'cpus' }),
  loop('for_each_present_cpu', 'include/linux/cpumask.h', [0], null, { range: 'cpus' }),
  loop('for_each_sg', 'include/linux/scatterlist.h', [1, 3], 0),
  loop('hlist_for_each_entry', 'include/linux/list.h', [0], 1),
  loop('hlist_for_each_entry_safe', 'include/linux/list.h', [0, 1], 2),
  loop('list_for_each', 'include/linux/list.h', [0], 1),
  loop('list_for_each_entry', 'include/linux/list.h', [0], 1),
  loop('list_for_each_entry_rcu', 'include/linux/rculist.h', [0], 1),
  loop('list_for_each_entry_reverse', 'include/linux/list.h', [0], 1),
  loop('list_for_each_entry_safe', 'include/linux/list.h', [0, 1], 2),
  loop('list_for_each_safe', 'include/linux/list.h', [0, 1], 2),
];
