import { contains } from '../base/span.ts';
import { type CancellationToken, check } from '../base/token.ts';
import type { Expr, Instr, IrFunction, Terminator } from '../ir/types.ts';
import type { Frame } from './call-context.ts';
import { canBe } from './choices.ts';
import { foldElements, instantiate } from './elements.ts';
import type { Evaluator } from './eval.ts';
import { judgeLeaks, judgeMappings } from './exit-checks.ts';
import { classOf, type Facts } from './facts.ts';
import { type Flow, readsOf, readsOfTerm, walk } from './flow.ts';
import type { Interpreter } from './interpret.ts';
import type { Keeps } from './kept.ts';
import type { Memory } from './memory.ts';
import { collectGarbage, lastName, mergeInto } from './merge.ts';
import type { Observer } from './observe.ts';
import { SeenPairs } from './pairs.ts';
import { Shapes } from './shape.ts';
import type { Sizes } from './sizes.ts';
import { integers, N, P, type State, Z } from './state.ts';
import { atomsOf, type Path, type Site, type Term, type Terms } from './terms.ts';
import type { Bounds } from './types.ts';
import { meeting } from './uses.ts';

/** A way out of the function. */
export interface Exit {
  readonly state: State;
  readonly value: Term | null;
  readonly site: Site;
  readonly text: string | null;
  readonly literal: boolean;
  /** The `if` whose outcome sent the path to the return, if it did not look at the value returned. */
  readonly lastBranch: { readonly looksAt: readonly Term[] } | null;
  /** The path came to the return by a label that is not the function's straight way. */
  readonly viaLabel: boolean;
}

/** All ways out of a function, and what was not followed. */
export interface RunResult {
  readonly exits: readonly Exit[];
  /** Bounds that were hit, by name. */
  readonly hits: ReadonlyMap<string, number>;
  readonly leftOff: boolean;
}

interface Kept {
  state: State;
  queued: boolean;
}

/** What a run needs; one per function. */
export interface RunContext extends RunInput {
  readonly shapes: Shapes;
}

/** What a run is given. */
export interface RunInput {
  readonly frame: Frame;
  readonly flow: Flow;
  /** Per block: locals and temporaries whose value matters from there on. */
  readonly strong: readonly ReadonlySet<number>[];
  readonly terms: Terms;
  readonly evaluator: Evaluator;
  readonly facts: Facts;
  readonly sizes: Sizes;
  readonly memory: Memory;
  readonly interpreter: Interpreter;
  readonly bounds: Bounds;
  readonly token: CancellationToken;
  /** Whether a field or global is one that some condition or event looks at. */
  readonly tracked: (name: string) => boolean;
  readonly keeps: Keeps;
  /** Whether there is something to be done first. Asked while little has been done. */
  readonly isToBeLeftOff: () => boolean;
  /** Fields and globals that decide on a transition: in which state memory is left is known by what they were found to be. */
  readonly deciding: ReadonlySet<string>;
  /** Who looks on; left out: nobody. */
  readonly observer?: Observer | undefined;
}

/** Runs a function from its entry over all paths that its facts allow, merging states of the same shape. */
export function runFunction(input: RunInput, entry: State): RunResult {
  return new Run(input).run(entry);
}

/** After so many steps a run is not left off any more: it tells of everything else that is missing as well. */
const shortRun = 128;

/** How far beyond its bound a block goes for states that bring something new. */
const newsFactor = 4;

class Run {
  private readonly kept: Map<string, Kept>[];
  private readonly work: { block: number; kept: Kept }[] = [];
  /** Of blocks at their bound: which parts of shapes were seen together. */
  private readonly pairs = new Map<number, SeenPairs>();
  private readonly exits: Exit[] = [];
  private readonly hits = new Map<string, number>();
  private readonly fn: IrFunction;
  private steps = 0;
  private leftOff = false;

  private readonly context: RunContext;

  constructor(input: RunInput) {
    this.context = { ...input, shapes: new Shapes(input) };
    this.fn = input.frame.fn;
    this.kept = this.fn.blocks.map(() => new Map());
  }

  run(entry: State): RunResult {
    const { stepsPerFunction, timePerFunction: time } = this.context.bounds;
    const end = time === undefined ? 0 : time.now() + time.milliseconds;
    this.arrive(0, entry, -1);
    while (this.work.length > 0 && !this.leftOff) {
      const isOver = time !== undefined && time.now() > end;
      if (isOver || this.steps > stepsPerFunction) {
        this.hit(isOver ? 'timePerFunction' : 'stepsPerFunction');
        break;
      }
      const { block, kept } = this.next();
      kept.queued = false;
      this.process(block, kept.state.clone());
    }
    return { exits: this.exits, hits: this.hits, leftOff: this.leftOff };
  }

  /** The earliest block first: what flows together is merged before it goes on. */
  private next(): { block: number; kept: Kept } {
    let at = 0;
    for (let i = 1; i < this.work.length; i++) if (this.work[i]!.block < this.work[at]!.block) at = i;
    return this.work.splice(at, 1)[0]!;
  }

  private hit(bound: string): void {
    this.hits.set(bound, (this.hits.get(bound) ?? 0) + 1);
  }

  private arrive(block: number, state: State, from: number): void {
    const { bounds } = this.context;
    if (from >= block) this.widen(block, state);
    const { instrs, term } = this.fn.blocks[block]!;
    // At a bare return nothing is gained by it, and what memory is called would be lost.
    if (instrs.length > 0 || term.k !== 'return') collectGarbage(this.context, block, state);
    const shape = this.context.shapes.of(block, state);
    const here = this.kept[block]!;
    const same = here.get(shape);
    if (same) {
      same.state.uses?.met.push(state.uses);
      // Nothing new, unless what is known shrinks: then the block is looked at again with less.
      if (mergeInto(this.context, block, same.state, state) && !same.queued) this.enqueue(block, same);
      return;
    }
    if (here.size >= bounds.statesPerBlock && !this.bringsNews(block, shape)) {
      const [first] = here.values();
      first?.state.uses?.met.push(state.uses);
      return;
    }
    state.uses = meeting(state.uses);
    const kept: Kept = { state, queued: false };
    here.set(shape, kept);
    this.enqueue(block, kept);
  }

  /**
   * Whether a state beyond the bound has two parts that were not seen together before: what is left and freed on one way
   * hangs on such pairs, and things that have nothing to do with each other do not multiply. States that bring nothing
   * new are no loss; the bound is hit where even those that do are too many.
   */
  private bringsNews(block: number, shape: string): boolean {
    const here = this.kept[block]!;
    let seen = this.pairs.get(block);
    if (seen === undefined) {
      seen = new SeenPairs();
      for (const known of here.keys()) seen.add(known.split(' '));
      this.pairs.set(block, seen);
    }
    if (!seen.add(shape.split(' '))) return false;
    if (here.size < this.context.bounds.statesPerBlock * newsFactor) return true;
    this.hit('statesPerBlock');
    return false;
  }

  private enqueue(block: number, kept: Kept): void {
    kept.queued = true;
    this.work.push({ block, kept });
  }

  /** Over a back edge: what the loop assigns is a new value of the same class. */
  private widen(head: number, state: State): void {
    const { terms, sizes, evaluator } = this.context;
    const loop = this.context.flow.loops.get(head);
    if (!loop) return;
    for (const [path, value] of state.cells) {
      const name = lastName(path);
      if (
        path.root.k === 'local' ||
        path.root.k === 'temp' ||
        (value.k !== 'int' && value.k !== 'op') ||
        !name ||
        !loop.counted.has(name)
      )
        continue;
      const fresh = terms.fresh(name);
      for (const index of atomsOf(value)) foldElements(state, index, terms);
      state.facts.set(fresh, integers);
      state.cells.set(path, fresh);
    }
    for (const index of loop.assigned) {
      const path = evaluator.localPath(this.fn, index);
      const value = state.cells.get(path);
      if (!value) continue;
      const counter = loop.counters.has(index);
      if (!counter && (value.k === 'int' || value.k === 'obj' || value.k === 'addr')) continue;
      if (!counter && state.objects.has(value)) continue;
      const fresh = terms.fresh(
        path.root.k === 'local' ? path.root.name : 'loop',
        value.k === 'fresh' ? value.outcomeOf : null,
      );
      foldElements(state, value, terms);
      sizes.inherit(fresh, value);
      const classes = counter && value.k === 'int' ? Z | P | N : classOf(value, state);
      state.facts.set(fresh, classes);
      state.cells.set(path, fresh);
    }
  }

  private process(id: number, start: State): void {
    const block = this.fn.blocks[id]!;
    let states = [start];
    this.context.memory.loop = this.context.flow.repeated.get(id) ?? null;
    for (const instr of block.instrs) {
      check(this.context.token);
      const next: State[] = [];
      const observer = this.observerOf(instr);
      const isTold = this.isTold(instr);
      for (const state of states)
        for (const one of this.instances(state, (see) => readsOf(instr).forEach(see))) {
          this.steps++;
          observer?.before(instr, one);
          const after = this.context.interpreter.execute(one, instr);
          if (isTold) for (const state of after) state.tell('comment');
          observer?.after(instr, after);
          if (this.steps <= shortRun && this.context.isToBeLeftOff()) {
            this.leftOff = true;
            return;
          }
          next.push(...after);
        }
      if (next.length > this.context.bounds.statesPerBlock * 2) {
        this.hit('statesPerBlock');
        next.length = this.context.bounds.statesPerBlock * 2;
      }
      states = next;
      if (states.length === 0) return;
    }
    for (const state of states)
      for (const one of this.instances(state, (see) => readsOfTerm(block.term).forEach(see))) {
        this.steps++;
        if (block.term.k !== 'jump' && this.isTold(block.term)) one.tell('comment');
        this.observerOf(block.term)?.before(block.term, one);
        this.leave(id, block.term, one);
      }
  }

  /** A comment speaks of a step that says that memory is leaked. */
  private isTold({ span }: Instr | Terminator): boolean {
    const { leaksTold } = this.fn;
    return leaksTold.length > 0 && leaksTold.some((told) => contains(told, span));
  }

  private observerOf(step: Instr | Terminator): Observer | null {
    const { observer } = this.context;
    return observer?.wants(step) ? observer : null;
  }

  /** Where an element of an array is read that loops left cases of: a state for each case. */
  private instances(state: State, reads: (see: (expr: Expr) => void) => void): State[] {
    if (state.elements.size === 0) return [state];
    let states = [state];
    reads((expr) =>
      walk(expr, (e) => {
        if (e.k !== 'index') return;
        states = states.flatMap(
          (s) => instantiate(s, this.context.evaluator.path(this.fn, e, s), this.context.terms) ?? [s],
        );
      }),
    );
    return states;
  }

  private leave(id: number, term: Terminator, state: State): void {
    switch (term.k) {
      case 'jump':
        this.arrive(term.to, state, id);
        return;
      case 'branch':
        this.branch(id, term, state);
        return;
      case 'config': {
        const literal = this.context.facts.config(term.literal.text);
        for (const [holds, to] of [
          [true, term.then],
          [false, term.otherwise],
        ] as const) {
          const s = state.clone();
          const value = holds === term.literal.holds;
          if (!this.context.facts.assume(s, literal, value)) continue;
          if (classOf(literal, state) === (Z | P))
            this.note(s, term.span, { k: 'config', text: term.literal.text, holds: value }, [literal]);
          this.arrive(to, s, id);
        }
        return;
      }
      case 'iterate':
        this.arrive(term.body, state.clone(), id);
        this.arrive(term.done, state, id);
        return;
      case 'switch':
        this.switch(id, term, state);
        return;
      case 'return':
        this.return(id, term, state);
        return;
      case 'stop':
        return;
    }
  }

  private note(
    state: State,
    span: { start: number; end: number },
    event: Parameters<Memory['node']>[2],
    looksAt: readonly Term[],
    cell?: Path,
  ): void {
    this.context.memory.node(
      state,
      { site: this.context.interpreter.site(span), depth: 0, through: null },
      event,
      null,
      0,
      0,
      looksAt,
      cell,
    );
  }

  private branch(id: number, term: Extract<Terminator, { k: 'branch' }>, state: State): void {
    const { evaluator, facts, frame } = this.context;
    const cond = evaluator.eval(this.fn, term.cond, state);
    const yes = state.clone();
    const no = state;
    const canYes = facts.assume(yes, cond, true) && canBe(yes);
    const noClone = no.clone();
    const canNo = facts.assume(noClone, cond, false) && canBe(noClone);
    const forked = canYes && canNo;
    const text = frame.text(term.cond);
    const cell = this.testedCell(term.cond, state);
    // A decision that was already made is still a step of the path where it turns on an event's outcome.
    const told =
      cell !== undefined || forked || atomsOf(cond).some((t) => t.k === 'fresh' && t.outcomeOf !== null);
    if (canYes) {
      if (told) this.note(yes, term.span, { k: 'branch', text, taken: true }, [cond], cell);
      this.arrive(term.then, yes, id);
    }
    if (canNo) {
      if (told) this.note(noClone, term.span, { k: 'branch', text, taken: false }, [cond], cell);
      this.arrive(term.otherwise, noClone, id);
    }
  }

  /** The field or global that a condition tests, if it is one. */
  private testedCell(cond: Expr, state: State): Path | undefined {
    let expr = cond;
    while (expr.k === 'unary' || expr.k === 'cast') expr = expr.arg;
    if (expr.k !== 'field' && expr.k !== 'deref' && expr.k !== 'name') return undefined;
    const path = this.context.evaluator.path(this.fn, expr, state);
    return state.cells.has(path) && path.root.k !== 'local' && path.root.k !== 'temp' ? path : undefined;
  }

  private switch(id: number, term: Extract<Terminator, { k: 'switch' }>, state: State): void {
    const { evaluator, facts } = this.context;
    const value = evaluator.eval(this.fn, term.value, state);
    // Labels are distinct: a constant that is one of them is no other.
    const named =
      value.k === 'const'
        ? term.cases.find((c) => c.values.some((e) => evaluator.eval(this.fn, e, state) === value))
        : undefined;
    if (named) {
      this.arrive(named.to, state, id);
      return;
    }
    const other = state.clone();
    let otherPossible = true;
    for (const arm of term.cases) {
      for (const expr of arm.values) {
        const s = state.clone();
        const same = evaluator.binary('==', value, evaluator.eval(this.fn, expr, s), s);
        if (facts.assume(s, same, true)) this.arrive(arm.to, s, id);
        if (otherPossible && !facts.assume(other, same, false)) otherPossible = false;
      }
    }
    if (otherPossible) this.arrive(term.otherwise, other, id);
  }

  private return(id: number, term: Extract<Terminator, { k: 'return' }>, state: State): void {
    const { evaluator, interpreter, frame } = this.context;
    const value = term.value ? evaluator.eval(this.fn, term.value, state) : null;
    judgeMappings(this.context.memory, state);
    const where = { site: interpreter.site(term.span), depth: 0, through: null };
    judgeLeaks(this.context.memory, state, value, where);
    let lastBranch: Exit['lastBranch'] = null;
    let viaLabel = false;
    for (let node = state.trace; node; node = node.prev) {
      if (node.depth > 0) continue;
      if (node.event.k === 'goto') viaLabel = true;
      if (node.event.k === 'branch') {
        lastBranch = node;
        break;
      }
    }
    this.exits.push({
      state,
      value,
      site: interpreter.site(term.span),
      text: term.value ? frame.text(term.value) : null,
      literal:
        term.value === null ||
        term.value.k === 'int' ||
        (term.value.k === 'unary' && term.value.arg.k !== 'local'),
      lastBranch,
      viaLabel: viaLabel && id >= 0,
    });
  }
}
