import type { Draft } from './builder.ts';
import type { Block, Terminator } from './types.ts';

/** The blocks that a terminator leads to, in the order in which they are printed. */
export function successors(term: Terminator): number[] {
  switch (term.k) {
    case 'jump':
      return [term.to];
    case 'branch':
    case 'config':
      return [term.then, term.otherwise];
    case 'iterate':
      return [term.body, term.done];
    case 'switch':
      return [...term.cases.map((c) => c.to), term.otherwise];
    case 'return':
    case 'stop':
      return [];
  }
}

function retarget(term: Terminator, to: (block: number) => number): Terminator {
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
        cases: term.cases.map((c) => ({ ...c, to: to(c.to) })),
        otherwise: to(term.otherwise),
      };
    case 'return':
    case 'stop':
      return term;
  }
}

/** A choice that leads to one place is none. */
function straighten(term: Terminator): Terminator {
  if ((term.k === 'branch' || term.k === 'config') && term.then === term.otherwise) {
    return { k: 'jump', to: term.then, span: term.span };
  }
  return term;
}

/**
 * Drafts to blocks: what nobody reaches is left out, empty blocks that only jump are skipped, a block that
 * only one jump leads to is joined with it, ids are given in reverse post-order.
 */
export function finishBlocks(drafts: readonly Draft[], entry: number): Block[] {
  const through = (block: number): number => {
    let at = block;
    for (let steps = 0; steps < drafts.length; steps++) {
      const draft = drafts[at]!;
      if (draft.instrs.length > 0 || draft.label?.endsWith(':') || draft.term?.k !== 'jump') return at;
      at = draft.term.to;
    }
    return at;
  };
  const skip = new Int32Array(drafts.length).fill(-1);
  const resolve = (block: number): number => {
    if (skip[block]! < 0) skip[block] = through(block);
    return skip[block]!;
  };

  const predecessors = new Uint32Array(drafts.length);
  const terms: Terminator[] = new Array<Terminator>(drafts.length);
  const first = entry;
  predecessors[first] = 1; // from outside
  const work = [first];
  const seen = new Uint8Array(drafts.length);
  seen[first] = 1;
  while (work.length > 0) {
    const at = work.pop()!;
    const term = straighten(retarget(drafts[at]!.term!, resolve));
    terms[at] = term;
    for (const block of successors(term)) {
      predecessors[block]!++;
      if (!seen[block]) {
        seen[block] = 1;
        work.push(block);
      }
    }
  }

  // A chain of blocks is represented by its first one.
  const tail = (block: number): number => {
    let at = block;
    for (;;) {
      const term = terms[at]!;
      if (term.k !== 'jump' || predecessors[term.to] !== 1 || drafts[term.to]!.label?.endsWith(':'))
        return at;
      at = term.to;
    }
  };

  const order: number[] = [];
  const tails = new Map<number, number>();
  const visited = new Uint8Array(drafts.length);
  const stack: { block: number; child: number; to: number[] }[] = [];
  const visit = (block: number): void => {
    visited[block] = 1;
    const last = tail(block);
    tails.set(block, last);
    const to = successors(terms[last]!);
    stack.push({ block, child: to.length, to });
  };
  visit(first);
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    if (top.child === 0) {
      order.push(top.block);
      stack.pop();
      continue;
    }
    // The last successor first, so that the first one comes first in the result.
    const child = top.to[--top.child]!;
    if (!visited[child]) visit(child);
  }
  order.reverse();
  const ids = new Int32Array(drafts.length).fill(-1);
  order.forEach((block, id) => {
    ids[block] = id;
  });
  return order.map((block, id) => {
    const last = tails.get(block)!;
    let { instrs } = drafts[block]!;
    for (let at = block; at !== last; ) {
      at = (terms[at] as { readonly to: number }).to;
      if (drafts[at]!.instrs.length > 0) instrs = instrs.concat(drafts[at]!.instrs);
    }
    return { id, label: drafts[block]!.label, instrs, term: retarget(terms[last]!, (to) => ids[to]!) };
  });
}
