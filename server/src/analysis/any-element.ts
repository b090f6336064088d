import { ANY, N, P, type State, Z } from './state.ts';
import type { Effect, Guard } from './summary.ts';
import { atomsOf, type Path, type Term, type Terms, within } from './terms.ts';

/** Stands for the index of an element in what others see of a function: some element, and nobody knows which. */
const some = '*';

/** Classes of a number of which nothing is known. */
const integers = Z | N | P;

/**
 * The element of an array that an effect was on: what a loop goes through has a name on this path only. `when`: what the path
 * knew of the element then; later it is forgotten, for the index names another one.
 */
export interface OnElement {
  readonly index: Term;
  readonly when: readonly Guard[];
}

/** The element that memory was found through, by an index that no caller knows; null: it was not found so. */
export function elementOfMemory(memory: Term, state: State): OnElement | null {
  if (memory.k !== 'entry') return null;
  const [index, ...others] = atomsOf(memory);
  if (index === undefined) return constantElement(memory.path, state);
  if (index.k !== 'fresh' || others.length > 0 || !isIndexIn(memory, index)) return null;
  return {
    index,
    when: factsOf(state, (term) => {
      const atoms = atomsOf(term);
      return atoms.length === 1 && atoms[0] === index && term !== index;
    }),
  };
}

/** The first time round a loop may know its index; what it knew of that element it forgets as well. */
function constantElement(path: Path, state: State): OnElement | null {
  for (let element: Path | null = path; element; element = element.parent) {
    const { step } = element;
    if (step?.k !== 'index' || step.term.k !== 'int') continue;
    const of = element;
    const when = factsOf(state, (term) => term.k === 'entry' && within(term.path, of));
    return when.length > 0 ? { index: step.term, when } : null;
  }
  return null;
}

function factsOf(state: State, isOfElement: (term: Term) => boolean): Guard[] {
  const guards: Guard[] = [];
  for (const [term, classes] of state.facts)
    if (classes !== ANY && (classes & integers) !== integers && isOfElement(term))
      guards.push({ term, classes });
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
    if (path.step?.k === 'index' && path.step.term === index) return true;
  return path.root.k === 'deref' && isIndexIn(path.root.term, index);
}

/** An effect on an element, as one on some element of the array. */
export function onSome<E extends Extract<Effect, { k: 'free' | 'flip' }>>(effect: E, terms: Terms): E {
  const { element } = effect;
  if (element?.index.k !== 'fresh') return effect;
  const { index } = element;
  const other = terms.constant(some);
  const rename = (term: Term) => renamed(term, index, other, terms);
  const when = element.when.map(({ term, classes }) => ({ term: rename(term), classes }));
  return { ...effect, memory: rename(effect.memory), element: { index: other, when } };
}

/** Memory of an element, by the name that it has as one of some element. */
export function nameOfSome(memory: Term, { index }: OnElement, terms: Terms): string {
  return renamed(memory, index, terms.constant(some), terms).key;
}

function renamed(term: Term, from: Term, to: Term, terms: Terms): Term {
  if (term === from) return to;
  if (!atomsOf(term).includes(from)) return term;
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

function renamedPath(path: Path, from: Term, to: Term, terms: Terms): Path {
  if (path.parent) {
    const parent = renamedPath(path.parent, from, to, terms);
    if (path.step!.k === 'field') return terms.field(parent, path.step!.name);
    return terms.index(parent, renamed(path.step!.term, from, to, terms));
  }
  return path.root.k === 'deref' ? terms.deref(renamed(path.root.term, from, to, terms)) : path;
}
