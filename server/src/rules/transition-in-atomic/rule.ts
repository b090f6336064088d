import type { Finding } from '../../analysis/finding.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { call, clause, levelOf, plain, shorten } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'header',
    reference: 'arch/x86/mm/pat/set_memory.c:__set_memory_enc_pgtable',
    says: 'There vm_unmap_aliases() takes a mutex, a large page is split with GFP_KERNEL, and cpa_flush() has a BUG_ON() for interrupts that are off.',
  },
  {
    kind: 'thread',
    reference: '[PATCH v7 20/22] dma: swiotlb: free dynamic pools from process context, merged for 7.3',
    says: 'swiotlb freed its dynamic pools, and made them private, in an RCU callback.',
  },
  {
    kind: 'thread',
    reference: 'KSPP issue "set_memory_*() needs __must_check and atomicity", since 2019-09',
    says: 'Names both halves of the problem: results that are dropped, and callers that are not in process context.',
  },
];

/** A transition, which sleeps, where nothing may sleep. */
export const transitionInAtomic: Rule = {
  id: 'transition-in-atomic',
  title: 'A transition in atomic context',
  since: '0.1.0',
  violations: ['sleeps-in-atomic'],
  defaultLevel: 'error',
  onByDefault: true,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

function judge(finding: Finding): Verdict {
  const { lock, context, callback, armedBy, flag } = finding.details;
  const name = call(finding.callee ?? finding.transition?.callee ?? 'transition');
  const sleeps = call(shorten(finding.details.sleeps ?? finding.transition?.callee ?? name, 40));
  const why = sleeps === name ? 'it sleeps' : `${sleeps} in it sleeps`;
  if (flag !== undefined) {
    const first = clause([name, flag], (f, x) => `calls ${f} after an allocation with ${x}`);
    return {
      level: levelOf(finding, 'info'),
      message: `${first}; ${why}. If callers may not sleep, leave it to a work item; if they may, allocate with GFP_KERNEL.`,
    };
  }
  const where =
    lock !== undefined
      ? clause([name, lock], (f, l) => `calls ${f} ${under(l)}`)
      : clause([name, context ?? 'atomic context'], (f, c) => `calls ${f} in ${withContext(c)}`);
  const armed = callback === undefined || armedBy === undefined ? '' : arming(callback, armedBy);
  const cure =
    lock !== undefined
      ? 'Drop the lock for the transition, or convert before it is taken.'
      : 'Do it from process context: a work item, or queue_rcu_work() after a grace period.';
  return { level: levelOf(finding, 'error'), message: `${where}; ${why}.${armed} ${cure}` };
}

/** A lock that is known by what took it (`spin_lock_irqsave`), or by its own name. */
function under(lock: string): string {
  return /^\w*(lock|irq|bh|preempt|rcu|guard|disable|kmap)\w*(\(\w*\))?$/.test(lock)
    ? `under ${call(lock)}`
    : `with '${lock}' held`;
}

function arming(callback: string, armedBy: string): string {
  return ` ${call(shorten(callback, 40))} is run by ${call(shorten(armedBy, 40))}.`;
}

function withContext(context: string): string {
  const text = plain(context);
  return /context|section|callback|handler|disabled|off/.test(text) ? text : `${text} context`;
}
