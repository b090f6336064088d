import type { ApiRow, DeferRow } from '../types.ts';
import { moved } from './row.ts';

function defer(
  name: string,
  source: string,
  callback: number,
  data: number | null,
  context: DeferRow['context'],
  when: DeferRow['when'] = 'later',
): DeferRow {
  return { k: 'defer', name, source, callback, data, context, when };
}

/** Calls that arm a callback. */
export const DEFERRED: readonly ApiRow[] = [
  defer('INIT_DELAYED_WORK', 'include/linux/workqueue.h', 1, 0, 'process'),
  defer('INIT_RCU_WORK', 'include/linux/workqueue.h', 1, 0, 'process'),
  defer('INIT_WORK', 'include/linux/workqueue.h', 1, 0, 'process'),
  defer('call_rcu', 'include/linux/rcupdate.h', 1, 0, 'softirq'),
  defer('devm_add_action', 'drivers/base/devres.c', 1, 2, 'process', 'release'),
  ...moved(
    defer('devm_add_action_or_reset', 'include/linux/device.h', 1, 2, 'process', 'release'),
    [6, 15],
    'include/linux/device/devres.h',
  ),
  defer('on_each_cpu', 'include/linux/smp.h', 0, 1, 'atomic', 'now'),
  defer('smp_call_function_single', 'include/linux/smp.h', 1, 2, 'atomic', 'now'),
  defer('tasklet_init', 'include/linux/interrupt.h', 1, 2, 'softirq'),
  defer('timer_setup', 'include/linux/timer.h', 1, 0, 'softirq'),
];
