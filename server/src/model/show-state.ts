import type { Machine } from './core/machine.ts';
import type { Possible } from './show-reach.ts';
import { type Mapping, mappings, type StepLabel } from './step.ts';
import type { Attribute, HostView, Platform } from './transition/platform.ts';

/** What a TLB can hold of a page; `stale`: something that the page table does not say. */
export interface CachedEntry {
  readonly can: readonly Attribute[];
  readonly stale: boolean;
}

/** `intact`, what the platform leaves of it, or `next`: the next owner's data. */
export type Contents = 'intact' | Platform['contents']['is'] | 'next';

/** One page as it is after a row. */
export interface PageState {
  /** From 0. */
  readonly page: number;
  /** Somebody else's page that a wrong address hits. */
  readonly foreign: boolean;
  /** The page table entry of each mapping: `absent`, or NP (not present) or PR (present) with the attribute. */
  readonly entries: Readonly<Partial<Record<Mapping, string>>>;
  /** All that the TLB can hold, over every order of speculation. */
  readonly cached: Readonly<Partial<Record<Mapping, CachedEntry>>>;
  readonly host: HostView;
  readonly owner: string;
  /** What the kernel takes the page for. */
  readonly belief: string;
  readonly contents: Contents;
  /** What the kernel takes it for is what the host's side says, or it takes it for nothing. */
  readonly agrees: boolean;
}

/** What a row takes over from a label of the program. */
export interface Rowed {
  readonly actor: string;
  readonly title: string;
  readonly step?: string;
  readonly error?: string;
}

/** What is needed to read a state. */
export interface Shown {
  readonly machine: Machine<StepLabel>;
  readonly platform: Platform;
  /** Names of the variables of hosts that have changed since the beginning. */
  readonly touched: ReadonlySet<string>;
}

/** The pages of some states that differ in their TLBs only. */
export function pageStates(states: Possible, shown: Shown): readonly PageState[] {
  const values = states.map((state) => shown.machine.values(state));
  const first = values[0]!;
  const names = Object.keys(first)
    .filter((name) => name.startsWith('host_'))
    .map((name) => name.slice('host_'.length));
  return names.map((name, index) => onePage(name, index, values, shown));
}

function onePage(
  name: string,
  index: number,
  values: readonly Readonly<Record<string, string>>[],
  { platform, touched }: Shown,
): PageState {
  const first = values[0]!;
  const entries: Partial<Record<Mapping, string>> = {};
  const cached: Partial<Record<Mapping, CachedEntry>> = {};
  for (const m of mappings) {
    const entry = first[`pte_${name}_${m}`];
    if (entry !== undefined) entries[m] = entry;
    const tlb = `tlb_${name}_${m}`;
    if (first[tlb] === undefined) continue;
    const can = (['P', 'S'] as const).filter((a) => values.some((v) => v[tlb] === a));
    cached[m] = { can, stale: can.some((a) => entry !== `PR_${a}`) };
  }
  const host = first[`host_${name}`] as HostView;
  const owner = first[`own_${name}`]!;
  const belief = first[`belief_${name}`]!;
  const keyed = platform.view.is === 'last-write';
  const scrambled = keyed
    ? entries.direct?.endsWith('S') !== (host === 'SHARED')
    : touched.has(`host_${name}`);
  return {
    page: index,
    foreign: name === 'other',
    entries,
    cached,
    host,
    owner,
    belief,
    contents: owner === 'exposed' ? 'next' : scrambled ? platform.contents.is : 'intact',
    agrees: keyed || belief === 'unknown' || (belief === 'shared' ? host === 'SHARED' : host === 'PRIV'),
  };
}
