import type { Finding } from '../../analysis/finding.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { call, clause, exposureOf, isHarmless, isHostless, levelOf, transitionCall } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'commit',
    reference: '82ace185017f ("x86/mm/cpa: Warn for set_memory_XXcrypted() VMM fails")',
    says: 'Nothing is rolled back when the hypervisor refuses: the kernel warns, and what becomes of the memory is left to the caller.',
  },
  {
    kind: 'thread',
    reference:
      '[PATCH v2 0/8] x86/coco: Mark CoCo VM pages not present when changing encrypted state, Michael Kelley, 2023-11-21',
    says: 'The attribute in the page tables and the state that the hypervisor knows change in separate steps, and patch 8 describes what an error in between implies.',
  },
  {
    kind: 'thread',
    reference: 'KSPP issue "set_memory_*() needs __must_check and atomicity", since 2019-09',
    says: 'Asks for the compiler to insist on the check; until then nothing does.',
  },
];

/** The result of a transition decides nothing, and its failure leaves memory in a state that nobody can know. */
export const uncheckedTransition: Rule = {
  id: 'unchecked-transition',
  title: 'Result of a transition is ignored',
  since: '0.1.0',
  violations: ['result-dropped'],
  defaultLevel: 'warning',
  onByDefault: true,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

function judge(finding: Finding): Verdict | null {
  if (isHarmless(finding)) return null;
  const name = transitionCall(finding) ?? call(finding.callee ?? 'transition');
  const shared = finding.transition?.to !== 'private';
  const first = clause([name, finding.subject.text], (f, x) => `ignores the result of ${f} on '${x}'`);
  const then = shared ? misused(finding) : exposed(finding);
  const cure = shared ? cureOfSharing(finding) : cureOfHiding(finding);
  return { level: levelOf(finding, 'warning'), message: `${first}; if it failed, ${then}. ${cure}` };
}

function misused(finding: Finding): string {
  return isHostless(finding)
    ? 'the memory is used as unencrypted but may be encrypted'
    : 'the memory is used as shared but may be private';
}

function exposed(finding: Finding): string {
  return exposureOf(finding, {
    host: 'the host may still have the memory',
    clear: 'the pages may still be mapped unencrypted',
    fault: 'whoever gets the memory next may fault on it',
  });
}

/** Memory that the path allocated is its own to leak; of other memory only the owner can say what becomes of it. */
function cureOfSharing({ subject, details }: Finding): string {
  const own = subject.allocatedBy !== null;
  if (details.returns === 'void') {
    return own
      ? 'Check it, and leak the memory if it failed.'
      : 'Check it, and do not use the memory if it failed.';
  }
  if (own) return 'Return the error and leak the memory.';
  return details.returns === undefined
    ? 'Check it, and do not use the memory if it failed.'
    : 'Return the error.';
}

function cureOfHiding({ details }: Finding): string {
  if (details.returns === 'void') return 'Let the caller know, so that it can leak the memory.';
  return details.returns === undefined
    ? 'Check it, and free only on 0.'
    : 'Return the error, so that the caller can leak the memory.';
}
