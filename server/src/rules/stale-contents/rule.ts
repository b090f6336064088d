import type { Finding } from '../../analysis/finding.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { clause, levelOf, transitionCall } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'thread',
    reference:
      '[v3,00/14] arm64: Support for running as a guest in Arm CCA, reply by Michael Kelley, 2024-06-07',
    says: 'On x86 a flip between decrypted and encrypted "may effectively change the contents of the memory".',
  },
  {
    kind: 'header',
    reference: 'arch/x86/coco/tdx/tdx.c:tdx_enc_status_change_prepare',
    says: 'On TDX a page that becomes private is accepted anew, which fills it with zeroes.',
  },
  {
    kind: 'header',
    reference: 'drivers/hv/hv.c, drivers/hv/ring_buffer.c',
    says: 'The Hyper-V drivers fill every page after it was decrypted.',
  },
];

/** What memory held before a transition is read after it. */
export const staleContents: Rule = {
  id: 'stale-contents',
  title: 'Contents from before a transition are used after it',
  since: '0.1.0',
  violations: ['stale-contents-read'],
  defaultLevel: 'warning',
  onByDefault: true,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

function judge(finding: Finding): Verdict {
  const name = transitionCall(finding) ?? 'a transition';
  const first = clause([finding.subject.text, name], (x, f) => `reads '${x}' as it was before ${f}`);
  const to = finding.transition?.to;
  const cure =
    to === 'private'
      ? 'Copy what is needed before it becomes private.'
      : 'Fill the memory after it is shared.';
  return {
    level: levelOf(finding, 'warning'),
    message: `${first}; contents do not survive a transition. ${cure}`,
  };
}
