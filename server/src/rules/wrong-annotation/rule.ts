import type { Finding } from '../../analysis/finding.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { clauseWidth, levelOf, plain, shorten } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'doc',
    reference: 'Documentation/process/coding-style.rst, "Commenting"',
    says: 'Comments tell what the code does; one that says something else is worse than none, and this one is believed.',
  },
];

/** A comment for Membrane that is not understood, names what is not there, or says what the code does not do. */
export const wrongAnnotation: Rule = {
  id: 'wrong-annotation',
  title: 'An annotation that is not understood, or does not hold',
  since: '0.1.0',
  violations: ['wrong-annotation'],
  defaultLevel: 'warning',
  onByDefault: true,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

function judge(finding: Finding): Verdict {
  const message = plain(finding.details.message ?? 'this annotation is not understood.');
  const end = message.search(/[.;] |$/);
  const first = message.slice(0, end);
  return { level: levelOf(finding, 'warning'), message: shorten(first, clauseWidth) + message.slice(end) };
}
