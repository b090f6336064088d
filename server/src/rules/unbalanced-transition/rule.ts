import type { Finding } from '../../analysis/finding.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { call, clause, levelOf } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'header',
    reference: 'arch/x86/coco/sev/core.c:pvalidate_pages',
    says: 'On SEV-SNP a page that is validated a second time can end the guest.',
  },
  {
    kind: 'header',
    reference: 'arch/x86/coco/tdx/tdx.c:nr_shared',
    says: 'Shared pages are counted, and kexec compares the count with what it finds in the page tables.',
  },
  {
    kind: 'thread',
    reference:
      'Re: [PATCHv6 10/16] x86/tdx: Convert shared memory back to private on kexec, Ashish Kalra quoting Kirill A. Shutemov, 2024-01-29',
    says: 'The walk over the page tables at kexec compares what it finds with a count, and complains where they differ.',
  },
];

/** A transition of memory that is in that state already. */
export const unbalancedTransition: Rule = {
  id: 'unbalanced-transition',
  title: 'A transition into the state that memory is in',
  since: '0.1.0',
  violations: ['converted-twice', 'never-converted'],
  defaultLevel: 'warning',
  onByDefault: false,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

function judge(finding: Finding): Verdict {
  const name = call(finding.callee ?? finding.transition?.callee ?? 'transition');
  const subject = finding.subject.text;
  if (finding.violation === 'never-converted') {
    const first = clause([name, subject], (f, x) => `${f} on '${x}', which was never shared on this path`);
    return {
      level: levelOf(finding, 'warning'),
      message: `${first}; SEV-SNP and TDX refuse or miscount. Jump past it where nothing was converted.`,
    };
  }
  const first = clause([name, subject], (f, x) => `${f} on '${x}' for the second time`);
  return {
    level: levelOf(finding, 'warning'),
    message: `${first}; it is in that state already, and counts of shared pages go wrong. Convert once.`,
  };
}
