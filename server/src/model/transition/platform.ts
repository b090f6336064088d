import type { Protocol, ProtocolStep, Sourced } from '../protocol.ts';
import type { AccessOutcome, Mapping } from '../step.ts';

export type PlatformName =
  | 'sme'
  | 'sev'
  | 'snp'
  | 'tdx'
  | 'snp-vtom'
  | 'tdx-paravisor'
  | 'cca'
  | 'pkvm'
  | 'powerpc-svm'
  | 's390-pv';

/** What a page table entry says of a page: private or shared. */
export type Attribute = 'P' | 'S';

/**
 * What the host's side says of a page: private and validated (accepted, RAM); private and not validated (RIPAS EMPTY);
 * shared; destroyed by the host. Where nobody keeps such a state, `PRIV` and `SHARED` say how the contents were last
 * written.
 */
export const hostViews = ['PRIV', 'UNVAL', 'SHARED', 'DESTROYED'] as const;
export type HostView = (typeof hostViews)[number];

/** How a step finds the page frame behind an address. */
export type Translation =
  /** A walk of the page table that works without PRESENT: slow_virt_to_phys(). */
  | 'walk-any'
  /** A walk that needs PRESENT: vmalloc_to_pfn(). */
  | 'walk-present'
  /** Arithmetic on an address of the linear map: __pa(). */
  | 'linear'
  /** The frame of the first page plus the index of the page. */
  | 'contiguous';

export type TransitionOp =
  /** Removes mappings that are unmapped lazily, with their TLB entries. */
  | { readonly k: 'unalias' }
  | { readonly k: 'flush-cache' }
  /** All TLB entries of the mappings that a transition changes, or of the temporary one. */
  | { readonly k: 'flush-tlb'; readonly scope: 'range' | 'tmp' }
  /** PRESENT and the attribute in the page table, page by page and mapping by mapping. */
  | { readonly k: 'page-table'; readonly present?: boolean; readonly attribute?: 'target' }
  /**
   * The host's view of a page, page by page. `from`: a page in another view is left as it is, or fails the step as its
   * first failure says. `via`: the instruction takes an address of that mapping.
   */
  | {
      readonly k: 'host';
      readonly view: HostView;
      readonly from?: readonly HostView[];
      readonly otherwise?: 'fails';
      readonly translation: Translation;
      readonly via?: Mapping | 'given';
    }
  /** A temporary kernel mapping with the attribute aimed at. */
  | { readonly k: 'map-tmp' }
  | { readonly k: 'unmap-tmp' }
  /** Refuses addresses outside the linear map. */
  | { readonly k: 'require-linear' }
  /** Bookkeeping: it can fail, and changes nothing that is modelled. */
  | { readonly k: 'none' };

/** How a step can fail, and what the code does then. What was done before stays done. */
export interface Failure extends Sourced {
  /** `-EIO`; what the caller gets. */
  readonly error: string;
  /** Before it has done anything, or before any of its pages. */
  readonly at: 'start' | 'any-page';
  /** `ignore`: the error is lost and the next page follows. */
  readonly then: 'return' | 'terminate' | 'ignore';
  /** Steps on all pages before it returns. */
  readonly cleanup?: readonly TransitionStep[];
}

/** One step of a transition, with the ways it can fail. */
export interface TransitionStep extends ProtocolStep {
  readonly op: TransitionOp;
  readonly fails?: readonly Failure[];
}

export type Direction = 'share' | 'unshare';
export type TransitionProtocol = Protocol<TransitionStep, Direction>;

/** What an access through an attribute to a page in a view meets; pairs that are not listed are ok. */
export interface AccessRow extends Sourced {
  readonly attribute: Attribute;
  readonly views: readonly HostView[];
  /** Everything that can come of it: the host may have the choice. */
  readonly read: readonly AccessOutcome[];
  /** As for reads where it is left out. */
  readonly write?: readonly AccessOutcome[];
}

export type ExceptionRoute = 'guest' | 'emulating' | 'terminating' | 'paravisor';

/**
 * Versions of the kernel whose protocols are known: each holds until the next that a platform has. 6.1, 6.12 and 7.3 were
 * read; 6.4 and 6.9 are where mainline changed what Hyper-V guests do, as its history has it.
 */
export const kernelVersions = ['6.1', '6.4', '6.9', '6.12', '7.3'] as const;
export type KernelVersion = (typeof kernelVersions)[number];

/** One fact with its source. */
export interface Fact<T> extends Sourced {
  readonly is: T;
}

/** What a platform does in a transition, and what accesses meet on it. */
export interface Platform extends Sourced {
  readonly id: PlatformName;
  readonly title: string;
  /** Who says what a page is: a table of the host's side, or the key of the last write. */
  readonly view: Fact<'host' | 'last-write'>;
  /** Whether a host reads memory that the guest shared, or whose contents it wrote unencrypted. */
  readonly host: Fact<boolean>;
  /** Which mappings of a page a transition changes. */
  readonly flips: Fact<'given-and-direct' | 'given' | 'none'>;
  /**
   * What becomes of platform exceptions. `guest`: its handler fixes up what strays in, the rest oopses. `emulating`: so too,
   * but a plain access is taken for one to a device, and the host answers. `terminating`: the handler ends the guest.
   */
  readonly exceptions: Fact<ExceptionRoute>;
  readonly sleeps: Fact<boolean>;
  /** A page of the guest is converted in several calls where the host's granules are smaller: one page can fail midway. */
  readonly splitsPages?: Fact<boolean>;
  /** What a transition does with an address outside of the linear map. */
  readonly vmalloc: Fact<'converted' | 'refused' | 'mistaken'>;
  /** What arithmetic for the linear map makes of such an address: that of other memory, or of none. */
  readonly arithmetic: Fact<'other-memory' | 'no-memory'>;
  /** What a transition leaves of the contents. */
  readonly contents: Fact<'kept' | 'scrambled' | 'zeroed' | 'unsure'>;
  readonly access: readonly AccessRow[];
  readonly protocols: Readonly<Record<string, TransitionProtocol>>;
  /** Which protocol a version runs; versions without the platform are left out. */
  readonly versions: Readonly<Partial<Record<KernelVersion, string>>>;
}

/**
 * The newest version known of a platform that is not newer than a kernel, `[major, minor]`: what holds for it. Undefined:
 * that kernel has no such platform, as far as is known. Null stands for the newest kernel.
 */
export function heldVersion(
  platform: Platform,
  kernel: readonly [number, number] | null,
): KernelVersion | undefined {
  return kernelVersions.findLast((known) => {
    const [major, minor] = known.split('.').map(Number) as [number, number];
    const isNewer = kernel !== null && (major > kernel[0] || (major === kernel[0] && minor > kernel[1]));
    return platform.versions[known] !== undefined && !isNewer;
  });
}

/** `tree`: what the kernel runs; else one by its name, on platforms that have it: the old way, or the one that is proposed. */
export type ProtocolChoice = 'tree' | 'old' | 'new';

/** The protocol that a kernel runs, or the chosen one; of a platform that is newer than the kernel, the oldest. */
export function protocolOf(
  platform: Platform,
  kernel: readonly [number, number] | null,
  choice: ProtocolChoice = 'tree',
): string {
  if (choice !== 'tree' && Object.hasOwn(platform.protocols, choice)) return choice;
  const oldest = kernelVersions.find((known) => platform.versions[known] !== undefined);
  const held = heldVersion(platform, kernel) ?? oldest;
  return (held && platform.versions[held]) ?? Object.keys(platform.protocols)[0]!;
}

export type Platforms = Readonly<Record<PlatformName, Platform>>;

/** Everything that an access can meet on a platform. */
export function outcomesOf(
  platform: Platform,
  access: {
    readonly attribute: Attribute;
    readonly view: HostView;
    readonly write: boolean;
    /** load_unaligned_zeropad(): the exception table knows it. */
    readonly stray?: boolean;
    /** Overrides what becomes of the platform's exceptions. */
    readonly exceptions?: ExceptionRoute | undefined;
  },
): readonly AccessOutcome[] {
  const row = platform.access.find((r) => r.attribute === access.attribute && r.views.includes(access.view));
  if (row === undefined) return ['ok'];
  const outcomes = access.write ? (row.write ?? row.read) : row.read;
  const route = access.exceptions ?? platform.exceptions.is;
  return outcomes.map((o) => (o === 'exception' ? exceptionBy(route, access.stray ?? false) : o));
}

function exceptionBy(route: ExceptionRoute, stray: boolean): AccessOutcome {
  switch (route) {
    case 'guest':
      return 'exception';
    case 'emulating':
      return stray ? 'exception' : 'emulated';
    case 'terminating':
      return 'unhandled-exception';
    case 'paravisor':
      return 'paravisor-exception';
  }
}
