import type { Finding } from '../../analysis/finding.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { clause, exposureOf, freesHarmlessly, isHostless, levelOf, transitionCall } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'cve',
    reference:
      'CVE-2024-36909, commit 30d18df6567b ("Drivers: hv: vmbus: Don\'t free ring buffers that couldn\'t be re-encrypted")',
    says: 'Pages of a ring went back to the allocator while the host still had them.',
  },
  {
    kind: 'commit',
    reference: '211f514ebf1e ("Drivers: hv: vmbus: Track decrypted status in vmbus_gpadl")',
    says: 'Keeps a flag beside the buffer, so that whoever frees it can know; CVE-2024-36912.',
  },
  {
    kind: 'thread',
    reference:
      'Re: [PATCHv6 10/16] x86/tdx: Convert shared memory back to private on kexec, Ashish Kalra quoting Kirill A. Shutemov, 2024-01-29',
    says: '"Accessing shared memory via private mapping is fatal": a page that is shared without its user knowing is not only a leak of data.',
  },
];

/** Memory goes back to the allocator while the host can read and write it. */
export const freeWhileShared: Rule = {
  id: 'free-while-shared',
  title: 'Memory is freed while it is shared with the host',
  since: '0.1.0',
  violations: ['freed-shared'],
  defaultLevel: 'error',
  onByDefault: true,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

function judge(finding: Finding): Verdict | null {
  if (freesHarmlessly(finding)) return null;
  const subject = finding.subject.text;
  const hostless = isHostless(finding);
  const untested = finding.details.untested ?? finding.details.flag;
  if (untested !== undefined) {
    const first = clause([subject, untested], (x, f) => `frees '${x}' without testing '${f}'`);
    return {
      level: levelOf(finding, 'error'),
      message: `${first}; it is true when the pages may still be ${hostless ? 'mapped unencrypted' : 'shared'}. Free only where it is not.`,
    };
  }
  const part = finding.trace.at(-1)?.before?.includes('mixed') ?? false;
  const name = transitionCall(finding);
  const first = clause([subject, name ?? ''], (x, t) => {
    const state = hostless ? 'mapped unencrypted' : 'shared with the host';
    if (part) return `frees '${x}' while part of it is ${state}`;
    if (t === '') return `frees '${x}' while it is ${state}`;
    return hostless ? `frees '${x}', which ${t} mapped unencrypted` : `frees '${x}', which ${t} made shared`;
  });
  const then = exposureOf(finding, {
    host: 'the host can read what its next owner writes',
    clear: 'what its next owner writes lies in DRAM in the clear',
    fault: 'its next owner faults on it',
  });
  return {
    level: levelOf(finding, 'error'),
    message: `${first}; ${then}. Call set_memory_encrypted() first and free only on 0.`,
  };
}
