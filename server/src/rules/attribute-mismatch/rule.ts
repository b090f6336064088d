import type { Finding } from '../../analysis/finding.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { call, clause, exposureOf, isHarmless, levelOf } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'thread',
    reference:
      '[v3,00/14] arm64: Support for running as a guest in Arm CCA, reply by Catalin Marinas, 2024-06-10',
    says: 'Memory that is decrypted needs its vmalloc mapping made with pgprot_decrypted().',
  },
  {
    kind: 'thread',
    reference:
      'Re: [Patch v3 07/14] x86/hyperv: Change vTOM handling to use standard coco mechanisms, Tianyu Lan, 2022-11-16',
    says: 'Two mappings of one page with different attributes were how vTOM began; now the one mapping changes its attribute.',
  },
  {
    kind: 'thread',
    reference:
      'Re: [PATCHv6 10/16] x86/tdx: Convert shared memory back to private on kexec, Ashish Kalra quoting Kirill A. Shutemov, 2024-01-29',
    says: 'Shared memory that is accessed through a private mapping ends a TDX guest.',
  },
  {
    kind: 'header',
    reference: 'drivers/hv/ring_buffer.c:hv_ringbuffer_init',
    says: 'Maps its shared pages once more, with pgprot_decrypted().',
  },
];

/** A second mapping with an attribute that the memory does not have. */
export const attributeMismatch: Rule = {
  id: 'attribute-mismatch',
  title: 'A mapping with an attribute that the memory does not have',
  since: '0.1.0',
  violations: ['attribute-mismatch'],
  defaultLevel: 'warning',
  onByDefault: true,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

function judge(finding: Finding): Verdict | null {
  if (isHarmless(finding)) return null;
  const { mappedAs, memoryIs } = finding.details;
  const mapped = mappedAs === 'shared' ? 'shared' : 'private';
  const is = memoryIs ?? (mapped === 'private' ? 'shared' : 'private');
  const name = call(finding.callee ?? 'the mapping');
  const first = clause(
    [name, finding.subject.text, is],
    (f, x, s) => `${f} maps '${x}' as ${mapped}, but it is ${s}`,
  );
  const cure =
    is === 'shared'
      ? 'Map it with pgprot_decrypted().'
      : 'Convert the pages first, or map them with their own attribute.';
  return {
    level: levelOf(finding, 'warning'),
    message: `${first}; ${exposed(finding)}. ${cure}`,
  };
}

function exposed(finding: Finding): string {
  return exposureOf(finding, {
    host: 'others may read what is kept there, or it is noise',
    clear: 'what is kept there may be noise, or lie in the clear',
    fault: 'whoever uses it may fault',
  });
}
