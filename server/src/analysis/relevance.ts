import type { FunctionHead, IrFunction, IrUnit } from '../ir/types.ts';
import type { Vocabulary } from '../kernel/types.ts';
import { controllingBlocks, isEventName } from './control.ts';
import { namesIn, walk } from './flow.ts';
import {
  type Converts,
  convertedBy,
  type FunctionFacts,
  factsOf,
  isEventful,
  transitionArguments,
} from './function-facts.ts';

/** Which functions of a unit can matter, in an order with callees first, and which names conditions look at. */
export interface Relevance {
  /** Callees before callers; functions that call each other in a circle are one group, in the order of the unit. */
  readonly order: readonly (readonly IrFunction[])[];
  /** The file that each of them stands in. */
  readonly files: ReadonlyMap<IrFunction, string>;
  /** Functions that call a transition themselves. */
  readonly direct: ReadonlySet<string>;
  /** Direct calls within the unit, by caller. */
  readonly calls: ReadonlyMap<string, ReadonlySet<string>>;
  /** Functions whose address is taken, or that an initialiser names. */
  readonly addressTaken: ReadonlySet<string>;
  readonly tracked: ReadonlySet<string>;
  /** Whether a call of that name is, or leads to, an event of memory that can be converted. */
  readonly isEvent: (name: string) => boolean;
}

/** Blocks of a function that is worth following whatever it does: predicates, accessors, unit conversions. */
const smallBody = 8;

/** UTF-16 units of the text of such a function; a longer one is not lowered to see. */
const smallText = 1200;

/** Blocks of a function that is too large to be followed for the sake of what it calls. */
const hugeBody = 400;

/** Callers that are followed above a transition; those above them are not in view, and who is left is a root. */
const convertersHeight = 6;

/** Callers above a transition whose small helpers are followed, too. */
const nearHeight = 2;

/** Callers that are followed above a function that only shares a field with those that convert memory. */
const sharersHeight = 3;

/**
 * Finds what to analyse: whatever calls a transition, its callers and callees, and who shares its cells. `demanded`: functions
 * that were missing when paths were followed, for memory that matters is handed to them or comes from them.
 */
export function relevanceOf(
  unit: IrUnit,
  vocabulary: Vocabulary,
  demanded: ReadonlySet<string> = new Set(),
): Relevance {
  return new Search(unit, vocabulary, demanded).run();
}

/**
 * Works on what the texts of functions tell, and lowers a function only where that says that it may matter: most
 * functions of a file never are.
 */
class Search {
  private readonly byName = new Map<string, FunctionHead[]>();
  /** By the texts: a superset of the calls and mentions that there are. */
  private readonly callersOf = new Map<string, FunctionHead[]>();
  private readonly mentionersOf = new Map<string, FunctionHead[]>();
  private readonly wanted = new Set<string>();
  private readonly shared = new Set<string>();
  private readonly files = new Map<IrFunction, string>();

  constructor(
    private readonly unit: IrUnit,
    private readonly vocabulary: Vocabulary,
    private readonly demanded: ReadonlySet<string>,
  ) {
    for (const head of unit.heads) add(this.byName, head.name, head);
    for (const head of unit.heads) {
      for (const name of head.calls) if (this.byName.has(name)) add(this.callersOf, name, head);
      for (const name of head.mentions) if (this.byName.has(name)) add(this.mentionersOf, name, head);
    }
  }

  run(): Relevance {
    const direct = new Set<string>();
    for (const head of this.unit.heads)
      if (this.mayConvert(head) && this.facts(head).direct) direct.add(head.name);
    if (direct.size === 0) return this.nothing();
    for (const name of direct) this.want(name);
    const near = this.nearTo(direct);
    this.withCallers([...direct], convertersHeight);
    // Who arms a callback that matters belongs here, for the state and the context it runs in.
    const addressTaken = new Set<string>();
    for (const name of [...this.wanted])
      for (const user of this.usersOf(name)) {
        addressTaken.add(name);
        if (user !== null) this.want(user.name);
      }
    this.withSharers();
    this.withCallees(near);
    for (const name of this.wanted) if (!addressTaken.has(name) && this.isTaken(name)) addressTaken.add(name);
    return this.result(direct, addressTaken);
  }

  private nothing(): Relevance {
    return {
      order: [],
      files: this.files,
      direct: new Set(),
      calls: new Map(),
      addressTaken: new Set(),
      tracked: new Set(),
      isEvent: () => false,
    };
  }

  private lower(head: FunctionHead): IrFunction {
    const fn = head.lower();
    this.files.set(fn, head.file);
    return fn;
  }

  private facts(head: FunctionHead): FunctionFacts {
    return factsOf(this.lower(head), this.vocabulary);
  }

  private factsOf(name: string): FunctionFacts[] {
    return (this.byName.get(name) ?? []).map((head) => this.facts(head));
  }

  private want(name: string): boolean {
    return !this.wanted.has(name) && this.byName.has(name) && this.wanted.add(name) !== null;
  }

  private mayConvert(head: FunctionHead): boolean {
    for (const name of head.calls)
      if (this.vocabulary.rows(name).some((row) => row.k === 'transition' && !row.implementation))
        return true;
    return false;
  }

  /** Fields and globals that converted memory lives in: whoever allocates into them or frees from them belongs here too. */
  private withSharers(): void {
    const converting = new Set(this.wanted);
    this.findShared(converting);
    const sharers: string[] = [];
    for (const head of this.unit.heads)
      if (!converting.has(head.name) && this.mayShare(head) && this.shares(this.facts(head))) {
        this.want(head.name);
        sharers.push(head.name);
      }
    this.withCallers(sharers, sharersHeight);
  }

  /** Where functions that convert memory, or have it converted, keep it. */
  private findShared(converting: ReadonlySet<string>): void {
    const ofTransitions = transitionArguments(this.vocabulary);
    const ofWrappers = new Map<string, Set<number>>();
    const converts: Converts = (name) => ofWrappers.get(name) ?? ofTransitions(name);
    const givers = new Set<string>();
    // Which parameters a wrapper converts its callers ask for, so to a fixpoint; they are few.
    for (let changed = true; changed; ) {
      changed = false;
      for (const name of converting)
        for (const head of this.byName.get(name) ?? []) {
          const { places, parameters, returned } = convertedBy(this.lower(head), converts, (callee) =>
            givers.has(callee),
          );
          if (returned && !givers.has(name)) {
            givers.add(name);
            changed = true;
          }
          union(this.shared, places);
          const known = ofWrappers.get(name) ?? new Set<number>();
          const before = known.size;
          for (const index of parameters) known.add(index);
          if (known.size > before) {
            ofWrappers.set(name, known);
            changed = true;
          }
        }
    }
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
      for (const name of [...near]) for (const head of this.callersOf.get(name) ?? []) near.add(head.name);
    return near;
  }

  /** Adds whoever calls them, directly or over so many others. */
  private withCallers(names: readonly string[], height: number): void {
    let level = [...names];
    for (let above = 1; above <= height && level.length > 0; above++) {
      const next: string[] = [];
      for (const name of level)
        for (const head of this.callersOf.get(name) ?? []) {
          if (this.wanted.has(head.name) || !this.facts(head).calls.has(name)) continue;
          if (height < convertersHeight && this.lower(head).blocks.length > hugeBody) continue;
          this.want(head.name);
          next.push(head.name);
        }
      level = next;
    }
  }

  /** Who takes the address of a function: functions, or null for an initialiser. */
  private *usersOf(name: string): Generator<FunctionHead | null> {
    for (const head of this.mentionersOf.get(name) ?? []) if (this.facts(head).taken.has(name)) yield head;
    if (this.isInInitialiser(name)) yield null;
  }

  private isTaken(name: string): boolean {
    return !this.usersOf(name).next().done;
  }

  private isInInitialiser(name: string): boolean {
    return this.unit.globalsMentioning(name).some(({ init }) => {
      let found = false;
      if (init) walk(init, (e) => (found ||= e.k === 'name' && e.name === name));
      return found;
    });
  }

  /**
   * Callees that are worth following: those that do something to memory or to a cell that matters, those that somebody asked
   * for; and near a transition the small ones, whatever they do.
   */
  private withCallees(near: ReadonlySet<string>): void {
    const telling = new Reach(this.byName, (head) => this.mayTell(head) && this.tells(this.facts(head)));
    const handling = new Reach(this.byName, (head) => this.handles(head));
    const queue = [...this.wanted].map((name) => ({ name, isNear: near.has(name) }));
    for (let at = queue.pop(); at !== undefined; at = queue.pop())
      for (const facts of this.factsOf(at.name))
        for (const callee of facts.calls) {
          const heads = this.byName.get(callee);
          if (heads === undefined || this.wanted.has(callee)) continue;
          const isSmall = () =>
            heads.every((head) => head.length <= smallText && this.lower(head).blocks.length <= smallBody);
          const isAskedFor = () => this.demanded.has(callee) && handling.from(callee);
          if (!(at.isNear && isSmall()) && !telling.from(callee) && !isAskedFor()) continue;
          this.want(callee);
          queue.push({ name: callee, isNear: at.isNear });
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

  private result(direct: ReadonlySet<string>, addressTaken: ReadonlySet<string>): Relevance {
    // Whoever calls an event is one: a choice that decides on it matters.
    const events = new Reach(this.byName, (head) => {
      for (const name of head.calls) if (isEventName(name, this.vocabulary)) return true;
      return false;
    });
    const isEvent = (name: string) => isEventName(name, this.vocabulary) || events.from(name);
    const functions = this.unit.heads
      .filter((head) => this.wanted.has(head.name))
      .map((head) => this.lower(head));
    const calls = new Map<string, Set<string>>();
    for (const fn of functions) {
      const mine = calls.get(fn.name) ?? new Set<string>();
      calls.set(fn.name, mine);
      for (const name of factsOf(fn, this.vocabulary).calls) if (this.byName.has(name)) mine.add(name);
    }
    return {
      order: calleesFirst(functions, calls),
      files: this.files,
      direct,
      calls,
      addressTaken,
      tracked: trackedBy(functions, isEvent),
      isEvent,
    };
  }
}

/** Names that a choice or an event of some functions looks at. */
function trackedBy(
  functions: readonly IrFunction[],
  isEvent: (name: string) => boolean,
): ReadonlySet<string> {
  const tracked = new Set<string>();
  for (const fn of functions) {
    const controlling = controllingBlocks(fn, isEvent);
    for (const block of fn.blocks) {
      const { term } = block;
      if (term.k === 'branch' && controlling.has(block.id)) namesIn(term.cond, tracked);
      if (term.k === 'switch' && controlling.has(block.id)) namesIn(term.value, tracked);
      for (const instr of block.instrs)
        if (instr.k === 'call' && instr.callee.k === 'direct' && isEvent(instr.callee.name))
          for (const arg of instr.args) namesIn(arg, tracked);
    }
  }
  return tracked;
}

/** Whether a function, or one that it calls, directly or not, is of a kind. By the texts. */
class Reach {
  private readonly known = new Map<string, boolean>();

  constructor(
    private readonly byName: ReadonlyMap<string, readonly FunctionHead[]>,
    private readonly is: (head: FunctionHead) => boolean,
  ) {}

  from(start: string): boolean {
    const known = this.known.get(start);
    if (known !== undefined) return known;
    const seen = new Set([start]);
    const found = this.search([start], seen);
    // Nothing that was met leads there either; what leads there is not told apart from what does not.
    if (found) this.known.set(start, true);
    else for (const name of seen) this.known.set(name, false);
    return found;
  }

  private search(open: string[], seen: Set<string>): boolean {
    for (let name = open.pop(); name !== undefined; name = open.pop())
      for (const head of this.byName.get(name) ?? []) {
        if (this.known.get(name) === false) continue;
        if (this.known.get(name) === true || this.is(head)) return true;
        for (const callee of head.calls)
          if (this.byName.has(callee) && !seen.has(callee)) {
            seen.add(callee);
            open.push(callee);
          }
      }
    return false;
  }
}

function add<V>(to: Map<string, V[]>, key: string, value: V): void {
  const known = to.get(key);
  if (known === undefined) to.set(key, [value]);
  else known.push(value);
}

function union(into: Set<string>, from: Iterable<string>): void {
  for (const name of from) into.add(name);
}

function intersects(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  const [few, many] = a.size < b.size ? [a, b] : [b, a];
  for (const name of few) if (many.has(name)) return true;
  return false;
}

/** Strongly connected components of the call graph, callees first: Tarjan's algorithm with an explicit stack. */
function calleesFirst(
  functions: readonly IrFunction[],
  calls: ReadonlyMap<string, ReadonlySet<string>>,
): IrFunction[][] {
  // A name may have several definitions, each under its own `#if`.
  const byName = new Map<string, IrFunction[]>();
  for (const fn of functions) add(byName, fn.name, fn);
  const place = new Map(functions.map((fn, i) => [fn, i]));
  const number = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const groups: IrFunction[][] = [];
  const lower = (name: string, to: number) => lowest.set(name, Math.min(lowest.get(name)!, to));
  for (const { name: start } of functions) {
    if (number.has(start)) continue;
    const stack: { readonly name: string; readonly next: string[] }[] = [];
    const enter = (name: string) => {
      number.set(name, number.size);
      lowest.set(name, number.get(name)!);
      open.push(name);
      isOpen.add(name);
      stack.push({
        name,
        next: [...(calls.get(name) ?? [])].filter((callee) => byName.has(callee)).reverse(),
      });
    };
    enter(start);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const callee = top.next.pop();
      if (callee !== undefined) {
        if (!number.has(callee)) enter(callee);
        else if (isOpen.has(callee)) lower(top.name, number.get(callee)!);
        continue;
      }
      stack.pop();
      const above = stack.at(-1);
      if (above) lower(above.name, lowest.get(top.name)!);
      if (lowest.get(top.name) !== number.get(top.name)) continue;
      const group: IrFunction[] = [];
      for (let name = ''; name !== top.name; ) {
        name = open.pop()!;
        isOpen.delete(name);
        group.push(...byName.get(name)!);
      }
      groups.push(group.sort((a, b) => place.get(a)! - place.get(b)!));
    }
  }
  return groups;
}
