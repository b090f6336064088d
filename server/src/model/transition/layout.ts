import { type Condition, is, not, type Variable, variable } from '../core/program.ts';
import { type Mapping, mappings } from '../step.ts';
import {
  type Attribute,
  type Direction,
  type HostView,
  hostViews,
  type Platform,
  type TransitionStep,
  type Translation,
} from './platform.ts';
import type { TransitionScenario } from './scenario.ts';

/** Page table entries: PRESENT and the attribute apart, for the attribute survives NOT PRESENT. */
const entries = ['absent', 'NP_P', 'NP_S', 'PR_P', 'PR_S'] as const;
export type Entry = (typeof entries)[number];
const cached = ['none', 'P', 'S'] as const;
/** `exposed`: the next owner has written where the host, or the memory in the clear, shows it. */
const owners = ['caller', 'allocator', 'next', 'exposed', 'leaked'] as const;
const beliefs = ['unknown', 'private', 'shared'] as const;

/** The entry with PRESENT or the attribute changed; an absent one stays absent. */
export function changedEntry(
  entry: string,
  to: { readonly present?: boolean | undefined; readonly attribute?: Attribute | undefined },
): Entry {
  if (entry === 'absent') return 'absent';
  const present = to.present ?? entry.startsWith('PR');
  const attribute = to.attribute ?? (entry.endsWith('S') ? 'S' : 'P');
  return `${present ? 'PR' : 'NP'}_${attribute}`;
}

/** One page of the scenario. The last one may be `foreign`: what a wrong translation hits. */
export interface PageLayout {
  readonly index: number;
  readonly pte: ReadonlyMap<Mapping, Variable>;
  readonly tlb: ReadonlyMap<Mapping, Variable>;
  readonly host: Variable;
  readonly own: Variable;
  /** What the kernel takes the page for; unknown while a transition runs, and after one failed. */
  readonly belief: Variable;
  /** The data cache: a line that is dirty keeps the attribute that it was written with. */
  readonly line: Variable | null;
  /** What is in memory. */
  readonly data: Variable | null;
}

/** The variables of a scenario, by page. */
export interface Layout {
  readonly pages: readonly PageLayout[];
  /** Somebody else's page behind a wrong address, in use all the time. */
  readonly foreign: PageLayout | null;
  /** 1: the guest was terminated. */
  readonly dead: Variable;
  readonly variables: readonly Variable[];
}

/** The variables of a scenario; what it does not need is not in the state. */
export function layOut(
  scenario: TransitionScenario,
  platform: Platform,
  ways: Readonly<Record<Direction, readonly TransitionStep[]>>,
): Layout {
  const steps = [...ways.share, ...ways.unshare];
  const temporary = steps.some((step) => step.op.k === 'map-tmp' || step.op.k === 'unmap-tmp');
  const foreign = steps.some(
    (step) => step.op.k === 'host' && missedFrame(scenario, platform, step.op.translation) === 'other-memory',
  );
  const variables: Variable[] = [];
  const make = (name: string, values: readonly string[], initial: string): Variable => {
    const made = variable(name, values, initial);
    variables.push(made);
    return made;
  };
  // Only what sharing writes into a page table can be there when a page is shared from the start.
  const { share } = platform.protocols[scenario.protocol]!.ways;
  const inEntries = share.some(({ op }) => op.k === 'page-table' && op.attribute === 'target');
  const tlb = cachedMappings(scenario, temporary);
  const page = (index: number, name: string, own: (typeof owners)[number]): PageLayout => {
    const stranger = own !== 'caller';
    const initial = stranger ? 'private' : scenario.initially;
    const attribute: Attribute = initial === 'shared' && inEntries ? 'S' : 'P';
    const live = stranger
      ? new Map([['direct', 'live']])
      : new Map(scenario.mappings.map((m) => [m.mapping, m.is]));
    if (temporary && !stranger) live.set('tmp', 'later');
    const used = mappings.filter((m) => live.has(m));
    const entry = (m: Mapping): Entry => (live.get(m) === 'later' ? 'absent' : `PR_${attribute}`);
    return {
      index,
      pte: new Map(used.map((m) => [m, make(`pte_${name}_${m}`, entries, entry(m))])),
      tlb: new Map(used.filter((m) => tlb.has(m)).map((m) => [m, make(`tlb_${name}_${m}`, cached, 'none')])),
      host: make(`host_${name}`, hostViews, viewOf(initial)),
      own: make(`own_${name}`, owners, own),
      belief: make(`belief_${name}`, beliefs, initial === 'unaccepted' ? 'private' : initial),
      line: scenario.incoherentCache
        ? make(`line_${name}`, ['clean', 'dirty_P', 'dirty_S'], `dirty_${attribute}`)
        : null,
      data: scenario.incoherentCache ? make(`data_${name}`, ['old', 'new', 'scrambled'], 'old') : null,
    };
  };
  const pages = Array.from({ length: scenario.pages }, (_, i) => page(i, `${i}`, 'caller'));
  const other = foreign ? page(scenario.pages, 'other', 'next') : null;
  const dead = make('dead', ['no', 'yes'], 'no');
  return { pages, foreign: other, dead, variables };
}

function viewOf(initial: TransitionScenario['initially']): HostView {
  return initial === 'shared' ? 'SHARED' : initial === 'private' ? 'PRIV' : 'UNVAL';
}

/** Mappings whose translations are worth caching: somebody reads through them, or the property speaks of the TLB. */
function cachedMappings(scenario: TransitionScenario, temporary: boolean): ReadonlySet<Mapping> {
  const all: Mapping[] = scenario.mappings.map((m) => m.mapping);
  if (temporary) all.push('tmp');
  if (['P-agree', 'P-bbm', 'P-alloc'].includes(scenario.property)) return new Set(all);
  const read = new Set(scenario.stray?.map((s) => s.through));
  if (scenario.user) read.add('user');
  return read;
}

/** What a translation leads to where it does not lead to the frames of the range; null: it does. */
export function missedFrame(
  scenario: TransitionScenario,
  platform: Platform,
  translation: Translation,
): 'other-memory' | 'no-memory' | null {
  const throughAlias = scenario.caller.some(
    (step) => step.do === 'convert' && step.through !== undefined && step.through !== 'direct',
  );
  if (translation === 'linear') return throughAlias ? platform.arithmetic.is : null;
  return translation === 'contiguous' && scenario.scattered ? 'other-memory' : null;
}

export const present = (pte: Variable): Condition => is(pte, 'PR_P', 'PR_S');
export const notPresent = (pte: Variable): Condition => not(present(pte));

/** The CPU translates through the mapping and finds this attribute: in the TLB, else in the page table. */
export function translates(page: PageLayout, mapping: Mapping, attribute: Attribute): Condition {
  const pte = pteOf(page, mapping);
  const tlb = page.tlb.get(mapping);
  if (tlb === undefined) return is(pte, `PR_${attribute}`);
  return {
    k: 'any',
    of: [is(tlb, attribute), { k: 'all', of: [is(tlb, 'none'), is(pte, `PR_${attribute}`)] }],
  };
}

/** Neither TLB nor page table has a translation. */
export function untranslated(page: PageLayout, mapping: Mapping): Condition {
  const pte = pteOf(page, mapping);
  const tlb = page.tlb.get(mapping);
  return tlb === undefined ? notPresent(pte) : { k: 'all', of: [is(tlb, 'none'), notPresent(pte)] };
}

/** @throws RangeError on a mapping that the scenario does not have. */
export function pteOf(page: PageLayout, mapping: Mapping): Variable {
  const pte = page.pte.get(mapping);
  if (pte === undefined) throw new RangeError(`the scenario has no mapping '${mapping}'`);
  return pte;
}

/** The mappings that a transition through `through` changes. */
export function flippedMappings(platform: Platform, through: Mapping): readonly Mapping[] {
  if (platform.flips.is === 'none') return [];
  if (platform.flips.is === 'given' || through === 'direct') return [through];
  return [through, 'direct'];
}
