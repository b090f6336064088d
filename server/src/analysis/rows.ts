import { onSomeElement } from './any-element.ts';
import { either, lasting, waysThrough } from './choices.ts';
import type { Evaluator } from './eval.ts';
import { classOf } from './facts.ts';
import { isUntouched, type Keeps } from './kept.ts';
import { isAside, isElsewhere, isPlainSlab, lastName } from './merge.ts';
import type { Exit } from './run.ts';
import { ANY, ERR, integers, P, PTR, type State, Z } from './state.ts';
import type { Effect, Guard, Row, Way } from './summary.ts';
import {
  atomsOf,
  isFresh,
  type Path,
  pathTerms,
  type Site,
  subterms,
  type Term,
  type Terms,
} from './terms.ts';
import type { Bounds } from './types.ts';

/** What rows keep of writes: others see them, or nobody does. */
export interface Visibility {
  readonly tracked: (name: string) => boolean;
  readonly keeps: Keeps;
  readonly parameterCount: number;
}

/** One row of every way out; equal rows are one, and a literal that does not matter is dropped. */
export function rowsOf(
  exits: readonly Exit[],
  evaluator: Evaluator,
  visibility: Visibility,
  bounds: Bounds,
  hit: (bound: string) => void,
  terms: Terms,
): Row[] {
  const rows: Row[] = [];
  const bySignature = new Map<string, number>();
  for (const exit of exits) {
    const row = rowOf(exit, evaluator, visibility, terms);
    const signature = signatureOf(row);
    const at = bySignature.get(signature);
    if (at === undefined) {
      if (rows.length >= bounds.rows * 8) {
        hit('rows');
        continue;
      }
      bySignature.set(signature, rows.length);
      rows.push(row);
    } else rows[at] = mergeRows(rows[at]!, row, terms);
  }
  return rows;
}

function rowOf(exit: Exit, evaluator: Evaluator, visibility: Visibility, terms: Terms): Row {
  const { state } = exit;
  const visible = new Visible(state, evaluator, visibility);
  if (exit.value) visible.addValue(exit.value);
  visible.flips = state.hasEffect((e) => e.k === 'flip');
  const all = [...onSomeElement(state.effectList(), terms)];
  // Locks that are still held are the caller's from here on.
  for (const lock of state.locks) if (lock.effect) all.push(lock.effect);
  const last = new Map<Path, Effect>();
  for (const effect of all) if (effect.k === 'write') last.set(effect.path, effect);
  // A write makes what it stores visible, which may make earlier and later effects visible: to a fixpoint.
  for (let changed = true; changed; ) {
    changed = false;
    for (const effect of last.values())
      if (effect.k === 'write' && visible.path(effect.path) && visible.addValue(effect.value)) changed = true;
  }
  const effects = all.flatMap((effect): Effect[] => {
    switch (effect.k) {
      case 'write':
        return last.get(effect.path) === effect && visible.path(effect.path) ? visible.asWritten(effect) : [];
      case 'zero':
        return visible.path(effect.path) ? [effect] : [];
      case 'defer':
      case 'lock':
        return [effect];
      case 'free':
        return visible.memory(effect.memory) && visible.worthFreeing(effect) ? [effect] : [];
      default:
        return visible.memory(effect.memory) ? [effect] : [];
    }
  });
  const mentioned = new Set<Term>();
  const mention = (term: Term) => {
    for (const t of subterms(term)) mentioned.add(t);
  };
  if (exit.value) mention(exit.value);
  for (const effect of effects) {
    if (effect.k === 'write') mention(effect.value);
    else if (effect.k === 'flip') mention(effect.result);
  }
  const guards: Guard[] = [];
  state.facts.forEach((classes, term) => {
    if ((classes & integers) === integers || exit.value === term) return;
    if (speaksOfEntry(term, visibility.parameterCount, mentioned)) guards.push({ term, classes });
  });
  guards.sort((a, b) => (a.term.key < b.term.key ? -1 : 1));
  return {
    guards,
    ways: waysThrough(guards, state.mask, state.choices, ({ term }) =>
      speaksOfEntry(term, visibility.parameterCount, mentioned),
    ),
    result: exit.value,
    resultClasses: exit.value ? classOf(exit.value, state) : ANY,
    effects,
    sleeps: state.sleeps,
    returnSite: exit.site,
    returnText: exit.text,
    returnsVariable: !exit.literal,
    uses: state.uses,
    joined: state.joined,
    mask: state.mask,
    writes: observableWrites(last, state, visible),
    deeds: [...new Set(state.deeds)].sort().join(' '),
    acts: actsOf(all, visible),
  };
}

/** The frees of a path, by their places. */
function actsOf(effects: readonly Effect[], visible: Visible): string {
  const sites = new Set<string>();
  for (const effect of effects)
    if (effect.k === 'free' && visible.worthFreeing(effect)) sites.add(effect.site.key);
  return [...sites].sort().join(' ');
}

/** Two rows that do the same: what both need; a result that differs is any value of its class. */
export function mergeRows(a: Row, b: Row, terms: Terms): Row {
  const { result } = a;
  const merged =
    result === b.result || !result || !b.result
      ? result
      : terms.fresh(result.k === 'fresh' ? result.hint : 'result', outcomeOf(result) ?? outcomeOf(b.result));
  return {
    ...a,
    guards: intersect(a.guards, b.guards),
    ways: waysOf(a, b),
    result: merged,
    resultClasses: a.resultClasses | b.resultClasses,
    sleeps: a.sleeps ?? b.sleeps,
    mask: a.mask | b.mask,
    uses: { row: null, before: a.uses, met: [b.uses] },
  };
}

/** The ways of two rows that do the same. */
function waysOf(a: Row, b: Row): readonly Way[] | null {
  return a.ways === null || b.ways === null ? null : either(alone(a), alone(b));
}

function alone({ ways, guards, mask }: Row): readonly Way[] {
  return ways !== null && ways.length > 0 ? ways : [{ guards: lasting(guards), mask }];
}

function outcomeOf(term: Term): Site | null {
  return term.k === 'fresh' ? term.outcomeOf : null;
}

/** A guard is of use to callers if it speaks of values at entry, or of what the row gives them. */
function speaksOfEntry(term: Term, parameterCount: number, mentioned: ReadonlySet<Term>): boolean {
  let useful = term.k !== 'fresh' || mentioned.has(term);
  for (const t of subterms(term)) {
    if (t.k === 'fresh' && !mentioned.has(t)) return false;
    if (t.k === 'obj') return false;
    if (t.k === 'entry' && t.path.root.k === 'local' && t.path.root.index >= parameterCount) return false;
    if (t.k === 'entry' && t.path.root.k === 'temp') return false;
    if (t.k === 'addr' && t.path.root.k === 'local') useful = false;
  }
  return useful;
}

/** What callers find in their cells afterwards, tracked or not: by class, for the value itself means nothing to them. */
function observableWrites(last: ReadonlyMap<Path, Effect>, state: State, visible: Visible): string {
  const parts: string[] = [];
  last.forEach((effect, path) => {
    if (effect.k !== 'write' || !visible.path(path)) return;
    const { value } = effect;
    const classes = classOf(value, state);
    parts.push(
      `${path.key}=${classes === Z ? '0' : (classes & Z) === 0 ? 'nz' : value.k === 'fresh' || value.k === 'op' ? '?' : value.key}`,
    );
  });
  return parts.sort().join(';');
}

/** Which cells and objects callers can see when the function is left. */
class Visible {
  /** The path converts memory. */
  flips = false;
  private readonly objects = new Set<Term>();
  constructor(
    private readonly state: State,
    private readonly evaluator: Evaluator,
    private readonly visibility: Visibility,
  ) {}

  addValue(value: Term): boolean {
    const before = this.objects.size;
    for (const t of subterms(value)) if (t.k === 'obj') this.objects.add(t);
    const alias = this.state.objects.get(value)?.aliasOf;
    if (alias) for (const t of subterms(alias)) if (t.k === 'obj') this.objects.add(t);
    return this.objects.size !== before;
  }

  path(path: Path): boolean {
    if (path.root.k === 'local' || path.root.k === 'temp') return false;
    for (const t of pathTerms(path)) if (!this.term(t)) return false;
    return true;
  }

  private term(t: Term): boolean {
    if (t.k === 'obj') return this.objects.has(t);
    if (t.k === 'fresh') return false;
    if (t.k === 'entry')
      return t.path.root.k !== 'local' || t.path.root.index < this.visibility.parameterCount;
    if (t.k === 'addr') return t.path.root.k !== 'local' && t.path.root.k !== 'temp';
    return true;
  }

  memory(address: Term): boolean {
    const memory = this.evaluator.memoryOf(address, this.state);
    if (!memory) return false;
    for (const t of subterms(memory.base)) if (!this.term(t)) return false;
    return true;
  }

  /** What lies in a cell where nothing converted is ever kept goes its own way, and a slab object where nobody asks for the cell. */
  worthFreeing(effect: Extract<Effect, { k: 'free' }>): boolean {
    const { tracked, keeps } = this.visibility;
    const base = this.evaluator.memoryOf(effect.memory, this.state)?.base;
    if (base?.k !== 'entry' || base.path.length === 0) return true;
    const object = this.state.object(base);
    if (isElsewhere(base, object, keeps)) return false;
    const name = lastName(base.path);
    return effect.row.kind !== 'slab' || name === null || tracked(name) || !isUntouched(object);
  }

  /** A store as the row has it: for callers, for the function's own verdicts alone, or not at all. */
  asWritten(effect: Extract<Effect, { k: 'write' }>): Effect[] {
    const { value } = effect;
    if (effect.path.root.k === 'deref' && effect.path.root.term.k === 'int') return [];
    const memory = this.evaluator.memoryOf(value, this.state);
    const object = memory ? this.state.objects.get(memory.base) : undefined;
    const name = lastName(effect.path);
    if (object && !isPlainSlab(object) && !isAside(object, name, this.visibility.keeps)) return [effect];
    if (name === null || this.visibility.tracked(name)) return [effect];
    // Beside a transition a constant or an outcome that is stored may be the flag that tells of it, though nobody in view asks.
    const isFlag = value.k === 'int' || (value.k === 'fresh' && value.outcomeOf !== null);
    return this.flips && isFlag ? [{ ...effect, unasked: true }] : [];
  }
}

/** Results that callers treat alike: memory by identity, numbers by being zero or not. */
export function resultSignature(row: Row, named = true): string {
  const { result, resultClasses: classes } = row;
  if (!result) return 'void';
  if (
    result.k !== 'fresh' &&
    result.k !== 'op' &&
    (result.k === 'obj' || result.k === 'addr' || (classes & (PTR | ERR)) !== 0)
  )
    return `${result.key}:${classes}`;
  const outcome = outcomeOf(result) ? 'o' : '';
  // Beside a transition an error's own name may tell its outcome.
  if (named && result.k === 'op' && result.op === 'neg' && row.effects.some((e) => e.k === 'flip'))
    return result.key;
  if (classes === Z) return `0${outcome}`;
  if ((classes & Z) !== 0) return `?${classes}${outcome}`;
  return classes === PTR || classes === ERR || classes === P ? `${classes}${outcome}` : `nz${outcome}`;
}

/** What callers can tell apart, for merging: result and effects, value numbers by class. */
export function signatureOf(row: Row, named = true): string {
  const value = (t: Term) => {
    const classes = row.guards.find((g) => g.term === t)?.classes;
    if (t.k === 'fresh') return `$${classes ?? ANY}${t.outcomeOf ? `@${t.outcomeOf.key}` : ''}`;
    if (t.k === 'int') return t.value === 0 ? '0' : 'nz';
    return t.k === 'op' || t.k === 'const' ? `#${classes ?? ''}` : t.key;
  };
  const parts = [row.acts, resultSignature(row, named)];
  for (const e of row.effects) {
    switch (e.k) {
      case 'write':
        parts.push(`w ${e.path.key} ${value(e.value)}`);
        break;
      case 'zero':
        parts.push(`z ${e.path.key}`);
        break;
      case 'flip':
        parts.push(`f ${e.to}${e.ok ? '+' : '-'} ${e.memory.key} ${e.site.key} ${e.at.key}`);
        break;
      case 'defer':
        parts.push(`d ${e.callback}`);
        break;
      case 'lock':
        parts.push(`l ${e.op} ${e.lock}`);
        break;
      case 'map':
        parts.push(`m ${e.memory.key} ${e.site.key} ${e.attribute}`);
        break;
      default:
        parts.push(`${e.k} ${e.memory.key} ${e.site.key}${e.k === 'kind' ? e.is : ''}`);
    }
  }
  return parts.join(';');
}

/** Literals that both have; where they differ in class, what covers both. A complementary pair says nothing. */
function intersect(a: readonly Guard[], b: readonly Guard[]): Guard[] {
  const other = new Map(b.map((g) => [g.term, g.classes]));
  const both: Guard[] = [];
  for (const g of a) {
    // A value number of this row: the signature says that the other row's is of the same class.
    if (atomsOf(g.term).some(isFresh)) {
      both.push(g);
      continue;
    }
    const classes = other.get(g.term);
    if (classes === undefined) continue;
    const union = g.classes | classes;
    if (union !== ANY) both.push({ term: g.term, classes: union });
  }
  return both;
}
