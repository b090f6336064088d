import { integers, type State } from './state.ts';
import type { Effect, Guard } from './summary.ts';
import { atomsOf, hangsOn, type Path, subterms, type Term, type Terms, within } from './terms.ts';

/** Stands for the index of an element in what others see of a function: some element, and nobody knows which. */
const some = '*';

/**
 * The element of an array that an effect was on: what a loop goes through has a name on this path only. `when`: what the path
 * knew of the element then; later it is forgotten, for the index names another one.
 */
export interface OnElement {
  readonly index: Term;
  readonly when: readonly Guard[];
  /** The memory, whichever element it is of. */
  readonly family: string;
  /** The outermost loop that it happened in, by its first block; null: in none, or in another function. */
  readonly loop: number | null;
}

/** The element that memory was found through, by an index that no caller knows; null: it was not found so. */
export function elementOfMemory(
  memory: Term,
  state: State,
  loop: number | null,
  terms: Terms,
): OnElement | null {
  if (memory.k !== 'entry') return null;
  const [index, ...others] = atomsOf(memory);
  if (index === undefined) return constantElement(memory.path, state, loop, terms);
  if (index.k !== 'fresh' || others.length > 0 || !isIndexIn(memory, index)) return null;
  return {
    ...{ index, loop, family: renamed(memory, index, terms.constant(some), terms).key },
    when: factsOf(state, (term) => {
      const atoms = atomsOf(term);
      return atoms.length === 1 && atoms[0] === index && term !== index;
    }),
  };
}

/** The first time round a loop may know its index; what it knew of that element it forgets as well. */
function constantElement(path: Path, state: State, loop: number | null, terms: Terms): OnElement | null {
  for (let element: Path | null = path; element; element = element.parent) {
    const { step } = element;
    if (step?.k !== 'index' || step.term.k !== 'int') continue;
    const of = element;
    const when = factsOf(state, (term) => term.k === 'entry' && within(term.path, of));
    const family = terms.entry(path).key.replace(`[${step.term.key}]`, `[${terms.constant(some).key}]`);
    return { index: step.term, when, loop, family };
  }
  return null;
}

function factsOf(state: State, isOfElement: (term: Term) => boolean): Guard[] {
  const guards: Guard[] = [];
  state.facts.forEach((classes, term) => {
    if ((classes & integers) !== integers && isOfElement(term)) guards.push({ term, classes });
  });
  return guards;
}

function isIndexIn(term: Term, index: Term): boolean {
  if (term.k === 'op')
    return term.op === 'per-cpu' && term.args[1] === index
      ? true
      : term.args.some((arg) => isIndexIn(arg, index));
  if (term.k !== 'entry' && term.k !== 'addr') return false;
  let path: Path = term.path;
  for (; path.parent; path = path.parent)
    if (path.step?.k === 'index' && hangsOn(path.step.term, index)) return true;
  return path.root.k === 'deref' && isIndexIn(path.root.term, index);
}

/** An effect on an element, as one on some element of the array. */
function onSome<E extends Extract<Effect, { k: 'free' | 'flip' }>>(effect: E, terms: Terms): E {
  const { element } = effect;
  if (element?.index.k !== 'fresh') return effect;
  const { index } = element;
  const other = terms.constant(some);
  const rename = (term: Term) => renamed(term, index, other, terms);
  const when = element.when.map(({ term, classes }) => ({ term: rename(term), classes }));
  return {
    ...effect,
    memory: rename(effect.memory),
    element: { ...element, index: other, when, loop: null },
  };
}

/**
 * What loops did to elements, as done to some element of the array: of each array to the one that was freed last. All that was done
 * to one element belongs together; what was done to others has no name that callers know. Where one loop converts and another
 * one frees, nothing is said: the path does not tell what the first did to the elements of the second.
 */
export function onSomeElement(effects: readonly Effect[], terms: Terms): readonly Effect[] {
  const last = new Map<string, OnElement>();
  for (const { k, element } of effects.filter(isOnElement))
    if (k === 'free' && element.index.k === 'fresh') last.set(element.family, element);
  if (last.size === 0) return effects;
  for (const { element } of effects.filter(isOnElement))
    if (element.loop !== last.get(element.family)?.loop) last.delete(element.family);
  return effects.map((effect) =>
    isOnElement(effect) && last.get(effect.element.family)?.index === effect.element.index
      ? onSome(effect, terms)
      : effect,
  );
}

type ElementEffect = Extract<Effect, { k: 'free' | 'flip' }> & { readonly element: OnElement };

function isOnElement(effect: Effect): effect is ElementEffect {
  return (effect.k === 'free' || effect.k === 'flip') && effect.element !== undefined;
}

function renamed(term: Term, from: Term, to: Term, terms: Terms): Term {
  if (term === from) return to;
  if (!atomsOf(term).includes(from) && !subterms(term).includes(from)) return term;
  switch (term.k) {
    case 'entry':
      return terms.entry(renamedPath(term.path, from, to, terms));
    case 'addr':
      return terms.addr(renamedPath(term.path, from, to, terms));
    case 'op':
      return terms.op(
        term.op,
        term.args.map((arg) => renamed(arg, from, to, terms)),
      );
    default:
      return term;
  }
}

/** The path with one term in the place of another, wherever it hangs on it. */
export function renamedPath(path: Path, from: Term, to: Term, terms: Terms): Path {
  if (path.parent) {
    const parent = renamedPath(path.parent, from, to, terms);
    if (path.step!.k === 'field') return terms.field(parent, path.step!.name);
    return terms.index(parent, hangsOn(path.step!.term, from) ? to : path.step!.term);
  }
  return path.root.k === 'deref' ? terms.deref(renamed(path.root.term, from, to, terms)) : path;
}
