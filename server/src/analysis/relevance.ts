import { addTo } from '../base/maps.ts';
import type { FunctionHead, Instr, IrFunction, IrUnit } from '../ir/types.ts';
import type { Vocabulary } from '../kernel/types.ts';
import { isTransition } from '../kernel/vocabulary.ts';
import { isEventName } from './control.ts';
import { walk } from './flow.ts';
import { type CallOf, directCalls, type FunctionFacts, factsOf, isEventful } from './function-facts.ts';
import { Heads } from './heads.ts';
import { keptPlaces, mayConcern } from './kept.ts';
import { calleesFirst } from './order.ts';
import { Reach } from './reach.ts';
import { Targets } from './targets.ts';
import { givesWhatItReads, smallBody, trackedBy } from './tracked.ts';
import { Wrappers } from './wrappers.ts';

type Call = Extract<Instr, { k: 'call' }>;

/** Which functions of a unit can matter, in an order with callees first, and which names conditions look at. */
export interface Relevance {
  /** Callees before callers; functions that call each other in a circle are one group, in the order of the unit. */
  readonly order: readonly (readonly IrFunction[])[];
  /** The file that each of them stands in. */
  readonly files: ReadonlyMap<IrFunction, string>;
  /** Functions that call a transition themselves. */
  readonly direct: ReadonlySet<string>;
  /** Calls within the unit, by caller: direct ones, and those through pointers whose targets are in view. */
  readonly calls: ReadonlyMap<string, ReadonlySet<string>>;
  /** Functions whose address is taken, or that an initialiser names. */
  readonly addressTaken: ReadonlySet<string>;
  readonly tracked: ReadonlySet<string>;
  /** Fields and globals in which memory may be kept that something converts. */
  readonly kept: ReadonlySet<string>;
  /** Whether a call in that function is, or leads to, an event of memory that can be converted. */
  readonly isEvent: (fn: IrFunction, call: Call) => boolean;
  /** What calls through pointers reach. */
  readonly targets: Targets;
  /** Whether {@link demand} of that name gives any. */
  mayDemand(name: string): boolean;
  /**
   * Functions that belong here as well, because a path of `by` asked for that one: in an order as above, without those that are
   * here already; none if it is not worth following. The rest of this is as if nobody had asked.
   */
  demand(name: string, by: string): readonly (readonly IrFunction[])[];
}

/** UTF-16 units of the text of a function of so few blocks that it is followed whatever it does; a longer one is not lowered to see. */
const smallText = 1200;

/** Blocks of a function that is too large to be followed for the sake of what it calls. */
const hugeBody = 400;

/** Callers that are followed above a transition as long as one hands memory to the next; who is left is a root. */
const convertersHeight = 6;

/** Callers that are followed above the function that has the memory: they hold locks, set flags and clean up after it. */
const holdersHeight = 3;

/** Callers above a transition whose small helpers are followed, too. */
const nearHeight = 2;

/** Callers that are followed above a function that only shares a field with those that convert memory. */
const sharersHeight = 3;

/** What matters whoever else is demanded. */
interface Base {
  readonly direct: ReadonlySet<string>;
  readonly near: ReadonlySet<string>;
  readonly wanted: ReadonlySet<string>;
  readonly addressTaken: ReadonlySet<string>;
}

/**
 * Finds what to analyse in a unit: whatever calls a transition, its callers and callees, and who shares its cells. Works on what
 * the texts of functions tell, and lowers a function only where that says that it may matter: most functions of a file never are.
 */
export class RelevanceSearch {
  private readonly heads: Heads;
  private readonly targets: Targets;
  private wanted = new Set<string>();
  /** Those of them whose small helpers are followed, too. */
  private near = new Set<string>();
  private readonly shared = new Set<string>();
  private readonly wrappers: Wrappers;
  private readonly reached = new Map<FunctionHead, readonly CallOf[]>();
  /** By member: functions that matter and are put there. */
  private readonly pointed = new Map<string, string[]>();
  private base: Base | null | undefined;
  private eventful: Reach | undefined;
  private telling: Reach | undefined;
  private handling: Reach | undefined;
  private readonly trackedBy = new Map<IrFunction, ReadonlySet<string>>();

  constructor(
    private readonly unit: IrUnit,
    private readonly vocabulary: Vocabulary,
  ) {
    this.heads = new Heads(unit, vocabulary);
    this.targets = new Targets(unit, this.heads, (name) => vocabulary.rows(name).some(isTransition));
    this.wrappers = new Wrappers(vocabulary, (head) => ({ fn: this.lower(head), calls: this.callsOf(head) }));
  }

  /**
   * What matters. `demanded`: functions that were missing when paths were followed, for memory that matters is handed to them or
   * comes from them.
   */
  with(demanded: ReadonlySet<string>): Relevance {
    if (this.base === undefined) this.base = this.findBase();
    if (this.base === null) return this.nothing();
    const { direct, near, wanted } = this.base;
    this.wanted = new Set(wanted);
    this.near = new Set(near);
    this.follow([...wanted], demanded);
    const addressTaken = new Set(this.base.addressTaken);
    for (const name of this.wanted) if (!addressTaken.has(name) && this.isTaken(name)) addressTaken.add(name);
    return this.result(direct, addressTaken);
  }

  /** Null: nothing is converted here, and nothing held against what is written of it. */
  private findBase(): Base | null {
    const direct = new Set<string>();
    for (const head of this.heads.all)
      if (this.mayConvert(head) && this.isFunction(head) && this.facts(head).direct) direct.add(head.name);
    for (const name of this.vocabulary.names(isTransition))
      for (const head of this.callersThroughPointers(name)) direct.add(head.name);
    const held = this.heldToWord();
    if (direct.size === 0 && held.length === 0) return null;
    for (const name of direct) this.want(name);
    const near = this.nearTo(direct);
    this.withHolders(direct);
    // Who arms a callback that matters belongs here, for the state and the context it runs in.
    const addressTaken = new Set<string>();
    for (const name of [...this.wanted])
      for (const user of this.usersOf(name)) {
        addressTaken.add(name);
        if (user !== null) this.want(user.name);
      }
    this.withSharers();
    for (const name of held) this.want(name);
    return { direct, near, wanted: this.wanted, addressTaken };
  }

  /** Functions whose bodies are held against what somebody wrote down of them, whatever else they do. */
  private heldToWord(): readonly string[] {
    const { held } = this.vocabulary;
    if (held.length === 0) return [];
    const names = new Set(held.map(({ name }) => name));
    return this.heads.all.flatMap((head) => (!head.macro && names.has(head.slice.name) ? [head.name] : []));
  }

  private nothing(): Relevance {
    return {
      order: [],
      files: this.heads.files,
      direct: new Set(),
      calls: new Map(),
      addressTaken: new Set(),
      tracked: new Set(),
      kept: new Set(),
      isEvent: () => false,
      targets: this.targets,
      mayDemand: () => false,
      demand: () => [],
    };
  }

  private lower(head: FunctionHead): IrFunction {
    return this.heads.lower(head);
  }

  private isFunction(head: FunctionHead): boolean {
    return this.heads.named(head.name).includes(head);
  }

  private facts(head: FunctionHead): FunctionFacts {
    return factsOf(this.lower(head), this.vocabulary);
  }

  /** Every call with each function that it reaches, as far as that is in view. */
  private callsOf(head: FunctionHead): readonly CallOf[] {
    let calls = this.reached.get(head);
    if (calls === undefined) {
      const fn = this.lower(head);
      const found = directCalls(fn);
      for (const block of fn.blocks)
        for (const instr of block.instrs)
          if (instr.k === 'call' && instr.callee.k === 'indirect')
            for (const name of this.targets.perhaps(fn, instr)) found.push({ name, instr });
      calls = found;
      this.reached.set(head, calls);
    }
    return calls;
  }

  private reaches(head: FunctionHead, name: string): boolean {
    return this.callsOf(head).some((call) => call.name === name);
  }

  /** Functions that call one, by its name or through a pointer. */
  private *callersOf(name: string): Generator<FunctionHead> {
    for (const head of this.heads.calling(name)) if (this.reaches(head, name)) yield head;
    yield* this.callersThroughPointers(name);
  }

  private *callersThroughPointers(name: string): Generator<FunctionHead> {
    const places = this.targets.membersOf(name);
    for (const { member } of places) {
      const known = this.pointed.get(member);
      if (known?.includes(name)) continue;
      addTo(this.pointed, member, name);
    }
    const maybe = new Set(places.flatMap(({ member }) => this.heads.callingThrough(member)));
    for (const head of this.heads.mentioning(name)) maybe.add(head);
    for (const head of maybe) if (this.isFunction(head) && this.reaches(head, name)) yield head;
  }

  private want(name: string): boolean {
    return !this.wanted.has(name) && this.heads.named(name).length > 0 && this.wanted.add(name) !== null;
  }

  private mayConvert(head: FunctionHead): boolean {
    for (const name of head.calls) if (this.vocabulary.rows(name).some(isTransition)) return true;
    return false;
  }

  /** Fields and globals that converted memory lives in: whoever allocates into them or frees from them belongs here too. */
  private withSharers(): void {
    const converting = new Set(this.wanted);
    this.findShared(converting);
    const sharers: string[] = [];
    for (const head of this.heads.all)
      if (
        !converting.has(head.name) &&
        this.mayShare(head) &&
        this.isFunction(head) &&
        this.shares(this.facts(head))
      ) {
        this.want(head.name);
        sharers.push(head.name);
      }
    this.withCallers(sharers, sharersHeight);
  }

  /** Where functions that convert memory, or have it converted, keep it. */
  private findShared(converting: ReadonlySet<string>): void {
    const heads = [...converting].flatMap((name) => this.heads.named(name));
    union(this.shared, this.wrappers.placesOf(heads));
  }

  private shares({ handled, parts }: FunctionFacts): boolean {
    return intersects(handled, this.shared) || intersects(parts, this.shared);
  }

  /** By its text: it does something to memory, and has a name in it under which memory that matters is kept. */
  private mayShare(head: FunctionHead): boolean {
    return intersects(head.mentions, this.shared) && this.handles(head);
  }

  /** Functions that convert memory and those that call them, to a height at which what they decide still bears on it. */
  private nearTo(direct: ReadonlySet<string>): ReadonlySet<string> {
    const near = new Set(direct);
    for (let level = 0; level < nearHeight; level++)
      for (const name of [...near]) for (const head of this.callersOf(name)) near.add(head.name);
    return near;
  }

  /** Adds the callers of those that convert: of who hands the memory on all, above who has it so many. */
  private withHolders(direct: ReadonlySet<string>): void {
    const heights = new Map<string, number>();
    for (const name of direct) heights.set(name, 0);
    let level = [...direct];
    for (let depth = 1; depth <= convertersHeight && level.length > 0; depth++) {
      const next: string[] = [];
      for (const name of level) {
        const above = this.wrappers.hands(this.heads.named(name)) ? 0 : heights.get(name)! + 1;
        if (above > holdersHeight) continue;
        for (const head of this.callersOf(name)) {
          const known = heights.get(head.name);
          if ((known !== undefined && known <= above) || !this.isFunction(head)) continue;
          heights.set(head.name, above);
          this.want(head.name);
          next.push(head.name);
        }
      }
      level = next;
    }
  }

  /** Adds whoever calls them, directly or over so many others. */
  private withCallers(names: readonly string[], height: number): void {
    let level = [...names];
    for (let above = 1; above <= height && level.length > 0; above++) {
      const next: string[] = [];
      for (const name of level)
        for (const head of this.callersOf(name)) {
          if (this.wanted.has(head.name) || !this.isFunction(head)) continue;
          if (this.lower(head).blocks.length > hugeBody) continue;
          this.want(head.name);
          next.push(head.name);
        }
      level = next;
    }
  }

  /** Who takes the address of a function: functions, or null for an initialiser. */
  private *usersOf(name: string): Generator<FunctionHead | null> {
    for (const head of this.heads.mentioning(name)) if (this.facts(head).taken.has(name)) yield head;
    if (this.isInInitialiser(name)) yield null;
  }

  private isTaken(name: string): boolean {
    return !this.usersOf(name).next().done;
  }

  private isInInitialiser(name: string): boolean {
    return this.unit.globalsMentioning(name).some(({ init }) => {
      let found = false;
      if (init) walk(init, (e) => (found ||= e.k === 'name' && this.targets.resolved(e.name) === name));
      return found;
    });
  }

  /**
   * Callees that are worth following: those that do something to memory or to a cell that matters, those that somebody asked
   * for; and near a transition the small ones, whatever they do.
   */
  private follow(queue: readonly string[], demanded: ReadonlySet<string>): void {
    this.telling ??= new Reach(
      this.heads,
      this.pointed,
      (head) => this.mayTell(head) && this.tells(this.facts(head)),
    );
    this.handling ??= new Reach(this.heads, this.pointed, (head) => this.handles(head));
    const { telling, handling } = this;
    // Those near first: what both they and others call is near.
    const open = [...queue].sort((a, b) => Number(this.near.has(a)) - Number(this.near.has(b)));
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      const isNear = this.near.has(name);
      for (const caller of this.heads.named(name))
        for (const { name: callee } of this.callsOf(caller)) {
          const heads = this.heads.named(callee);
          if (heads.length === 0 || this.wanted.has(callee)) continue;
          const isSmall = () =>
            heads.every((head) => head.length <= smallText && this.lower(head).blocks.length <= smallBody);
          const isAskedFor = () => demanded.has(callee) && handling.from(callee);
          if (!(isNear && isSmall()) && !telling.from(callee) && !isAskedFor()) continue;
          this.want(callee);
          if (isNear) this.near.add(callee);
          open.push(callee);
        }
    }
  }

  private tells(facts: FunctionFacts): boolean {
    return facts.direct || this.shares(facts) || intersects(facts.writes, this.shared);
  }

  private mayTell(head: FunctionHead): boolean {
    return intersects(head.mentions, this.shared) || this.handles(head);
  }

  /** By its text: it does something to memory. */
  private handles(head: FunctionHead): boolean {
    for (const name of head.calls) if (isEventful(name, this.vocabulary)) return true;
    return false;
  }

  private tracked(functions: readonly IrFunction[], isEvent: Relevance['isEvent']): ReadonlySet<string> {
    const all = new Set<string>();
    const named = new Map<string, IrFunction[]>();
    for (const fn of functions) addTo(named, fn.name, fn);
    const passesOn = (name: string) =>
      this.vocabulary.rows(name).some((row) => row.k === 'accessor' && givesWhatItReads(row.op));
    const sources = { isEvent, passesOn, functions: (name: string) => named.get(name) ?? [] };
    for (const fn of functions) {
      let mine = this.trackedBy.get(fn);
      if (mine === undefined) {
        mine = trackedBy(fn, sources);
        this.trackedBy.set(fn, mine);
      }
      union(all, mine);
    }
    return all;
  }

  private result(direct: ReadonlySet<string>, addressTaken: ReadonlySet<string>): Relevance {
    // Whoever calls an event is one: a choice that decides on it matters.
    this.eventful ??= new Reach(this.heads, this.pointed, (head) => {
      for (const name of head.calls) if (isEventName(name, this.vocabulary)) return true;
      return false;
    });
    const events = this.eventful;
    const isNamed = (name: string) => isEventName(name, this.vocabulary) || events.from(name);
    const isEvent = (fn: IrFunction, call: Call) =>
      call.callee.k === 'direct' ? isNamed(call.callee.name) : this.targets.perhaps(fn, call).some(isNamed);
    const heads = this.heads.all.filter((head) => this.wanted.has(head.name) && this.isFunction(head));
    const functions = heads.map((head) => this.lower(head));
    const flows = heads.map((head) => ({ fn: this.lower(head), calls: this.callsOf(head) }));
    const kept = keptPlaces(flows, this.vocabulary, this.shared);
    const concerns = (fn: IrFunction, call: Call) =>
      isEvent(fn, call) && mayConcern(fn, call, this.vocabulary, (name) => kept.has(name));
    const calls = new Map<string, Set<string>>();
    this.addCalls(heads, calls);
    return {
      order: calleesFirst(functions, calls),
      files: this.heads.files,
      direct,
      calls,
      addressTaken,
      tracked: this.tracked(functions, concerns),
      kept,
      isEvent,
      targets: this.targets,
      mayDemand: (name) => this.mayDemand(name),
      demand: (name, by) => this.demand(name, by, calls),
    };
  }

  private addCalls(heads: readonly FunctionHead[], calls: Map<string, Set<string>>): void {
    for (const head of heads) {
      const mine = calls.get(head.name) ?? new Set<string>();
      calls.set(head.name, mine);
      for (const { name } of this.callsOf(head)) if (this.heads.has(name)) mine.add(name);
    }
  }

  private mayDemand(name: string): boolean {
    return !this.wanted.has(name) && this.heads.named(name).length > 0 && this.handling?.from(name) === true;
  }

  private demand(
    name: string,
    by: string,
    calls: Map<string, Set<string>>,
  ): readonly (readonly IrFunction[])[] {
    const before = new Set(this.wanted);
    if (!this.handling?.from(name) || !this.want(name)) return [];
    if (this.near.has(by)) this.near.add(name);
    this.follow([name], new Set());
    const heads = this.heads.all.filter(
      (head) => this.wanted.has(head.name) && !before.has(head.name) && this.isFunction(head),
    );
    this.addCalls(heads, calls);
    return calleesFirst(
      heads.map((head) => this.lower(head)),
      calls,
    );
  }
}

function union(into: Set<string>, from: Iterable<string>): void {
  for (const name of from) into.add(name);
}

function intersects(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  const [few, many] = a.size < b.size ? [a, b] : [b, a];
  for (const name of few) if (many.has(name)) return true;
  return false;
}
