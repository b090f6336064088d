import type { ApiRow } from '../types.ts';
import { noreturn } from './row.ts';

/** Calls that do not come back. */
export const NO_RETURN: readonly ApiRow[] = [
  noreturn('BUG', 'include/asm-generic/bug.h'),
  noreturn('BUG_ON', 'include/asm-generic/bug.h', 0),
  noreturn('do_exit', 'include/linux/kernel.h'),
  noreturn('nmi_panic_self_stop', 'include/linux/smp.h'),
  noreturn('panic', 'include/linux/panic.h'),
  noreturn('sev_es_terminate', 'arch/x86/kernel/sev-shared.c', null, { until: [6, 7] }),
  noreturn('sev_es_terminate', 'arch/x86/coco/sev/shared.c', null, { since: [6, 8], until: [6, 12] }),
  noreturn('sev_es_terminate', 'arch/x86/include/asm/sev.h', null, { since: [6, 13] }),
  noreturn('snp_abort', 'arch/x86/include/asm/sev.h', null, { until: [6, 16] }),
  noreturn('unreachable', 'include/linux/compiler.h'),
];
