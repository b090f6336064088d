import type {
  AccessorRow,
  AllocRow,
  ApiRow,
  ConditionRow,
  ConstantRow,
  ContainerRow,
  ContentsRow,
  DeferRow,
  EntryRow,
  ErrorRow,
  FreeRow,
  GuardRow,
  HarmlessRow,
  LockRow,
  LoopRow,
  MapRow,
  MemoryKind,
  NoReturnRow,
  PlatformGuardRow,
  PlatformId,
  ProtRow,
  PublishRow,
  SameRow,
  SizeRow,
  SizeSpec,
  SizeUnit,
  SleepRow,
  StableRow,
  TransitionRow,
  TypeMacroRow,
  UnmapRow,
  Version,
} from '../types.ts';

/** The argument is a number of bytes. */
export const bytes = (arg: number): SizeSpec => ({ arg, unit: 'bytes' });
/** The argument is a number of pages of PAGE_SIZE. */
export const pages = (arg: number): SizeSpec => ({ arg, unit: 'pages' });
/** The argument is an order: log2 of a number of pages. */
export const order = (arg: number): SizeSpec => ({ arg, unit: 'order' });
/** The size in bytes is the product of two arguments. */
export const product = (a: number, b: number): SizeSpec => ({ product: [a, b], unit: 'bytes' });
/** A size that no argument changes. */
export const fixed = (count: number, unit: SizeUnit): SizeSpec => ({ count, unit });
/** One page of PAGE_SIZE. */
export const ONE_PAGE: SizeSpec = { count: 1, unit: 'pages' };

/** The minor number of the last release before each major one. */
const LAST_MINOR: Readonly<Record<number, number>> = { 3: 19, 4: 20, 5: 19, 6: 19 };

/** The release before that one. */
export function before([major, minor]: Version): Version {
  return minor > 0 ? [major, minor - 1] : [major - 1, LAST_MINOR[major - 1] ?? 19];
}

/** The row holds from that version on. */
export function since<R extends ApiRow>(version: Version, row: R): R {
  return { ...row, since: version };
}

/** The row holds up to that version, itself included. */
export function until<R extends ApiRow>(version: Version, row: R): R {
  return { ...row, until: version };
}

/** The row holds between two versions, both included. */
export function between<R extends ApiRow>(first: Version, last: Version, row: R): R {
  return { ...row, since: first, until: last };
}

/**
 * A row whose header or file moved: the row twice, before and from `when`. `when` is the first version known to
 * have the new place; of the trees that were not read an earlier one may have it too.
 */
export function moved<R extends ApiRow>(row: R, when: Version, source: string): readonly [R, R] {
  return [
    { ...row, until: before(when) },
    { ...row, source, since: when },
  ];
}

/** Memory of these kinds begins at a page and shares its pages with nobody. */
const WHOLE_PAGES: ReadonlySet<MemoryKind> = new Set([
  'page',
  'exact',
  'vmalloc',
  'vmap',
  'cma',
  'dma',
  'folio',
]);

type Options<R, Fixed extends keyof R = never> = Partial<Omit<R, 'k' | 'name' | 'source' | Fixed>>;

/** A transition of host visibility, with the defaults of `set_memory_*()`: a virtual address, pages, negative on failure, sleeps. */
export function transition(
  name: string,
  source: string,
  to: TransitionRow['to'],
  options: Options<TransitionRow, 'to'> = {},
): TransitionRow {
  return {
    k: 'transition',
    name,
    source,
    to,
    parameters: ['addr', 'numpages'],
    address: 0,
    addressView: 'va',
    extent: pages(1),
    failure: 'negative',
    sleeps: true,
    ...options,
  };
}

/** An allocator; zeroed by its gfp argument if it has one, NULL on failure, whole pages by its kind. */
export function alloc(
  kind: MemoryKind,
  name: string,
  source: string,
  size: SizeSpec | null,
  options: Options<AllocRow, 'kind' | 'size'> = {},
): AllocRow {
  return {
    k: 'alloc',
    name,
    source,
    kind,
    result: 'return',
    size,
    zeroed: options.gfp === undefined ? false : { gfpArg: options.gfp },
    failure: 'null',
    wholePages: WHOLE_PAGES.has(kind),
    ...options,
  };
}

/** Gives memory back. */
export function free(
  kind: MemoryKind,
  name: string,
  source: string,
  address: number,
  size: SizeSpec | null = null,
  options: Options<FreeRow, 'kind' | 'address' | 'size'> = {},
): FreeRow {
  return { k: 'free', name, source, kind, address, size, ...options };
}

/** Another address or handle of the same memory. */
export function same(
  name: string,
  source: string,
  from: SameRow['from'],
  to: SameRow['to'],
  arg = 0,
): SameRow {
  return { k: 'same', name, source, arg, from, to };
}

/** A pure computation of a size. */
export function size(
  name: string,
  source: string,
  op: SizeRow['op'],
  args: readonly number[] = [0],
  options: Pick<Options<SizeRow>, 'unit'> = {},
): SizeRow {
  return { k: 'size', name, source, op, args, ...options };
}

/** A constant with a unit; `follows`: it has the platform's page size, and no value of its own. */
export function constant(
  name: string,
  source: string,
  value: number | null,
  unit: ConstantRow['unit'],
  options: Pick<Options<ConstantRow>, 'follows'> = {},
): ConstantRow {
  return { k: 'constant', name, source, value, unit, ...options };
}

/** Another mapping of memory that exists. */
export function map(
  alias: MapRow['alias'],
  name: string,
  source: string,
  memory: number,
  memoryIs: MapRow['memoryIs'],
  attribute: MapRow['attribute'],
  failure: MapRow['failure'] = 'null',
): MapRow {
  return { k: 'map', name, source, memory, memoryIs, alias, attribute, failure };
}

/** Takes such a mapping away. */
export function unmap(name: string, source: string, address = 0): UnmapRow {
  return { k: 'unmap', name, source, address };
}

/** A page protection; `arg`: the protection that it is made from. */
export function prot(
  name: string,
  source: string,
  attribute: ProtRow['attribute'],
  arg: number | null = null,
): ProtRow {
  return { k: 'prot', name, source, attribute, arg };
}

/** A call that does not come back; `when`: only where that argument is true. */
export function noreturn(name: string, source: string, when: number | null = null): NoReturnRow {
  return { k: 'noreturn', name, source, when };
}

/** A macro that yields a test of an argument. */
export function condition(
  name: string,
  source: string,
  test: ConditionRow['test'],
  warns: boolean,
  arg = 0,
): ConditionRow {
  return { k: 'condition', name, source, arg, test, warns };
}

/** Error pointers and back. */
export function error(name: string, source: string, op: ErrorRow['op'], arg = 0): ErrorRow {
  return { k: 'error', name, source, op, arg };
}

/** Locks under which one may sleep. Spin locks sleep on PREEMPT_RT, but code must work without it. */
const SLEEPING_LOCKS: ReadonlySet<LockRow['lock']> = new Set(['mutex', 'rwsem', 'srcu', 'cpus']);

/** A lock or a section; `irq`: interrupts are off as well. */
export function lock(
  op: LockRow['op'],
  kind: LockRow['lock'],
  name: string,
  source: string,
  options: { readonly arg?: number | null; readonly irq?: boolean } = {},
): LockRow {
  const { arg = 0, irq = false } = options;
  return {
    k: 'lock',
    name,
    source,
    op,
    lock: kind,
    forbidsSleep: !SLEEPING_LOCKS.has(kind),
    irqsOff: irq,
    arg,
  };
}

/** A class of `guard()`, `scoped_guard()` and `CLASS()`. */
export function guardClass(
  name: string,
  source: string,
  forbidsSleep: boolean,
  options: { readonly irq?: boolean } = {},
): GuardRow {
  return { k: 'guard-class', name, source, forbidsSleep, irqsOff: options.irq ?? false };
}

/** The call may sleep. */
export function sleeps(name: string, source: string): SleepRow {
  return { k: 'sleeps', name, source };
}

/** Arms or runs a callback; `data`: the argument that it is handed, itself or as the object around it. */
export function defer(
  name: string,
  source: string,
  callback: number,
  data: number | null,
  context: DeferRow['context'],
  when: DeferRow['when'] = 'later',
): DeferRow {
  return { k: 'defer', name, source, callback, data, context, when };
}

/** A member of an operations structure is entered in this context. */
export function entry(
  tag: string,
  source: string,
  member: string,
  context: EntryRow['context'],
  unless?: string,
): EntryRow {
  const row: EntryRow = { k: 'entry', name: tag, source, member, context };
  return unless === undefined ? row : { ...row, unless };
}

/** A store or call after which others see the memory. */
export function publish(name: string, source: string, memory: number, to: PublishRow['to']): PublishRow {
  return { k: 'publish', name, source, memory, to };
}

/** A predicate that says on which platforms one is. */
export function platformGuard(
  name: string,
  source: string,
  form: PlatformGuardRow['form'],
  trueOn: readonly PlatformId[],
  options: Pick<Options<PlatformGuardRow>, 'selector' | 'falseOn'> = {},
): PlatformGuardRow {
  return { k: 'platform-guard', name, source, form, trueOn, ...options };
}

/** A predicate with one answer everywhere in a function. */
export function stable(name: string, source: string, form: StableRow['form']): StableRow {
  return { k: 'stable', name, source, form };
}

/** Reads or writes memory through an address. */
export function contents(
  name: string,
  source: string,
  op: ContentsRow['op'],
  writes: number | null,
  reads: number | null,
  length: SizeSpec | null,
): ContentsRow {
  return { k: 'contents', name, source, op, writes, reads, size: length };
}

/** Puts a pointer into a container or takes it out. */
export function container(
  name: string,
  source: string,
  op: ContainerRow['op'],
  memory: number | null,
  box: number,
): ContainerRow {
  return { k: 'container', name, source, op, memory, container: box };
}

/** From a pointer to the structure around it, to a CPU's own part, or to what is stored behind it. */
export function accessor(
  name: string,
  source: string,
  op: AccessorRow['op'],
  arg = 0,
  options: Pick<Options<AccessorRow>, 'index' | 'value'> = {},
): AccessorRow {
  return { k: 'accessor', name, source, op, arg, ...options };
}

/** A loop macro: the arguments it sets each pass, and the one that they are elements of. */
export function loop(
  name: string,
  source: string,
  cursor: readonly number[],
  elements: number | null = null,
  options: Pick<Options<LoopRow>, 'range'> = {},
): LoopRow {
  return { k: 'loop', name, source, cursor, elements, ...options };
}

/** Without effect on memory that matters; its result may differ each time. */
export function harmless(name: string, source: string): HarmlessRow {
  return { k: 'harmless', name, source, pure: false };
}

/** Prints its arguments: a result that goes only there is told, not handled. */
export function tells(name: string, source: string): HarmlessRow {
  return { k: 'harmless', name, source, pure: false, tells: true };
}

/** Same arguments, same result, no effect. */
export function pure(name: string, source: string): HarmlessRow {
  return { k: 'harmless', name, source, pure: true };
}

/** A macro with types among its arguments. */
export function typeMacro(name: string, source: string): TypeMacroRow {
  return { k: 'type-macro', name, source };
}
