import type { OnElement } from './any-element.ts';
import { canBe, choiceOf, isOpen, isTaken } from './choices.ts';
import type { Evaluator } from './eval.ts';
import { classOf, type Facts } from './facts.ts';
import type { Memory } from './memory.ts';
import { handRequirementOn } from './requirements.ts';
import { ANY, ERR, N, P, PTR, type State } from './state.ts';
import type { Effect, Guard, Row, Summary, Way } from './summary.ts';
import type { Path, Site, Size, Term, Terms } from './terms.ts';
import { pathText } from './text.ts';
import { through } from './uses.ts';
import type { Where } from './violation.ts';

/** A deferral seen on a path: who runs what, in which context, from which state. */
export interface Deferral {
  readonly callback: string;
  readonly data: Term | null;
  readonly context: 'process' | 'softirq' | 'hardirq' | 'atomic';
  readonly callee: string;
  readonly site: Site;
  readonly state: State;
}

/**
 * Replays a callee's row on a heap state. Guards and values speak of the callee's entry, so they are read from
 * the state before the row; effects run in order on the state that the row changes.
 */
export class Replay {
  constructor(
    private readonly terms: Terms,
    private readonly evaluator: Evaluator,
    private readonly facts: Facts,
    private readonly memory: Memory,
    private readonly deferred: (deferral: Deferral) => void,
  ) {}

  /**
   * One row of `summary` with these arguments, called at `site`. Null: the row contradicts the state.
   * The result is the state after and the value returned. `known`: only if the state says what the guards ask. `shared`: what other
   * rows of the call have made of the callee's terms.
   */
  run(
    before: State,
    summary: Summary,
    row: Row,
    args: readonly Term[],
    site: Site,
    discarded: boolean,
    depth: number,
    known = false,
    shared: Substitution | null = null,
  ): { state: State; result: Term } | null {
    if ((before.mask & row.mask) === 0) return null;
    const subst = shared ?? this.substitution(before, args, site);
    // Most rows of most callees contradict what is known: seen before anything is copied.
    for (const { term, classes } of row.guards)
      if ((classOf(subst.term(term), before) & classes) === 0) return null;
    const state = before.clone();
    state.mask &= row.mask;
    for (const guard of row.guards)
      if (!this.guard(state, subst.term(guard.term), guard.classes, known)) return null;
    if (!this.choose(state, row, subst) || !canBe(state)) return null;
    this.memory.node(state, { site, depth, through: null }, { k: 'call', callee: summary.name }, null, 0, 0);
    for (const guard of row.guards)
      if (guard.term.k === 'entry' && guard.term.path.length > 0)
        this.tested(state, guard, subst, row.returnSite, depth + 1);
    for (const effect of row.effects)
      if (
        !this.effect(state, effect, subst, depth + 1, {
          site,
          name: summary.name,
          // Nobody drops the result of a function that has none.
          discarded: discarded && row.result !== null,
        })
      )
        return null;
    if (row.sleeps) this.memory.sleep(state, summary.name, { site, depth, through: null }, site, row.sleeps);
    if (row.joined) state.joined = true;
    state.uses = through(row, state.uses);
    const result = row.result ? subst.term(row.result) : this.terms.fresh('void');
    if (row.result && !this.facts.narrow(state, result, row.resultClasses)) return null;
    return { state, result };
  }

  /** What a callee's terms are to a caller, as long as the state of the call stays as it is. */
  substitution(before: State, args: readonly Term[], site: Site): Substitution {
    return new Substitution(before, args, site, this.terms, this.evaluator);
  }

  /** A row that stands for several ways is taken on one that can be; which one, what is learnt later may tell. False: on none. */
  private choose(state: State, { ways }: Row, subst: Substitution): boolean {
    if (ways === null || ways.length < 2) return true;
    const open: Way[] = [];
    for (const { guards, mask } of ways) {
      const way: Way = {
        guards: guards.map(({ term, classes }) => ({ term: subst.term(term), classes })),
        mask,
      };
      if (isTaken(way, state)) return true;
      if (isOpen(way, state)) open.push(way);
    }
    const [only, other] = open;
    if (only === undefined) return false;
    if (other !== undefined) {
      const choice = choiceOf(open);
      if (!state.choices.some(({ key }) => key === choice.key)) state.choices = [...state.choices, choice];
      return true;
    }
    state.mask &= only.mask;
    return only.guards.every(({ term, classes }) => this.guard(state, term, classes, false));
  }

  /** A cell that the row looks at before it acts: kept in the trace, for it may be what misled it. */
  private tested(state: State, guard: Guard, subst: Substitution, site: Site, depth: number): void {
    if (guard.term.k !== 'entry') return;
    const holds = (guard.classes & 1) === 0;
    const cell = subst.path(guard.term.path);
    this.memory.node(
      state,
      { site, depth, through: null },
      { k: 'branch', text: pathText(guard.term.path), taken: holds },
      null,
      0,
      0,
      [],
      cell,
    );
  }

  private guard(state: State, term: Term, classes: number, known: boolean): boolean {
    if (known && term.k === 'entry' && classOf(term, state) === ANY) return false;
    const truthy = classes & (N | P | PTR | ERR);
    if (term.k === 'op' || term.k === 'int') {
      // A literal over actual values may be decided by arithmetic, not only by class.
      if (truthy === 0) return this.facts.assume(state, term, false);
      if ((classes & 1) === 0 && !this.facts.assume(state, term, true)) return false;
    }
    return this.facts.narrow(state, term, classes);
  }

  /** The element that an effect is on, as the caller calls it. */
  private element(effect: Effect, subst: Substitution): OnElement | null {
    if ((effect.k !== 'free' && effect.k !== 'flip') || !effect.element) return null;
    const when = effect.element.when.map(({ term, classes }) => ({ term: subst.term(term), classes }));
    return { ...effect.element, when };
  }

  private effect(
    state: State,
    effect: Effect,
    subst: Substitution,
    depth: number,
    call: { site: Site; name: string; discarded: boolean },
  ): boolean {
    const where: Where = { site: effect.site, depth, through: 'memory' in effect ? effect.memory : null };
    const element = this.element(effect, subst);
    // Elements of which the path knew something else then are passed over.
    if (element?.when.some(({ term, classes }) => (classOf(term, state) & classes) === 0)) return true;
    const onElement = element ? { element } : {};
    switch (effect.k) {
      case 'write': {
        const path = subst.path(effect.path);
        const value = subst.term(effect.value);
        state.write(path, value);
        state.addEffect({ ...effect, path, value });
        this.memory.node(
          state,
          where,
          { k: 'store', target: effect.text, value: effect.valueText },
          value,
          0,
          0,
          [value],
          path,
        );
        return true;
      }
      case 'zero': {
        const path = subst.path(effect.path);
        state.zero(path);
        state.addEffect({ ...effect, path });
        return true;
      }
      case 'flip': {
        const result = subst.term(effect.result);
        const extent = subst.size(effect.extent);
        // What the callee got wrong by itself was told there.
        if (effect.ok && !this.memory.isMisfed(effect.extent)) {
          const misfit = this.memory.objectOf(subst.term(effect.memory), state);
          this.memory.judgeUnit(
            state,
            extent,
            extent?.unit ?? 'none',
            call.name,
            { site: call.site, depth: depth - 1, through: null },
            misfit,
            effect.to,
            { site: effect.site, callee: effect.callee, text: effect.extent?.text ?? '' },
          );
        }
        this.memory.flip(
          state,
          {
            ...effect,
            ...onElement,
            memory: subst.term(effect.memory),
            extent,
            result,
            at: call.site,
            via: call.name,
            dropped: call.discarded,
          },
          where,
        );
        return true;
      }
      case 'new': {
        const memory = subst.term(effect.memory);
        if (effect.info.zeroed) state.zero(this.terms.deref(memory));
        this.memory.alloc(state, memory, { ...effect.info, size: subst.size(effect.info.size) }, where);
        return true;
      }
      case 'free':
        this.memory.free(
          state,
          { ...effect, ...onElement, memory: subst.term(effect.memory), size: subst.size(effect.size) },
          where,
        );
        return true;
      case 'kind': {
        const memory = this.evaluator.memoryOf(subst.term(effect.memory), state);
        if (!memory) return true;
        const kind = state.object(memory.base).kind;
        if (kind !== null) return (kind === effect.kind) === effect.is;
        state.addEffect({ ...effect, memory: subst.term(effect.memory) });
        return true;
      }
      case 'map':
        this.memory.map(
          state,
          { ...effect, memory: subst.term(effect.memory), alias: subst.term(effect.alias) },
          where,
        );
        return true;
      case 'lock':
        this.memory.lock(
          state,
          { ...effect, address: effect.address ? subst.term(effect.address) : null },
          { site: effect.site, depth, through: null },
        );
        return true;
      case 'touch': {
        const memory = subst.term(effect.memory);
        // Numbers point nowhere, and what the path allocated itself nobody else has left anything in.
        if (memory.k === 'entry' || (memory.k === 'addr' && memory.path.root.k !== 'local'))
          this.memory.touch(state, { ...effect, memory });
        return true;
      }
      case 'unmap':
        this.memory.unmap(state, { ...effect, memory: subst.term(effect.memory) }, where);
        return true;
      case 'publish':
        this.memory.publish(state, { ...effect, memory: subst.term(effect.memory) }, where);
        return true;
      case 'contents':
        this.memory.contents(state, { ...effect, memory: subst.term(effect.memory) }, where);
        return true;
      case 'require':
        handRequirementOn(state, { ...effect, memory: subst.term(effect.memory) }, this.memory);
        return true;
      case 'escape':
        this.memory.handOn(state, { ...effect, memory: subst.term(effect.memory) }, where);
        return true;
      case 'defer': {
        const data = effect.data ? subst.term(effect.data) : null;
        state.addEffect({ ...effect, data });
        this.memory.node(
          state,
          where,
          { k: 'defer', callee: effect.callee, callback: effect.callback },
          null,
          0,
          0,
        );
        this.deferred({
          callback: effect.callback,
          data,
          context: effect.context,
          callee: effect.callee,
          site: effect.site,
          state: state.clone(),
        });
        return true;
      }
    }
  }
}

/** Callee terms to caller terms, against the caller's state at the call. */
class Substitution {
  private readonly memo = new Map<Term, Term>();

  constructor(
    private readonly before: State,
    private readonly args: readonly Term[],
    private readonly site: Site,
    private readonly terms: Terms,
    private readonly evaluator: Evaluator,
  ) {}

  term(term: Term): Term {
    const known = this.memo.get(term);
    if (known) return known;
    const made = this.make(term);
    this.memo.set(term, made);
    return made;
  }

  private make(term: Term): Term {
    const { terms } = this;
    switch (term.k) {
      case 'int':
      case 'const':
      case 'str':
        return term;
      case 'fresh':
        return terms.fresh(term.hint, term.outcomeOf);
      case 'obj': {
        const { site } = term;
        return terms.obj({ ...site, key: `${this.site.key}>${site.key}` }, term.old);
      }
      case 'entry': {
        const { path } = term;
        if (path.root.k === 'local') {
          const actual = this.args[path.root.index];
          if (!actual) return terms.fresh('argument');
          if (path.length === 0) return actual;
        }
        return this.before.read(this.path(path), terms);
      }
      case 'addr': {
        if (term.path.root.k === 'local' || term.path.root.k === 'temp') return terms.fresh('local');
        const path = this.path(term.path);
        return path.parent === null && path.root.k === 'deref' ? path.root.term : terms.addr(path);
      }
      case 'op':
        return this.operator(term.op, term.args);
    }
  }

  private operator(op: string, args: readonly Term[]): Term {
    const actual = args.map((a) => this.term(a));
    const a = actual[0];
    const b = actual[1];
    switch (op) {
      case 'not':
        return this.evaluator.not(a!);
      case 'eq':
        return this.evaluator.binary('==', a!, b!, this.before);
      case 'lt':
        return this.evaluator.binary('<', a!, b!, this.before);
      case 'add':
        return this.evaluator.binary('+', a!, b!, this.before);
      case 'sub':
        return this.evaluator.binary('-', a!, b!, this.before);
      case 'mul':
        return this.evaluator.binary('*', a!, b!, this.before);
      case 'shl':
        return this.evaluator.binary('<<', a!, b!, this.before);
      case 'shr':
        return this.evaluator.binary('>>', a!, b!, this.before);
      case 'bitor':
        return this.evaluator.binary('|', a!, b!, this.before);
      case 'bitand':
        return this.evaluator.binary('&', a!, b!, this.before);
      default:
        if (op.startsWith('container-of:')) {
          const [tag, member] = op.slice(13).split('.');
          return this.evaluator.containerOf(tag ?? '', member ?? '', a!);
        }
        return op.startsWith('call:')
          ? this.evaluator.predicate(op.slice(5), actual, this.before)
          : this.terms.op(op, actual);
    }
  }

  path(path: Path): Path {
    const { terms } = this;
    if (path.parent) {
      const parent = this.path(path.parent);
      if (path.step!.k === 'field') return terms.field(parent, path.step!.name);
      return terms.index(parent, this.term(path.step!.term));
    }
    const { root } = path;
    if (root.k === 'deref') return terms.deref(this.term(root.term));
    if (root.k === 'global') return path;
    // A parameter's own cell is the callee's; writes to it are not seen by the caller.
    const actual = root.k === 'local' ? this.args[root.index] : undefined;
    return actual ? terms.deref(terms.op('copy', [actual])) : path;
  }

  size(size: Size | null): Size | null {
    return size ? { ...size, term: this.term(size.term) } : null;
  }
}

/** A row for a function of which nothing is known but that it was called. */
export function unknownClasses(term: Term, state: State): number {
  return classOf(term, state) & ANY;
}
