import { setOf } from '../model/generic.ts';
import { elementsKey } from './elements.ts';
import { classOf, isStable } from './facts.ts';
import { isAside, isElsewhere, isPlainSlab, lastName } from './merge.ts';
import type { RunInput } from './run.ts';
import { ANY, type ObjectState, type State, Z } from './state.ts';
import { type Path, subterms, type Term } from './terms.ts';

/** A local or temporary that is read from a block on. */
interface Slot {
  readonly slot: number;
  readonly path: Path;
  /** Whether it matters what it holds. */
  readonly bears: boolean;
}

/** What is the same for every state that comes to a block. */
interface BlockFacts {
  readonly slots: readonly Slot[];
  /** By the fact's term, how the shape tells it; null: nothing asks for it from here on. */
  readonly literals: Map<Term, string | null>;
}

/**
 * What two states must share to be one: state sets of the objects that can still be reached, live variables, cells that somebody asks
 * for, locks, and the literals that are asked for again. Value numbers are not in it. One for each run of a function: it remembers
 * what does not change between two states, for nothing else is asked as often.
 */
export class Shapes {
  private readonly blocks: (BlockFacts | undefined)[] = [];
  private readonly tracked = new Map<Path, boolean>();

  constructor(private readonly context: RunInput) {}

  /** Locals and temporaries that are read from a block on, by their numbers. */
  slots(block: number): readonly Slot[] {
    return this.at(block).slots;
  }

  of(block: number, state: State): string {
    const { context } = this;
    const at = this.at(block);
    const parts: string[] = [];
    // Value numbers go by the variable that holds them: what they are numbered is no difference.
    const names = new Map<string, string>();
    const reached = new Set<Term>();
    for (const { slot, path, bears } of at.slots) {
      const value = state.cells.get(path);
      if (value !== undefined) {
        if (value.k === 'fresh' && !names.has(value.key)) names.set(value.key, `~${slot}`);
        const told = this.describe(value, state, reached);
        if (bears || !this.isBareNumber(value, state)) parts.push(`${path.key}=${told}`);
      } else if (bears && slot >= 0 && slot < context.frame.fn.parameterCount) {
        const classes = state.facts.get(context.terms.entry(path));
        if (classes !== undefined) parts.push(`${path.key}~${classes}`);
      }
    }
    const cells: string[] = [];
    state.cells.forEach((value, path) => {
      const { k } = path.root;
      if (k === 'temp' || (k === 'local' && path.length === 0)) return;
      if (k === 'local' || this.isTracked(path, value, state))
        cells.push(`${path.key}=${this.describe(value, state, reached)}`);
    });
    addSorted(parts, cells);
    for (const lock of state.locks) if (lock.forbidsSleep) parts.push(`!${lock.key}`);
    const objects: string[] = [];
    // Where comments speak of leaks, ways with one and without are two.
    const tells = context.frame.fn.leaksTold.length > 0;
    state.objects.forEach((object, term) => {
      if (tells && object.own && object.states === lost) objects.push(`${nameIn(term)}?${object.told ?? ''}`);
      // What nobody can reach any more is no difference; memory that came from elsewhere is the caller's.
      if (object.own && (!reached.has(term) || isPlainSlab(object))) return;
      if (!isElsewhere(term, object, context.keeps)) objects.push(objectText(term, object));
    });
    addSorted(parts, objects);
    const literals: string[] = [];
    state.facts.forEach((classes, term) => {
      if (classes === ANY) return;
      const told = this.literal(at, block, term);
      if (told !== null) literals.push(told + (classes === Z ? 0 : (classes & Z) === 0 ? 1 : classes));
    });
    addSorted(parts, literals);
    parts.push(elementsKey(state.elements));
    for (const [memory, how] of state.sweeps) parts.push(`${memory}!${how}`);
    const shape = parts.join(' ');
    return shape.includes('$') ? shape.replace(/\$\d+/g, (number) => names.get(number) ?? '$') : shape;
  }

  private at(block: number): BlockFacts {
    let facts = this.blocks[block];
    if (facts === undefined) {
      const { flow, strong, terms, evaluator, frame } = this.context;
      const numbers = new Set([...flow.live[block]!, ...flow.addressed]);
      const slots = [...numbers]
        .sort((a, b) => a - b)
        .map((slot) => ({
          slot,
          path: slot >= 0 ? evaluator.localPath(frame.fn, slot) : terms.temp(~slot),
          bears: strong[block]!.has(slot) || flow.addressed.has(slot),
        }));
      facts = { slots, literals: new Map() };
      this.blocks[block] = facts;
    }
    return facts;
  }

  private describe(value: Term, state: State, reached: Set<Term>): string {
    if (value.k === 'int') return value.value === 0 ? '0' : value.value > 0 ? '+' : '-';
    if (state.objects.size > 0) for (const t of subterms(value)) if (state.objects.has(t)) reached.add(t);
    if (value.k === 'obj' || value.k === 'addr') return value.key;
    const { evaluator } = this.context;
    const attribute = evaluator.attributeOf(value);
    if (attribute !== null) return attribute;
    const memory = evaluator.memoryOf(value, state);
    if (memory && state.objects.has(memory.base)) {
      reached.add(memory.base);
      return `${memory.base.k === 'fresh' ? 'o' : memory.base.key}/${classOf(value, state)}`;
    }
    return `${classOf(value, state)}${value.k === 'fresh' && value.outcomeOf ? 'o' : ''}`;
  }

  /** A value that is no memory the path knows, and tells no outcome of an event. */
  private isBareNumber(value: Term, state: State): boolean {
    if (value.k === 'obj' || value.k === 'addr' || (value.k === 'fresh' && value.outcomeOf !== null))
      return false;
    const memory = this.context.evaluator.memoryOf(value, state);
    return memory === null || !state.objects.has(memory.base);
  }

  /** A cell that matters: it holds memory under watch or NULL where that was, or a field that some condition reads. */
  private isTracked(path: Path, value: Term, state: State): boolean {
    const { tracked, keeps, evaluator } = this.context;
    const name = lastName(path);
    let is = this.tracked.get(path);
    if (is === undefined) {
      is = name !== null && tracked(name);
      this.tracked.set(path, is);
    }
    if (is) return true;
    const memory = value.k === 'int' ? null : evaluator.memoryOf(value, state);
    const object = memory ? state.objects.get(memory.base) : undefined;
    return object !== undefined && !isPlainSlab(object) && !isAside(object, name, keeps);
  }

  /** How a fact begins in the shape; null: no condition from here on speaks of it, here or in a caller, and no transition hung on it. */
  private literal(at: BlockFacts, block: number, term: Term): string | null {
    let told = at.literals.get(term);
    if (told === undefined) {
      const { flow, facts, deciding } = this.context;
      const isAsked =
        isStable(term) &&
        (canBeAsked(term, flow.tested[block]!) || canBeAsked(term, deciding) || facts.tellsCallers(term));
      told = isAsked ? `${term.key}?` : null;
      at.literals.set(term, told);
    }
    return told;
  }
}

const lost = setOf('unknown');

const nameIn = (term: Term): string => (term.k === 'fresh' ? 'o' : term.key);

function objectText(term: Term, object: ObjectState): string {
  const { states, history, kind, published, given, mappedAs } = object;
  return `${nameIn(term)}:${states}${history}${kind ?? ''}${published ? 'p' : ''}${given ? 'g' : ''}${mappedAs ? mappedAs.attribute : ''}`;
}

function addSorted(parts: string[], more: string[]): void {
  if (more.length > 1) more.sort();
  for (const part of more) parts.push(part);
}

/** Whether a condition from here on speaks of what the fact is about: the predicate, or the cell itself. */
function canBeAsked(term: Term, tested: ReadonlySet<string>): boolean {
  if (term.k === 'op')
    return (isNamed(term.op) && tested.has(term.op)) || term.args.some((a) => canBeAsked(a, tested));
  if (term.k !== 'entry') return false;
  const name = lastName(term.path);
  return name !== null && tested.has(name);
}

function isNamed(op: string): boolean {
  return op.startsWith('call:') || op.startsWith('config:');
}
