import type { Expr, Instr, IrFunction } from '../ir/types.ts';
import type { ApiRow, Vocabulary } from '../kernel/types.ts';
import { namesIn, walk } from './flow.ts';

/** A direct call of a name. */
export interface CallOf {
  readonly name: string;
  readonly instr: Extract<Instr, { k: 'call' }>;
}

/** What one function does, looked at alone. */
export interface FunctionFacts {
  readonly calls: ReadonlySet<string>;
  /** It calls a transition itself. */
  readonly direct: boolean;
  /** It does something to memory. */
  readonly eventful: boolean;
  /** Fields and globals in which memory lives that it allocates, converts or frees. */
  readonly cells: ReadonlySet<string>;
  /** Fields and globals that it assigns. */
  readonly writes: ReadonlySet<string>;
  /** Names whose value it passes on or keeps: functions whose address it takes are among them. */
  readonly taken: ReadonlySet<string>;
}

const matters = new Set<ApiRow['k']>(['alloc', 'free', 'transition', 'map', 'unmap', 'publish', 'defer']);

/** Whether a call of that name does something to memory. */
export function isEventful(name: string, vocabulary: Vocabulary): boolean {
  return vocabulary.rows(name).some((row) => matters.has(row.k));
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
  const cells = new Set<string>();
  const writes = new Set<string>();
  const taken = new Set<string>();
  let direct = false;
  let eventful = false;
  for (const { name, instr } of directCalls(fn)) {
    calls.add(name);
    for (const row of vocabulary.rows(name)) {
      if (row.k === 'transition' && !row.implementation) direct = true;
      if (matters.has(row.k)) {
        eventful = true;
        for (const expr of memoryOf(row, instr, fn)) namesIn(expr, cells);
      }
    }
  }
  for (const name of cells) if (isConstantName(name)) cells.delete(name);
  for (const target of storedMemory(fn, (name) => vocabulary.rows(name).some((r) => r.k === 'transition')))
    namesIn(target, cells);
  for (const block of fn.blocks)
    for (const instr of block.instrs) {
      if (instr.k === 'call') for (const arg of instr.args) namesTaken(arg, taken);
      if (instr.k !== 'assign') continue;
      namesTaken(instr.value, taken);
      if (instr.target.k === 'field' || instr.target.k === 'name') writes.add(instr.target.name);
    }
  return { calls, direct, eventful, cells, writes, taken };
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
