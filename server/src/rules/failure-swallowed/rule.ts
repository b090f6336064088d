import type { Finding } from '../../analysis/finding.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { call, clause, lastTransition, levelOf, plain, transitionCall } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'cve',
    reference:
      'CVE-2024-36912, commit 211f514ebf1e ("Drivers: hv: vmbus: Track decrypted status in vmbus_gpadl")',
    says: 'Nothing recorded that a GPADL buffer was in unknown state, so its owners could not leak it; a flag tells them since.',
  },
  {
    kind: 'header',
    reference: 'drivers/hv/hv.c:hv_synic_alloc, before 6.19',
    says: 'An allocation that fails after the transition for the CPU before has worked leaves 0 in the result.',
  },
];

/** A failed transition, or a failure after one, that callers cannot tell from success. */
export const failureSwallowed: Rule = {
  id: 'failure-swallowed',
  title: 'A failure that no caller can see',
  since: '0.1.0',
  violations: ['hidden-outcome', 'stale-success'],
  defaultLevel: 'warning',
  onByDefault: true,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

function judge(finding: Finding): Verdict {
  return {
    level: levelOf(finding, 'warning'),
    message: finding.violation === 'stale-success' ? stale(finding) : hidden(finding),
  };
}

function stale(finding: Finding): string {
  const label = finding.details.label || undefined;
  const step = stepThatWorked(finding) ?? 'a step that worked';
  const first = clause([label ?? '', step], (l, f) =>
    l === ''
      ? `returns 0 on an error path: the result is left from ${f}`
      : `returns 0 from '${l}': the result is left from ${f}`,
  );
  return `${first}; the caller goes on as if all were well. Set the error before the jump.`;
}

/** The call whose 0 is left. Behind a loop the finding may know no more of it than the variable that holds the result. */
function stepThatWorked(finding: Finding): string | null {
  const event = lastTransition(finding)?.event;
  if (event?.k === 'transition') return call(event.callee);
  const name = finding.transition?.callee;
  const isVariable = finding.trace.some(
    ({ event }) => (event.k === 'return' || event.k === 'branch') && event.text === name,
  );
  return name === undefined || isVariable ? null : call(name);
}

function hidden(finding: Finding): string {
  const object = finding.details.object || finding.subject.text;
  const result = plain(finding.details.result ?? '');
  const name = transitionCall(finding) ?? 'a transition';
  const how = result === '' || result === 'nothing' ? 'looks the same' : `returns ${result}`;
  const first = clause([object, name], (x, f) => `${how} whether or not ${f} left '${x}' private`);
  const fits =
    first.length <= 76 ? first : clause([object], (x) => `no caller can tell what state '${x}' is in`);
  return `${fits}; who frees it cannot know. Return the error, or keep a flag that says so.`;
}
