import type { Finding } from '../../analysis/finding.ts';
import type { PlatformId } from '../../kernel/types.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { call, clause, levelOf, platformNames } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'commit',
    reference: 'c7b5254bd802 x86/mm: Handle decryption/re-encryption of bss_decrypted consistently',
    says: 'The way back asked cc_platform_has(), the way there sme_me_mask: in some guests one is set and the other not.',
  },
  {
    kind: 'header',
    reference: 'arch/x86/kernel/head64.c:sme_postprocess_startup',
    says: 'The section is shared under sme_get_me_mask() alone.',
  },
];

/** Memory that is shared on some platforms only is made private on others. */
export const mismatchedCondition: Rule = {
  id: 'mismatched-condition',
  title: 'The way back asks another condition than the way there',
  since: '0.1.0',
  violations: ['shared-elsewhere'],
  defaultLevel: 'warning',
  onByDefault: true,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

function judge(finding: Finding): Verdict {
  const name = call(finding.callee ?? finding.transition?.callee ?? 'transition');
  const here = platformNames(finding.platforms);
  const first = clause([name, finding.subject.text], (f, x) => `${f} on '${x}', which ${here} never shared`);
  const { sharedOn } = finding.details;
  const where = sharedOn ? `on ${platformNames(sharedOn.split(',') as PlatformId[])}` : 'on some platforms';
  return {
    level: levelOf(finding, 'warning'),
    message: `${first}; early code shares it ${where}, elsewhere the call fails. Ask for the same condition.`,
  };
}
