import { type Attribute, anyLive, setOf, stepSet } from '../model/generic.ts';
import { transitionSleeps } from '../model/platform-facts.ts';
import { elementOfMemory, type OnElement } from './any-element.ts';
import type { Evaluator } from './eval.ts';
import type { TraceEvent } from './finding.ts';
import { isPooled, Laws } from './laws.ts';
import { type Sizes, sizeText } from './sizes.ts';
import { dropLock, entryObject, type ObjectState, type State, type TraceNode } from './state.ts';
import { type AllocInfo, type Effect, type Sleep, sleepingTransition } from './summary.ts';
import { type Path, type Site, type Size, type Term, type Terms, within } from './terms.ts';
import type { MemorySink, Violation, Where } from './violation.ts';

/** Memory events on a path's state: step the machine, write the effect and the trace, judge. */
export class Memory {
  private readonly laws: Laws;

  constructor(
    private readonly terms: Terms,
    private readonly evaluator: Evaluator,
    private readonly sizes: Sizes,
    private readonly sink: MemorySink,
  ) {
    this.laws = new Laws(sizes);
  }

  /**
   * The outermost loop that what runs is in, by its first block; null: it is in none. In a loop, a part that is converted each time may
   * be the whole in the end.
   */
  loop: number | null = null;

  /** Places of frees, for short. */
  private readonly numbers = new Map<string, number>();

  /** Set while an effect is replayed that was told where it happens. */
  private muted = false;
  private told = 0;

  /** Hands a violation on, unless the effect it comes from was told where it happens. */
  report(violation: Violation): void {
    this.told++;
    if (!this.muted) this.sink.violation(violation);
  }

  /** The object an address belongs to; one that is itself flipped at an offset is a child with a state of its own. */
  objectOf(address: Term, state: State): Term | null {
    const memory = this.evaluator.memoryOf(address, state);
    if (!memory) return null;
    if (!memory.offset) return memory.base;
    return this.terms.op('at', [memory.base, memory.offset]);
  }

  /** What holds the per-CPU memory that an address is computed from; null for all other memory. */
  private perCpuOf(memory: Term, state: State): ObjectState | null {
    const base = memory.k === 'op' ? memory.args[0] : null;
    const holder = base ? state.objects.get(base) : null;
    return holder?.kind === 'percpu' ? holder : null;
  }

  private isLess(flip: Extract<Effect, { k: 'flip' }>, object: ObjectState): boolean {
    const now = this.sizes.pagesOf(flip.extent);
    const then = this.sizes.pagesOf(object.sharedExtent ?? object.allocSize);
    return now !== null && then !== null && now < then;
  }

  private numberOf(site: string): number {
    let number = this.numbers.get(site);
    if (number === undefined) {
      number = this.numbers.size;
      this.numbers.set(site, number);
    }
    return number;
  }

  node(
    state: State,
    where: Where,
    event: TraceEvent,
    subject: Term | null,
    before: number,
    after: number,
    looksAt: readonly Term[] = [],
    cell?: Path,
  ): TraceNode {
    const { site } = where;
    const { depth } = where;
    return state.addTrace(
      cell === undefined
        ? { at: site, depth, event, subject, before, after, looksAt }
        : { at: site, depth, event, subject, before, after, looksAt, cell },
    );
  }

  alloc(state: State, memory: Term, info: AllocInfo, where: Where): void {
    const { joined } = state.object(memory);
    state.setObject(memory, {
      ...entryObject,
      joined,
      states: setOf('private'),
      kind: info.kind,
      own: true,
      allocatedBy: info.callee,
      allocSite: where.site,
      allocSize: info.size,
      wholePages: info.wholePages,
      managed: info.managed,
      contents: info.zeroed ? 'written' : 'unwritten',
    });
    this.node(
      state,
      where,
      {
        ...{ k: 'alloc', callee: info.callee, kind: info.kind, size: info.size ? sizeText(info.size) : null },
        ...(info.believed ? { believed: true } : {}),
      },
      memory,
      0,
      setOf('private'),
    );
    state.addEffect({ k: 'new', memory, info, site: where.site });
  }

  /** One outcome of a transition of `address`. */
  flip(state: State, flip: Extract<Effect, { k: 'flip' }>, where: Where): void {
    const memory = this.objectOf(flip.memory, state);
    if (!memory) {
      state.addEffect(flip);
      return;
    }
    this.muted = flip.reported;
    const told = this.told;
    const object = state.object(memory);
    const base = this.evaluator.memoryOf(flip.memory, state)!.base;
    const holder = state.object(base);
    const event =
      flip.to === 'shared' ? (flip.ok ? 'share-ok' : 'share-fail') : flip.ok ? 'unshare-ok' : 'unshare-fail';
    const step = stepSet(event, object.states);
    const { offences } = step;
    // A part each time round: which part, and whether it is the whole in the end, the path does not know.
    const part = this.loop !== null && this.isLess(flip, object);
    const to = part ? step.to | object.states : step.to;
    const definite = step.definite && !part;
    const node = this.node(
      state,
      where,
      {
        k: 'transition',
        callee: flip.callee,
        to: flip.to,
        outcome: flip.ok ? 'success' : 'failure',
        ...(this.sizes.pagesOf(flip.extent) === 1 ? { onePage: true } : {}),
        ...(flip.believed ? { believed: true } : {}),
      },
      memory,
      object.states,
      to,
      [flip.result],
    );
    const common = {
      subject: memory,
      node,
      callee: flip.callee,
      state,
      transition: { callee: flip.callee, to: flip.to, site: flip.site },
      through: where.through,
      argument: where.depth === 0 ? flip.text : '',
    };
    // A result that nobody reads tells nobody, whatever becomes of the memory.
    if (!flip.ok && flip.dropped && where.depth === 0 && !isPooled(holder.kind))
      this.report({ ...common, kind: 'result-dropped', onlyOn: null, details: {} });
    if (flip.ok) {
      const flipped = {
        ...{ flip, object, holder, repeated: this.loop !== null },
        offences: definite ? offences : [],
        sharedOn: this.evaluator.sharedFromStart(base),
      };
      for (const broken of this.laws.ofFlip(flipped, this.perCpuOf(memory, state)))
        this.report({ ...common, ...broken });
    }
    this.muted = false;
    const element = flip.element ?? elementOfMemory(memory, state, this.loop, this.terms);
    state.addEffect({ ...flip, reported: this.told > told, ...(element ? { element } : {}) });
    state.setObject(memory, {
      states: to,
      flip: {
        to: flip.to,
        ok: flip.ok,
        callee: flip.callee,
        site: flip.site,
        extent: flip.extent,
        result: flip.result,
        whole: !part,
        text: where.depth === 0 ? flip.text : '',
      },
      sharedExtent: flip.to === 'shared' ? flip.extent : object.sharedExtent,
      contents: 'stale',
      told: null,
      history: remember(object, `${flip.to === 'shared' ? 's' : 'p'}${flip.ok ? '+' : '-'}`),
      ...(memory === base ? {} : { kind: holder.kind, own: holder.own }),
    });
    // At an offset that varies it may be any part of the whole.
    const { offset } = this.evaluator.memoryOf(flip.memory, state)!;
    if (offset && !isConstant(offset) && holder.flip)
      state.setObject(base, { states: holder.states | step.to });
    if (holder.aliasOf) state.setObject(holder.aliasOf, { states: to });
  }

  /** A size operator in it is fed another unit than it takes. */
  isMisfed(size: Size | null): boolean {
    return size !== null && this.sizes.misfed(size.term) !== null;
  }

  /** Whether a call's size argument has the unit that the call takes; `text` is the argument as written. */
  judgeUnit(
    state: State,
    size: Size | null,
    wanted: Size['unit'],
    callee: string,
    where: Where,
    subject: Term | null,
    to: 'shared' | 'private',
    handedOn: { readonly site: Site; readonly callee: string; readonly text: string } | null = null,
  ): void {
    if (!size) return;
    const misfed = this.sizes.misfed(size.term);
    // What a callee takes for one unit the caller may know to be another.
    const known = this.sizes.unitOf(size.term);
    const given = misfed ? misfed.given : known === 'none' ? size.unit : known;
    const want = misfed ? misfed.wanted : wanted;
    if (given === want || given === 'none' || given === 'hvpages' || want === 'none') return;
    const node = this.node(state, where, { k: 'call', callee }, subject, 0, 0);
    this.report({
      kind: 'unit-mismatch',
      subject,
      node,
      callee,
      state,
      transition: { callee, to, site: misfed ? where.site : (handedOn?.site ?? where.site) },
      onlyOn: null,
      details: {
        ...{ given: size.text, givenUnit: given, wantedUnit: want, callee },
        ...(misfed || handedOn === null ? {} : { handedOn: handedOn.text, handedTo: handedOn.callee }),
      },
      through: where.through,
      argument: '',
    });
  }

  free(state: State, effect: Extract<Effect, { k: 'free' }>, where: Where): void {
    const memory = this.evaluator.memoryOf(effect.memory, state);
    if (!memory) {
      state.addEffect(effect);
      return;
    }
    this.muted = effect.reported;
    const told = this.told;
    const { base } = memory;
    const object = state.object(base);
    const { to } = stepSet('free', object.states);
    if (effect.row.reference && !object.own) {
      this.muted = false;
      state.addEffect(effect);
      return;
    }
    const believed = effect.row.contract === undefined ? {} : { believed: true };
    const event = { k: 'free', callee: effect.callee, ...believed } as const;
    const node = this.node(state, where, event, base, object.states, to);
    // Back into a pool is not back to the allocator: what a pool holds may stay shared.
    if (!isPooled(object.kind) && !isPooled(effect.row.kind) && object.aliasOf === null) {
      this.judgeFree(state, effect, base, object, node, where);
      state.objects.forEach((part, child) => {
        if (child.k === 'op' && child.op === 'at' && child.args[0] === base)
          this.judgeFree(state, effect, child, part, node, where);
      });
    }
    // A reference may be dropped by whoever has one.
    if (this.told === told && !effect.row.reference)
      this.judgeFree(state, effect, base, object, node, where, 'given');
    this.muted = false;
    const element = effect.element ?? elementOfMemory(base, state, this.loop, this.terms);
    state.addEffect({ ...effect, reported: this.told > told, ...(element ? { element } : {}) });
    if (element?.index.k === 'fresh') this.sweep(state, effect.site, base, element);
    // Which free it was: two that look alike here may be taken for reasons that callers know apart.
    const history = remember(object, `f${this.numberOf(effect.site.key)}`);
    state.setObject(base, { states: to, freedAt: node, given: null, history });
  }

  /** Memory goes to somebody else, or to nobody: what an annotation says of that is held against what is done with it later. */
  handOn(state: State, effect: Extract<Effect, { k: 'escape' }>, where: Where): void {
    state.addEffect(effect);
    const { given } = effect;
    const memory = given === undefined ? null : this.evaluator.memoryOf(effect.memory, state);
    if (given === undefined || memory === null || memory.offset !== null) return;
    const object = state.object(memory.base);
    const event = { k: 'call', ...given, believed: true } as const;
    this.node(state, where, event, memory.base, object.states, object.states);
    state.setObject(memory.base, { given });
  }

  /** A loop frees what elements of an array hold: when its index moves on, nothing else of the state says so. */
  private sweep(state: State, site: Site, memory: Term, { family, when }: OnElement): void {
    const { states, history } = state.object(memory);
    const known = when.map(({ term, classes }) => `${shapeName(term)}?${classes}`);
    const how = [site.key, states, history, ...known.sort()].join(':').replaceAll(' ', '_');
    state.sweeps = new Map(state.sweeps).set(family, how);
  }

  private judgeFree(
    state: State,
    effect: Extract<Effect, { k: 'free' }>,
    memory: Term,
    object: ObjectState,
    node: TraceNode,
    where: Where,
    law: 'page' | 'given' = 'page',
  ): void {
    if (law === 'page' && where.depth > 0 && stepSet('free', object.states).offences.length === 0)
      this.sink.lawfulFree(where.site, state);
    const broken = law === 'page' ? this.laws.ofFree(effect, object) : this.laws.ofGiven(object, 'frees');
    if (!broken) return;
    this.report({
      ...broken,
      subject: memory,
      node,
      callee: effect.callee,
      state,
      transition: object.flip
        ? { callee: object.flip.callee, to: object.flip.to, site: object.flip.site }
        : null,
      through: where.through,
      argument: where.depth === 0 ? effect.text : '',
    });
  }

  map(state: State, effect: Extract<Effect, { k: 'map' }>, where: Where): void {
    state.addEffect(effect);
    const memory = this.evaluator.memoryOf(effect.memory, state);
    const node = this.node(
      state,
      where,
      { k: 'map', callee: effect.callee, attribute: effect.attribute },
      memory?.base ?? null,
      0,
      0,
    );
    if (!memory) return;
    const { base } = memory;
    if (effect.user) {
      state.setObject(base, { userMapped: node });
      return;
    }
    const object = state.object(base);
    // What is right when it is mapped stays without a word: what is converted later is, as a rule, unmapped later.
    if (!agrees(effect.attribute, object.states))
      state.setObject(base, { mappedAs: { attribute: effect.attribute, node } });
    state.setObject(effect.alias, {
      ...object,
      // The state is that of the memory, not of the mapping.
      states: anyLive,
      kind: 'vmap',
      own: true,
      allocatedBy: effect.callee,
      allocSite: where.site,
      aliasOf: base,
      aliasAttribute: effect.attribute,
      mappedAs: null,
      flip: null,
    });
  }

  /** A function that is not in view got hold of a struct: it may have converted what others left there. */
  touch(state: State, effect: Extract<Effect, { k: 'touch' }>): void {
    const known = state.hasEffect((e) => e.k === 'touch' && e.memory === effect.memory);
    if (!known) state.addEffect(effect);
    const base = this.terms.deref(effect.memory);
    state.cells.forEach((value, path) => {
      const object = state.objects.get(value);
      if (object?.borrowed && within(path, base)) state.setObject(value, { states: anyLive });
    });
  }

  /** A mapping of memory is gone: what attribute it had is of no account any more. */
  unmap(state: State, effect: Extract<Effect, { k: 'unmap' }>, where: Where): void {
    state.addEffect(effect);
    const alias = this.evaluator.memoryOf(effect.memory, state)?.base;
    const base = alias ? state.object(alias).aliasOf : null;
    if (!base) return;
    this.node(state, where, { k: 'unmap', callee: effect.callee }, base, 0, 0);
    state.setObject(base, { mappedAs: null });
  }

  publish(state: State, effect: Extract<Effect, { k: 'publish' }>, where: Where): void {
    state.addEffect(effect);
    const memory = this.evaluator.memoryOf(effect.memory, state);
    if (!memory) return;
    const node = this.node(state, where, { k: 'publish', to: effect.to }, memory.base, 0, 0);
    if (memory.base.k === 'entry' || state.objects.has(memory.base))
      state.setObject(memory.base, { published: node });
  }

  contents(state: State, effect: Extract<Effect, { k: 'contents' }>, where: Where): void {
    const memory = this.evaluator.memoryOf(effect.memory, state);
    if (!memory || !state.objects.has(memory.base)) return;
    state.addEffect(effect);
    const object = state.object(memory.base);
    if (effect.op === 'write') {
      state.setObject(memory.base, { contents: 'written' });
      return;
    }
    if (object.contents !== 'stale' || !object.flip?.ok) return;
    const node = this.node(
      state,
      where,
      { k: 'call', callee: effect.callee },
      memory.base,
      object.states,
      object.states,
    );
    this.report({
      kind: 'stale-contents-read',
      subject: memory.base,
      node,
      callee: effect.callee,
      state,
      transition: { callee: object.flip.callee, to: object.flip.to, site: object.flip.site },
      onlyOn: null,
      details: {},
      through: where.through,
      argument: '',
    });
  }

  /** A lock or section that forbids sleeping is entered or left. */
  lock(state: State, effect: Extract<Effect, { k: 'lock' }>, where: Where): void {
    const key = `${effect.lock}:${effect.address?.key ?? ''}`;
    if (effect.op === 'release') {
      const held = state.locks.some((l) => l.key === key);
      state.locks = dropLock(state.locks, key);
      if (!held) state.addEffect(effect);
      return;
    }
    const node = this.node(state, where, { k: 'lock', callee: effect.callee, op: 'acquire' }, null, 0, 0);
    state.locks = [...state.locks, { key, callee: effect.callee, forbidsSleep: true, node, effect }];
  }

  /** A transition that sleeps, under something that forbids it. */
  sleep(state: State, callee: string, where: Where, site: Site, below: Sleep | null = null): void {
    const sleep: Sleep = { callee, site, below };
    state.sleeps ??= sleep;
    const held = state.locks.find((l) => l.forbidsSleep);
    // Who is given the flag knows what it forbids; what is called after that may not.
    const promise = state.promise?.node.at.key === site.key ? null : state.promise;
    if (!held && !promise) return;
    const node = this.node(state, { ...where, site }, { k: 'call', callee }, null, 0, 0);
    this.report({
      kind: 'sleeps-in-atomic',
      subject: null,
      node,
      callee,
      state,
      transition: { callee, to: 'shared', site },
      onlyOn: transitionSleeps,
      details: {
        ...(held ? { lock: held.callee, lockKey: held.key } : { flag: promise!.flag }),
        sleeps: sleepingTransition(sleep),
      },
      below,
      through: where.through,
      argument: '',
    });
  }
}

/** A term without the numbers of this visit. */
function shapeName(term: Term): string {
  return term.key.replace(/\$\d+/g, '$');
}

/** The memory is certainly what the attribute says. */
function agrees(attribute: Attribute, states: number): boolean {
  return (attribute === 'shared' || attribute === 'private') && states === setOf(attribute);
}

/** One more event, unless it only repeats the last: loops must end. */
function remember(object: ObjectState, event: string): string {
  return object.own || object.history.endsWith(event) || object.history.length > 16
    ? object.history
    : object.history + event;
}

function isConstant(offset: Term): boolean {
  return offset.k === 'int' || offset.k === 'const' || (offset.k === 'op' && offset.args.every(isConstant));
}
