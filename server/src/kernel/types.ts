import type { PlatformName } from '../model/transition/platform.ts';
import type { AccessorOp } from './accessor-ops.ts';

/**
 * Rows of the Linux vocabulary: which C name is which event, on which argument, with which return convention.
 * A row has no opinion and no control flow. Argument numbers count from 0.
 */
/** The platforms are the model's. */
export type PlatformId = PlatformName;

/** A kernel version, `[major, minor]`. */
export type Version = readonly [number, number];

/** Where a fact is from: `include/linux/gfp.h` or `arch/x86/mm/pat/set_memory.c:set_memory_decrypted`. Relative to a kernel tree. */
export interface Sourced {
  readonly name: string;
  readonly source: string;
  /** First and last version with this meaning, both included. */
  readonly since?: Version;
  readonly until?: Version;
}

export type SizeUnit = 'bytes' | 'pages' | 'hvpages' | 'order';

/** How much memory, from the call's arguments. `product`: n * size (kcalloc). `count`: the same for each call. */
export type SizeSpec =
  | { readonly arg: number; readonly unit: SizeUnit }
  | { readonly product: readonly [number, number]; readonly unit: 'bytes' }
  | { readonly count: number; readonly unit: SizeUnit };

/** What tells failure in a call's result. `positive`: 0 or +1 (early_*). `none`: it cannot fail or does not say. */
export type Failure =
  | 'negative'
  | 'positive'
  | 'nonzero'
  | 'null'
  | 'errptr'
  | 'null-or-errptr'
  | 'false'
  | 'negative-number'
  | 'none';

export type MemoryKind =
  | 'page'
  | 'exact'
  | 'slab'
  | 'vmalloc'
  | 'kvmalloc'
  | 'vmap'
  | 'percpu'
  | 'memblock'
  | 'cma'
  | 'pool'
  | 'dma'
  | 'user'
  | 'folio';

/** What a function leaves of memory, as somebody wrote it down. */
export type ContractOutcome = 'private' | 'shared' | 'unknown' | 'unchanged' | 'freed' | 'leaked' | 'taken';

/** Memory that a contract speaks of, by how callers get to it: `*a->b.c` is argument 0, one star, members `b` and `c`. */
export interface ContractPlace {
  readonly argument: number | 'return';
  readonly stars: number;
  readonly members: readonly { readonly arrow: '.' | '->'; readonly name: string }[];
}

/** What happens to memory, for classes of results. `on`: a word of the language of annotations; null: on success. */
export interface ContractEffect {
  readonly verb: 'flips' | 'allocs' | 'frees' | 'takes' | 'leaks';
  readonly place: ContractPlace;
  readonly extent: SizeSpec | null;
  readonly cases: readonly {
    readonly outcomes: readonly ContractOutcome[];
    readonly on: string | null;
    readonly otherwise: boolean;
  }[];
}

/** What memory must be when a function is called, as somebody wrote it down. It holds whether a body is in view or not. */
export interface RequirementRow extends Sourced {
  readonly k: 'requirement';
  readonly place: ContractPlace;
  readonly states: readonly ('private' | 'shared' | 'unknown')[];
}

/** Memory that is not the caller's any more after a call, as somebody wrote it down. It holds where a body is in view, too. */
export interface OwnerRow extends Sourced {
  readonly k: 'owner';
  readonly place: ContractPlace;
  readonly owner: 'taken' | 'leaked';
  /** For which results, in a word of the language of annotations; null: for all. */
  readonly on: string | null;
  readonly returns: Contract['returns'];
}

/** A function whose body is held against what somebody wrote down of it. Callers learn nothing by it. */
export interface HeldRow extends Sourced {
  readonly k: 'held';
  /** The tree's own configuration says it: under which key, and what. Left out: a comment at the function does. */
  readonly entry?: { readonly of: string; readonly text: string };
}

/** All that somebody wrote down of a function. It is believed where no body of that is in view. */
export interface Contract {
  readonly returns: 'nothing' | 'number' | 'bool' | 'pointer';
  readonly sleeps: boolean;
  readonly effects: readonly ContractEffect[];
}

/** A row that comes from a contract: `contract` says more than the row itself. */
export interface Contracted {
  readonly contract?: Contract;
  /** The contract as it is written, whose parameters only a declaration in view names: until then the row does nothing. */
  readonly undeclared?: string;
}

/** private -> shared or back. */
export interface TransitionRow extends Sourced, Contracted {
  readonly k: 'transition';
  readonly to: 'shared' | 'private';
  /** Names of the parameters, for showing the call. */
  readonly parameters: readonly string[];
  readonly address: number;
  readonly addressView: 'va' | 'pfn' | 'phys' | 'page';
  /** Null: not known. */
  readonly extent: SizeSpec | null;
  readonly failure: Failure;
  readonly sleeps: boolean;
  /** Platforms on which this very call does something; undefined: all that the file's architecture allows. */
  readonly platforms?: readonly PlatformId[];
  /** It has steps of its own, which the transition model does not have: nothing is said of what follows. */
  readonly unmodelled?: boolean;
  /** An entry point of an architecture or platform, not for drivers: callers of it are implementations. */
  readonly implementation?: boolean;
}

/** Makes memory: `alloc_pages(gfp, order)`, `kmalloc(size, gfp)`. */
export interface AllocRow extends Sourced, Contracted {
  readonly k: 'alloc';
  readonly kind: MemoryKind;
  /** Where the new memory comes out: the return value, or through a pointer argument; then the call returns 0 or an error. */
  readonly result: 'return' | { readonly outArg: number };
  readonly size: SizeSpec | null;
  readonly zeroed: boolean | { readonly gfpArg: number };
  readonly failure: Failure;
  readonly gfp?: number;
  /** The memory is page aligned and nothing else lives in its pages. */
  readonly wholePages: boolean;
  /** What new memory is: private unless said. `any`: shared in a guest that needs it, or from a pool that was converted before. */
  readonly fresh?: 'private' | 'shared' | 'any';
  /** Somebody else frees it at the end (`devm_*`). */
  readonly managed?: boolean;
  /** On success the memory that this argument named before is gone (`krealloc`). */
  readonly replaces?: number;
  /** The DMA address of the same memory comes out through this pointer argument. */
  readonly handle?: number;
}

/** Gives memory back: `__free_pages(page, order)`, `kfree(p)`. */
export interface FreeRow extends Sourced, Contracted {
  readonly k: 'free';
  readonly kind: MemoryKind;
  readonly address: number;
  readonly size: SizeSpec | null;
  /** Dispatches at run time and says by its result whether it took the memory (`swiotlb_free()`: true only for memory of `kind`). */
  readonly onlyKind?: boolean;
  /** Takes a reference away instead (`put_page`): frees when it was the last. */
  readonly reference?: boolean;
  /** The address argument is an array of addresses (`kfree_bulk`). */
  readonly array?: boolean;
  /** Frees later, once no reader can hold it (`kfree_rcu`). */
  readonly deferred?: boolean;
}

/** Another address of the same memory, as a value: `page_address(p)`, `virt_to_page(v)`, `__pa(v)`. */
export interface SameRow extends Sourced {
  readonly k: 'same';
  readonly arg: number;
  readonly from: 'va' | 'page' | 'pfn' | 'phys' | 'folio' | 'dma' | 'any' | 'vmalloc';
  readonly to: 'va' | 'page' | 'pfn' | 'phys' | 'folio' | 'dma' | 'any';
}

/** A pure size computation. */
export interface SizeRow extends Sourced {
  readonly k: 'size';
  readonly op:
    | 'pfn-up'
    | 'pfn-down'
    | 'page-align'
    | 'get-order'
    | 'order-of'
    | 'size-of-order'
    | 'pages-of-order'
    | 'min'
    | 'max'
    | 'roundup-pow2'
    | 'align'
    | 'array-size'
    | 'struct-size'
    | 'bytes-of'
    | 'pages-of'
    | 'div-round-up';
  readonly args: readonly number[];
  /** Unit of the result where it is not the usual one of the operation: `HVPFN_UP()` counts hypervisor pages. */
  readonly unit?: SizeUnit;
}

/** A macro or object-like constant with a unit: PAGE_SIZE, HV_HYP_PAGE_SIZE, SZ_4K. `bytes` null where it depends on configuration. */
export interface ConstantRow extends Sourced {
  readonly k: 'constant';
  readonly value: number | null;
  readonly unit: SizeUnit | 'shift' | 'mask' | 'none';
  /** It follows the platform's page size ({@link Vocabulary.pageSize}); `value` is then null. */
  readonly follows?: 'page-size' | 'page-shift' | 'page-mask';
}

/** A flag by which whoever hands it on says that nothing may sleep here. */
export interface NoSleepRow extends Sourced {
  readonly k: 'no-sleep';
}

/** Another mapping of memory that exists. `attribute` may hang on a pgprot argument. */
export interface MapRow extends Sourced {
  readonly k: 'map';
  readonly memory: number;
  /** `memory` is an array of pages or of pfns, or one address, page or pfn. */
  readonly memoryIs: 'pages' | 'page' | 'va' | 'phys' | 'pfns' | 'pfn';
  /** `uncached`: with other caching, at an address of the architecture's choice; what is done to it is done to the memory. */
  readonly alias: 'vmap' | 'ioremap' | 'kmap' | 'uncached' | 'user' | 'dma';
  /** `field`: the attribute hangs in this member of what the argument points to (`vma->vm_page_prot`). */
  readonly attribute: { readonly protArg: number; readonly field?: string } | 'private' | 'shared' | 'same';
  readonly failure: Failure;
}

/** Takes a mapping away, not the memory behind it: `vunmap(addr)`. */
export interface UnmapRow extends Sourced {
  readonly k: 'unmap';
  readonly address: number;
}

/** `pgprot_decrypted(p)` and friends. */
export interface ProtRow extends Sourced {
  readonly k: 'prot';
  readonly attribute: 'shared' | 'private' | 'same';
  readonly arg: number | null;
}

/** Does not come back: `panic()`, `BUG()`. */
export interface NoReturnRow extends Sourced {
  readonly k: 'noreturn';
  /** Only where this argument is true (`BUG_ON(x)`); null: always. */
  readonly when: number | null;
}

/** A macro that yields the truth of an argument and may print: `WARN_ON(x)`, `unlikely(x)`, `IS_ERR_OR_NULL(x)`. */
export interface ConditionRow extends Sourced {
  readonly k: 'condition';
  readonly arg: number;
  readonly test: 'truth' | 'is-err' | 'is-err-or-null' | 'is-null';
  /** Prints or warns: a reader of the result that only tells, not handles. */
  readonly warns: boolean;
}

/** `PTR_ERR(p)`, `ERR_PTR(e)`, `ERR_CAST(p)`, `PTR_ERR_OR_ZERO(p)`. */
export interface ErrorRow extends Sourced {
  readonly k: 'error';
  readonly op: 'ptr-err' | 'err-ptr' | 'err-cast' | 'ptr-err-or-zero';
  readonly arg: number;
}

/** Locks and sections: while `forbidsSleep` is held nothing may sleep. */
export interface LockRow extends Sourced {
  readonly k: 'lock';
  readonly op: 'acquire' | 'release' | 'try';
  readonly lock:
    | 'spin'
    | 'raw-spin'
    | 'rwlock'
    | 'bh'
    | 'irq'
    | 'preempt'
    | 'rcu'
    | 'seq'
    | 'mutex'
    | 'rwsem'
    | 'srcu'
    | 'cpus'
    | 'local'
    | 'kmap-atomic'
    | 'bit';
  readonly forbidsSleep: boolean;
  readonly irqsOff: boolean;
  /** Which argument names the lock; null: none (preempt, rcu). */
  readonly arg: number | null;
}

/** A guard class of `guard(x)` / `scoped_guard(x)`; the name is the class. */
export interface GuardRow extends Sourced {
  readonly k: 'guard-class';
  readonly forbidsSleep: boolean;
  readonly irqsOff: boolean;
}

/** The call may sleep by itself (`mutex_lock`, `msleep`, `might_sleep`). */
export interface SleepRow extends Sourced {
  readonly k: 'sleeps';
}

/** Arms a callback: the argument that is the function, and what it gets. */
export interface DeferRow extends Sourced {
  readonly k: 'defer';
  readonly callback: number;
  /** The argument that the callback is handed, itself or as the object around it; null: none in view. */
  readonly data: number | null;
  readonly context: 'process' | 'softirq' | 'hardirq' | 'atomic';
  /** Whether it runs now (`on_each_cpu`), later, or at teardown (`devm_add_action`). */
  readonly when: 'now' | 'later' | 'release' | 'register';
}

/** A store or call after which others can see the memory. */
export interface PublishRow extends Sourced {
  readonly k: 'publish';
  readonly memory: number;
  readonly to: 'rcu' | 'device' | 'hypervisor' | 'user' | 'container' | 'register';
}

/** A global (or per-CPU global) that, once it points to memory, makes others use it. */
export interface PublishGlobalRow extends Sourced {
  readonly k: 'publish-global';
  readonly to: 'hypervisor';
}

/** A global, or a bound of a section, whose memory is shared from the start on some platforms; on the others it is private. */
export interface SharedFromStartRow extends Sourced {
  readonly k: 'shared-from-start';
  readonly on: readonly PlatformId[];
}

/** A predicate that says on which platforms one is. */
export interface PlatformGuardRow extends Sourced {
  readonly k: 'platform-guard';
  /** The argument that selects (`cc_platform_has(CC_ATTR_x)`), by its name; undefined: no argument matters. */
  readonly selector?: { readonly arg: number; readonly name: string };
  /** Platforms on which it may be true; on all others it is false. */
  readonly trueOn: readonly PlatformId[];
  /** Platforms on which it may be false; undefined: on all. */
  readonly falseOn?: readonly PlatformId[];
  readonly form: 'call' | 'variable' | 'macro';
}

/** A predicate with the same answer everywhere in a function: calls without effect, globals set at boot. */
export interface StableRow extends Sourced {
  readonly k: 'stable';
  readonly form: 'call' | 'variable';
}

/** Reads or writes memory through an address: `memset(p, 0, n)`, `memcpy`. One that writes yields its destination, if anything. */
export interface ContentsRow extends Sourced {
  readonly k: 'contents';
  readonly op: 'zero' | 'fill' | 'copy' | 'read';
  readonly writes: number | null;
  readonly reads: number | null;
  readonly size: SizeSpec | null;
}

/** Puts a pointer into or takes it out of a container: ownership moves with it. */
export interface ContainerRow extends Sourced {
  readonly k: 'container';
  readonly op: 'insert' | 'remove' | 'lookup';
  readonly memory: number | null;
  /** The argument that is the container, where one is. */
  readonly container?: number;
}

/** Reads or writes what is found from an argument: see {@link AccessorOp}. */
export interface AccessorRow extends Sourced {
  readonly k: 'accessor';
  readonly op: AccessorOp;
  readonly arg: number;
  readonly index?: number;
  readonly value?: number;
}

/** A loop macro; `cursor`: the arguments it defines anew each pass. `elements`: what the cursor is an element of. */
export interface LoopRow extends Sourced {
  readonly k: 'loop';
  readonly cursor: readonly number[];
  readonly elements: number | null;
  /** For ranges that are the same everywhere: `cpus`, `nodes`. */
  readonly range?: 'cpus' | 'nodes';
}

/** Has no effect on any memory that matters: `pr_warn`, `dev_err`, `cpu_to_le32`. `pure`: same arguments, same result. */
export interface HarmlessRow extends Sourced {
  readonly k: 'harmless';
  readonly pure: boolean;
  /** It tells somebody about its arguments: a result that only goes here is told, not handled. */
  readonly tells?: boolean;
  /** Whether its first argument is an address of memory of these kinds. */
  readonly kinds?: readonly MemoryKind[];
}

/** Macros that take a type as an argument (`container_of`, `min_t`). */
export interface TypeMacroRow extends Sourced {
  readonly k: 'type-macro';
}

/** A member of an operations structure (the row's name is its tag) is entered in this context: `.map_page` of `struct dma_map_ops`. */
export interface EntryRow extends Sourced {
  readonly k: 'entry';
  readonly member: string;
  /** `atomic`: callers may hold a spin lock or have interrupts off. */
  readonly context: 'process' | 'softirq' | 'hardirq' | 'atomic';
  /** The predicate by which the function learns that it may sleep this time. */
  readonly unless?: string;
}

export type ApiRow =
  | TransitionRow
  | AllocRow
  | FreeRow
  | SameRow
  | SizeRow
  | ConstantRow
  | MapRow
  | UnmapRow
  | ProtRow
  | NoReturnRow
  | ConditionRow
  | ErrorRow
  | LockRow
  | GuardRow
  | SleepRow
  | DeferRow
  | PublishRow
  | PublishGlobalRow
  | PlatformGuardRow
  | StableRow
  | ContentsRow
  | ContainerRow
  | AccessorRow
  | LoopRow
  | HarmlessRow
  | TypeMacroRow
  | EntryRow
  | SharedFromStartRow
  | NoSleepRow
  | RequirementRow
  | OwnerRow
  | HeldRow;

/** Two facts that never hold together. Each is a guard's name or a config symbol, with its truth. */
export interface Axiom {
  readonly never: readonly { readonly fact: string; readonly holds: boolean }[];
  readonly source: string;
}

/** The vocabulary of one kernel version. A name may have several rows of different kinds (an allocator that sleeps). */
export interface Vocabulary {
  readonly version: Version | null;
  rows(name: string): readonly ApiRow[];
  /** The first row of that kind, if the name has one. */
  row<K extends ApiRow['k']>(name: string, kind: K): Extract<ApiRow, { k: K }> | undefined;
  /** Names that have a row of that kind, sorted. */
  names(is: (row: ApiRow) => boolean): readonly string[];
  /** They are not among the rows of their names. */
  readonly held: readonly HeldRow[];
  readonly axioms: readonly Axiom[];
  /** The same, but for what `rows` say of names: that stands in place of what a tree's own rows say. */
  with(rows: readonly ApiRow[]): Vocabulary;
  /**
   * Platforms that code under `arch/<a>/` can run on; all for other paths. `file` is relative to the tree's root. `headers`: what
   * every build of it includes, and not every architecture has.
   */
  platformsOf(file: string, headers?: readonly string[]): readonly PlatformId[];
  /** Size of a page on a platform in bytes, null where it is configurable. */
  pageSize(platform: PlatformId): number | null;
  /** Byte strings: a text without any of them names no transition and has no annotation. None contains another. */
  readonly needles: readonly string[];
}
