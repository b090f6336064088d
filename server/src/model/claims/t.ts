import type { Outcome } from '../core/explore.ts';
import type { SeptScenario } from '../sept/build.ts';
import { countLeak, readLock, unlock } from '../sept/protocols.ts';
import type { Claim, Run } from './types.ts';

type Scope = Omit<SeptScenario, 'family'>;

const as =
  (role: Run['role']) =>
  (name: string, expect: Outcome, scope: Scope): Run => ({
    name,
    role,
    scenario: { family: 'sept', ...scope },
    expect,
  });
const claim = as('claim');
const twin = as('twin');
const third = as('third');

const link = { protocol: 'link' } as const;
const populate = { protocol: 'populate' } as const;
const zap = { protocol: 'zap' } as const;

const linking = { property: 'P-sept', initially: 'empty' } as const;
const mapping = { property: 'P-sept', initially: 'table' } as const;
const removing = { property: 'P-sept', initially: 'page' } as const;

/** The entry is written at once, and the TDX module hears of it afterwards. */
const atomically = [{ drop: 'freeze' }, { move: 'set-final', before: 'add' }] as const;
const finalFirst = { move: 'set-final', before: 'block' } as const;

/** Linux 7.3 freezes nothing when it removes a page: it is alone. */
const alone = { protocol: 'zap-7.3' } as const;
const goesOn = { ...alone, edits: { failed: [{ drop: 'bug' }] } } as const;
const amongReaders = {
  ...populate,
  edits: {
    done: [
      { insert: readLock, before: 'freeze' },
      { insert: unlock, after: 'set-final' },
    ],
    failed: [{ insert: unlock, after: 'restore' }],
  },
} as const;

const unlinking = { actors: [{ protocol: 'unlink-table' }], initially: 'empty', fails: true } as const;
const leakCounted = [
  { protocol: 'unlink-table', edits: { failed: [{ insert: countLeak, after: 'leak' }] } },
] as const;
const orphan = { property: 'P-orphan', initially: 'empty', fails: true } as const;

/** The claims of thread 001: a Secure EPT and the table that mirrors it. */
export const septClaims: readonly Claim[] = [
  {
    id: 'T1',
    seed: '001',
    says: 'A page can get to the Secure EPT before the table above it, unless the entry is frozen until the table is there.',
    quote: 'vcpu 2: TDX SEAMCALL to update 4K protected SPTE => error',
    runs: [
      claim('the entry is written at once and the hook comes afterwards', 'breaks', {
        ...linking,
        actors: [{ ...link, edits: { done: atomically } }, populate],
      }),
      twin('the entry is frozen, then the hook, then the final value', 'holds', {
        ...linking,
        actors: [link, populate],
      }),
      third('two vCPUs link the same table', 'holds', { ...linking, actors: [link, link] }),
      third('two vCPUs map the same page', 'holds', { ...mapping, actors: [populate, populate] }),
    ],
  },
  {
    id: 'T2',
    seed: '001',
    says: 'A page is removed after the TLB shootdown and before the entry gets its final value.',
    quote: 'After the TLB shootdown, the entry is set to the eventual value (unfreeze).',
    runs: [
      claim('the order is freeze, shootdown, hook, final value', 'holds', {
        ...removing,
        actors: [zap, populate],
      }),
      twin('the final value comes before the shootdown', 'breaks', {
        ...removing,
        actors: [{ ...zap, edits: { done: [finalFirst] } }, populate],
      }),
      twin('the hook comes before the shootdown', 'breaks', {
        ...removing,
        actors: [{ ...zap, edits: { done: [{ move: 'remove', before: 'track' }] } }, populate],
      }),
      third('two threads remove the page', 'holds', { ...removing, actors: [zap, zap] }),
      third('the page is mapped and removed', 'holds', { ...mapping, actors: [populate, zap] }),
      third('Linux 7.3: nothing is frozen and mmu_lock is held for writing', 'holds', {
        ...removing,
        actors: [alone, amongReaders],
      }),
      third('Linux 7.3: two threads remove the page', 'holds', { ...removing, actors: [alone, alone] }),
      third('Linux 7.3: the TDX module fails a removal, and the VM goes on', 'breaks', {
        ...removing,
        fails: true,
        actors: [goesOn, amongReaders],
      }),
      third('Linux 7.3: the TDX module fails a removal, and the VM is dead', 'holds', {
        ...removing,
        fails: true,
        actors: [alone, amongReaders],
      }),
    ],
  },
  {
    id: 'T3',
    seed: '001',
    says: 'A page table page that could not be unlinked and is freed is used with the key of the guest.',
    quote: 'Intentionally leak the page to prevent the kernel',
    runs: [
      claim('unlinking fails and the page is freed', 'breaks', {
        ...unlinking,
        property: 'P-hkid',
        actors: [{ protocol: 'unlink-table', edits: { failed: [{ drop: 'leak' }] } }],
      }),
      twin('it is leaked on purpose', 'holds', { ...unlinking, property: 'P-hkid' }),
      third('Linux 7.3: a page of the guest is removed and given back', 'holds', {
        ...removing,
        property: 'P-hkid',
        actors: [alone],
      }),
      third('Linux 7.3: a page of the guest could not be removed, and is given back', 'breaks', {
        ...removing,
        property: 'P-hkid',
        fails: true,
        actors: [alone],
      }),
    ],
  },
  {
    id: 'T4',
    seed: '001',
    says: 'A page that is leaked on purpose is lost to everybody unless the leak is counted.',
    quote: 'Do you think is it better to add some statistics for the intentinal leakage?',
    runs: [
      claim('nobody counts', 'breaks', { ...unlinking, property: 'P-leaks' }),
      twin('the leak is counted', 'holds', { ...unlinking, property: 'P-leaks', actors: leakCounted }),
    ],
  },
  {
    id: 'T5',
    seed: '001',
    says: 'An entry whose hook failed must not stay frozen: nobody is left to thaw it.',
    quote: null,
    runs: [
      claim('the entry stays frozen', 'breaks', {
        ...orphan,
        actors: [{ ...link, edits: { failed: [{ drop: 'restore' }] } }],
      }),
      twin('the old value is written back', 'holds', { ...orphan, actors: [link] }),
      third('a page is mapped', 'holds', { ...orphan, initially: 'table', actors: [populate] }),
      third('a page is removed, frozen first, and no hook fails', 'holds', {
        property: 'P-orphan',
        initially: 'page',
        actors: [zap],
      }),
      third('a page is removed, frozen first, and nothing is written back', 'breaks', {
        ...orphan,
        initially: 'page',
        actors: [zap],
      }),
      third('Linux 7.3: a page is removed, the final value is written first', 'holds', {
        ...orphan,
        initially: 'page',
        actors: [alone],
      }),
    ],
  },
];
