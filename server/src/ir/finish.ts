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
  const next: number[][] = new Array<number[]>(drafts.length);
  const first = resolve(entry);
  predecessors[first] = 2; // the entry is never joined with what jumps to it
  const work = [first];
  const seen = new Uint8Array(drafts.length);
  seen[first] = 1;
  while (work.length > 0) {
    const at = work.pop()!;
    const to = successors(drafts[at]!.term!).map(resolve);
    next[at] = to;
    for (const block of to) {
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
      if (drafts[at]!.term!.k !== 'jump') return at;
      const to = next[at]![0]!;
      if (predecessors[to] !== 1 || drafts[to]!.label?.endsWith(':')) return at;
      at = to;
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
    const to = next[last]!;
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
    let instrs = drafts[block]!.instrs;
    for (let at = block; at !== last; ) {
      at = next[at]![0]!;
      instrs = instrs.concat(drafts[at]!.instrs);
    }
    const term = straighten(retarget(drafts[last]!.term!, (to) => ids[resolve(to)]!));
    return { id, label: drafts[block]!.label, instrs, term };
  });
}
