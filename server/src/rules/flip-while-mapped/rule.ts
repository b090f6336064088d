import type { Finding } from '../../analysis/finding.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { clause, levelOf, transitionCall } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'thread',
    reference:
      '[v3,00/14] arm64: Support for running as a guest in Arm CCA, Catalin Marinas and Michael Kelley, 2024-06-07',
    says: 'Asked what becomes of user mappings, the answer was that "doing a flip while mapped into user space seems problematic".',
  },
  {
    kind: 'header',
    reference: 'arch/x86/mm/pat/set_memory.c:cpa_process_alias',
    says: 'Flips the linear map and the alias it was given; user page tables are not looked at.',
  },
];

/** Memory changes its state while user space has it mapped. */
export const flipWhileMapped: Rule = {
  id: 'flip-while-mapped',
  title: 'A transition of memory that user space has mapped',
  since: '0.1.0',
  violations: ['user-mapped-converted'],
  defaultLevel: 'warning',
  onByDefault: true,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

function judge(finding: Finding): Verdict {
  const name = transitionCall(finding) ?? 'a transition';
  const first = clause([finding.subject.text, name], (x, f) => `${f} on '${x}', which user space has mapped`);
  return {
    level: levelOf(finding, 'warning'),
    message: `${first}; that mapping keeps the old attribute. Convert first, then map with pgprot_decrypted().`,
  };
}
