import type {
  AllocRow,
  ApiRow,
  ConditionRow,
  FreeRow,
  GuardRow,
  HarmlessRow,
  LockRow,
  LoopRow,
  MemoryKind,
  NoReturnRow,
  SameRow,
  SizeRow,
  SizeSpec,
  SizeUnit,
  TransitionRow,
  Version,
} from '../types.ts';

/** From which to which kernel version a row holds; both ends included. */
export interface Range {
  readonly since?: Version;
  readonly until?: Version;
}

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

/** A transition of host visibility, with the defaults of `set_memory_*()`: a virtual address, pages, negative on failure, sleeps. */
export function transition(
  name: string,
  source: string,
  to: 'shared' | 'private',
  options: Partial<Omit<TransitionRow, 'k' | 'name' | 'source' | 'to'>> = {},
): TransitionRow {
  return {
    k: 'transition',
    name,
    source,
    to,
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
  options: Partial<Omit<AllocRow, 'k' | 'name' | 'source' | 'kind' | 'size'>> = {},
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
  options: Partial<Omit<FreeRow, 'k' | 'name' | 'source' | 'kind' | 'address' | 'size'>> = {},
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
  range: Range = {},
): SameRow {
  return { k: 'same', name, source, arg, from, to, ...range };
}

/** A pure computation of a size. */
export function size(
  name: string,
  source: string,
  op: SizeRow['op'],
  args: readonly number[] = [0],
  options: Partial<Pick<SizeRow, 'since' | 'until' | 'unit'>> = {},
): SizeRow {
  return { k: 'size', name, source, op, args, ...options };
}

/** A call that does not come back; `when`: only where that argument is true. */
export function noreturn(
  name: string,
  source: string,
  when: number | null = null,
  range: Range = {},
): NoReturnRow {
  return { k: 'noreturn', name, source, when, ...range };
}

/** A macro that yields a test of an argument. */
export function condition(
  name: string,
  source: string,
  test: ConditionRow['test'],
  warns: boolean,
  arg = 0,
  range: Range = {},
): ConditionRow {
  return { k: 'condition', name, source, arg, test, warns, ...range };
}

/** A lock or a section. `sleep`: it forbids sleeping; `irq`: interrupts are off as well. */
export function lock(
  op: LockRow['op'],
  kind: LockRow['lock'],
  name: string,
  source: string,
  options: { readonly arg?: number | null; readonly irq?: boolean } & Range = {},
): LockRow {
  const { arg = 0, irq = false, ...range } = options;
  return {
    k: 'lock',
    name,
    source,
    op,
    lock: kind,
    forbidsSleep: forbidsSleep(kind),
    irqsOff: irq,
    arg,
    ...range,
  };
}

/** Which locks make a section atomic. Spin locks sleep on PREEMPT_RT, but code must work without it. */
function forbidsSleep(kind: LockRow['lock']): boolean {
  return kind !== 'mutex' && kind !== 'rwsem' && kind !== 'cpus' && kind !== 'srcu';
}

/** A class of `guard()`, `scoped_guard()` and `CLASS()`. */
export function guardClass(
  name: string,
  source: string,
  forbids: boolean,
  options: { readonly irq?: boolean } & Range = {},
): GuardRow {
  const { irq = false, ...range } = options;
  return { k: 'guard-class', name, source, forbidsSleep: forbids, irqsOff: irq, ...range };
}

/** A loop macro: the arguments it sets each pass, and the one that they are elements of. */
export function loop(
  name: string,
  source: string,
  cursor: readonly number[],
  elements: number | null = null,
  options: Partial<Pick<LoopRow, 'range' | 'since' | 'until'>> = {},
): LoopRow {
  return { k: 'loop', name, source, cursor, elements, ...options };
}

/** Without effect on memory that matters, and its result depends on more than its arguments. */
export function harmless(
  name: string,
  source: string,
  options: Partial<Pick<HarmlessRow, 'pure' | 'tells' | 'since' | 'until'>> = {},
): HarmlessRow {
  return { k: 'harmless', name, source, pure: false, ...options };
}

/** Prints its arguments: a result that goes only there is told, not handled. */
export function tells(name: string, source: string, range: Range = {}): HarmlessRow {
  return { k: 'harmless', name, source, pure: false, tells: true, ...range };
}

/** Same arguments, same result, no effect. */
export function pure(name: string, source: string, range: Range = {}): HarmlessRow {
  return { k: 'harmless', name, source, pure: true, ...range };
}

/** The minor number of the last release before each major one. */
const LAST_MINOR: Readonly<Record<number, number>> = { 5: 19, 6: 19 };

/** The release before that one. */
export function before([major, minor]: Version): Version {
  return minor > 0 ? [major, minor - 1] : [major - 1, LAST_MINOR[major - 1] ?? 19];
}

/**
 * A row whose header or file moved: the same row twice, until then and since. `when` is the first version known to
 * have the new place; the trees between the ones that were read may have had it earlier.
 */
export function moved<R extends ApiRow>(row: R, when: Version, source: string): readonly [R, R] {
  return [
    { ...row, until: before(when) },
    { ...row, source, since: when },
  ];
}
