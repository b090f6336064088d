import { setOf } from '../model/generic.ts';
import { renamedPath } from './any-element.ts';
import type { Choice } from './choices.ts';
import type { ElementCase } from './elements.ts';
import { classOf, isStable } from './facts.ts';
import { lastName } from './merge.ts';
import { ANY, type ObjectState, P, PTR, State, type TraceNode, Z } from './state.ts';
import type { Effect, Row, Summary } from './summary.ts';
import type { Tags } from './tags.ts';
import { type Path, subterms, type Term, type Terms } from './terms.ts';

/**
 * What a function nobody calls in view leaves a struct or a global with, kept jointly: pointer, flag, handle, NULL,
 * the state of the memory, and the literals that it was left under.
 */
export interface Case {
  readonly cluster: string;
  /** Cells by their steps from the base: `.recv_buf`, `.gpadl.decrypted`. */
  readonly cells: ReadonlyMap<string, Term>;
  readonly objects: ReadonlyMap<Term, ObjectState>;
  readonly facts: ReadonlyMap<Term, number>;
  /**
   * Cells of other structs that are reached from this one, or that it is in (`x->priv->shared`): a flag for its memory may be there. By
   * their paths from the pointer `from`.
   */
  readonly linked: ReadonlyMap<Path, Term>;
  readonly from: Term | null;
  /** Answers of predicates about what the function was given; by the predicate, for nobody else has the same names for that. */
  readonly predicates: ReadonlyMap<string, number>;
  /** Platforms on which it is left so. */
  readonly mask: number;
  /** Reasons why it may be left so, of which one holds. */
  readonly choices: readonly Choice[];
  /** It is of one element of an array. */
  readonly isElement: boolean;
  /** The memory was there before the function that converted it. */
  readonly stoodThere: boolean;
  /** The base is memory of this path that was zeroed: cells not named are zero. */
  readonly zeroed: boolean;
  readonly trace: TraceNode | null;
  readonly by: string;
  readonly key: string;
}

const bad = setOf('shared') | setOf('unknown') | setOf('mixed');

/** Cells by the base of their cluster; null for the file's globals. */
type Gathered = Map<Path | null, { cluster: string; cells: Map<string, Term> }>;

/** What becomes a case: the cells of a cluster, and what is known of the element of an array among them. */
interface Left {
  readonly base: Path | null;
  readonly cluster: string;
  readonly cells: ReadonlyMap<string, Term>;
  readonly element: ElementCase | null;
}

/**
 * The cases that one way out leaves behind: only those with memory that is certainly not private. `zeroIsSuccess`: whoever
 * gets anything else from the function takes it for a failure.
 */
export function casesOf(
  by: string,
  exit: { readonly state: State; readonly value?: Term | null },
  tags: Tags,
  tracked: (name: string) => boolean,
  zeroIsSuccess = false,
): Case[] {
  const { state, value } = exit;
  // A constructor that fails takes with it what is managed.
  const success = zeroIsSuccess ? Z : Z | P | PTR;
  const fails = value ? (classOf(value, state) & success) === 0 : false;
  const byBase: Gathered = new Map();
  for (const [path, value] of state.cells) {
    if (path.root.k === 'local' || path.root.k === 'temp') continue;
    const cluster = tags.clusterOf(path);
    if (!cluster || !worthKeeping(path, value, state, tracked)) continue;
    const entry = byBase.get(cluster.base) ?? { cluster: cluster.key, cells: new Map<string, Term>() };
    byBase.set(cluster.base, entry);
    entry.cells.set(cluster.steps, value);
  }
  // Memory that stood there already, and was converted. Where a case is replayed it is in its cell.
  const found = new Set<Path | null>();
  const isFound = (term: Term) => term.k === 'entry' && ((state.objects.get(term)?.states ?? 0) & bad) !== 0;
  for (const [base, { cells }] of byBase) if ([...cells.values()].some(isFound)) found.add(base);
  const stood = new Set<Path | null>();
  if (value !== undefined)
    for (const term of state.objects.keys())
      if (term.k === 'entry' && isFound(term) && !(fails && isToldByResult(term, byBase, tags)))
        addFound(term, byBase, stood, tags, state);
  for (const base of stood) found.add(base);
  // Cells that were only tested: what the test found belongs to the case; beside such memory a test of a bit, too.
  for (const [term] of state.facts) {
    addTested(term, byBase, tags, state);
    if (found.size === 0 || term.k !== 'op') continue;
    for (const t of subterms(term))
      if (t.k === 'entry' && found.has(tags.clusterOf(t.path)?.base ?? null))
        addTested(t, byBase, tags, state);
  }
  // What loops left in arrays: each case of an element is a case of its own, with what the struct around it holds.
  const gathered: Left[] = [...byBase].map(([base, of]) => ({ base, ...of, element: null }));
  for (const [array, elements] of state.elements) {
    const cluster = tags.clusterOf(array);
    if (!cluster) continue;
    const prefix = cluster.steps.endsWith('[*]') ? cluster.steps : `${cluster.steps}[*]`;
    const around = byBase.get(cluster.base)?.cells ?? [];
    for (const element of elements) {
      const cells = new Map([...around, ...[...element.cells].map(([s, v]) => [prefix + s, v] as const)]);
      gathered.push({ base: cluster.base, cluster: cluster.key, cells, element });
    }
  }
  const cases: Case[] = [];
  const predicates = predicatesOf(state);
  for (const { base, cluster, cells, element } of gathered) {
    if (base?.root.k === 'deref') {
      const holder = state.object(base.root.term);
      if ((holder.states & setOf('freed')) !== 0 || (holder.managed && fails)) continue;
    }
    const objects = new Map<Term, ObjectState>();
    for (const value of cells.values())
      for (const t of subterms(value)) {
        const object = state.objects.get(t) ?? element?.objects.get(t);
        if (object) objects.set(t, object);
      }
    const guilty = [...objects.values()].some(
      (o) =>
        // vmalloc memory waits for somebody to convert it.
        (o.own && (o.kind === 'vmalloc' || o.kind === 'kvmalloc') && o.freedAt === null) ||
        (o.states !== 0 && (o.states & ~bad) === 0 && o.kind !== 'pool' && !o.many),
    );
    if (!guilty) continue;
    const facts = new Map<Term, number>();
    // Whatever was converted is no NULL.
    for (const [term, { states }] of objects)
      if (term.k === 'entry' && (states & bad) !== 0) facts.set(term, classOf(term, state) & ~Z);
    // A cell that counted up from what it held has counted something: nobody counts from below 0.
    for (const [steps, value] of cells) if (countsUp(value, steps, tags)) facts.set(value, P);
    const linked = linkedTo(base, state, tags, tracked);
    const values = new Set([...cells.values(), ...linked.values()]);
    for (const [term, classes] of state.facts) {
      const used =
        values.has(term) || (found.has(base) && term.k === 'op' && subterms(term).some((t) => values.has(t)));
      if (
        used ||
        (isStable(term) && !subterms(term).some((t) => t.k === 'entry' && t.path.root.k === 'local'))
      )
        facts.set(term, classes & (facts.get(term) ?? ANY));
    }
    for (const [term, classes] of element?.facts ?? []) facts.set(term, classes);
    cases.push({
      cluster,
      cells,
      objects,
      facts,
      ...{ linked, from: base?.root.k === 'deref' ? base.root.term : null },
      predicates,
      mask: state.mask,
      choices: state.choices,
      isElement: element !== null,
      stoodThere: stood.has(base),
      zeroed: base !== null && state.zeroed.includes(base),
      trace: state.trace,
      by,
      key: `${keyOf(cluster, cells, objects, facts)} ${[...linked].map(([path, value]) => `${path.key}=${value.key}`)} ${[...predicates].map((p) => p.join('?')).sort()} ${state.choices.map((choice) => choice.key)}`,
    });
  }
  return cases;
}

/** Cells that some condition asks for, of other structs that hang on the same pointer. */
function linkedTo(
  base: Path | null,
  state: State,
  tags: Tags,
  tracked: (name: string) => boolean,
): ReadonlyMap<Path, Term> {
  const linked = new Map<Path, Term>();
  if (base?.root.k !== 'deref') return linked;
  const from = base.root.term;
  const isLinked = (path: Path) => {
    const name = lastName(path);
    if (path.root.k !== 'deref' || path.root.term === from || name === null || !tracked(name)) return false;
    return subterms(path.root.term).includes(from) && tags.isNumber(path);
  };
  for (const [path, value] of state.cells) if (isLinked(path)) linked.set(path, value);
  for (const term of state.facts.keys())
    if (term.k === 'entry' && !state.cells.has(term.path) && isLinked(term.path)) linked.set(term.path, term);
  return linked;
}

function countsUp(value: Term, steps: string, tags: Tags): boolean {
  if (value.k !== 'op' || value.op !== 'add') return false;
  const [from, by] = value.args;
  return from?.k === 'entry' && by?.k === 'int' && by.value > 0 && tags.clusterOf(from.path)?.steps === steps;
}

/** What a path learnt of things that it was given, where it asked about one thing only. */
function predicatesOf(state: State): ReadonlyMap<string, number> {
  const answers = new Map<string, number>();
  for (const [term, classes] of state.facts) {
    if (term.k !== 'op' || !term.op.startsWith('call:') || !isStable(term)) continue;
    answers.set(term.op, answers.has(term.op) ? ANY : classes);
  }
  return answers;
}

/**
 * Whether a way through another function may be taken on a case: what a predicate said of the device there it says of it here,
 * though each function has its own name for it.
 */
export function mayFollow(row: Row, { predicates }: Case): boolean {
  return row.guards.every(
    ({ term, classes }) => term.k !== 'op' || ((predicates.get(term.op) ?? ANY) & classes) !== 0,
  );
}

/** Memory, and cells that some condition asks for. */
function worthKeeping(path: Path, value: Term, state: State, tracked: (name: string) => boolean): boolean {
  for (const t of subterms(value)) if (state.objects.has(t)) return true;
  const name = lastName(path);
  return name !== null && tracked(name);
}

/** Nothing but the result tells of the failure, and whoever gets it need not call what frees the memory. */
function isToldByResult(term: Extract<Term, { k: 'entry' }>, byBase: Gathered, tags: Tags): boolean {
  const cluster = tags.clusterOf(term.path);
  return cluster === null || !byBase.has(cluster.base);
}

function addFound(
  term: Extract<Term, { k: 'entry' }>,
  byBase: Gathered,
  found: Set<Path | null>,
  tags: Tags,
  state: State,
): void {
  const cluster = tags.clusterOf(term.path);
  // Which element of an array it is, and which of the flags is its own, each function says in words of its own.
  if (!cluster || cluster.steps === '' || cluster.steps.includes('[*]')) return;
  found.add(cluster.base);
  if (state.cells.has(term.path)) return;
  const entry = byBase.get(cluster.base) ?? { cluster: cluster.key, cells: new Map<string, Term>() };
  byBase.set(cluster.base, entry);
  if (!entry.cells.has(cluster.steps)) entry.cells.set(cluster.steps, term);
}

function addTested(term: Term, byBase: Gathered, tags: Tags, state: State): void {
  if (term.k !== 'entry') return;
  const cluster = tags.clusterOf(term.path);
  if (!cluster || cluster.steps === '') return;
  const entry = byBase.get(cluster.base);
  if (entry && !entry.cells.has(cluster.steps) && !state.cells.has(term.path))
    entry.cells.set(cluster.steps, term);
}

function keyOf(
  cluster: string,
  cells: ReadonlyMap<string, Term>,
  objects: ReadonlyMap<Term, ObjectState>,
  facts: ReadonlyMap<Term, number>,
): string {
  const parts = [...cells].map(([steps, value]) => {
    const object = objects.get(value);
    return `${steps}=${object ? `@${object.states}` : value.k === 'int' ? value.value : (facts.get(value) ?? '?')}`;
  });
  const literals = [...facts].filter(([t]) => t.k !== 'fresh').map(([t, c]) => `${t.key}?${c}`);
  return [cluster, ...parts.sort(), ...literals.sort()].join(' ');
}

/**
 * The bases in a row at which a case of a cluster can stand, each a cell root of the consumer: found once for each
 * row and cluster, for every case is tried on every row.
 */
export class BaseIndex {
  private readonly known = new Map<Row, Map<string, readonly Base[]>>();

  constructor(private readonly tags: Tags) {}

  of(row: Row, cluster: string): readonly Base[] {
    const clusters = this.known.get(row) ?? new Map<string, readonly Base[]>();
    this.known.set(row, clusters);
    let bases = clusters.get(cluster);
    if (!bases) {
      bases = basesIn(row, cluster, this.tags);
      clusters.set(cluster, bases);
    }
    return bases;
  }
}

function basesIn(row: Row, cluster: string, tags: Tags): Base[] {
  const bases = new Map<Path | null, Set<string>>();
  const elements = new Map<string, Path>();
  const see = (path: Path, isActedOn: boolean) => {
    const c = tags.clusterOf(path);
    if (c?.key !== cluster) return;
    const acts = bases.get(c.base) ?? new Set<string>();
    bases.set(c.base, acts);
    if (isActedOn) acts.add(anyElement(c.steps));
    // Which element this function means by `[*]`.
    for (let p: Path | null = path; p; p = p.parent) {
      const steps = tags.clusterOf(p)?.steps;
      if (steps?.endsWith('[*]') && !elements.has(steps)) elements.set(steps, p);
    }
  };
  const terms = (term: Term, isActedOn = false) => {
    for (const t of subterms(term)) if (t.k === 'entry' || t.k === 'addr') see(t.path, isActedOn);
  };
  for (const guard of row.guards) terms(guard.term);
  for (const effect of row.effects) {
    if (effect.k === 'write') {
      see(effect.path, false);
      terms(effect.value);
    } else if (effect.k === 'zero') see(effect.path, false);
    else if (effect.k === 'defer') {
      if (effect.data) terms(effect.data);
    } else if (effect.k !== 'lock') terms(effect.memory, isAct(effect));
  }
  return [...bases].map(([cell, acts]) => ({ cell, elements, acts: [...acts] }));
}

/** Whether it hangs on the state of memory if something is wrong with what a row does. */
export function acts(row: Row): boolean {
  return row.effects.some((effect) => isAct(effect) || effect.k === 'require');
}

/** Something is wrong with it or not, by the state of the memory. */
function isAct({ k }: Effect): boolean {
  return k === 'flip' || k === 'free' || k === 'map' || k === 'unmap' || k === 'publish' || k === 'contents';
}

function anyElement(steps: string): string {
  return steps.replace(/\[-?\d+\]/g, '[*]');
}

/** Where a case can stand in a function: the base cell, null for globals, and the elements that `[*]` means there. */
export interface Base {
  readonly cell: Path | null;
  readonly elements: ReadonlyMap<string, Path>;
  /** Steps to what the row does something to, with any element as `[*]`. */
  readonly acts: readonly string[];
}

/** Whether a row does something to memory of the case if it stands there: to what a cell holds, to the cell, or to what it is in. */
export function concerns({ acts }: Base, { cells, objects }: Case): boolean {
  if (acts.length === 0) return false;
  for (const [steps, value] of cells) {
    const cell = anyElement(steps);
    if (!acts.some((act) => act.startsWith(cell) || cell.startsWith(act))) continue;
    for (const t of subterms(value)) if (objects.has(t)) return true;
  }
  return false;
}

/** Whether a row arms a callback that does something to memory. */
export function armsAnAct(row: Row, summaries: ReadonlyMap<string, Summary>): boolean {
  return row.effects.some(
    (effect) =>
      effect.k === 'defer' &&
      summaries.get(effect.callback)?.rows.some((of) => of.effects.some(isAct)) === true,
  );
}

/** A heap state in which `base` is as the case left it. */
export function stateOf(one: Case, at: Base, terms: Terms): State {
  const { cell: base } = at;
  const state = new State();
  if (one.zeroed && base) state.zero(base);
  for (const [term, object] of one.objects)
    state.objects.set(term, { ...object, published: null, given: null, borrowed: true });
  for (const [term, classes] of one.facts) state.facts.set(term, classes);
  const counters = countersOf(at);
  for (const [steps, value] of one.cells) {
    const path = cellAt(at, steps, terms);
    if (!path) continue;
    // Whichever element the counter tells here, it is the one of the case: only whether there is any at all is left of its value.
    if (counters.has(path)) state.facts.set(terms.entry(path), classOf(value, state));
    else state.cells.set(path, value);
  }
  if (one.from !== null && base?.root.k === 'deref')
    for (const [path, value] of one.linked)
      state.cells.set(renamedPath(path, one.from, base.root.term, terms), value);
  state.trace = one.trace;
  state.mask = one.mask;
  state.choices = one.choices;
  return state;
}

/** Cells that the function computes the index of an element from. */
function countersOf({ elements }: Base): ReadonlySet<Path> {
  const counters = new Set<Path>();
  for (const element of elements.values())
    if (element.step?.k === 'index')
      for (const t of subterms(element.step.term)) if (t.k === 'entry') counters.add(t.path);
  return counters;
}

/** The cell that `steps` leads to; null for an element that the function does not name. */
function cellAt(at: Base, steps: string, terms: Terms): Path | null {
  const star = steps.lastIndexOf('[*]');
  if (star < 0) return extend(at.cell, steps, terms);
  const element = at.elements.get(steps.slice(0, star + 3));
  return element ? extend(element, steps.slice(star + 3), terms) : null;
}

function extend(base: Path | null, steps: string, terms: Terms): Path {
  const name = /^[\w:]+/.exec(steps)?.[0] ?? '';
  let path = base ?? terms.global(name);
  for (const match of steps.matchAll(/\.(\w+)|\[(-?\d+)\]/g)) {
    path =
      match[1] !== undefined ? terms.field(path, match[1]) : terms.index(path, terms.int(Number(match[2])));
  }
  return path;
}

/** Functions whose exits make cases: nobody in view calls them, or their address is taken. */
export function isRoot(
  summary: Summary,
  called: ReadonlySet<string>,
  addressTaken: ReadonlySet<string>,
): boolean {
  return !called.has(summary.name) || addressTaken.has(summary.name);
}
