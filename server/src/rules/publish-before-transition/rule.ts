import type { Finding } from '../../analysis/finding.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { clause, levelOf, plain, transitionCall } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'thread',
    reference:
      'Drivers: hv: vmbus: Support >64 VPs for a fully enlightened TDX/SNP VM (v3 05/10), 2023-08-24, merged for 6.6',
    says: 'The per-CPU page for hypercall input was stored where hypercalls find it before it was decrypted.',
  },
  {
    kind: 'thread',
    reference:
      '[PATCH v2 0/8] x86/coco: Mark CoCo VM pages not present when changing encrypted state, Michael Kelley, 2023-11-21',
    says: 'The code that starts a transition has to ensure that "the memory is not being accessed" during it.',
  },
];

/** Others can reach memory before it has the state that they expect. */
export const publishBeforeTransition: Rule = {
  id: 'publish-before-transition',
  title: 'Memory is published before its transition',
  since: '0.1.0',
  violations: ['published-before'],
  defaultLevel: 'warning',
  onByDefault: true,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

const audiences: ReadonlyMap<string, string> = new Map([
  ['rcu', 'RCU readers'],
  ['device', 'the device'],
  ['hypervisor', 'the hypervisor'],
  ['user', 'user space'],
  ['container', 'users of the container'],
  ['register', 'its callbacks'],
]);

function judge(finding: Finding): Verdict {
  const to = finding.details.to ?? '';
  const who = audiences.get(to) ?? (to === '' ? 'others' : plain(to));
  const name = transitionCall(finding) ?? 'a transition';
  const first = clause(
    [name, finding.subject.text, who],
    (f, x, w) => `${f} on '${x}' after ${w} can reach it`,
  );
  return {
    level: levelOf(finding, 'warning'),
    message: `${first}; it must not be touched meanwhile. Publish it when the transition has succeeded.`,
  };
}
