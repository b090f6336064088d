import { contains, type Span } from '../base/span.ts';
import type { CancellationToken } from '../base/token.ts';
import { asInSource } from '../ir/marks.ts';
import type { Expr, IrFunction } from '../ir/types.ts';
import type { MemoryKind } from '../kernel/types.ts';
import { anyLive, members } from '../model/generic.ts';
import type { Analyser } from './analyser.ts';
import { type Call, memoryAt } from './call-context.ts';
import type { Engine } from './engine.ts';
import { classOf } from './facts.ts';
import type { StateName, TraceStep } from './finding.ts';
import { argumentText, cellText, subjectText, traceOf } from './findings.ts';
import { decided, type FlagHere, type FlagMeaning, flagMeaning } from './here-flags.ts';
import { type GuardHere, guardsOf, type Keeper, keepersOf } from './here-guards.ts';
import { type Place, placesAt } from './here-place.ts';
import { type Demand, demandsOf } from './here-required.ts';
import { isAsEntered } from './kept.ts';
import type { Observer, Step } from './observe.ts';
import type { FunctionRecord } from './record.ts';
import { ERR, type State, type TraceNode, Z } from './state.ts';
import type { Given, Summary } from './summary.ts';
import { type Size, subterms, type Term } from './terms.ts';

/** What one path knows of a piece of memory when it comes to a place. */
export interface MemoryHere {
  /** As the function calls it. */
  readonly subject: string;
  /** Null: there is no memory there, but NULL or an error pointer. */
  readonly states: readonly StateName[] | null;
  readonly nothing: 'null' | 'error' | null;
  readonly kind: MemoryKind | null;
  /** The call that allocated it; null: it came from elsewhere. */
  readonly allocatedBy: string | null;
  /** As the allocator was asked for it. */
  readonly size: Size | null;
  /** Other names for it, shortest first. */
  readonly aliases: readonly string[];
  /** What happened to it on the way, oldest first. */
  readonly steps: readonly TraceStep[];
  /** Conditions on what the function was given that the path has passed, and that have to do with the memory. */
  readonly guards: readonly GuardHere[];
  /** Who in view leaves such memory shared or unknown, and whether the guards keep that away from here. */
  readonly keepers: readonly Keeper[];
  /** What is demanded of callers, where the memory is as it came from them: `states` has that. */
  readonly demand: Demand | null;
  /** Somebody took it over, or leaked it, as is written down of that call. */
  readonly given: Given | null;
  readonly contents: 'unwritten' | 'written' | 'stale';
  /** Who can still reach it when the function is done: cells, or the caller by the value that is returned. */
  readonly keptIn: readonly string[];
  /** Allocated on this path. */
  readonly own: boolean;
  /** Since the last transition the path printed or warned, or came by a comment that says that memory is leaked. */
  readonly told: 'log' | 'comment' | null;
  readonly joined: boolean;
}

/** What comes to a place, on every path. */
export interface Here {
  readonly place: 'call' | 'return' | 'value';
  /** Relative to the function's slice. */
  readonly span: Span;
  /** The callee, or the value as it is written. */
  readonly name: string;
  /** What a call does; null: it is none, or does nothing to memory. */
  readonly role: 'free' | 'takes' | 'transition' | 'calls' | null;
  /** Who has the memory after a call that somebody wrote that down of, and for which results, in a word of annotations. */
  readonly owner: { readonly is: Given['owner']; readonly on: string | null } | null;
  /** One for each path and piece of memory; equal ones once. Empty: no path comes here, or none has memory here. */
  readonly memory: readonly MemoryHere[];
  /** Paths that come here, merged ones counted once. */
  readonly paths: number;
  /** The value is a field that says something of memory beside it: `memory` is that. Null: it is none. */
  readonly flag: FlagHere | null;
}

/** What else is in view. */
export interface Surroundings {
  /** Of functions that nobody in view calls: what those leave behind can be met by others. */
  readonly roots: readonly Summary[];
  /** Of all others: what they leave their callers may undo. */
  readonly called: readonly Summary[];
}

/** Paths that are kept for an answer: more than anybody reads. */
const mostPaths = 64;

/**
 * What is known at an offset of a function. The function is run once more for the answer. Null: there is nothing of interest, or
 * nothing leads from the function to a transition. @throws Cancelled
 */
export function lookAt(
  analyser: Analyser,
  named: { readonly file: string; readonly name: string; readonly hash: string; readonly text: string },
  offset: number,
  around: Surroundings,
  token: CancellationToken,
): Here | null {
  let places: readonly Place[] = [];
  for (let at = 0; at === 0 || at < places.length; at++) {
    let looking: Looking | null = null;
    const record = analyser.observe(
      named,
      (found) => {
        if (at === 0) places = placesAt(found.fn, named.text, offset);
        looking = new Looking(analyser.engine, found, places[at] ?? null, around);
        return looking;
      },
      token,
    );
    if (record === null || looking === null) return null;
    const here = (looking as Looking).answer();
    const isKnown = here !== null && (here.place !== 'value' || here.memory.length > 0 || here.flag !== null);
    if (isKnown || at >= places.length - 1) return asInSource(here);
  }
  return null;
}

class Looking implements Observer {
  private readonly found = new Map<string, MemoryHere>();
  private paths = 0;
  /** Undefined: nobody has asked yet. */
  private flag: FlagMeaning | null | undefined;
  private demands: ReadonlyMap<Term, Demand> | undefined;
  private readonly values = new Set<boolean | null>();
  private readonly fn: IrFunction;
  private readonly role: Here['role'];

  constructor(
    private readonly engine: Engine,
    private readonly record: FunctionRecord,
    private readonly place: Place | null,
    private readonly around: Surroundings,
  ) {
    this.fn = record.fn;
    this.role = place?.k === 'call' ? this.roleOf(place.callee) : null;
  }

  wants(step: Step): boolean {
    const { place } = this;
    if (place === null || !place.steps.has(step)) return false;
    return place.k !== 'call' || this.role !== null;
  }

  before(step: Step, state: State): void {
    const { place } = this;
    if (place === null) return;
    if (place.k === 'value') {
      if (!place.written.has(step)) this.seeValue(place.expr, state.clone());
    } else if (place.k === 'return') this.seeReturn(step, state.clone());
    else if (step.k === 'call') this.seeCall(step, state.clone());
  }

  after(step: Step, states: readonly State[]): void {
    const { place } = this;
    if (place?.k !== 'value' || !place.written.has(step)) return;
    for (const state of states) this.seeValue(place.expr, state.clone());
  }

  answer(): Here | null {
    const { place, role } = this;
    if (place === null || (place.k === 'call' && role === null)) return null;
    return {
      place: place.k,
      span: place.span,
      name: place.k === 'call' ? place.callee : place.k === 'value' ? this.textOf(place.expr) : '',
      role,
      owner: role === 'takes' && place.k === 'call' ? this.ownerOf(place.callee) : null,
      memory: [...this.found.values()],
      paths: this.paths,
      flag: this.flag ? { ...this.flag, values: [...this.values] } : null,
    };
  }

  private textOf(expr: Expr): string {
    return expr.k === 'local' || expr.k === 'name' || expr.k === 'field' ? expr.name : '';
  }

  private roleOf(callee: string): Here['role'] {
    const { vocabulary } = this.engine;
    if (this.ownerOf(callee) !== null) return 'takes';
    if (vocabulary.row(callee, 'free') !== undefined) return 'free';
    if (vocabulary.row(callee, 'transition') !== undefined) return 'transition';
    const summary = this.record.questions.summaries.get(callee);
    return summary?.rows.some((row) => row.effects.some((e) => e.k === 'flip' || e.k === 'free'))
      ? 'calls'
      : null;
  }

  /** What is written down of who has memory after a call. */
  private ownerOf(callee: string) {
    for (const row of this.engine.vocabulary.rows(callee)) {
      if (row.k === 'owner') return { is: row.owner, on: row.on, place: row.place };
      if (row.k !== 'free') continue;
      for (const { verb, place, cases } of row.contract?.effects ?? []) {
        const on = cases[0]?.on ?? null;
        if (verb === 'takes') return { is: 'taken' as const, on, place };
        if (verb === 'leaks') return { is: 'leaked' as const, on, place };
      }
    }
    return null;
  }

  private seeValue(expr: Expr, state: State): void {
    this.paths++;
    const { evaluator } = this.engine;
    const value = evaluator.eval(this.fn, expr, state);
    const flag = expr.k === 'field' ? this.flagAt(expr, state) : null;
    if (flag === null) this.note(state, value, []);
    else {
      this.values.add(decided(classOf(value, state)));
      this.note(state, evaluator.eval(this.fn, { ...expr, name: flag.memory } as Expr, state), []);
    }
  }

  private flagAt(expr: Expr, state: State): FlagMeaning | null {
    if (this.flag === undefined) {
      const { engine, around } = this;
      const path = engine.evaluator.path(this.fn, expr, state);
      // What functions leave to their callers stands in the rows of those, too, if they are followed.
      this.flag =
        flagMeaning(engine.tags, around.roots, path) ??
        flagMeaning(engine.tags, [...around.roots, ...around.called], path);
    }
    return this.flag;
  }

  private seeCall(call: Call, state: State): void {
    this.paths++;
    const { vocabulary, evaluator } = this.engine;
    if (call.callee.k !== 'direct') return;
    const { name } = call.callee;
    const owner = this.ownerOf(name);
    if (owner !== null) {
      const args = call.args.map((arg) => evaluator.eval(this.fn, arg, state));
      const value = memoryAt(owner.place, args, state, this.engine.terms)?.value;
      if (value !== undefined) this.note(state, value, []);
      return;
    }
    const row = vocabulary.row(name, 'free') ?? vocabulary.row(name, 'transition');
    const given = row && call.args[row.address];
    if (given !== undefined) this.note(state, evaluator.eval(this.fn, given, state), []);
  }

  /** Memory that the function has had in its hands and that is not private now, or that it allocated. */
  private seeReturn(step: Step, state: State): void {
    if (step.k !== 'return') return;
    this.paths++;
    const value = step.value ? this.engine.evaluator.eval(this.fn, step.value, state) : null;
    for (const [term, object] of state.objects) {
      if (object.flip === null && !object.own) continue;
      if (object.aliasOf !== null) continue;
      this.note(state, term, this.keptIn(state, term, value));
    }
  }

  private keptIn(state: State, memory: Term, value: Term | null): string[] {
    const names = new Set<string>();
    if (value !== null && value.k !== 'int' && subterms(value).includes(memory)) names.add('return');
    for (const [path, held] of state.cells) {
      if (path.root.k === 'local' || path.root.k === 'temp') continue;
      if (!subterms(held).includes(memory)) continue;
      const text = cellText(path, state);
      if (text !== null) names.add(text);
    }
    return [...names].slice(0, 3);
  }

  private note(state: State, value: Term, keptIn: readonly string[]): void {
    if (this.found.size >= mostPaths) return;
    const here = this.memoryOf(state, value, keptIn);
    if (here === null) return;
    const key = JSON.stringify([
      here.subject,
      here.states,
      here.nothing,
      here.allocatedBy,
      here.guards,
      here.keptIn,
      here.steps.map((step) => [step.at.span.start, step.event]),
    ]);
    const known = this.found.get(key);
    if (known === undefined || here.steps.length < known.steps.length) this.found.set(key, here);
  }

  private memoryOf(state: State, value: Term, keptIn: readonly string[]): MemoryHere | null {
    const { evaluator } = this.engine;
    const classes = classOf(value, state);
    const nothing = classes === Z ? 'null' : classes === ERR ? 'error' : null;
    const base = evaluator.memoryOf(value, state)?.base;
    if (base === undefined && nothing === null) return null;
    const known = base === undefined ? undefined : state.objects.get(base);
    const demand = base === undefined ? null : this.demandOf(base, state);
    // A number that nobody took for an address.
    if (
      nothing === null &&
      known === undefined &&
      demand === null &&
      this.place?.k !== 'call' &&
      !this.pointsToMemory(value)
    )
      return null;
    const object = base === undefined ? null : state.object(base);
    const memory = object?.aliasOf ?? base ?? null;
    const whole = memory === null ? null : state.object(memory);
    const guards = memory === null ? [] : guardsOf(state, memory);
    return {
      subject: memory === null ? '' : nameOf(memory, state),
      states: nothing !== null || whole === null ? null : (demand?.states ?? members(whole.states)),
      nothing,
      kind: whole?.kind ?? null,
      allocatedBy: whole?.allocatedBy ?? null,
      size: whole?.allocSize ?? null,
      aliases: memory === null ? [] : this.aliases(state, memory),
      steps: memory === null || nothing !== null ? [] : this.stepsOf(state, memory),
      guards,
      keepers:
        memory === null || nothing !== null || demand || whole?.own || whole?.flip
          ? []
          : this.keepersOf(memory, state),
      demand: nothing === null ? demand : null,
      given: whole?.given ?? null,
      contents: whole?.contents ?? 'unwritten',
      keptIn,
      own: whole?.own === true,
      told: whole?.told ?? null,
      joined: state.joined || whole?.joined === true,
    };
  }

  private demandOf(memory: Term, state: State): Demand | null {
    this.demands ??= demandsOf(this.engine, this.record);
    const demand = this.demands.get(memory);
    return demand !== undefined && isAsEntered(state.object(memory)) ? demand : null;
  }

  /** Whether a value that no event has concerned yet can be asked about: a pointer at entry. */
  private pointsToMemory(value: Term): boolean {
    if (value.k !== 'entry') return value.k === 'obj';
    const { path } = value;
    const { root } = path;
    if (path.parent === null && root.k === 'local') {
      const type = this.fn.variables[root.index]?.type;
      return type !== undefined && type.pointers > 0 && /\b(?:void|char|u8|page)\b/.test(type.text);
    }
    return path.parent !== null && this.keepersOf(value, null).length > 0;
  }

  /** Those that nobody calls; if the way from them is lost in a struct that they made themselves, whoever is on it. */
  private keepersOf(memory: Term, state: State | null): readonly Keeper[] {
    const { roots, called } = this.around;
    const keepers = keepersOf(this.engine.tags, roots, memory, state);
    return keepers.length > 0 ? keepers : keepersOf(this.engine.tags, called, memory, state);
  }

  private aliases(state: State, memory: Term): string[] {
    const names = new Set<string>();
    for (const [path, held] of state.cells) {
      if (path.root.k === 'temp') continue;
      if (this.engine.evaluator.memoryOf(held, state)?.base !== memory) continue;
      const text = cellText(path, state);
      if (text !== null) names.add(text);
    }
    return [...names].sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).slice(0, 4);
  }

  private stepsOf(state: State, memory: Term): TraceStep[] {
    let node: TraceNode | null = state.trace;
    while (node !== null && node.subject !== memory) node = node.prev;
    if (node === null) return [];
    const steps = traceOf({
      kind: 'leaked',
      subject: memory,
      node,
      callee: null,
      state,
      transition: null,
      onlyOn: null,
      details: {},
      through: null,
      argument: '',
    });
    return atCalls(steps.filter(({ event }) => !untold.has(event.k)));
  }
}

/** Steps that lead along a path without doing anything to memory: what they decide is in what follows. */
const untold: ReadonlySet<TraceStep['event']['k']> = new Set(['config', 'entry', 'branch', 'goto']);

/** What happened in callees is told at the call that led there: their places may be those of another version. */
function atCalls(steps: readonly TraceStep[]): TraceStep[] {
  const told: TraceStep[] = [];
  for (const step of steps) {
    const last = told.at(-1);
    // `x->buf = alloc()` is one step.
    const isStored =
      step.event.k === 'store' && last?.event.k === 'alloc' && contains(step.at.span, last.at.span);
    if (isStored) continue;
    if (step.depth === 0) told.push(step);
    else if (last !== undefined && step.after !== null)
      told[told.length - 1] = { ...last, before: last.before ?? step.before, after: step.after };
  }
  return told.filter(({ event, after }) => event.k !== 'call' || after !== null);
}

const anyState = members(anyLive).join();

/** Whether nothing is known of the state: the memory came from elsewhere, and nothing has happened to it. */
export function isAnyState(states: readonly StateName[]): boolean {
  return states.join() === anyState;
}

/** What the function calls the memory; where no name for it is left, as it was called when it was converted. */
function nameOf(memory: Term, state: State): string {
  const name = subjectText(memory, state);
  const { flip, allocatedBy } = state.object(memory);
  if (/^\w+$/.test(name) && name !== 'memory') return name;
  const converted = flip === null ? null : argumentText(flip.text);
  return converted ?? (name === 'memory' && allocatedBy !== null ? `memory of ${allocatedBy}()` : name);
}
