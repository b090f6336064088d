import type { Finding } from '../../analysis/finding.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { call, clause, levelOf } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'doc',
    reference: 'docs/annotations.md',
    says: "What 'requires' says is checked at every call, and reported in the caller.",
  },
];

/** Memory is handed to a function that wants it in another state. */
export const unmetRequirement: Rule = {
  id: 'unmet-requirement',
  title: 'Memory is not in the state that an annotation requires',
  since: '0.1.0',
  violations: ['requirement-unmet'],
  defaultLevel: 'error',
  onByDefault: true,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

function judge(finding: Finding): Verdict {
  const { wanted = 'otherwise', is = 'unknown' } = finding.details;
  const name = call(finding.callee ?? 'function');
  const first = clause([name, finding.subject.text], (f, x) => `calls ${f} with '${x}' ${is}`);
  const level = levelOf(finding, 'error');
  return {
    level,
    message: `${first}; its annotation requires ${wanted}. Convert it first, or change what is required.`,
  };
}
