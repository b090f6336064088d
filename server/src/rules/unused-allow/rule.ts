import type { Finding } from '../../analysis/finding.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { clause, levelOf } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'doc',
    reference: 'Documentation/process/coding-style.rst, "Commenting"',
    says: 'What a comment says has to be true of the code below it; an exception that is no longer needed hides the next mistake.',
  },
];

/** An `allow` where its rule has nothing to say. */
export const unusedAllow: Rule = {
  id: 'unused-allow',
  title: 'An allow that keeps nothing silent',
  since: '0.1.0',
  violations: ['unused-allow'],
  defaultLevel: 'warning',
  onByDefault: true,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

/** What is told at an entry of `allow` in a `.membrane.json`, which stands far from what it speaks of. */
export const unusedEntry = 'this entry keeps nothing silent; it would hide the next mistake. Remove it.';

function judge(finding: Finding): Verdict {
  const first = clause([finding.details.rule ?? ''], (id) => `'allow ${id}' keeps nothing silent here`);
  return {
    level: levelOf(finding, 'warning'),
    message: `${first}; it would hide the next mistake. Remove it.`,
  };
}
