import { addTo } from '../base/maps.ts';
import type { Expr, Instr, IrFunction } from '../ir/types.ts';
import type { AccessorOp } from '../kernel/accessor-ops.ts';
import { controllingBlocks } from './control.ts';
import { definition, namesIn, slots } from './flow.ts';

type Call = Extract<Instr, { k: 'call' }>;

/** Callees that are looked into for what an answer hangs on, one below the other. */
const deepest = 3;

/** Blocks of a function that is worth following whatever it does: predicates, accessors, unit conversions. */
export const smallBody = 8;

/** Accessors whose value is what a cell holds, and not a way to it. */
const reading: ReadonlySet<AccessorOp> = new Set([
  'read-once',
  'read-through',
  'this-cpu-read',
  'exchange',
  'bit-test',
  'bit-test-set',
  'bit-test-clear',
]);

/** Whether a choice that asks an accessor asks for what it reads: `READ_ONCE()`, `test_bit()`. */
export function givesWhatItReads(op: AccessorOp): boolean {
  return reading.has(op);
}

/** What finding tracked names takes. */
export interface TrackingSources {
  /** Whether a call is, or leads to, an event of memory that matters. */
  readonly isEvent: (fn: IrFunction, call: Call) => boolean;
  /** Functions of that name, as far as they are analysed. */
  readonly functions: (name: string) => readonly IrFunction[];
  /** What the vocabulary says that it gives is made of what it is given: `READ_ONCE()`, `test_bit()`. */
  readonly passesOn: (name: string) => boolean;
}

/**
 * Names that a choice or an event of a function looks at. A choice looks at what its value is computed from, in whatever variable it
 * waits, and through calls: `READ_ONCE(x->shared)`, `test_bit(SHARED, &x->flags)`, `is_shared(x)`.
 */
export function trackedBy(
  fn: IrFunction,
  { isEvent, functions, passesOn }: TrackingSources,
): ReadonlySet<string> {
  const tracked = new Set<string>();
  const controlling = controllingBlocks(fn, (call) => isEvent(fn, call));
  const choices: Expr[] = [];
  for (const block of fn.blocks) {
    const { term } = block;
    if (controlling.has(block.id)) {
      if (term.k === 'branch') choices.push(term.cond);
      if (term.k === 'switch') choices.push(term.value);
    }
    for (const instr of block.instrs)
      if (instr.k === 'call' && isEvent(fn, instr)) for (const arg of instr.args) namesIn(arg, tracked);
  }
  const seen = new Set<IrFunction>();
  const isLookedInto = ({ callee }: Call) =>
    callee.k === 'direct' && (passesOn(callee.name) || functions(callee.name).some(isPredicate));
  const look = (of: IrFunction, at: readonly Expr[], depth: number): void => {
    for (const { callee } of computedFrom(of, at, isLookedInto, tracked)) {
      if (callee.k !== 'direct' || depth === 0) continue;
      for (const one of functions(callee.name)) {
        if (seen.has(one) || !isPredicate(one)) continue;
        seen.add(one);
        look(one, answersOf(one), depth - 1);
      }
    }
  };
  look(fn, choices, deepest);
  return tracked;
}

/** It answers a question and does little else: what larger functions return, or new memory, hangs on too much to be told by. */
function isPredicate({ returnType, blocks }: IrFunction): boolean {
  return returnType.pointers === 0 && blocks.length <= smallBody;
}

/** Adds the names that expressions are computed from, and gives the calls that they come from. */
function computedFrom(
  fn: IrFunction,
  exprs: readonly Expr[],
  isLookedInto: (call: Call) => boolean,
  names: Set<string>,
): readonly Call[] {
  const seen = new Set<number>();
  const open: number[] = [];
  const see = (expr: Expr) => {
    namesIn(expr, names);
    const used = new Set<number>();
    slots(expr, used);
    for (const slot of used) {
      if (seen.has(slot)) continue;
      seen.add(slot);
      // Where a pointer is from tells nothing of what is kept where it points.
      if (slot < 0 || !isPointer(fn, slot)) open.push(slot);
    }
  };
  for (const expr of exprs) see(expr);
  if (open.length === 0) return [];
  const calls: Call[] = [];
  const definitions = definitionsOf(fn);
  for (let slot = open.pop(); slot !== undefined; slot = open.pop())
    for (const instr of definitions.get(slot) ?? []) {
      if (instr.k === 'assign') see(instr.value);
      if (instr.k !== 'call' || !isLookedInto(instr)) continue;
      calls.push(instr);
      for (const arg of instr.args) see(arg);
    }
  return calls;
}

const known = new WeakMap<IrFunction, ReadonlyMap<number, readonly Instr[]>>();

/** The instructions that give each slot a value; kept, for a function is asked about after every edit of another one. */
function definitionsOf(fn: IrFunction): ReadonlyMap<number, readonly Instr[]> {
  let definitions = known.get(fn);
  if (definitions === undefined) {
    const found = new Map<number, Instr[]>();
    for (const { instrs } of fn.blocks)
      for (const instr of instrs) {
        const slot = definition(instr);
        if (slot !== null) addTo(found, slot, instr);
      }
    definitions = found;
    known.set(fn, definitions);
  }
  return definitions;
}

function isPointer({ variables }: IrFunction, local: number): boolean {
  return (variables[local]?.type.pointers ?? 0) > 0;
}

/** What a function answers, and what it asks on the way. */
function answersOf({ blocks }: IrFunction): readonly Expr[] {
  return blocks.flatMap(({ term }) => {
    if (term.k === 'return') return term.value === null ? [] : [term.value];
    if (term.k === 'branch') return [term.cond];
    return term.k === 'switch' ? [term.value] : [];
  });
}
