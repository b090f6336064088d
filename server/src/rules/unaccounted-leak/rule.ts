import type { Finding } from '../../analysis/finding.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { clause, levelOf, transitionCall } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'thread',
    reference:
      'Re: [PATCH v10 049/108] KVM: x86/tdp_mmu: Support TDX private mapping for TDP MMU, Binbin Wu, 2022-11-08',
    says: 'Asks whether it were "better to add some statistics" for the intentional leak.',
  },
];

/** Memory is leaked, rightly, but neither a message nor a counter nor a comment says so. */
export const unaccountedLeak: Rule = {
  id: 'unaccounted-leak',
  title: 'A leak that nobody can find out about',
  since: '0.1.0',
  violations: ['leaked'],
  defaultLevel: 'hint',
  onByDefault: false,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

function judge(finding: Finding): Verdict {
  const name = transitionCall(finding);
  const first = clause([finding.subject.text, name ?? ''], (x, f) =>
    f === ''
      ? `'${x}' is leaked here without a word`
      : `'${x}' is leaked here without a word, as ${f} failed`,
  );
  return {
    level: levelOf(finding, 'hint'),
    message: `${first}; right, but nobody will find it. Say so in a comment, print it once, or count it.`,
  };
}
