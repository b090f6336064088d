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
  | { readonly k: 'require-linear' };

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

/** Versions of the kernel whose protocols are known. */
export const kernelVersions = ['6.1', '6.12', '7.3'] as const;
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
  /** Where platform exceptions go. */
  readonly exceptions: Fact<'guest' | 'paravisor'>;
  readonly sleeps: Fact<boolean>;
  /** What a transition does with an address outside of the linear map. */
  readonly vmalloc: Fact<'converted' | 'refused' | 'mistaken'>;
  /** What a transition leaves of the contents. */
  readonly contents: Fact<'kept' | 'scrambled' | 'zeroed' | 'unsure'>;
  readonly access: readonly AccessRow[];
  readonly protocols: Readonly<Record<string, TransitionProtocol>>;
  /** Which protocol a version runs; versions without the platform are left out. */
  readonly versions: Readonly<Partial<Record<KernelVersion, string>>>;
}

export type Platforms = Readonly<Record<PlatformName, Platform>>;

/** Everything that an access can meet on a platform. */
export function outcomesOf(
  platform: Platform,
  access: {
    readonly attribute: Attribute;
    readonly view: HostView;
    readonly write: boolean;
    /** Overrides where the platform's exceptions go. */
    readonly exceptions?: 'guest' | 'paravisor' | undefined;
  },
): readonly AccessOutcome[] {
  const row = platform.access.find((r) => r.attribute === access.attribute && r.views.includes(access.view));
  if (row === undefined) return ['ok'];
  const outcomes = access.write ? (row.write ?? row.read) : row.read;
  const paravisor = (access.exceptions ?? platform.exceptions.is) === 'paravisor';
  return outcomes.map((o) => (o === 'exception' && paravisor ? 'paravisor-exception' : o));
}
