import type { SizeUnit, TransitionRow, Vocabulary } from './types.ts';
import { isTransition } from './vocabulary.ts';

/**
 * What Linux calls the things that a repaired function is made of. Sources: `include/linux/pfn.h`, `include/linux/mm.h`
 * (`PAGE_SHIFT`, `PAGE_SIZE`), `include/linux/set_memory.h`, `include/linux/string.h`, `include/asm-generic/bug.h`,
 * `include/linux/printk.h`, `include/uapi/asm-generic/errno-base.h`, `include/linux/pgtable.h`.
 */

/** How code tells that memory was lost. */
export const leakMessages = ['none', 'WARN_ONCE', 'pr_warn_once'] as const;
export type LeakMessage = (typeof leakMessages)[number];

/** The statement that tells of a leak; null where none is wanted. */
export function leakStatement(message: LeakMessage): string | null {
  const text = '"leaking pages whose encryption state is unknown\\n"';
  switch (message) {
    case 'WARN_ONCE':
      return `WARN_ONCE(1, ${text});`;
    case 'pr_warn_once':
      return `pr_warn_once(${text});`;
    default:
      return null;
  }
}

/** What a function returns that could not allocate. */
export const noMemory = '-ENOMEM';

/** What is said of a pointer that is none. */
export const noPointer = 'NULL';

/** An expression for the same amount in another unit; null where there is no short one. `text` is one operand, or is put in brackets. */
export function inUnit(text: string, from: string, to: SizeUnit | string): string | null {
  const operand = /^[\w.]+(?:->[\w.]+)*(?:\([^()]*\))?$/.test(text) ? text : `(${text})`;
  if (from === 'bytes' && to === 'pages') {
    if (text === 'PAGE_SIZE') return '1';
    // The same amount back and forth.
    const count = /^([\w.]+(?:->[\w.]+)*) \* PAGE_SIZE$|^PAGE_SIZE \* ([\w.]+(?:->[\w.]+)*)$/.exec(text);
    return count?.[1] ?? count?.[2] ?? `PFN_UP(${text})`;
  }
  if (from === 'order' && to === 'pages') return `1 << ${operand}`;
  if (from === 'order' && to === 'bytes') return `PAGE_SIZE << ${operand}`;
  if (from === 'pages' && to === 'bytes') return text === '1' ? 'PAGE_SIZE' : `${operand} * PAGE_SIZE`;
  return null;
}

/** A statement that fills memory with zeroes. */
export function zeroing(pointer: string, bytes: string): readonly [string, readonly string[]] {
  return ['memset', [pointer, '0', bytes]];
}

/** The page protection that maps shared memory, made of one for private memory. */
export function sharedProtection(protection: string): string {
  return `pgprot_decrypted(${protection})`;
}

/** The call that undoes a transition: the other direction, with the same arguments; null where there is no such. */
export function opposite(callee: string, vocabulary: Vocabulary): string | null {
  const row = vocabulary.row(callee, 'transition');
  if (row === undefined || !isTransition(row)) return null;
  const same = (other: TransitionRow) =>
    other.to !== row.to &&
    other.source === row.source &&
    other.parameters.join() === row.parameters.join() &&
    !other.implementation;
  const names = vocabulary.names((other) => other.k === 'transition' && same(other));
  return names.length === 1 ? names[0]! : null;
}

/** The macros that hold a lock to the end of a block, and for the block behind them. Source: `include/linux/cleanup.h`. */
export const scopeLock = { toTheEnd: 'guard', block: 'scoped_guard' } as const;

/** Guard classes of which one task at a time is inside. Source: `include/linux/spinlock.h`. */
const exclusiveGuards: readonly string[] = [
  'raw_spinlock',
  'raw_spinlock_bh',
  'raw_spinlock_irq',
  'raw_spinlock_irqsave',
  'spinlock',
  'spinlock_bh',
  'spinlock_irq',
  'spinlock_irqsave',
];

/** Whether a guard class, or a call that takes a lock, lets one task at a time in, and not every reader or every CPU. */
export function isExclusive(name: string, vocabulary: Vocabulary): boolean {
  const lock = vocabulary.row(name, 'lock')?.lock;
  return lock === undefined ? exclusiveGuards.includes(name) : lock === 'spin' || lock === 'raw-spin';
}

/** So much does the page allocator give at once, with pages of 4 KiB. Source: `MAX_PAGE_ORDER` in `include/linux/mmzone.h`. */
export const mostAtOnce = 4 << 20;

/**
 * The call that takes whole pages of the linear map where another takes memory that may lie outside of it; null: there is none.
 * Sources: `include/linux/vmalloc.h`, `include/linux/slab.h`, `include/linux/gfp.h`.
 */
export function linearAllocation(
  callee: string,
  items: readonly string[],
): { readonly name: string; readonly size: number; readonly items: readonly string[] } | null {
  const [size = '', flags] = items;
  const made = (gfp: string) => ({ name: 'alloc_pages_exact', size: 0, items: [size, gfp] });
  if (callee === 'vmalloc' && items.length === 1) return made('GFP_KERNEL');
  if (callee === 'vzalloc' && items.length === 1) return made('GFP_KERNEL | __GFP_ZERO');
  if (callee === 'kvmalloc' && flags !== undefined) return made(flags);
  if (callee === 'kvzalloc' && flags !== undefined) return made(`${flags} | __GFP_ZERO`);
  return null;
}

/** The call that gives such pages back, in the place of one that gives back what {@link linearAllocation} replaces; null: none does. */
export function linearFree(callee: string): string | null {
  return callee === 'vfree' || callee === 'kvfree' ? 'free_pages_exact' : null;
}
