import { addTo } from '../base/maps.ts';
import { elementsKey } from './elements.ts';
import { classOf, dropFactsAbout, isStable } from './facts.ts';
import { isUntouched, type Keeps } from './kept.ts';
import type { RunContext } from './run.ts';
import { ANY, type ObjectState, type State, Z } from './state.ts';
import { atomsOf, type Path, pathAtoms, subterms, type Term } from './terms.ts';

/**
 * What two states must share to be one: state sets of the objects that can still be reached, live variables,
 * cells that somebody asks for, locks, and the literals that are asked for again. Value numbers are not in it.
 */
export function shapeOf(context: RunContext, block: number, state: State): string {
  const { flow, frame, terms, evaluator } = context;
  const parts: string[] = [];
  // Value numbers go by the variable that holds them: what they are numbered is no difference.
  const names = new Map<string, string>();
  const reached = new Set<Term>();
  const describe = (value: Term): string => {
    for (const t of subterms(value)) if (state.objects.has(t)) reached.add(t);
    if (value.k === 'int') return value.value === 0 ? '0' : value.value > 0 ? '+' : '-';
    if (value.k === 'obj' || value.k === 'addr') return value.key;
    const attribute = evaluator.attributeOf(value);
    if (attribute !== null) return attribute;
    const memory = evaluator.memoryOf(value, state);
    if (memory && state.objects.has(memory.base)) {
      reached.add(memory.base);
      return `${memory.base.k === 'fresh' ? 'o' : memory.base.key}/${classOf(value, state)}`;
    }
    return `${classOf(value, state)}${value.k === 'fresh' && value.outcomeOf ? 'o' : ''}`;
  };
  const slots = [...flow.live[block]!, ...flow.addressed].sort((a, b) => a - b);
  for (const slot of slots) {
    const path = slot >= 0 ? evaluator.localPath(frame.fn, slot) : terms.temp(~slot);
    const value = state.cells.get(path);
    if (value?.k === 'fresh' && !names.has(value.key)) names.set(value.key, `~${slot}`);
    if (value) {
      const told = describe(value);
      if (bears(context, block, slot) || !isBareNumber(value, state, evaluator))
        parts.push(`${path.key}=${told}`);
    } else if (slot >= 0 && slot < frame.fn.parameterCount && bears(context, block, slot)) {
      const classes = state.facts.get(terms.entry(path));
      if (classes !== undefined) parts.push(`${path.key}~${classes}`);
    }
  }
  const cells: string[] = [];
  state.cells.forEach((value, path) => {
    if (path.root.k === 'temp' || (path.root.k === 'local' && path.length === 0)) return;
    if (path.root.k === 'local' || trackedCell(context, path, value, state))
      cells.push(`${path.key}=${describe(value)}`);
  });
  parts.push(...cells.sort());
  for (const lock of state.locks) if (lock.forbidsSleep) parts.push(`!${lock.key}`);
  const objects: string[] = [];
  state.objects.forEach((object, term) => {
    // What nobody can reach any more is no difference; memory that came from elsewhere is the caller's.
    if (object.own && (!reached.has(term) || isPlainSlab(object))) return;
    if (isElsewhere(term, object, context.keeps)) return;
    objects.push(
      `${term.k === 'fresh' ? 'o' : term.key}:${object.states}${object.history}${object.kind ?? ''}${object.published ? 'p' : ''}${object.given ? 'g' : ''}${object.mappedAs ? object.mappedAs.attribute : ''}`,
    );
  });
  parts.push(...objects.sort());
  const literals: string[] = [];
  const tested = flow.tested[block]!;
  state.facts.forEach((classes, term) => {
    if (classes === ANY || !isStable(term)) return;
    if (!canBeAsked(term, tested) && !context.facts.tellsCallers(term)) return;
    literals.push(`${term.key}?${classes === Z ? 0 : (classes & Z) === 0 ? 1 : classes}`);
  });
  parts.push(...literals.sort());
  parts.push(elementsKey(state.elements));
  for (const [memory, how] of state.sweeps) parts.push(`${memory}!${how}`);
  return parts.join(' ').replace(/\$\d+/g, (number) => names.get(number) ?? '$');
}

/** Whether it matters what a local or temporary holds. */
function bears({ flow, strong }: RunContext, block: number, slot: number): boolean {
  return strong[block]!.has(slot) || flow.addressed.has(slot);
}

/** A value that is no memory the path knows, and tells no outcome of an event. */
function isBareNumber(value: Term, state: State, evaluator: RunContext['evaluator']): boolean {
  if (value.k === 'obj' || value.k === 'addr' || (value.k === 'fresh' && value.outcomeOf !== null))
    return false;
  const memory = evaluator.memoryOf(value, state);
  return memory === null || !state.objects.has(memory.base);
}

/**
 * Forgets what no live variable and no cell of the caller's can reach: values of earlier passes of a loop, and
 * the cells and facts that hang on them.
 */
export function collectGarbage(context: RunContext, block: number, state: State): void {
  const { flow, frame, terms, evaluator } = context;
  const live = flow.live[block]!;
  const behind = cellsBehind(state);
  const reached = new Set<Term>();
  const open: Term[] = [];
  const reach = (term: Term): void => {
    for (const atom of atomsOf(term))
      if (!reached.has(atom)) {
        reached.add(atom);
        open.push(atom);
      }
  };
  for (const slot of live) {
    const path = slot >= 0 ? evaluator.localPath(frame.fn, slot) : terms.temp(~slot);
    const value = state.cells.get(path);
    if (value) reach(value);
  }
  state.cells.forEach((value, path) => {
    if (path.root.k === 'temp') {
      if (!live.has(~path.root.id)) state.cells.delete(path);
    } else if (path.root.k === 'local') {
      if (path.length > 0 || flow.addressed.has(path.root.index)) reach(value);
      else if (!live.has(path.root.index)) state.cells.delete(path);
    } else if (!pathAtoms(path).some(isFresh)) reach(value);
  });
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

function isFresh(atom: Term): boolean {
  return atom.k === 'fresh';
}

/** What cells hold that are found through a value: by the value. */
function cellsBehind(state: State): ReadonlyMap<Term, readonly Term[]> {
  const behind = new Map<Term, Term[]>();
  state.cells.forEach((value, path) => {
    if (path.root.k === 'deref') for (const atom of atomsOf(path.root.term)) addTo(behind, atom, value);
  });
  return behind;
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
function isElsewhere(memory: Term, object: ObjectState, keeps: Keeps): boolean {
  if (memory.k !== 'entry' || memory.path.length === 0 || !isUntouched(object)) return false;
  const name = lastName(memory.path);
  return name !== null && !keeps(name);
}

/** A cell that matters: it holds memory under watch or NULL where that was, or a field that some condition reads. */
export function trackedCell(
  context: Pick<RunContext, 'tracked' | 'keeps' | 'evaluator'>,
  path: Path,
  value: Term,
  state: State,
): boolean {
  const memory = context.evaluator.memoryOf(value, state);
  const object = memory ? state.objects.get(memory.base) : undefined;
  const name = lastName(path);
  if (object && !isPlainSlab(object) && !isAside(object, name, context.keeps)) return true;
  return name !== null && context.tracked(name);
}

/** The field or global that a path ends in. */
export function lastName(path: Path): string | null {
  for (let p: Path | null = path; p; p = p.parent) {
    if (p.step?.k === 'field') return p.step.name;
    if (p.parent === null && p.root.k === 'global') return p.root.name;
  }
  return null;
}

function isNamed(op: string): boolean {
  return op.startsWith('call:') || op.startsWith('config:');
}

/** Whether a condition from here on speaks of what the fact is about: the predicate, or the cell itself. */
function canBeAsked(term: Term, tested: ReadonlySet<string>): boolean {
  if (term.k === 'op')
    return (isNamed(term.op) && tested.has(term.op)) || term.args.some((a) => canBeAsked(a, tested));
  if (term.k !== 'entry') return false;
  const name = lastName(term.path);
  return name !== null && tested.has(name);
}

/** What the shape left out, for it does not matter, is any value of either class. True if `into` knows less now. */
function joinNumbers(context: RunContext, block: number, into: State, from: State): boolean {
  const { flow, frame, terms, evaluator } = context;
  let changed = false;
  for (const slot of flow.live[block]!) {
    if (bears(context, block, slot)) continue;
    const path = slot >= 0 ? evaluator.localPath(frame.fn, slot) : terms.temp(~slot);
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
