import type { Edit, Protocol, ProtocolStep, Sourced } from '../protocol.ts';
import type { Property } from '../step.ts';
import type { Direction, HostView, PlatformName } from '../transition/platform.ts';

export type KexecOp =
  /** Clears the flag that allows conversions. */
  | { readonly k: 'forbid' }
  /** `compiler`: the compiler keeps the order of what is before and behind; `cpu`: the CPU does as well. */
  | { readonly k: 'barrier'; readonly orders: 'compiler' | 'cpu' }
  /** Until no conversion is counted as in progress, or for 30 seconds. */
  | { readonly k: 'wait' }
  /** Reports conversions that are counted as in progress. */
  | { readonly k: 'warn' }
  /** Takes the lock that conversions hold for reading; one that does not wait reports that it is taken. */
  | { readonly k: 'lock'; readonly waits: boolean }
  | { readonly k: 'stop-cpus' }
  /** Interrupt controllers and HPET: that is I/O. */
  | { readonly k: 'disable-apics' }
  /** The steps of the way `walk`, page after page. */
  | { readonly k: 'walk' }
  | { readonly k: 'flush' }
  | { readonly k: 'compare' }
  /** Requests to the host no longer go through a GHCB. */
  | { readonly k: 'use-msr' }
  | { readonly k: 'convert-ghcbs' }
  /** Converts the pages of .bss..decrypted, which the walk does not find. */
  | { readonly k: 'convert-bss' }
  | { readonly k: 'boot' }
  /** Goes on with the page only if its entry says shared; `ghcb`: not with a GHCB either. */
  | { readonly k: 'find'; readonly skips: 'none' | 'ghcb' }
  | { readonly k: 'entry'; readonly becomes: 'absent' | 'private' }
  | { readonly k: 'convert' }
  | { readonly k: 'count' }
  /** The bracket around a conversion on another CPU: counted as in progress, refused if the flag is clear. */
  | { readonly k: 'enter' }
  | { readonly k: 'check' }
  | { readonly k: 'leave' }
  /** The same as a lock: refused if it is taken. */
  | { readonly k: 'read-lock' }
  | { readonly k: 'read-unlock' }
  /** The platform's own protocol. */
  | { readonly k: 'transition' }
  /** Keeps the number of shared pages. */
  | { readonly k: 'account' };

/** How a request to convert a page goes wrong, and what kexec makes of that. */
export interface KexecFailure extends Sourced {
  /** The request that is refused: `MapGPA`. */
  readonly error: string;
  /** What the page is afterwards; left out: what it was. */
  readonly leaves?: HostView;
  /** `proceed`: the next step follows as if nothing were wrong. `terminate`: the guest ends itself. */
  readonly then: 'proceed' | 'terminate';
  /** Whether the log says so. */
  readonly reports: boolean;
}

/** A step of any of the four lists. */
export interface KexecStep extends ProtocolStep {
  readonly op: KexecOp;
  readonly fails?: readonly KexecFailure[];
}

/** `walk`: what is done with each page; `conversion`: what another CPU does around a transition. */
export type KexecWay = 'normal' | 'crash' | 'walk' | 'conversion';
export type KexecProtocol = Protocol<KexecStep, KexecWay>;
export type KexecProtocols = Readonly<Record<string, KexecProtocol>>;

/** A kexec with all that can happen around it, and one question. */
export interface KexecScenario {
  readonly family: 'kexec';
  readonly platform: PlatformName;
  readonly protocol: string;
  readonly way: 'normal' | 'crash';
  readonly edits?: { readonly [W in KexecWay]?: readonly Edit<KexecStep>[] };
  readonly property: Property;
  /**
   * Pages in the order of the walk, behind the one that is being converted. With a GHCB among them, requests to the
   * host go through the first. `bss`: shared since boot in the mapping of the kernel image, private in the direct one.
   */
  readonly pages: readonly ('private' | 'shared' | 'ghcb' | 'bss')[];
  /** Another CPU converts a page of its own by a protocol of the platform, beginning at any time. */
  readonly conversion?: { readonly protocol: string; readonly direction: Direction };
  /** Stores reach memory later than loads that follow them. */
  readonly storeBuffer?: boolean;
  /** A conversion may take longer than kexec waits. */
  readonly timeout?: boolean;
  /** What kexec itself asks the host for may be refused. The conversion on the other CPU succeeds. */
  readonly fails?: boolean;
  /**
   * Code that goes on using shared memory; the host converts what it touches. `caches`: the TLB keeps the translation.
   * Code on another CPU ends when that is stopped.
   */
  readonly accessor?: { readonly cpu: 'same' | 'other'; readonly caches: boolean };
  /** The second kernel uses all memory. */
  readonly touches: boolean;
}
