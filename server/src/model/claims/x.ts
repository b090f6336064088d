import type { Outcome } from '../core/explore.ts';
import type { KexecScenario } from '../kexec/build.ts';
import { convertGhcbs, flushPage, fullBarrier, silentConvert } from '../kexec/protocols.ts';
import type { Claim, Run } from './types.ts';

type Scope = Omit<KexecScenario, 'family'>;

const as =
  (role: Run['role']) =>
  (name: string, expect: Outcome, scope: Scope): Run => ({
    name,
    role,
    scenario: { family: 'kexec', ...scope },
    expect,
  });
const claim = as('claim');
const twin = as('twin');
const third = as('third');

/** TDX, the patch of the thread, a kexec that is no crash, one page that was shared long ago. */
const normal = {
  platform: 'tdx',
  protocol: 'tdx-v6',
  way: 'normal',
  pages: ['shared'],
  touches: true,
} as const;
const crash = { ...normal, way: 'crash', pages: ['private'] } as const;
const lock = { protocol: 'tdx-6.12' } as const;
const newest = { platform: 'snp', protocol: 'snp-7.3', pages: ['ghcb', 'ghcb', 'shared', 'bss'] } as const;

const share = { protocol: 'old', direction: 'share' } as const;
const unshare = { protocol: 'old', direction: 'unshare' } as const;
const newUnshare = { protocol: 'new', direction: 'unshare' } as const;

const noWalk = { normal: [{ drop: 'walk' }] } as const;
/** The page of X1 is one that another CPU has just made shared. */
const justShared = { ...normal, pages: [], conversion: share, property: 'P-fix', edits: noWalk } as const;

/** The other CPUs live until the second kernel starts. */
const cpusLive = { move: 'stop-cpus', before: 'boot' } as const;
const alive = {
  ...normal,
  pages: [],
  conversion: share,
  property: 'P-fix',
  edits: { normal: [cpusLive] },
} as const;
const nobodyWaits = { ...alive, edits: { normal: [cpusLive, { drop: 'wait' }] } } as const;
const counted = { ...normal, pages: ['private'], conversion: share, property: 'P-count' } as const;

/** A conversion that stops between attribute and host leaves a page that no walk finds. */
const unseen = { ...normal, pages: [], conversion: newUnshare, property: 'P-done' } as const;

const noWarning = { crash: [{ drop: 'warn' }] } as const;
/** A lock that is taken, and nobody says so. */
const noLock = { crash: [{ drop: 'lock' }] } as const;

/** The host refuses what kexec asks of it. */
const refused = { ...normal, ...lock, fails: true } as const;
const refusedSilently = { walk: [{ change: 'convert', to: silentConvert }] } as const;

/** Code on the CPU of kexec goes on using the page. */
const used = { ...normal, property: 'P-done', accessor: { cpu: 'same', caches: false } } as const;
const usedByTlb = { ...used, accessor: { cpu: 'same', caches: true } } as const;
/** What saves the kernels that flush after the loop: by then every CPU that could have a translation is stopped. */
const stoppedWithTlb = { ...usedByTlb, accessor: { cpu: 'other', caches: true } } as const;
const staysShared = { walk: [{ drop: 'set-private' }] } as const;
const notCleared = { walk: [{ drop: 'clear-entry' }] } as const;
const flushedBefore = { walk: [{ insert: flushPage, after: 'clear-entry' }] } as const;

/** The GHCB is a page like others to the patch of the thread. */
const io = { ...normal, platform: 'snp', pages: ['shared', 'ghcb'], property: 'P-io' } as const;
const ioCrash = { ...io, way: 'crash' } as const;

const buffered = { ...unseen, storeBuffer: true } as const;
const swapped = { normal: [{ swap: ['clear-flag', 'wait'] }] } as const;

/** The claims of thread 004: private memory for the kernel that comes next. */
export const kexecClaims: readonly Claim[] = [
  {
    id: 'X1',
    seed: '004',
    says: 'A page that stayed shared ends the second kernel, which uses it through a private mapping.',
    quote: 'Accessing shared memory via private mapping is fatal. It leads to unrecoverable TD exit.',
    runs: [
      claim('nobody makes shared memory private', 'breaks', justShared),
      twin('all shared memory is made private before', 'holds', { ...justShared, edits: {} }),
      third('Linux 6.12 left out the walk', 'breaks', { ...justShared, ...lock }),
      third('Linux 6.12 walks', 'holds', { ...justShared, ...lock, edits: {} }),
      third('Linux 7.3 left out the walk, on SEV-SNP', 'breaks', { ...justShared, ...newest, pages: [] }),
      third('Linux 7.3 walks, on SEV-SNP', 'holds', { ...justShared, ...newest, edits: {} }),
      third('Linux 7.3 left out .bss..decrypted, on SEV-SNP', 'breaks', {
        ...normal,
        ...newest,
        property: 'P-fix',
        edits: { normal: [{ drop: 'convert-bss' }] },
      }),
      third('Linux 7.3 crashes and walks, on SEV-SNP', 'holds', { ...crash, ...newest, property: 'P-fix' }),
      third('the host refuses to make a page private', 'breaks', {
        ...normal,
        fails: true,
        property: 'P-fix',
      }),
      third('Linux 6.12 walks and the host refuses', 'breaks', { ...refused, property: 'P-fix' }),
      third('Linux 6.12 walks and the host refuses: the count agrees all the same', 'holds', {
        ...refused,
        property: 'P-count',
      }),
      third('Linux 6.12 walks and the host refuses: that is reported', 'holds', {
        ...refused,
        property: 'P-report',
      }),
      third('Linux 6.12 walks and the host refuses, and nothing but the count reports', 'breaks', {
        ...refused,
        edits: refusedSilently,
        property: 'P-report',
      }),
      third(
        'Linux 7.3 walks and the host refuses, on SEV-SNP: the first kernel ends the guest',
        'terminated',
        {
          ...normal,
          ...newest,
          fails: true,
          property: 'P-fix',
        },
      ),
    ],
  },
  {
    id: 'X2',
    seed: '004',
    says: 'A conversion in flight on a live CPU leaves a shared page behind the walk unless kexec waits for it.',
    quote: 'Wait for in-flight conversions to complete.',
    runs: [
      claim('nobody waits', 'breaks', nobodyWaits),
      twin('new conversions are stopped and those in flight are waited for', 'holds', alive),
      third('the 30 seconds run out', 'breaks', { ...alive, timeout: true }),
      third('nobody waits: whatever goes wrong is reported', 'holds', {
        ...nobodyWaits,
        property: 'P-report',
      }),
      third('the 30 seconds run out: whatever goes wrong is reported', 'holds', {
        ...alive,
        timeout: true,
        property: 'P-report',
      }),
      third('nobody waits and nothing but the count reports', 'breaks', {
        ...nobodyWaits,
        edits: { normal: [...nobodyWaits.edits.normal, { drop: 'warn' }] },
        property: 'P-report',
      }),
      third('kexec waits: the count agrees', 'holds', counted),
      third('Linux 6.12 waits for its lock', 'holds', { ...alive, ...lock }),
      third(
        'Linux 6.12 does not wait, a page is being made private, the new way: the count is off',
        'holds',
        {
          ...unseen,
          ...lock,
          edits: { normal: [{ drop: 'lock' }] },
          property: 'P-report',
        },
      ),
      third('Linux 6.12 waits for its lock: the count agrees', 'holds', { ...counted, ...lock }),
    ],
  },
  {
    id: 'X3',
    seed: '004',
    says: 'A crash that stops a CPU amid a conversion gives a false alarm on TDX. Where it does harm the count is off, unless it is SEV-SNP that shares a page, the old way.',
    quote: 'If race happened, just report and proceed.',
    runs: [
      claim('a page is being shared, the old way', 'breaks', {
        ...crash,
        conversion: share,
        property: 'P-count',
      }),
      twin('nothing is in flight', 'holds', { ...crash, pages: ['shared', 'private'], property: 'P-count' }),
      third('a page is being shared, the old way: no page stays shared', 'holds', {
        ...crash,
        conversion: share,
        property: 'P-fix',
      }),
      third('a page is being made private, the old way: no page stays shared', 'holds', {
        ...crash,
        conversion: unshare,
        property: 'P-fix',
      }),
      third('a page is being made private, the new way', 'breaks', {
        ...crash,
        conversion: newUnshare,
        property: 'P-fix',
      }),
      third('a page is being made private, the new way: the count is off', 'holds', {
        ...crash,
        conversion: newUnshare,
        edits: noWarning,
        property: 'P-report',
      }),
      third('a page is being made private on SEV-SNP', 'breaks', {
        ...crash,
        platform: 'snp',
        conversion: unshare,
        property: 'P-fix',
      }),
      third('a page is being made private on SEV-SNP: the count is off', 'holds', {
        ...crash,
        platform: 'snp',
        conversion: unshare,
        edits: noWarning,
        property: 'P-report',
      }),
      third('a page is being shared on SEV-SNP', 'breaks', {
        ...crash,
        platform: 'snp',
        conversion: share,
        property: 'P-fix',
      }),
      third('a page is being shared on SEV-SNP: the count is right although harm follows', 'breaks', {
        ...crash,
        platform: 'snp',
        conversion: share,
        edits: noWarning,
        property: 'P-report',
      }),
      third('a page is being shared on SEV-SNP: the conversion in progress is reported', 'holds', {
        ...crash,
        platform: 'snp',
        conversion: share,
        property: 'P-report',
      }),
      third('Linux 6.12: a page is being shared, the old way', 'breaks', {
        ...crash,
        ...lock,
        conversion: share,
        property: 'P-count',
      }),
      third('Linux 6.12: nothing is in flight', 'holds', {
        ...crash,
        ...lock,
        pages: ['shared', 'private'],
        property: 'P-count',
      }),
      third('Linux 6.12: a page is being shared, the old way: no page stays shared', 'holds', {
        ...crash,
        ...lock,
        conversion: share,
        property: 'P-fix',
      }),
      third('Linux 6.12: a page is being made private, the new way: the count is off', 'holds', {
        ...crash,
        ...lock,
        conversion: newUnshare,
        edits: noLock,
        property: 'P-report',
      }),
      third(
        'Linux 6.12: a page is being made private, the new way: the conversion in progress is reported',
        'holds',
        {
          ...crash,
          ...lock,
          conversion: newUnshare,
          edits: { crash: [{ drop: 'compare' }] },
          property: 'P-report',
        },
      ),
      third('Linux 6.12: a page is being made private, the new way', 'breaks', {
        ...crash,
        ...lock,
        conversion: newUnshare,
        property: 'P-fix',
      }),
      third('Linux 7.3: a page is being shared on SEV-SNP', 'breaks', {
        ...crash,
        ...newest,
        conversion: share,
        property: 'P-fix',
      }),
      third('Linux 7.3: a page is being shared on SEV-SNP: the conversion in progress is reported', 'holds', {
        ...crash,
        ...newest,
        conversion: share,
        property: 'P-report',
      }),
    ],
  },
  {
    id: 'X4',
    seed: '004',
    says: 'A page whose entry is not cleared becomes shared again when somebody uses it.',
    quote: 'Make sure nobody touches the shared range from',
    runs: [
      claim('the entry stays', 'breaks', { ...used, edits: notCleared }),
      twin('the entry is cleared before', 'holds', used),
      third('the TLB has a translation, flushed after the loop', 'breaks', usedByTlb),
      third('the TLB has a translation, flushed before the page is converted', 'holds', {
        ...usedByTlb,
        edits: flushedBefore,
      }),
      third('Linux 6.12: the TLB has a translation, flushed after the loop', 'breaks', {
        ...usedByTlb,
        ...lock,
      }),
      third('Linux 6.12: the TLB has a translation, and whoever uses the page was stopped', 'holds', {
        ...stoppedWithTlb,
        ...lock,
      }),
      third('Linux 6.12 crashes: the TLB has a translation, and whoever uses the page was stopped', 'holds', {
        ...stoppedWithTlb,
        ...lock,
        way: 'crash',
      }),
      third('Linux 7.3 on SEV-SNP: the TLB has a translation, flushed after the loop', 'breaks', {
        ...usedByTlb,
        ...newest,
      }),
      third(
        'Linux 7.3 on SEV-SNP: the TLB has a translation, and whoever uses the page was stopped',
        'holds',
        {
          ...stoppedWithTlb,
          ...newest,
        },
      ),
      third(
        'Linux 7.3 crashes on SEV-SNP: the TLB has a translation, and whoever uses the page was stopped',
        'holds',
        { ...stoppedWithTlb, ...newest, way: 'crash' },
      ),
      third('the entry stays, and whoever uses the page was stopped', 'holds', {
        ...used,
        accessor: { cpu: 'other', caches: false },
        edits: notCleared,
      }),
      third('Linux 6.12: the entry stays', 'breaks', { ...used, ...lock, edits: notCleared }),
      third('Linux 6.12: the entry is cleared before', 'holds', { ...used, ...lock }),
      third('Linux 6.12: the entry stays, and whoever uses the page was stopped', 'holds', {
        ...used,
        ...lock,
        accessor: { cpu: 'other', caches: false },
        edits: notCleared,
      }),
      third('Linux 7.3 on SEV-SNP: the entry becomes private before', 'holds', { ...used, ...newest }),
      third('Linux 7.3 crashes on SEV-SNP: the entry becomes private before', 'holds', {
        ...used,
        ...newest,
        way: 'crash',
      }),
      third('Linux 7.3 on SEV-SNP: the entry stays, and whoever uses the page was stopped', 'holds', {
        ...used,
        ...newest,
        accessor: { cpu: 'other', caches: false },
        edits: staysShared,
      }),
      third('Linux 7.3 crashes on SEV-SNP: the entry stays, and whoever uses the page was stopped', 'holds', {
        ...used,
        ...newest,
        way: 'crash',
        accessor: { cpu: 'other', caches: false },
        edits: staysShared,
      }),
    ],
  },
  {
    id: 'X5',
    seed: '004',
    says: 'A crash on SEV-SNP that makes the GHCB private before APICs and HPET are off cannot turn them off.',
    quote:
      'we need to prevent the boot_ghcb being converted to shared (in snp_kexec_unshare_mem()) as the boot_ghcb is required to handle all I/O',
    runs: [
      claim('the walk converts the GHCB', 'breaks', ioCrash),
      twin('the walk leaves it out and it is converted last', 'holds', {
        ...ioCrash,
        edits: {
          walk: [{ change: 'find', to: { op: { k: 'find', skips: 'ghcb' } } }],
          crash: [{ insert: convertGhcbs, before: 'boot' }],
        },
      }),
      third('it is no crash: they are off first', 'holds', io),
      third('it is no crash, and the GHCB comes first in the walk', 'terminated', {
        ...io,
        pages: ['ghcb', 'shared'],
      }),
      third('Linux 7.3 crashes', 'holds', { ...crash, ...newest, property: 'P-io' }),
      third('Linux 7.3 does not crash', 'holds', { ...normal, ...newest, property: 'P-io' }),
    ],
  },
  {
    id: 'X6',
    seed: '004',
    says: 'A compiler barrier between the cleared flag and the counter lets a conversion start unseen: the count is off, and the walk misses a page only where PRESENT is cleared meanwhile.',
    quote: 'barrier();',
    runs: [
      claim(
        'stores are buffered, and a page is made private with PRESENT cleared, which the thread did not do',
        'breaks',
        buffered,
      ),
      twin('the barrier is a full one, PRESENT is cleared', 'holds', {
        ...buffered,
        edits: { normal: [{ change: 'barrier', to: fullBarrier }] },
      }),
      claim('stores are buffered, and a page is shared as in the thread: the walk repairs it', 'holds', {
        ...buffered,
        conversion: share,
      }),
      claim('stores are buffered, and a page is shared as in the thread: the count is off', 'breaks', {
        ...buffered,
        conversion: share,
        property: 'P-count',
      }),
      twin('the barrier is a full one, a page is shared as in the thread: the count agrees', 'holds', {
        ...buffered,
        conversion: share,
        edits: { normal: [{ change: 'barrier', to: fullBarrier }] },
        property: 'P-count',
      }),
      claim(
        'stores are buffered, and a page is made private as in the thread: the walk repairs it',
        'holds',
        {
          ...buffered,
          conversion: unshare,
        },
      ),
      claim('stores are buffered, and a page is made private as in the thread: the count is off', 'breaks', {
        ...buffered,
        conversion: unshare,
        property: 'P-count',
      }),
      third('no store is buffered, PRESENT is cleared', 'holds', unseen),
      third('the counter is read first, PRESENT is cleared', 'breaks', { ...unseen, edits: swapped }),
      third('Linux 6.12: a lock, stores are buffered', 'holds', { ...buffered, ...lock }),
      third('Linux 7.3: a lock, stores are buffered, on SEV-SNP', 'holds', {
        ...buffered,
        ...newest,
        conversion: unshare,
      }),
    ],
  },
  {
    id: 'X7',
    seed: '004',
    says: 'Shared pages that nobody knows of do no harm to a second kernel that does not touch them.',
    quote: 'It only sees E820_TYPE_RAM.',
    runs: [
      claim('none is touched', 'holds', { ...normal, property: 'P-fix', edits: noWalk, touches: false }),
      twin('one is touched', 'breaks', { ...normal, property: 'P-fix', edits: noWalk }),
    ],
  },
];
