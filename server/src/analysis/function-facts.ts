import type { Expr, Instr, IrFunction } from '../ir/types.ts';
import type { ApiRow, Vocabulary } from '../kernel/types.ts';
import { isTransition } from '../kernel/vocabulary.ts';
import { namesIn, walk } from './flow.ts';

/** A call of a function by its name, or through a pointer that may point to it. */
export interface CallOf {
  readonly name: string;
  readonly instr: Extract<Instr, { k: 'call' }>;
}

/** What one function does, looked at alone. Names are those of the fields and globals in which memory lives. */
export interface FunctionFacts {
  readonly calls: ReadonlySet<string>;
  /** It calls a transition itself. */
  readonly direct: boolean;
  /** What it allocates, frees or maps that is made of pages. */
  readonly handled: ReadonlySet<string>;
  /** What it allocates or frees that shares its pages with others. */
  readonly parts: ReadonlySet<string>;
  /** It allocates or frees memory that it keeps in no field or global: its caller's, or its own. */
  readonly handlesBare: boolean;
  /** Fields and globals that it assigns. */
  readonly writes: ReadonlySet<string>;
  /** Names whose value it passes on or keeps: functions whose address it takes are among them. */
  readonly taken: ReadonlySet<string>;
}

const matters = new Set<ApiRow['k']>(['alloc', 'free', 'transition', 'map', 'unmap', 'publish', 'defer']);

/** Whether a call of that name does something to memory, or asks for it in some state. */
export function isEventful(name: string, vocabulary: Vocabulary): boolean {
  return vocabulary.rows(name).some(({ k }) => matters.has(k) || k === 'requirement' || k === 'owner');
}

const known = new WeakMap<Vocabulary, WeakMap<IrFunction, FunctionFacts>>();

/** The facts of a function, found once. */
export function factsOf(fn: IrFunction, vocabulary: Vocabulary): FunctionFacts {
  let ofVocabulary = known.get(vocabulary);
  if (ofVocabulary === undefined) {
    ofVocabulary = new WeakMap();
    known.set(vocabulary, ofVocabulary);
  }
  let facts = ofVocabulary.get(fn);
  if (facts === undefined) {
    facts = find(fn, vocabulary);
    ofVocabulary.set(fn, facts);
  }
  return facts;
}

function find(fn: IrFunction, vocabulary: Vocabulary): FunctionFacts {
  const calls = new Set<string>();
  const handled = new Set<string>();
  const parts = new Set<string>();
  const writes = new Set<string>();
  const taken = new Set<string>();
  let direct = false;
  let handlesBare = false;
  for (const { name, instr } of directCalls(fn)) {
    calls.add(name);
    const rows = vocabulary.rows(name);
    direct ||= rows.some(isTransition);
    for (const row of rows) {
      if (!matters.has(row.k)) continue;
      const names = new Set<string>();
      for (const expr of memoryOf(row, instr, fn)) placesIn(expr, names);
      const isPart = (row.k === 'alloc' || row.k === 'free') && row.kind === 'slab';
      for (const place of names) (isPart ? parts : handled).add(place);
      if (names.size === 0 && (row.k === 'alloc' || row.k === 'free')) handlesBare = true;
    }
  }
  for (const block of fn.blocks)
    for (const instr of block.instrs) {
      if (instr.k === 'call') for (const arg of instr.args) namesTaken(arg, taken);
      if (instr.k !== 'assign') continue;
      namesTaken(instr.value, taken);
      if (instr.target.k === 'field' || instr.target.k === 'name') writes.add(instr.target.name);
    }
  return { calls, direct, handled, parts, handlesBare, writes, taken };
}

/** Which arguments of a call are memory that is converted by it, directly or below; by position. */
export type Converts = (name: string) => ReadonlySet<number>;

/** The addresses that transitions take. */
export function transitionArguments(vocabulary: Vocabulary): Converts {
  return (name) => {
    const positions = new Set<number>();
    for (const row of vocabulary.rows(name)) if (isTransition(row)) positions.add(row.address);
    return positions;
  };
}

/** What a function converts: the fields and globals that it lives in, and the parameters that it comes from. */
export interface Converted {
  readonly places: ReadonlySet<string>;
  readonly parameters: ReadonlySet<number>;
  /** It is what the function returns. */
  readonly returned: boolean;
  /** It is put where a parameter points: `*buf = page`. */
  readonly filled: boolean;
}

/** Finds what a function gives to those that convert, or gets converted, and where it keeps that. */
export function convertedBy(
  fn: IrFunction,
  converts: Converts,
  gives: (name: string) => boolean,
  isAddress: (name: string) => boolean,
  calls: readonly CallOf[] = directCalls(fn),
): Converted {
  const places = new Set<string>();
  const locals = new Set<number>();
  let filled = false;
  for (const { name, instr } of calls)
    if (instr.dst !== null && gives(name))
      for (const target of targetsOf(fn, instr.dst)) {
        placesIn(target, places);
        bareLocals(target, locals);
        filled ||= isWhereParameterPoints(target, fn);
      }
  for (const { name, instr } of calls)
    for (const position of converts(name)) {
      const arg = instr.args[position];
      if (arg === undefined) continue;
      for (const from of [arg, ...addressedBy(arg, calls, isAddress)]) {
        placesIn(from, places);
        bareLocals(from, locals);
      }
    }
  // A local may come from another: `buf = page_address(d->page); addr = (unsigned long)buf`.
  for (let size = -1; size < locals.size; ) {
    size = locals.size;
    for (const target of keptIn(fn, locals)) {
      filled ||= isWhereParameterPoints(target, fn);
      for (const from of [target, ...addressedBy(target, calls, isAddress)]) {
        placesIn(from, places);
        bareLocals(from, locals);
      }
    }
  }
  return {
    places,
    parameters: new Set([...locals].filter((index) => index < fn.parameterCount)),
    returned: fn.blocks.some(({ term }) => {
      const returned = new Set<number>();
      if (term.k === 'return' && term.value) bareLocals(term.value, returned);
      return [...returned].some((index) => locals.has(index));
    }),
    filled,
  };
}

/** `*p` or `p[i]` of a parameter. */
function isWhereParameterPoints(target: Expr, { parameterCount }: IrFunction): boolean {
  if (target.k !== 'deref' && target.k !== 'index') return false;
  let { base } = target;
  while (base.k === 'cast') base = base.arg;
  return base.k === 'local' && base.index < parameterCount;
}

/** What a call gives another form of: of `page_address(d->page)` it is `d->page`. */
function addressedBy(
  expr: Expr,
  calls: readonly CallOf[],
  isAddress: (name: string) => boolean,
): readonly Expr[] {
  const from: Expr[] = [];
  walk(expr, (e) => {
    if (e.k !== 'temp') return;
    for (const { name, instr } of calls) if (instr.dst === e.id && isAddress(name)) from.push(...instr.args);
  });
  return from;
}

/** What the result of a call is assigned to. */
function targetsOf(fn: IrFunction, temp: number): Expr[] {
  return fn.blocks.flatMap((block) =>
    block.instrs.flatMap((instr) =>
      instr.k === 'assign' && usesTemp(instr.value, temp) ? [instr.target] : [],
    ),
  );
}

/** Locals whose own value an expression is computed from: of `p->buf + off` it is `off` alone. */
function bareLocals(expr: Expr, into: Set<number>): void {
  switch (expr.k) {
    case 'local':
      into.add(expr.index);
      break;
    case 'unary':
    case 'cast':
      bareLocals(expr.arg, into);
      break;
    case 'binary':
      bareLocals(expr.left, into);
      bareLocals(expr.right, into);
      break;
  }
}

/** The fields and globals whose value an expression is computed from: of `a->b.c` it is `c`. */
function placesIn(expr: Expr, into: Set<string>): void {
  switch (expr.k) {
    case 'field':
      into.add(expr.name);
      break;
    case 'name':
      if (!isConstantName(expr.name)) into.add(expr.name);
      break;
    case 'deref':
    case 'addr':
    case 'index':
      placesIn(expr.base, into);
      break;
    case 'unary':
    case 'cast':
      placesIn(expr.arg, into);
      break;
    case 'binary':
      placesIn(expr.left, into);
      placesIn(expr.right, into);
      break;
  }
}

/** Every call of a function with a name. */
export function directCalls(fn: IrFunction): CallOf[] {
  const calls: CallOf[] = [];
  for (const block of fn.blocks)
    for (const instr of block.instrs)
      if (instr.k === 'call' && instr.callee.k === 'direct') calls.push({ name: instr.callee.name, instr });
  return calls;
}

/** Names in an expression: globals, constants, fields. */
export function namesOfExpr(expr: Expr, into: Set<string>): void {
  namesIn(expr, into);
}

function namesTaken(expr: Expr, into: Set<string>): void {
  walk(expr, (e) => {
    if (e.k === 'name') into.add(e.name);
  });
}

/** Macros and enumerators: arguments that everybody passes, and no cells. */
function isConstantName(name: string): boolean {
  return /^_*[A-Z][A-Z0-9_]*(?:@.*)?$/.test(name);
}

/** What an event is about, as the call writes it: an argument, or where the function puts the result. */
function memoryOf(row: ApiRow, instr: Extract<Instr, { k: 'call' }>, fn: IrFunction): readonly Expr[] {
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
      return instr.dst === null ? [] : targetsOf(fn, instr.dst);
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

/** Where a function stores the value of some locals. */
function keptIn(fn: IrFunction, locals: ReadonlySet<number>): Expr[] {
  const targets: Expr[] = [];
  for (const block of fn.blocks)
    for (const instr of block.instrs) {
      if (instr.k !== 'assign') continue;
      const { target, value } = instr;
      const isKept = target.k !== 'local' && target.k !== 'temp';
      walk(value, (e) => {
        if (isKept && e.k === 'local' && locals.has(e.index)) targets.push(target);
      });
      // `buf = dev->buf`: what is in the local was in the field.
      if (target.k === 'local' && locals.has(target.index)) targets.push(value);
    }
  return targets;
}
