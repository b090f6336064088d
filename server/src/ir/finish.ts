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

type Mutable<T> = T extends object ? { -readonly [K in keyof T]: T[K] } : T;

/** Leads a terminator elsewhere, in place: it belongs to its draft alone until the function is finished. */
function retarget(readonlyTerm: Terminator, to: (block: number) => number): void {
  const term = readonlyTerm as Mutable<Terminator>;
  switch (term.k) {
    case 'jump':
      term.to = to(term.to);
      break;
    case 'branch':
    case 'config':
      term.then = to(term.then);
      term.otherwise = to(term.otherwise);
      break;
    case 'iterate':
      term.body = to(term.body);
      term.done = to(term.done);
      break;
    case 'switch':
      for (const item of term.cases) (item as Mutable<typeof item>).to = to(item.to);
      term.otherwise = to(term.otherwise);
      break;
  }
}

/** A choice that leads to one place is none. */
function straighten(term: Terminator): Terminator {
  if ((term.k === 'branch' || term.k === 'config') && term.then === term.otherwise) {
    return { k: 'jump', to: term.then, span: term.span };
  }
  return term;
}

/** Whether a block stays what it is: the target of a `goto` is not joined with what runs into it. */
function isLabel(draft: Draft): boolean {
  return draft.label?.endsWith(':') === true;
}

/**
 * Drafts to blocks: what nobody reaches is left out, empty blocks that only jump are skipped, a block that
 * only one jump leads to is joined with it, ids are given in reverse post-order. Uses up the drafts.
 */
export function finishBlocks(drafts: readonly Draft[], entry: number): Block[] {
  const skip = new Int32Array(drafts.length).fill(-1);
  const resolve = (block: number): number => {
    if (skip[block]! >= 0) return skip[block]!;
    let at = block;
    for (let steps = 0; steps < drafts.length; steps++) {
      const draft = drafts[at]!;
      if (draft.instrs.length > 0 || draft.term?.k !== 'jump' || isLabel(draft)) break;
      at = draft.term.to;
    }
    skip[block] = at;
    return at;
  };

  const predecessors = new Uint32Array(drafts.length);
  const next: number[][] = new Array<number[]>(drafts.length);
  predecessors[entry] = 1; // from outside
  const work = [entry];
  const seen = new Uint8Array(drafts.length);
  seen[entry] = 1;
  while (work.length > 0) {
    const at = work.pop()!;
    const draft = drafts[at]!;
    retarget(draft.term!, resolve);
    draft.term = straighten(draft.term!);
    const to = successors(draft.term);
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
  const tails = new Int32Array(drafts.length);
  const tail = (block: number): number => {
    let at = block;
    for (;;) {
      const term = drafts[at]!.term!;
      if (term.k !== 'jump' || predecessors[term.to] !== 1 || isLabel(drafts[term.to]!)) return at;
      at = term.to;
    }
  };

  const order: number[] = [];
  const visited = new Uint8Array(drafts.length);
  const stack: number[] = [];
  const children: number[] = [];
  const visit = (block: number): void => {
    visited[block] = 1;
    tails[block] = tail(block);
    stack.push(block);
    children.push(next[tails[block]!]!.length);
  };
  visit(entry);
  while (stack.length > 0) {
    const top = stack.length - 1;
    const block = stack[top]!;
    if (children[top] === 0) {
      order.push(block);
      stack.pop();
      children.pop();
      continue;
    }
    // The last successor first, so that the first one comes first in the result.
    const child = next[tails[block]!]![--children[top]!]!;
    if (!visited[child]) visit(child);
  }
  order.reverse();
  const ids = skip.fill(-1);
  for (let id = 0; id < order.length; id++) ids[order[id]!] = id;
  return order.map((block, id) => {
    const last = tails[block]!;
    let { instrs } = drafts[block]!;
    for (let at = block; at !== last; ) {
      at = next[at]![0]!;
      if (drafts[at]!.instrs.length > 0) instrs = instrs.concat(drafts[at]!.instrs);
    }
    const term = drafts[last]!.term!;
    retarget(term, (to) => ids[to]!);
    return { id, label: drafts[block]!.label, instrs, term };
  });
}
