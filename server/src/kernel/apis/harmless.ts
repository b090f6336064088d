import type { ApiRow } from '../types.ts';
import { pure, tells } from './row.ts';

/** Printers, and pure helpers that nobody need look into. */
export const HARMLESS: readonly ApiRow[] = [
  tells('dev_dbg', 'include/linux/dev_printk.h'),
  tells('dev_err', 'include/linux/dev_printk.h'),
  tells('dev_info', 'include/linux/dev_printk.h'),
  tells('dev_warn', 'include/linux/dev_printk.h'),
  tells('dump_stack', 'include/linux/printk.h'),
  tells('netdev_err', 'include/net/net_debug.h'),
  tells('netdev_warn', 'include/net/net_debug.h'),
  tells('pr_crit', 'include/linux/printk.h'),
  tells('pr_debug', 'include/linux/printk.h'),
  tells('pr_err', 'include/linux/printk.h'),
  tells('pr_err_once', 'include/linux/printk.h'),
  tells('pr_err_ratelimited', 'include/linux/printk.h'),
  tells('pr_info', 'include/linux/printk.h'),
  tells('pr_warn', 'include/linux/printk.h'),
  tells('pr_warn_once', 'include/linux/printk.h'),
  tells('pr_warn_ratelimited', 'include/linux/printk.h'),
  tells('printk', 'include/linux/printk.h'),
  pure('smp_processor_id', 'include/linux/smp.h'),
];
