import { all, always, any, type Condition, implies, is, not, type Variable } from '../core/program.ts';
import type { Mapping, Property } from '../step.ts';
import { notPresent, type PageLayout, present, pteOf } from './layout.ts';
import type { Platform } from './platform.ts';

/** What must hold in every state for a property; `always` for those that are judged on steps. */
export function invariantOf(property: Property, pages: readonly PageLayout[], platform: Platform): Condition {
  switch (property) {
    case 'P-agree':
      return platform.flips.is === 'none' ? always : all(...pages.map((page) => agrees(page, platform)));
    case 'P-alloc':
      return all(...pages.map((page) => givenBackClean(page, platform)));
    case 'P-bbm':
      return all(...pages.flatMap((page) => [...page.tlb].map(([m, tlb]) => notStale(page, m, tlb))));
    default:
      return always;
  }
}

/** Unless it is in transition, every entry that is present, in page table or TLB, has the attribute of the page. */
function agrees(page: PageLayout, platform: Platform): Condition {
  const sides = (['P', 'S'] as const).map((attribute) => {
    const entries = [...page.pte.values()].map((pte) => any(notPresent(pte), is(pte, `PR_${attribute}`)));
    const cached = [...page.tlb.values()].map((tlb) => is(tlb, 'none', attribute));
    const view =
      platform.view.is === 'host'
        ? is(page.host, attribute === 'S' ? 'SHARED' : 'PRIV')
        : is(page.belief, attribute === 'S' ? 'shared' : 'private');
    return all(view, ...entries, ...cached);
  });
  return any(is(page.belief, 'unknown'), ...sides);
}

/** With the allocator, or with who comes next: private for everybody, mapped in the linear map alone. */
function givenBackClean(page: PageLayout, platform: Platform): Condition {
  const others = [...page.pte].filter(([m]) => m !== 'direct').map(([, pte]) => notPresent(pte));
  const cached = [...page.tlb].map(([m, tlb]) => (m === 'direct' ? is(tlb, 'none', 'P') : is(tlb, 'none')));
  const view = platform.view.is === 'host' ? [is(page.host, 'PRIV')] : [];
  return implies(
    is(page.own, 'allocator', 'next', 'exposed'),
    all(...view, is(pteOf(page, 'direct'), 'PR_P'), ...others, ...cached),
  );
}

/** No TLB entry that differs from an entry that is present. */
function notStale(page: PageLayout, mapping: Mapping, tlb: Variable): Condition {
  const pte = pteOf(page, mapping);
  const same = (['P', 'S'] as const).map((a) => all(is(tlb, a), is(pte, `PR_${a}`)));
  return any(is(tlb, 'none'), not(present(pte)), ...same);
}

/** What a transition that says it worked must have done. */
export function doneAs(
  page: PageLayout,
  target: 'private' | 'shared',
  flipped: readonly Mapping[],
  platform: Platform,
): Condition {
  const attribute = target === 'shared' ? 'S' : 'P';
  const view = platform.view.is === 'host' ? [is(page.host, target === 'shared' ? 'SHARED' : 'PRIV')] : [];
  return all(...flipped.map((m) => is(pteOf(page, m), `PR_${attribute}`)), ...view);
}

/** What the kernel takes the page for is what the host's side says, where it says anything. */
export function believesRight(page: PageLayout, platform: Platform): Condition {
  if (platform.view.is !== 'host') return always;
  return any(
    all(is(page.belief, 'shared'), is(page.host, 'SHARED')),
    all(is(page.belief, 'private'), is(page.host, 'PRIV')),
  );
}
