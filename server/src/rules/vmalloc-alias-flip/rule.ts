import type { Finding } from '../../analysis/finding.ts';
import type { MemoryKind } from '../../kernel/types.ts';
import { platforms } from '../../model/transition/platforms/index.ts';
import { withRationale } from '../page.ts';
import type { Rationale, Rule, Verdict } from '../types.ts';
import { call, clause, isHarmless, levelOf, outlookOf, plain, platformNames, verb } from '../words.ts';
import page from './rule.md';

const rationale: readonly Rationale[] = [
  {
    kind: 'thread',
    reference:
      '[v3,00/14] arm64: Support for running as a guest in Arm CCA, Steven Price, 2024-06-05, with replies by Michael Kelley and Catalin Marinas until 2024-06-17',
    says: 'Only the address given is flipped there, so "if e.g. a vmalloc() address is passed the linear map will still point to the (now invalid) previous IPA"; the final patches refuse such addresses.',
  },
  {
    kind: 'thread',
    reference:
      '[PATCH v2 0/8] x86/coco: Mark CoCo VM pages not present when changing encrypted state, Michael Kelley, 2023-11-21',
    says: 'Patch 1 makes the Hyper-V callback translate page by page, since vmalloc memory is not contiguous.',
  },
  {
    kind: 'header',
    reference: 'arch/x86/coco/tdx/tdx.c:tdx_enc_status_changed',
    says: 'Takes __pa() of the address: for one of the vmalloc area that is some other memory.',
  },
];

/** An address outside of the linear map is handed to a transition. */
export const vmallocAliasFlip: Rule = {
  id: 'vmalloc-alias-flip',
  title: 'A transition gets an address outside of the linear map',
  since: '0.1.0',
  violations: ['vmalloc-converted', 'alias-converted'],
  defaultLevel: 'warning',
  onByDefault: true,
  judge,
  rationale,
  page: withRationale(page, rationale),
};

const kinds: Partial<Record<MemoryKind, string>> = {
  vmalloc: 'is vmalloc memory',
  kvmalloc: 'may be vmalloc memory',
  vmap: 'is a vmap() alias',
  percpu: 'is per-CPU memory',
};

function judge(finding: Finding): Verdict | null {
  if (isHarmless(finding)) return null;
  const alias = finding.violation === 'alias-converted';
  const is = alias ? 'is an alias' : (kinds[finding.subject.kind ?? 'vmalloc'] ?? 'is not in the linear map');
  const name = call(finding.callee ?? finding.transition?.callee ?? 'transition');
  const does = verb(finding.transition?.to ?? 'shared');
  const first = clause([finding.subject.text, name], (x, f) => `'${x}' ${is}, and ${f} ${does} it`);
  const cure = alias
    ? 'Convert the pages by their linear address, then map them with the attribute they have.'
    : 'Use pages of the linear map, or convert page by page.';
  return { level: levelOf(finding, 'warning'), message: `${first}; ${consequences(finding)} ${cure}` };
}

/** What becomes of it, as the model says. */
function consequences(finding: Finding): string {
  const outlook = outlookOf(finding);
  if (outlook === null) return 'not every platform handles that.';
  const refused = new Set([...outlook.refused.values()].flat());
  const mistaken = finding.platforms.filter(
    (id) => platforms[id].vmalloc.is === 'mistaken' && !refused.has(id),
  );
  const parts: string[] = [];
  if (mistaken.length > 0) {
    const takes = mistaken.length === 1 ? 'takes' : 'take';
    parts.push(
      `${platformNames(mistaken)} ${takes} it for a linear-map address and ${mistaken.length === 1 ? 'misses' : 'miss'} the pages`,
    );
  }
  for (const [error, ids] of outlook.refused)
    parts.push(`${platformNames(ids)} ${ids.length === 1 ? 'returns' : 'return'} ${error}`);
  return parts.length === 0 ? 'not every platform handles that.' : `${plain(parts.join('; '))}.`;
}
