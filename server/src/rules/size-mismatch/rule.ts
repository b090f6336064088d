import type { Finding } from '../../analysis/finding.ts';
import { inUnit } from '../../kernel/repairs.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { call, clause, levelOf, shorten, verb } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'commit',
    reference: '3be4562584bb',
    says: 'The direct DMA allocator passed 1 << page_order to a wrapper that takes bytes: all but the first page stayed shared.',
  },
  {
    kind: 'commit',
    reference: 'ac3f9c9f1b37',
    says: 'The size was rounded to pages twice on SEV, so that neighbours were marked as shared.',
  },
  {
    kind: 'header',
    reference: 'include/linux/set_memory.h, arch/x86/include/asm/mem_encrypt.h',
    says: 'set_memory_decrypted() takes a number of pages, early_set_memory_decrypted() a number of bytes.',
  },
];

/** More or less memory is converted than was meant: wrong unit, another size on the way back, a tail cut off. */
export const sizeMismatch: Rule = {
  id: 'size-mismatch',
  title: 'A transition covers the wrong amount of memory',
  since: '0.1.0',
  violations: ['unit-mismatch', 'extent-mismatch', 'rounded-down'],
  defaultLevel: 'error',
  onByDefault: true,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

const units: ReadonlyMap<string, string> = new Map([
  ['bytes', 'bytes'],
  ['pages', 'pages'],
  ['hvpages', 'Hyper-V pages'],
  ['order', 'an order'],
  ['none', 'a number'],
]);

function unitWords(unit: string): string {
  return units.get(unit) ?? shorten(unit, 12);
}

function judge(finding: Finding): Verdict {
  switch (finding.violation) {
    case 'extent-mismatch':
      return { level: levelOf(finding, 'error'), message: extents(finding) };
    case 'rounded-down':
      return { level: levelOf(finding, 'warning'), message: roundedDown(finding) };
    default:
      return { level: levelOf(finding, 'error'), message: unit(finding) };
  }
}

function unit(finding: Finding): string {
  const { given = finding.subject.text, givenUnit = 'bytes', wantedUnit = 'pages' } = finding.details;
  const callee = call(finding.details.callee ?? finding.callee ?? finding.transition?.callee ?? 'the callee');
  const is = givenUnit === 'order' ? unitWords(givenUnit) : `in ${unitWords(givenUnit)}`;
  const wanted = unitWords(wantedUnit);
  const first = clause([given, callee], (x, f) => `'${x}' is ${is}, but ${f} takes ${wanted}`);
  const cure = conversion(shorten(given, 40), givenUnit, wantedUnit);
  return `${first}; the wrong amount of memory changes state. ${cure}`;
}

/** How to say the same amount in the unit that is wanted. */
function conversion(given: string, from: string, to: string): string {
  const amount = inUnit(given, from, to);
  if (amount !== null) return `Pass ${amount}.`;
  return to === 'order' ? 'Pass get_order() of the number of bytes.' : `Pass it in ${unitWords(to)}.`;
}

function extents(finding: Finding): string {
  const { freed } = finding.details;
  const decrypted = amount(finding, 'decrypted', 'pagesDecrypted');
  const encrypted = amount(finding, 'encrypted', 'pagesEncrypted');
  const subject = finding.subject.text;
  if (decrypted !== null && encrypted !== null) {
    const first = clause(
      [subject, decrypted, encrypted],
      (x, d, e) => `decrypts ${d} of '${x}', but encrypts ${e}`,
    );
    return `${first}; the rest stays as it was. Pass the same size both times.`;
  }
  if (freed !== undefined) {
    const does = verb(encrypted !== null ? 'private' : 'shared');
    const all = amount(finding, 'freed', 'pagesFreed') ?? 'all';
    const first = clause(
      [subject, encrypted ?? decrypted ?? 'part', all],
      (x, d, f) => `${does} ${d} of '${x}', but frees ${f}`,
    );
    return `${first}; part of what is freed may still be shared. Convert all of it before.`;
  }
  const first = clause([subject], (x) => `converts '${x}' in two different sizes`);
  return `${first}; part of it stays as it was. Pass the same size both times.`;
}

/** How much: in pages where that is known, else as the source says it. */
function amount(finding: Finding, text: string, pages: string): string | null {
  const count = finding.details[pages];
  if (count !== undefined) return count === '1' ? '1 page' : `${count} pages`;
  const written = finding.details[text];
  return written === undefined ? null : `'${written}'`;
}

function roundedDown(finding: Finding): string {
  const { given = finding.subject.text, opposite } = finding.details;
  const first = clause([given], (x) => `'${x}' rounds down: the last, partial page is left out`);
  const other =
    opposite === undefined ? 'the way back rounds up' : `the way back rounds up ('${shorten(opposite, 40)}')`;
  return `${first}; ${other}, so the two disagree. Use PFN_UP().`;
}
