import type { Expr, Instr, IrFunction, IrUnit } from '../ir/types.ts';
import type { ApiRow, Vocabulary } from '../kernel/types.ts';
import { controllingBlocks, isEventName } from './control.ts';
import { namesIn, walk } from './flow.ts';
import type { Targets } from './targets.ts';

/** Which functions of a unit can matter, in an order with callees first, and which names conditions look at. */
export interface Relevance {
  /** Callees before callers; functions of a cycle in file order. */
  readonly order: readonly IrFunction[];
  /** Functions that call a transition themselves. */
  readonly direct: ReadonlySet<string>;
  /** Calls within the unit, by caller: direct ones, and those through pointers whose targets are in view. */
  readonly calls: ReadonlyMap<string, ReadonlySet<string>>;
  /** Functions whose address is taken, or that an initialiser names. */
  readonly addressTaken: ReadonlySet<string>;
  readonly tracked: ReadonlySet<string>;
  /** Whether a call in that function is, or leads to, an event of memory that can be converted. */
  readonly isEvent: (fn: IrFunction, call: Call) => boolean;
}

type Call = Extract<Instr, { k: 'call' }>;

const matters = new Set<ApiRow['k']>(['alloc', 'free', 'transition', 'map', 'unmap', 'publish', 'defer']);

/** Every call of a function with a name. */
export function directCalls(fn: IrFunction): { readonly name: string; readonly instr: Call }[] {
  const calls: { name: string; instr: Call }[] = [];
  for (const block of fn.blocks)
    for (const instr of block.instrs)
      if (instr.k === 'call' && instr.callee.k === 'direct') calls.push({ name: instr.callee.name, instr });
  return calls;
}

/** Every call with each function that it reaches, as far as that is in view. */
function callsOf(fn: IrFunction, targets: Targets): { readonly name: string; readonly instr: Call }[] {
  const calls = directCalls(fn);
  for (const block of fn.blocks)
    for (const instr of block.instrs)
      if (instr.k === 'call' && instr.callee.k === 'indirect')
        for (const name of targets.perhaps(fn, instr)) calls.push({ name, instr });
  return calls;
}

/** Finds what to analyse: whatever calls a transition, its callers and callees, and who shares its cells. */
export function relevanceOf(unit: IrUnit, vocabulary: Vocabulary, targets: Targets): Relevance {
  const byName = new Map<string, IrFunction>();
  for (const fn of unit.functions) if (!byName.has(fn.name)) byName.set(fn.name, fn);
  const calls = new Map<string, Set<string>>();
  const callers = new Map<string, Set<string>>();
  const direct = new Set<string>();
  const eventful = new Set<string>();
  const addressTaken = new Set<string>();
  const cells = new Map<string, Set<string>>();
  const usedBy = new Map<string, Set<string>>();
  for (const fn of unit.functions) {
    const mine = calls.get(fn.name) ?? new Set<string>();
    calls.set(fn.name, mine);
    const touched = new Set<string>();
    cells.set(fn.name, touched);
    for (const { name, instr } of callsOf(fn, targets)) {
      if (byName.has(name)) {
        mine.add(name);
        callers.set(name, (callers.get(name) ?? new Set()).add(fn.name));
      }
      for (const row of vocabulary.rows(name)) {
        if (row.k === 'transition' && !row.implementation) direct.add(fn.name);
        if (matters.has(row.k)) {
          eventful.add(fn.name);
          for (const expr of memoryOf(row, instr, fn)) namesIn(expr, touched);
        }
      }
      for (const arg of instr.args) takeAddresses(arg, byName, addressTaken, fn.name, usedBy);
    }
    for (const name of touched) if (isConstantName(name)) touched.delete(name);
    for (const target of storedMemory(fn, (name) => vocabulary.rows(name).some((r) => r.k === 'transition')))
      namesIn(target, touched);
    for (const block of fn.blocks)
      for (const instr of block.instrs)
        if (instr.k === 'assign') takeAddresses(instr.value, byName, addressTaken, fn.name, usedBy);
  }
  for (const global of unit.globals)
    if (global.init) takeAddresses(global.init, byName, addressTaken, null, usedBy);

  const wanted = new Set(direct);
  const grow = (from: ReadonlyMap<string, ReadonlySet<string>>, seeds: Iterable<string>) => {
    const queue = [...seeds];
    for (let name = queue.pop(); name !== undefined; name = queue.pop())
      for (const next of from.get(name) ?? [])
        if (!wanted.has(next)) {
          wanted.add(next);
          queue.push(next);
        }
  };
  // Who arms a callback that matters belongs here, for the state and the context it runs in.
  grow(callers, direct);
  for (const [name, users] of usedBy) if (wanted.has(name)) for (const user of users) wanted.add(user);
  // Fields and globals that flipped or freed memory lives in: whoever frees from them belongs here too.
  const shared = new Set<string>();
  for (const name of wanted) for (const cell of cells.get(name) ?? []) shared.add(cell);
  const before = [...wanted];
  if (direct.size > 0)
    for (const name of eventful)
      if ([...(cells.get(name) ?? [])].some((c) => shared.has(c))) wanted.add(name);
  grow(
    callers,
    [...wanted].filter((name) => !before.includes(name)),
  );
  const heavy = new Set(unit.functions.filter((fn) => fn.blocks.length > smallBody).map((fn) => fn.name));
  const told = tellingOf(unit, calls, callers, eventful, shared);
  grow(
    new Map(
      [...calls].map(([name, of]) => [name, new Set([...of].filter((c) => !heavy.has(c) || told.has(c)))]),
    ),
    [...wanted],
  );

  // Whoever calls an event is one: a choice that decides on it matters.
  const events = new Set<string>();
  for (const fn of unit.functions)
    if (callsOf(fn, targets).some(({ name }) => isEventName(name, vocabulary))) events.add(fn.name);
  for (const name of [...events]) addCallers(name, callers, events);
  const isNamed = (name: string) => events.has(name) || isEventName(name, vocabulary);
  const isEvent = (fn: IrFunction, call: Call) =>
    call.callee.k === 'direct' ? isNamed(call.callee.name) : targets.perhaps(fn, call).some(isNamed);
  const tracked = new Set<string>();
  for (const fn of unit.functions) {
    if (!wanted.has(fn.name)) continue;
    const controlling = controllingBlocks(fn, (call) => isEvent(fn, call));
    for (const block of fn.blocks) {
      const { term } = block;
      if (term.k === 'branch' && controlling.has(block.id)) namesIn(term.cond, tracked);
      if (term.k === 'switch' && controlling.has(block.id)) namesIn(term.value, tracked);
      for (const instr of block.instrs)
        if (instr.k === 'call' && isEvent(fn, instr)) for (const arg of instr.args) namesIn(arg, tracked);
    }
  }
  return {
    order: calleesFirst(
      unit.functions.filter((fn) => wanted.has(fn.name)),
      calls,
    ),
    direct,
    calls,
    addressTaken,
    tracked,
    isEvent,
  };
}

/** Blocks of a function that is worth following whatever it does: predicates, accessors, unit conversions. */
const smallBody = 8;

/** Macros and enumerators: arguments that everybody passes, and no cells. */
function isConstantName(name: string): boolean {
  return /^_*[A-Z][A-Z0-9_]*$/.test(name);
}

/** Functions that do something to memory, or write a cell that matters, themselves or below. */
function tellingOf(
  unit: IrUnit,
  calls: ReadonlyMap<string, ReadonlySet<string>>,
  callers: ReadonlyMap<string, ReadonlySet<string>>,
  eventful: ReadonlySet<string>,
  cells: ReadonlySet<string>,
): ReadonlySet<string> {
  const telling = new Set(eventful);
  for (const fn of unit.functions)
    if (
      fn.blocks.some((block) =>
        block.instrs.some((instr) => instr.k === 'assign' && writes(instr.target, cells)),
      )
    )
      telling.add(fn.name);
  for (const name of [...telling]) if (calls.has(name)) addCallers(name, callers, telling);
  return telling;
}

function writes(target: Expr, cells: ReadonlySet<string>): boolean {
  return (target.k === 'field' || target.k === 'name') && cells.has(target.name);
}

function addCallers(
  name: string,
  callers: ReadonlyMap<string, ReadonlySet<string>>,
  into: Set<string>,
): void {
  for (const caller of callers.get(name) ?? [])
    if (!into.has(caller)) {
      into.add(caller);
      addCallers(caller, callers, into);
    }
}

/** What an event is about, as the call writes it: an argument, or where the function puts the result. */
function memoryOf(row: ApiRow, instr: Call, fn: IrFunction): readonly Expr[] {
  const argument = (index: number | null): Expr[] => {
    const arg = index === null ? undefined : instr.args[index];
    return arg === undefined ? [] : [arg];
  };
  switch (row.k) {
    case 'free':
    case 'transition':
    case 'unmap':
      return argument(row.address);
    case 'map':
    case 'publish':
      return argument(row.memory);
    case 'defer':
      return argument(row.data);
    case 'alloc':
      return fn.blocks.flatMap((block) =>
        block.instrs.flatMap((other) =>
          other.k === 'assign' && instr.dst !== null && usesTemp(other.value, instr.dst)
            ? [other.target]
            : [],
        ),
      );
    default:
      return [];
  }
}

function usesTemp(expr: Expr, temp: number): boolean {
  let uses = false;
  walk(expr, (e) => {
    if (e.k === 'temp' && e.id === temp) uses = true;
  });
  return uses;
}

/** Cells into which a function stores what it converts: whoever frees from them belongs to it. */
function storedMemory(fn: IrFunction, converts: (name: string) => boolean): Expr[] {
  const converted = new Set<number>();
  for (const { name, instr } of directCalls(fn))
    if (converts(name))
      for (const arg of instr.args)
        walk(arg, (e) => {
          if (e.k === 'local') converted.add(e.index);
        });
  const targets: Expr[] = [];
  for (const block of fn.blocks)
    for (const instr of block.instrs) {
      if (instr.k !== 'assign' || instr.target.k === 'local' || instr.target.k === 'temp') continue;
      let holds = false;
      walk(instr.value, (e) => {
        if (e.k === 'local' && converted.has(e.index)) holds = true;
      });
      if (holds) targets.push(instr.target);
    }
  return targets;
}

function takeAddresses(
  expr: Expr,
  functions: ReadonlyMap<string, IrFunction>,
  into: Set<string>,
  by: string | null,
  usedBy: Map<string, Set<string>>,
): void {
  walk(expr, (e) => {
    if (e.k !== 'name' || !functions.has(e.name)) return;
    into.add(e.name);
    if (by !== null) usedBy.set(e.name, (usedBy.get(e.name) ?? new Set()).add(by));
  });
}

function calleesFirst(
  functions: readonly IrFunction[],
  calls: ReadonlyMap<string, ReadonlySet<string>>,
): IrFunction[] {
  // A name may have several definitions, each under its own `#if`.
  const byName = new Map<string, IrFunction[]>();
  for (const fn of functions) byName.set(fn.name, [...(byName.get(fn.name) ?? []), fn]);
  const done = new Set<string>();
  const order: IrFunction[] = [];
  for (const start of functions) {
    // An explicit stack: call chains of generated code are deep.
    const stack: { name: string; next: string[] }[] = [];
    const open = (name: string) => {
      if (done.has(name) || !byName.has(name)) return;
      done.add(name);
      stack.push({ name, next: [...(calls.get(name) ?? [])] });
    };
    open(start.name);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const next = top.next.shift();
      if (next !== undefined) open(next);
      else {
        order.push(...byName.get(top.name)!);
        stack.pop();
      }
    }
  }
  return order;
}
