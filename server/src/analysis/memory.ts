import type { FreeRow, MemoryKind, PlatformId } from '../kernel/types.ts';
import { anyLive, setOf, stepSet } from '../model/generic.ts';
import { linearMapOnly, transitionSleeps } from '../model/platform-facts.ts';
import type { Evaluator } from './eval.ts';
import type { TraceEvent, ViolationKind } from './finding.ts';
import { type Sizes, unitName } from './sizes.ts';
import type { ObjectState, State, TraceNode } from './state.ts';
import { type AllocInfo, type Effect, type Sleep, sleepingTransition } from './summary.ts';
import { type Path, type Site, type Size, type Term, type Terms, within } from './terms.ts';

/** Something broken on a path, before it has a subject text and a place to be reported at. */
export interface Violation {
  readonly kind: ViolationKind;
  readonly subject: Term | null;
  /** The event that breaks the law. */
  readonly node: TraceNode;
  readonly callee: string | null;
  /** The path's state there, for platforms, configurations and bounds. */
  readonly state: State;
  readonly transition: {
    readonly callee: string;
    readonly to: 'shared' | 'private';
    readonly site: Site;
  } | null;
  /** Platforms that the law is about; null: all. */
  readonly onlyOn: readonly string[] | null;
  readonly details: Readonly<Record<string, string>>;
  /** What the callee's row calls the memory: decides whether helper or caller is to blame. Null at depth 0. */
  readonly through: Term | null;
  /** The memory as the call writes it; empty where there is no such text. */
  readonly argument: string;
  /** The calls below the event that tell why it breaks the law. */
  readonly below?: Sleep | null;
}

/** Where an event is told to have happened. */
export interface Where {
  readonly site: Site;
  readonly depth: number;
  /** The callee's own term for the memory when a row is replayed. */
  readonly through: Term | null;
}

/** Who hears of what memory events show. */
export interface MemorySink {
  violation(violation: Violation): void;
  /** A free in a callee that is right on every state the memory may be in. */
  lawfulFree(site: Site, state: State): void;
}

/** Memory events on a path's state: step the machine, write the effect and the trace, judge. */
export class Memory {
  constructor(
    private readonly terms: Terms,
    private readonly evaluator: Evaluator,
    private readonly sizes: Sizes,
    private readonly sink: MemorySink,
  ) {}

  /** Set while what runs may run again: a part that is converted each time may be the whole in the end. */
  repeated = false;

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

  private isLess(flip: Extract<Effect, { k: 'flip' }>, object: ObjectState): boolean {
    const now = this.sizes.pagesOf(flip.extent);
    const then = this.sizes.pagesOf(object.sharedExtent ?? object.allocSize);
    return now !== null && then !== null && now < then;
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
    return state.addTrace({
      at: site,
      depth: where.depth,
      event,
      subject,
      before,
      after,
      looksAt,
      ...(cell ? { cell } : {}),
    });
  }

  alloc(state: State, memory: Term, info: AllocInfo, where: Where): void {
    const object: Partial<ObjectState> = {
      states: setOf('private'),
      kind: info.kind,
      own: true,
      allocatedBy: info.callee,
      allocSite: where.site,
      allocSize: info.size,
      wholePages: info.wholePages,
      flip: null,
      sharedExtent: null,
      aliasOf: null,
      aliasAttribute: null,
      mappedAs: null,
      userMapped: null,
      published: null,
      contents: info.zeroed ? 'written' : 'unwritten',
      freedAt: null,
      many: false,
      history: '',
      borrowed: false,
    };
    state.setObject(memory, object);
    this.node(
      state,
      where,
      { k: 'alloc', callee: info.callee, kind: info.kind, size: info.size ? sizeText(info.size) : null },
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
    const part = this.repeated && this.isLess(flip, object);
    const to = part ? step.to | object.states : step.to;
    const definite = step.definite && !part;
    const node = this.node(
      state,
      where,
      { k: 'transition', callee: flip.callee, to: flip.to, outcome: flip.ok ? 'success' : 'failure' },
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
    state.told = false;
    if (flip.ok) this.judgeFlip(flip, object, holder, definite ? offences : [], common);
    this.muted = false;
    state.addEffect({ ...flip, reported: this.told > told });
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
      history: remember(object, `${flip.to === 'shared' ? 's' : 'p'}${flip.ok ? '+' : '-'}`),
      ...(memory === base ? {} : { kind: holder.kind, own: holder.own }),
    });
    // At an offset that varies it may be any part of the whole.
    const { offset } = this.evaluator.memoryOf(flip.memory, state)!;
    if (offset && !isConstant(offset) && holder.flip)
      state.setObject(base, { states: holder.states | step.to });
    if (holder.aliasOf) state.setObject(holder.aliasOf, { states: to });
  }

  private judgeFlip(
    flip: Extract<Effect, { k: 'flip' }>,
    object: ObjectState,
    holder: ObjectState,
    offences: readonly string[],
    common: Omit<Violation, 'kind' | 'onlyOn' | 'details'>,
  ): void {
    const violate = (
      kind: ViolationKind,
      details: Record<string, string> = {},
      onlyOn: readonly string[] | null = null,
    ) => this.report({ ...common, kind, details, onlyOn });
    const strong =
      (object.own || object.flip !== null) &&
      !object.many &&
      !object.borrowed &&
      !object.joined &&
      !isPooled(object.kind);
    if (strong && offences.includes('shared-twice')) violate('converted-twice');
    if (strong && offences.includes('never-shared')) violate('never-converted');
    const perCpu =
      common.subject?.k === 'op' && common.subject.args[0]
        ? common.state.objects.get(common.subject.args[0])
        : null;
    if (perCpu?.kind === 'percpu')
      violate('vmalloc-converted', { allocatedBy: perCpu.allocatedBy ?? '' }, linearMapOnly);
    if (holder.kind === 'vmalloc' || holder.kind === 'kvmalloc')
      violate('vmalloc-converted', { allocatedBy: holder.allocatedBy ?? '' }, linearMapOnly);
    else if (holder.kind === 'vmap')
      violate('alias-converted', { allocatedBy: holder.allocatedBy ?? '' }, linearMapOnly);
    if (holder.own && !holder.wholePages && !isPooled(holder.kind))
      violate('subpage-converted', { allocatedBy: holder.allocatedBy ?? '' });
    if (object.userMapped && holder.own) violate('user-mapped-converted');
    if (flip.to === 'shared' && object.published)
      violate('published-before', { to: publishedTo(object.published) });
    this.judgeExtent(flip, object, violate);
  }

  private judgeExtent(
    flip: Extract<Effect, { k: 'flip' }>,
    object: ObjectState,
    violate: (kind: ViolationKind, details: Record<string, string>) => void,
  ): void {
    const now = this.sizes.pagesOf(flip.extent);
    if (flip.to !== 'private' || now === null || this.repeated) return;
    const then = this.sizes.pagesOf(object.sharedExtent);
    if (then !== null && then !== now)
      violate('extent-mismatch', {
        decrypted: object.sharedExtent!.text,
        encrypted: flip.extent!.text,
        pagesDecrypted: String(then),
        pagesEncrypted: String(now),
      });
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
  ): void {
    if (!size) return;
    const misfed = this.sizes.misfed(size.term);
    const given = misfed ? misfed.given : size.unit;
    const want = misfed ? misfed.wanted : wanted;
    if (given === want || given === 'none' || given === 'hvpages' || want === 'none') return;
    const node = this.node(state, where, { k: 'call', callee }, subject, 0, 0);
    this.report({
      kind: 'unit-mismatch',
      subject,
      node,
      callee,
      state,
      transition: { callee, to, site: where.site },
      onlyOn: null,
      details: { given: size.text, givenUnit: unitName(given), wantedUnit: unitName(want), callee },
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
    const node = this.node(state, where, { k: 'free', callee: effect.callee }, base, object.states, to);
    // Back into a pool is not back to the allocator: what a pool holds may stay shared.
    if (!isPooled(object.kind) && !isPooled(effect.row.kind) && object.aliasOf === null) {
      this.judgeFree(state, effect, base, object, node, where);
      for (const [child, part] of state.objects)
        if (child.k === 'op' && child.op === 'at' && child.args[0] === base)
          this.judgeFree(state, effect, child, part, node, where);
    }
    this.muted = false;
    state.addEffect({ ...effect, reported: this.told > told });
    state.setObject(base, { states: to, freedAt: node, history: remember(object, 'f') });
  }

  private judgeFree(
    state: State,
    effect: Extract<Effect, { k: 'free' }>,
    memory: Term,
    object: ObjectState,
    node: TraceNode,
    where: Where,
  ): void {
    const { offences, definite } = stepSet('free', object.states);
    if (where.depth > 0 && offences.length === 0) this.sink.lawfulFree(where.site, state);
    const transition = object.flip
      ? { callee: object.flip.callee, to: object.flip.to, site: object.flip.site }
      : null;
    const common = {
      subject: memory,
      node,
      callee: effect.callee,
      state,
      transition,
      onlyOn: null,
      through: where.through,
      argument: where.depth === 0 ? effect.text : '',
    };
    if (definite && !offences.includes('use-after-free') && !object.joined) {
      const unknown = offences.includes('free-unknown') && object.flip?.ok !== true;
      this.report({ ...common, kind: unknown ? 'freed-unknown' : 'freed-shared', details: {} });
      return;
    }
    const flip = object.flip;
    if (!definite && flip?.ok && flip.whole && flip.to === 'private') {
      const encrypted = this.sizes.pagesOf(flip.extent);
      const freed = this.sizes.pagesOf(effect.size);
      if (
        encrypted !== null &&
        freed !== null &&
        encrypted < freed &&
        this.sizes.pagesOf(object.sharedExtent) === null
      )
        this.report({
          ...common,
          kind: 'extent-mismatch',
          details: {
            encrypted: flip.extent!.text,
            freed: effect.size!.text,
            pagesEncrypted: String(encrypted),
            pagesFreed: String(freed),
          },
        });
    }
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
    state.setObject(base, { mappedAs: { attribute: effect.attribute, node } });
    state.setObject(effect.alias, {
      ...object,
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
    const known = state.effectList().some((e) => e.k === 'touch' && e.memory === effect.memory);
    if (!known) state.addEffect(effect);
    const base = this.terms.deref(effect.memory);
    for (const [path, value] of state.cells) {
      const object = state.objects.get(value);
      if (object?.borrowed && within(path, base)) state.setObject(value, { states: anyLive });
    }
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
    if (state.object(memory.base).own || state.objects.has(memory.base))
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
    if (!held) return;
    const node = this.node(state, { ...where, site }, { k: 'call', callee }, null, 0, 0);
    this.report({
      kind: 'sleeps-in-atomic',
      subject: null,
      node,
      callee,
      state,
      transition: { callee, to: 'shared', site },
      onlyOn: transitionSleeps,
      details: { lock: held.callee, lockKey: held.key, sleeps: sleepingTransition(sleep) },
      below,
      through: where.through,
      argument: '',
    });
  }
}

/** Memory of a pool, or of an interface that converts by itself: its state is not the caller's doing. */
export function isPooled(kind: MemoryKind | null): boolean {
  return kind === 'pool' || kind === 'dma';
}

/** One more event, unless it only repeats the last: loops must end. */
function remember(object: ObjectState, event: string): string {
  return object.own || object.history.endsWith(event) || object.history.length > 12
    ? object.history
    : object.history + event;
}

function isConstant(offset: Term): boolean {
  return offset.k === 'int' || offset.k === 'const' || (offset.k === 'op' && offset.args.every(isConstant));
}

/** A size as people say it: with its unit. */
function sizeText(size: Size): string {
  const { text, unit } = size;
  if (unit === 'order')
    return text === '0' ? '1 page' : `1 << ${/^\w+$/.test(text) ? text : `(${text})`} pages`;
  if (unit === 'pages') return text === '1' ? '1 page' : `${text} pages`;
  return unit === 'bytes' ? `${text} bytes` : text;
}

function publishedTo(node: TraceNode): string {
  return node.event.k === 'publish' ? node.event.to : 'others';
}

/** A free row as an effect. */
export function freeEffect(
  row: FreeRow,
  memory: Term,
  callee: string,
  site: Site,
  size: Size | null,
  text: string,
): Extract<Effect, { k: 'free' }> {
  return { k: 'free', memory, row, callee, site, size, text, reported: false };
}

/** Platforms of a list that are among `of`; all of them if `of` is null. */
export function restrict(platforms: readonly PlatformId[], of: readonly string[] | null): PlatformId[] {
  return of === null ? [...platforms] : platforms.filter((p) => of.includes(p));
}

/** Takes the last lock of that key off the list. */
export function dropLock<T extends { readonly key: string }>(locks: readonly T[], key: string): readonly T[] {
  const at = locks.map((l) => l.key).lastIndexOf(key);
  return at < 0 ? locks : [...locks.slice(0, at), ...locks.slice(at + 1)];
}
