import type { Draft, Drafts } from './findings.ts';
import type { Lawful } from './record.ts';
import type { State, TraceNode } from './state.ts';
import type { Tags } from './tags.ts';
import { type Site, subterms } from './terms.ts';
import type { Violation } from './violation.ts';

/** The latest node of a path, from `from` back, that is wanted. */
export function lastNode(
  state: State,
  wanted: (node: TraceNode) => boolean,
  from: TraceNode | null = state.trace,
): TraceNode | null {
  for (let node = from; node; node = node.prev) if (wanted(node)) return node;
  return null;
}

/**
 * Where violations are reported: at the store that made a flag lie, if the free believed the flag;
 * else at the free or flip itself, in the callee that chose the memory, or at the call that handed it over.
 */
export class Placing {
  /** Frees in callees that some caller in view uses rightly, and the calls that do. */
  private readonly lawful = new Set<string>();

  constructor(
    private readonly drafts: Drafts,
    private readonly tags: Tags,
  ) {}

  /** A free in a callee that was right for what this caller handed over. */
  usedRightly(one: Lawful): void {
    this.lawful.add(one.site.key);
    let use = uses.get(one);
    if (use === undefined) {
      const call = lastNode(one.state, (n) => n.depth === 0 && n.event.k === 'call');
      use = call && `${one.site.key} < ${call.at.key}`;
      uses.set(one, use);
    }
    if (use !== null) this.lawful.add(use);
  }

  place(violation: Violation): Draft | null {
    const { node } = violation;
    const here = node.at;
    const lie = isFree(violation) ? this.lyingStore(violation) : null;
    if (lie) return this.drafts.draft(violation, lie.at, [{ at: here, event: node.event }]);
    if (node.depth === 0) return this.drafts.draft(violation, here);
    const call = lastNode(violation.state, (n) => n.depth === 0 && n.event.k === 'call', node);
    if (!call) return this.drafts.draft(violation, here);
    if (this.calleeToBlame(violation, here, call.at))
      return this.drafts.draft(violation, here, [{ at: call.at, event: call.event }]);
    return this.drafts.draft(violation, call.at, [{ at: here, event: node.event }]);
  }

  /**
   * Memory that a helper was handed is its caller's to answer for, unless everybody hands it shared memory: then
   * the helper forgot to convert it. What the helper found in a struct it was handed is its own to test where one
   * call may be right or wrong. What it found in a global is its own.
   */
  private calleeToBlame(violation: Violation, free: Site, call: Site): boolean {
    const { through } = violation;
    if (through?.k !== 'entry') return true;
    const direct = through.path.root.k === 'local' && through.path.length === 0;
    if (violation.kind === 'given-away' || violation.kind === 'requirement-unmet') return false;
    if (direct) return violation.kind === 'freed-shared' && !this.lawful.has(free.key);
    if (!isFree(violation)) return true;
    const below = subterms(through).some((t) => t.k === 'entry' && t.path.root.k === 'local');
    return !below || this.lawful.has(`${free.key} < ${call.key}`);
  }

  /** The store, after the transition that went wrong, to a cell that the free's function tested. */
  private lyingStore(violation: Violation): TraceNode | null {
    const { node, subject, state } = violation;
    if (!subject) return null;
    const flip = lastNode(state, (n) => n.event.k === 'transition' && n.subject === subject, node);
    if (!flip) return null;
    for (let test: TraceNode | null = node; test && test.depth >= node.depth; test = test.prev) {
      const { cell } = test;
      if (test.event.k !== 'branch' || cell === undefined || test.depth !== node.depth) continue;
      // Of a pointer NULL says that there is nothing, not in which state it is.
      if (this.tags.isPointer(cell)) continue;
      const store = lastNode(
        state,
        (n) => n.event.k === 'store' && n.cell !== undefined && this.tags.sameCell(n.cell, cell),
        node,
      );
      if (store && store.length > flip.length && !tellsOutcome(store)) return store;
    }
    return null;
  }
}

/** Of a free that was right: the call that led to it, if one did. */
const uses = new WeakMap<Lawful, string | null>();

/** A flag is a constant; one that takes its value from the outcome does not lie, and a pointer is no flag. */
function tellsOutcome(store: TraceNode): boolean {
  if (store.event.k !== 'store' || !/^\d+$/.test(store.event.value)) return true;
  return store.looksAt.some((t) => subterms(t).some((s) => s.k === 'fresh' && s.outcomeOf !== null));
}

function isFree(violation: Violation): boolean {
  return violation.kind === 'freed-shared' || violation.kind === 'freed-unknown';
}
