import type { Vocabulary } from '../kernel/types.ts';
import { here } from './call-context.ts';
import type { Evaluator } from './eval.ts';
import { dropFactsAbout } from './facts.ts';
import type { Memory } from './memory.ts';
import type { State } from './state.ts';
import { type Path, type Site, subterms, type Term, type Terms } from './terms.ts';

/** Stores that others can see, and allocation sites that run again. */
export class Stores {
  constructor(
    private readonly terms: Terms,
    private readonly evaluator: Evaluator,
    private readonly memory: Memory,
    private readonly vocabulary: Vocabulary,
  ) {}

  /** Stores into a cell that others may see. */
  store(state: State, path: Path, value: Term, site: Site, text: string, valueText: string): void {
    state.write(path, value);
    this.noteStore(state, path, value, site, text, valueText);
  }

  /** A store that others can see: an effect of the row, and a step of the path. */
  noteStore(state: State, path: Path, value: Term, site: Site, text: string, valueText: string): void {
    if (path.root.k !== 'deref' && path.root.k !== 'global') return;
    state.deed(site.key);
    state.addEffect({ k: 'write', path, value, site, text, valueText });
    const memory = this.evaluator.memoryOf(value, state)?.base ?? null;
    this.memory.node(
      state,
      here(site),
      { k: 'store', target: text, value: valueText },
      memory,
      0,
      0,
      [value],
      path,
    );
    this.publishedByStore(state, path, value, site);
  }

  /** A store through a global that the vocabulary lists makes the memory visible at once. */
  private publishedByStore(state: State, path: Path, value: Term, site: Site): void {
    if (path.root.k !== 'deref' && path.root.k !== 'global') return;
    const names: string[] = path.root.k === 'global' ? [path.root.name] : [];
    if (path.root.k === 'deref')
      for (const t of subterms(path.root.term))
        if ((t.k === 'entry' || t.k === 'addr') && t.path.root.k === 'global') names.push(t.path.root.name);
    for (const name of names) {
      const row = this.vocabulary.row(name, 'publish-global');
      if (row)
        this.memory.publish(
          state,
          { k: 'publish', memory: value, to: row.to, callee: null, site },
          here(site),
        );
    }
  }

  /** An allocation site that runs again: what it gave before is old now, or forgotten. */
  renew(state: State, memory: Term): void {
    const before = state.objects.get(memory);
    if (!before || memory.k !== 'obj') return;
    const old = this.terms.obj(memory.site, true);
    let held = false;
    const root = this.terms.deref(memory);
    for (const [path, value] of [...state.cells]) {
      if (path.root === root.root || (path.root.k === 'deref' && path.root.term === memory))
        state.cells.delete(path);
      else if (value === memory) {
        state.cells.set(path, old);
        held = true;
      }
    }
    state.zeroed = state.zeroed.filter((p) => p.root.k !== 'deref' || p.root.term !== memory);
    dropFactsAbout(state, (t) => t === memory);
    if (held) {
      const earlier = state.objects.get(old);
      state.objects.set(old, { ...before, states: before.states | (earlier?.states ?? 0), many: true });
    }
    state.objects.delete(memory);
  }
}
