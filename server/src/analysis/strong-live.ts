import { successors } from '../ir/finish.ts';
import type { Instr, IrFunction } from '../ir/types.ts';
import type { Call } from './call-context.ts';
import { readsOf, readsOfTerm, slots } from './flow.ts';

/**
 * Per block: locals (index) and temporaries (~id) whose value can still come to bear on what happens to memory, what is stored, or
 * what is returned: the strongly live variables of Giegerich, Möncke and Wilhelm (1981). A number that is only computed with, or that
 * only decides things which have nothing to do with memory, is live but not in it: two paths that differ in it alone are one.
 * `controlling`: blocks that end in a choice which does. `bears`: whether it matters what a call is given.
 */
export function stronglyLive(
  fn: IrFunction,
  controlling: ReadonlySet<number>,
  bears: (call: Call) => boolean,
): readonly ReadonlySet<number>[] {
  const { blocks } = fn;
  const entry = blocks.map(() => new Set<number>());
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = blocks.length - 1; i >= 0; i--) {
      const { id, instrs, term } = blocks[i]!;
      const live = new Set<number>();
      for (const to of successors(term)) for (const slot of entry[to] ?? []) live.add(slot);
      if (term.k === 'return' || controlling.has(id)) for (const expr of readsOfTerm(term)) slots(expr, live);
      for (let at = instrs.length - 1; at >= 0; at--) step(instrs[at]!, live, bears);
      const known = entry[i]!;
      if (live.size === known.size) continue;
      entry[i] = live;
      changed = true;
    }
  }
  return entry;
}

/** From after an instruction to before it. */
function step(instr: Instr, live: Set<number>, bears: (call: Call) => boolean): void {
  let matters = true;
  if (instr.k === 'assign') {
    const { target } = instr;
    if (target.k === 'local') matters = live.delete(target.index);
    else if (target.k === 'temp') matters = live.delete(~target.id);
  } else if (instr.k === 'call') {
    const isAsked = instr.dst !== null && live.delete(~instr.dst);
    matters = isAsked || bears(instr);
  } else if (instr.k === 'declare') live.delete(instr.variable);
  if (matters) for (const expr of readsOf(instr)) slots(expr, live);
}
