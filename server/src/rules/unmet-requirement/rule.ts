import type { Finding } from '../../analysis/finding.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { call, clause, levelOf } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'doc',
    reference: 'docs/annotations.md',
    says: "What 'requires' says is checked at every call, and reported in the caller; what 'takes' or 'leaks' speaks of is not the caller's any more.",
  },
];

/** Memory is handed to a function that wants it in another state, or used after one that has it for good. */
export const unmetRequirement: Rule = {
  id: 'unmet-requirement',
  title: 'A call does not keep to what an annotation asks of callers',
  since: '0.1.0',
  violations: ['requirement-unmet', 'given-away'],
  defaultLevel: 'error',
  onByDefault: true,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

function judge(finding: Finding): Verdict {
  return finding.violation === 'given-away' ? usedAfterwards(finding) : inOtherState(finding);
}

function usedAfterwards(finding: Finding): Verdict {
  const { owner, by = '', does = 'uses' } = finding.details;
  const what = owner === 'taken' ? 'took' : 'leaked';
  const first = clause([finding.subject.text, call(by)], (x, f) => `${does} '${x}', which ${f} ${what}`);
  const whose = owner === 'taken' ? "it is that function's now" : "it is nobody's now";
  return {
    level: levelOf(finding, 'error'),
    message: `${first}; by its annotation ${whose}. Take this out, or change what is annotated.`,
  };
}

function inOtherState(finding: Finding): Verdict {
  const { wanted = 'otherwise', is = 'unknown', by } = finding.details;
  const name = call(finding.callee ?? 'function');
  const first = clause([name, finding.subject.text], (f, x) => `calls ${f} with '${x}' ${is}`);
  const level = levelOf(finding, 'error');
  const whose = by === undefined ? 'its annotation' : `it hands that to ${call(by)}, whose annotation`;
  return {
    level,
    message: `${first}; ${whose} requires ${wanted}. Convert it first, or change what is required.`,
  };
}
