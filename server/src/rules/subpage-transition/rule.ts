import type { Finding } from '../../analysis/finding.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { call, clause, levelOf, transitionCall } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'thread',
    reference:
      '[v3,00/14] arm64: Support for running as a guest in Arm CCA, replies by Michael Kelley and Catalin Marinas, 2024-06-10',
    says: 'Small shared objects need caches or a pool of their own, so that nothing private lies beside them in a page.',
  },
  {
    kind: 'header',
    reference: 'arch/x86/mm/pat/set_memory.c:__set_memory_enc_pgtable',
    says: 'An address inside of a page is rounded down, with a warning; the number of pages is not adjusted.',
  },
];

/** Memory that does not fill its pages is converted together with whatever else lives there. */
export const subpageTransition: Rule = {
  id: 'subpage-transition',
  title: 'A transition of memory that shares its page',
  since: '0.1.0',
  violations: ['subpage-converted'],
  defaultLevel: 'warning',
  onByDefault: true,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

function judge(finding: Finding): Verdict {
  const name = transitionCall(finding) ?? 'a transition';
  const from = call(finding.details.allocatedBy || 'the slab allocator');
  const cure = 'Allocate whole pages for what is shared.';
  const nowhere =
    finding.platforms.length === 0 ? '; no platform that is known gets here with such pages' : '';
  const first = (words: (x: string, f: string) => string) => clause([finding.subject.text, name], words);
  switch (finding.details.pages) {
    case '4k':
      return {
        level: levelOf(finding, 'info'),
        message: `${clause([finding.subject.text], (x) => `'${x}' shares its page where PAGE_SIZE is over 4 KiB`)}; ${from} gave it pages of 4 KiB, and ${name} takes whole ones${nowhere}. ${cure}`,
      };
    case 'unknown':
      return {
        level: levelOf(finding, 'info'),
        message: `${first((x, f) => `'${x}' may share its page, and ${f} takes the whole page`)}; nothing says how much ${from} was asked for. ${cure}`,
      };
    default:
      return {
        level: levelOf(finding, 'warning'),
        message: `${first((x, f) => `'${x}' shares its page, and ${f} takes the whole page`)}; what lies beside it changes state with it. ${cure}`,
      };
  }
}
