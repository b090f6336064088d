import { addTo } from '../base/maps.ts';
import { classOf, dropFactsAbout } from './facts.ts';
import { isUntouched, type Keeps } from './kept.ts';
import type { RunContext } from './run.ts';
import { ANY, type ObjectState, type State } from './state.ts';
import { atomsOf, isFresh, type Path, pathAtoms, type Term } from './terms.ts';

/**
 * Forgets what no live variable and no cell of the caller's can reach: values of earlier passes of a loop, and
 * the cells and facts that hang on them.
 */
export function collectGarbage(context: RunContext, block: number, state: State): void {
  const { flow, shapes } = context;
  const live = flow.live[block]!;
  const reached = new Set<Term>();
  const open: Term[] = [];
  const reach = (term: Term): void => {
    for (const atom of atomsOf(term))
      if (!reached.has(atom)) {
        reached.add(atom);
        open.push(atom);
      }
  };
  // What cells hold that are found through a value: by the value.
  const behind = new Map<Term, Term[]>();
  state.cells.forEach((value, path) => {
    const { root } = path;
    if (root.k === 'deref') for (const atom of atomsOf(root.term)) addTo(behind, atom, value);
    if (root.k === 'temp') {
      if (!live.has(~root.id)) state.cells.delete(path);
    } else if (root.k === 'local') {
      if (path.length > 0 || flow.addressed.has(root.index)) reach(value);
      else if (!live.has(root.index)) state.cells.delete(path);
    } else if (!pathAtoms(path).some(isFresh)) reach(value);
  });
  for (const { slot, path } of shapes.slots(block)) {
    const value = live.has(slot) ? state.cells.get(path) : undefined;
    if (value !== undefined) reach(value);
  }
  for (let atom = open.pop(); atom !== undefined; atom = open.pop())
    for (const value of behind.get(atom) ?? []) reach(value);
  const dead = (t: Term) => t.k === 'fresh' && !reached.has(t);
  state.cells.forEach((_, path) => {
    if (path.root.k !== 'deref' && path.length === 0) return;
    if (pathAtoms(path).some(dead)) state.cells.delete(path);
  });
  state.objects.forEach((_, term) => {
    if (atomsOf(term).some(dead)) state.objects.delete(term);
  });
  dropFactsAbout(state, dead);
}

/** A slab object that no transition has touched: its coming and going is no difference. */
export function isPlainSlab(object: ObjectState): boolean {
  return (
    object.kind === 'slab' &&
    object.flip === null &&
    object.published === null &&
    object.mappedAs === null &&
    object.given === null
  );
}

/** Memory of this path in a field or global where none is kept that something converts. */
export function isAside(object: ObjectState, name: string | null, keeps: Keeps): boolean {
  return object.own && isUntouched(object) && name !== null && !keeps(name);
}

/** Memory that came from a field or global where none is kept that something converts. */
export function isElsewhere(memory: Term, object: ObjectState, keeps: Keeps): boolean {
  if (memory.k !== 'entry' || memory.path.length === 0 || !isUntouched(object)) return false;
  const name = lastName(memory.path);
  return name !== null && !keeps(name);
}

/** The field or global that a path ends in. */
export function lastName(path: Path): string | null {
  for (let p: Path | null = path; p; p = p.parent) {
    if (p.step?.k === 'field') return p.step.name;
    if (p.parent === null && p.root.k === 'global') return p.root.name;
  }
  return null;
}

/** What the shape left out, for it does not matter, is any value of either class. True if `into` knows less now. */
function joinNumbers({ shapes, terms }: RunContext, block: number, into: State, from: State): boolean {
  let changed = false;
  for (const { path, bears } of shapes.slots(block)) {
    if (bears) continue;
    const value = into.cells.get(path);
    const other = from.cells.get(path);
    if (value === undefined || value === other) continue;
    const classes = classOf(value, into);
    const both = classes | (other === undefined ? ANY : classOf(other, from));
    if (both === classes) continue;
    const any = terms.fresh(path.root.k === 'local' ? path.root.name : 'value');
    into.facts.set(any, both);
    into.cells.set(path, any);
    changed = true;
  }
  return changed;
}

/** Facts that both states agree on stay; others go. True if `into` knows less now. */
export function mergeInto(context: RunContext, block: number, into: State, from: State): boolean {
  let changed = joinNumbers(context, block, into, from);
  if ((from.mask & ~into.mask) !== 0) changed = true;
  const choices = into.choices.filter(({ key }) => from.choices.some((other) => other.key === key));
  if (choices.length < into.choices.length) {
    into.choices = choices;
    changed = true;
  }
  into.mask |= from.mask;
  into.facts.forEach((classes, term) => {
    const other = from.facts.get(term);
    if (other === classes) return;
    // A value number means something else on the other path; the shape says that classes agree where it is used.
    if (atomsOf(term).some(isFresh)) return;
    const union = classes | (other ?? ANY);
    if (union === classes) return;
    changed = true;
    if (union === ANY) into.facts.delete(term);
    else into.facts.set(term, union);
  });
  if (from.sleeps && !into.sleeps) {
    into.sleeps = from.sleeps;
    changed = true;
  }
  return changed;
}
