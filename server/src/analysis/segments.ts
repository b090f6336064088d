import type { Block, Instr, IrFunction, Terminator } from '../ir/types.ts';

type Call = Extract<Instr, { k: 'call' }>;

/**
 * A function whose blocks fork once at most, so that states that are alike meet again before the next call multiplies them.
 * `forks`: calls after which there may be several states for one. The same object if nothing had to be cut.
 */
export function segmented(fn: IrFunction, forks: (call: Call) => boolean): IrFunction {
  const cuts = fn.blocks.map((block) => cutsOf(block, forks));
  if (cuts.every((places) => places.length === 0)) return fn;
  const first: number[] = [];
  let count = 0;
  for (const places of cuts) {
    first.push(count);
    count += places.length + 1;
  }
  const to = (block: number) => first[block]!;
  const blocks: Block[] = [];
  for (const [i, { label, instrs, term }] of fn.blocks.entries()) {
    const starts = [0, ...cuts[i]!];
    for (const [n, start] of starts.entries()) {
      const id = blocks.length;
      const next = starts[n + 1];
      const isLast = next === undefined;
      const span = isLast ? term.span : (instrs[next]?.span ?? term.span);
      blocks.push({
        id,
        label: n === 0 ? label : null,
        instrs: instrs.slice(start, next),
        term: isLast ? led(term, to) : { k: 'jump', to: id + 1, span },
      });
    }
  }
  return { ...fn, blocks };
}

/** Where a block is cut: before the second call that forks and every one after it, and before a return. */
function cutsOf({ instrs, term }: Block, forks: (call: Call) => boolean): number[] {
  const cuts: number[] = [];
  let hasForked = false;
  for (const [i, instr] of instrs.entries()) {
    if (instr.k !== 'call' || !forks(instr)) continue;
    if (hasForked) cuts.push(i);
    hasForked = true;
  }
  if (hasForked && term.k === 'return') cuts.push(instrs.length);
  return cuts;
}

function led(term: Terminator, to: (block: number) => number): Terminator {
  switch (term.k) {
    case 'jump':
      return { ...term, to: to(term.to) };
    case 'branch':
    case 'config':
      return { ...term, then: to(term.then), otherwise: to(term.otherwise) };
    case 'iterate':
      return { ...term, body: to(term.body), done: to(term.done) };
    case 'switch':
      return {
        ...term,
        cases: term.cases.map((one) => ({ ...one, to: to(one.to) })),
        otherwise: to(term.otherwise),
      };
    case 'return':
    case 'stop':
      return term;
  }
}
