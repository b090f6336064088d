import { successors } from '../ir/finish.ts';
import type { Instr, IrFunction } from '../ir/types.ts';
import type { Vocabulary } from '../kernel/types.ts';
import { isTransition } from '../kernel/vocabulary.ts';

/**
 * Names of callees that are memory events: transitions, and frees of memory that can be converted. Slab objects come
 * and go on every path and share their pages; those that are converted all the same are followed by the variable
 * that holds them.
 */
export function isEventName(name: string, vocabulary: Vocabulary): boolean {
  return vocabulary
    .rows(name)
    .some(
      (r) => isTransition(r) || r.k === 'map' || (r.k === 'free' && r.kind !== 'slab' && r.kind !== 'percpu'),
    );
}

/** Blocks that end in a choice after which an event happens for sure on one arm, and not on another. Of `a || b` both are. */
export function decidingBlocks(
  fn: IrFunction,
  isEvent: (call: Extract<Instr, { k: 'call' }>) => boolean,
): ReadonlySet<number> {
  const { blocks } = fn;
  const { own, bits } = eventsOf(fn, isEvent);
  const all = (1n << BigInt(bits)) - 1n;
  const sure = blocks.map(() => all);
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = blocks.length - 1; i >= 0; i--) {
      const next = successors(blocks[i]!.term);
      let mine = next.length === 0 ? 0n : all;
      for (const to of next) mine &= sure[to] ?? 0n;
      mine |= own[i]!;
      if (mine === sure[i]) continue;
      sure[i] = mine;
      changed = true;
    }
  }
  const deciding = new Set<number>();
  for (const { id, term } of blocks) {
    const [first, ...others] = successors(term);
    if (others.some((to) => sure[to] !== sure[first!])) deciding.add(id);
  }
  return deciding;
}

/** The events of each block as bits, and how many bits there are. */
function eventsOf(
  { blocks }: IrFunction,
  isEvent: (call: Extract<Instr, { k: 'call' }>) => boolean,
): { readonly own: readonly bigint[]; readonly bits: number } {
  let bits = 0;
  const own = blocks.map((block) => {
    let mine = 0n;
    for (const instr of block.instrs) if (instr.k === 'call' && isEvent(instr)) mine |= 1n << BigInt(bits++);
    return mine;
  });
  return { own, bits };
}

/** Blocks that end in a choice on which it depends what events can still happen, or happen before a loop goes round once more. */
export function controllingBlocks(
  fn: IrFunction,
  isEvent: (call: Extract<Instr, { k: 'call' }>) => boolean,
): ReadonlySet<number> {
  const { blocks } = fn;
  const { own } = eventsOf(fn, isEvent);
  const thisTime = [...own];
  for (let i = blocks.length - 1; i >= 0; i--)
    for (const to of successors(blocks[i]!.term)) if (to > i) thisTime[i]! |= thisTime[to] ?? 0n;
  const reach = [...own];
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = blocks.length - 1; i >= 0; i--) {
      let mine = reach[i]!;
      for (const to of successors(blocks[i]!.term)) mine |= reach[to] ?? 0n;
      if (mine !== reach[i]) {
        reach[i] = mine;
        changed = true;
      }
    }
  }
  const controlling = new Set<number>();
  for (const [i, block] of blocks.entries()) {
    const next = successors(block.term);
    const [first, ...others] = next;
    const isChoice = (to: number) =>
      reach[to] !== reach[first!] || (to > i && first! > i && thisTime[to] !== thisTime[first!]);
    if (others.some(isChoice)) controlling.add(block.id);
  }
  return controlling;
}
