import { setOf } from '../model/generic.ts';
import type { ObjectState, State } from './state.ts';
import { hangsOn, type Path, subterms, type Term, type Terms, within } from './terms.ts';

/**
 * What a loop left in the elements of an array, kept apart from the index that named them: when the index moves on,
 * the element it named becomes a case of the array; an element with an index not seen before is one of the cases.
 */
export interface ElementCase {
  /** Cells of the element by their steps below it; `''` is the element itself. */
  readonly cells: ReadonlyMap<string, Term>;
  readonly objects: ReadonlyMap<Term, ObjectState>;
  /** What was known of cells of the element that were only tested. */
  readonly facts: ReadonlyMap<Term, number>;
  readonly key: string;
}

/** Cases by the array's cell. */
export type Elements = ReadonlyMap<Path, readonly ElementCase[]>;

/** More cases of one array than this are left out: they are alternatives, not a list. */
const maxCases = 6;

/** The array and the element of it that a cell is in, if its index is the value `index` or so far from it. */
function elementOf(
  path: Path,
  index: Term,
  terms: Terms,
): { readonly array: Path; readonly element: Path } | null {
  for (let p: Path | null = path; p; p = p.parent)
    if (p.step?.k === 'index' && p.parent && hangsOn(p.step.term, index))
      return { array: p.parent, element: p };
  const cpu = perCpu(path);
  if (cpu && cpu.args[1] === index) {
    let element = path;
    while (element.parent) element = element.parent;
    return { array: terms.deref(terms.op('per-cpu', [cpu.args[0]!])), element };
  }
  return null;
}

/** The per-CPU accessor that a cell hangs on: its variable and, where one is named, its CPU. */
export function perCpu(path: Path): { readonly args: readonly Term[] } | null {
  const { root } = path;
  if (root.k !== 'deref' || root.term.k !== 'op') return null;
  return root.term.op === 'per-cpu' || root.term.op === 'this-cpu' ? root.term : null;
}

function stepsBelow(path: Path, element: Path): string | null {
  const steps: string[] = [];
  for (let p: Path = path; p !== element; p = p.parent!) {
    if (p.step?.k !== 'field') return null;
    steps.push(`.${p.step.name}`);
  }
  return steps.reverse().join('');
}

/** The index `old` names another element from now on: what it named becomes cases. */
export function foldElements(state: State, old: Term, terms: Terms): void {
  // A constant goes on naming its element; the array has it as a case all the same.
  const constant = old.k === 'int' || old.k === 'const';
  const elements = new Map<Path, { readonly array: Path; readonly cells: Map<string, Term> }>();
  const cellsOf = ({ array, element }: { readonly array: Path; readonly element: Path }) => {
    let known = elements.get(element);
    if (known === undefined) {
      known = { array, cells: new Map() };
      elements.set(element, known);
    }
    return known.cells;
  };
  state.cells.forEach((value, path) => {
    const place = elementOf(path, old, terms);
    const steps = place ? stepsBelow(path, place.element) : null;
    if (!place || steps === null) return;
    cellsOf(place).set(steps, value);
    if (!constant) state.cells.delete(path);
  });
  // Memory that an element pointed to before anybody wrote it, but that something happened to.
  state.objects.forEach((_, term) => {
    if (term.k !== 'entry') return;
    const place = elementOf(term.path, old, terms);
    const steps = place ? stepsBelow(term.path, place.element) : null;
    if (!place || steps === null) return;
    const cells = cellsOf(place);
    if (!cells.has(steps)) cells.set(steps, term);
  });
  const tested = new Map<Term, number>();
  state.facts.forEach((classes, term) => {
    if (term.k !== 'entry') return;
    const place = elementOf(term.path, old, terms);
    const steps = place ? stepsBelow(term.path, place.element) : null;
    const cells = place ? elements.get(place.element)?.cells : undefined;
    if (cells === undefined || steps === null || (cells.has(steps) && cells.get(steps) !== term)) return;
    cells.set(steps, term);
    tested.set(term, classes);
  });
  for (const { array, cells } of elements.values()) add(state, array, cells, tested);
}

/** The index steps back: the element that it named is behind, and those before it are the cases. */
export function leaveElement(state: State, old: Term, terms: Terms): void {
  for (const path of [...state.cells.keys()]) {
    const place = elementOf(path, old, terms);
    if (place && (state.elements.has(place.array) || old.k === 'int')) state.cells.delete(path);
  }
  foldElements(state, old, terms);
}

function add(
  state: State,
  array: Path,
  cells: ReadonlyMap<string, Term>,
  tested: ReadonlyMap<Term, number>,
): void {
  const objects = new Map<Term, ObjectState>();
  for (const value of cells.values())
    for (const t of subterms(value)) {
      const object = state.objects.get(t);
      if (object) objects.set(t, object);
    }
  // What was freed is gone; what nothing happened to is like every other element.
  const worth = [...objects.values()].some((o) => o.flip !== null && (o.states & setOf('freed')) === 0);
  const known = state.elements.get(array) ?? [];
  if (worth) {
    const facts = new Map([...tested].filter(([term]) => [...cells.values()].includes(term)));
    const key = [...cells]
      .map(([s, v]) => `${s}=${objects.get(v)?.states ?? facts.get(v) ?? v.k}`)
      .sort()
      .join(' ');
    if (!known.some((c) => c.key === key) && known.length < maxCases)
      state.elements = new Map(state.elements).set(array, [...known, { cells, objects, facts, key }]);
  }
  for (const [term] of objects) if (![...state.cells.values()].includes(term)) state.objects.delete(term);
}

/**
 * Reading `cell`, an element of an array with cases and an index of its own: the states in which it is one of them.
 * Null where there is nothing to decide.
 */
export function instantiate(state: State, cell: Path, terms: Terms): State[] | null {
  for (let p: Path | null = cell; p; p = p.parent) {
    if (p.step?.k !== 'index' || !p.parent) continue;
    const cases = state.elements.get(p.parent);
    if (!cases || cases.length === 0 || known(state, p)) continue;
    return cases.map((one, i) => instance(state, p, one, i, terms));
  }
  return null;
}

function known(state: State, element: Path): boolean {
  for (const path of state.cells.keys()) if (within(path, element)) return true;
  for (const term of state.objects.keys()) if (term.k === 'entry' && within(term.path, element)) return true;
  return false;
}

function instance(state: State, element: Path, one: ElementCase, number: number, terms: Terms): State {
  const s = state.clone();
  const renamed = new Map<Term, Term>();
  for (const [term, object] of one.objects) {
    const copy = terms.named(`${element.key}#${number}:${term.key}`, hintOf(term));
    renamed.set(term, copy);
    s.objects.set(copy, { ...object, many: false });
  }
  for (const [steps, value] of one.cells) {
    let path = element;
    for (const name of steps.split('.').slice(1)) path = terms.field(path, name);
    s.cells.set(path, renamed.get(value) ?? value);
  }
  for (const [term, classes] of one.facts) if (!one.objects.has(term)) s.facts.set(term, classes);
  // The path that led to the memory is told under the new name as well.
  s.renamed = [...s.renamed, ...[...renamed].map(([from, to]) => ({ from, to }))];
  return s;
}

function hintOf(term: Term): string {
  return term.k === 'fresh' ? term.hint : 'element';
}

/** Indices that a state's arrays hang on, for the shape of a state. */
export function elementsKey(elements: Elements): string {
  if (elements.size === 0) return '';
  return [...elements]
    .map(
      ([array, cases]) =>
        `${array.key}{${cases
          .map((c) => c.key)
          .sort()
          .join('|')}}`,
    )
    .sort()
    .join(' ');
}
