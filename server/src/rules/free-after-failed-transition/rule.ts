import type { Finding } from '../../analysis/finding.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import {
  clause,
  exposureOf,
  freesHarmlessly,
  lastTransition,
  levelOf,
  shorten,
  transitionCall,
} from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'cve',
    reference:
      'CVE-2024-36913, commit 03f5a999adba ("Drivers: hv: vmbus: Leak pages if set_memory_encrypted() fails")',
    says: 'VMBus freed its monitor pages when a transition had failed. The host can make it fail "such that an error is returned and the resulting memory is shared".',
  },
  {
    kind: 'cve',
    reference:
      'CVE-2024-35939, commit b9fa16949d18 ("dma-direct: Leak pages on dma_set_decrypted() failure")',
    says: 'The direct DMA allocator freed pages after a wrapper of the transition had failed.',
  },
  {
    kind: 'cve',
    reference:
      'CVE-2024-36909, CVE-2024-36910, CVE-2024-36911, commits 30d18df6567b, 3d788b2fbe6a, bbf9ac34677b',
    says: 'VMBus rings, uio_hv_generic and netvsc freed buffers that could not be made private again; since then they test a flag that remembers it.',
  },
  {
    kind: 'thread',
    reference:
      '[PATCH v2 0/8] x86/coco: Mark CoCo VM pages not present when changing encrypted state, Michael Kelley, 2023-11-21',
    says: 'A transition has several steps that can fail apart from each other; patch 8 writes down what an error means for callers.',
  },
  {
    kind: 'thread',
    reference:
      'Re: [PATCH v10 049/108] KVM: x86/tdp_mmu: Support TDX private mapping for TDP MMU, Binbin Wu, 2022-11-08',
    says: 'The same law on the side of the host: a page table page whose unlinking failed is leaked on purpose.',
  },
];

/** Memory whose transition failed goes back to the allocator. */
export const freeAfterFailedTransition: Rule = {
  id: 'free-after-failed-transition',
  title: 'Memory is freed after a transition of it failed',
  since: '0.1.0',
  violations: ['freed-unknown'],
  defaultLevel: 'error',
  onByDefault: true,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

function judge(finding: Finding): Verdict | null {
  return freesHarmlessly(finding) ? null : { level: levelOf(finding, 'error'), message: message(finding) };
}

function message(finding: Finding): string {
  const subject = shorten(finding.subject.text, 40);
  const exposed = exposureOf(finding, {
    host: 'the host may still have it',
    clear: 'the pages may still be mapped unencrypted',
    fault: 'its next owner may fault on it',
  });
  const { flag, untested } = finding.details;
  const name = transitionCall(finding) ?? 'a transition';
  if (finding.callee === null && flag !== undefined) {
    const first = clause([flag, name], (f, t) => `sets '${f}' as if ${t} had worked`);
    return `${first}; '${subject}' is freed by it although ${exposed}. Keep what it says until a transition succeeds.`;
  }
  const test = untested ?? flag;
  if (test !== undefined) {
    const first = clause([subject, test], (x, f) => `frees '${x}' without testing '${f}'`);
    return `${first}; after ${name} failed ${exposed}. Free only where the flag says that it is private.`;
  }
  const event = lastTransition(finding)?.event;
  const known = event?.k !== 'transition' || event.outcome !== 'either';
  const first = clause([subject, name], (x, t) =>
    known ? `frees '${x}' after ${t} failed` : `frees '${x}' whether or not ${t} worked`,
  );
  return `${first}; ${exposed}. ${cure(finding)}`;
}

function cure(finding: Finding): string {
  const to = finding.transition?.to;
  if (to === 'private') return 'Free only if it returned 0, and leak it otherwise.';
  return 'Leak it, or set_memory_encrypted() and free only on 0.';
}
