import type { Expr, IrFunction } from '../ir/types.ts';
import type { Vocabulary } from '../kernel/types.ts';
import type { Call } from './call-context.ts';
import { type CallOf, type Converts, transitionArguments } from './function-facts.ts';
import type { ObjectState } from './state.ts';

/** Whether memory that something converts may be kept in a field or global of that name. */
export type Keeps = (name: string) => boolean;

/**
 * The fields and globals in which functions keep what is converted: wherever the address that a transition gets may have
 * come from, and wherever it is put. Rather too many than too few: what is kept elsewhere is not followed.
 */
export function keptPlaces(
  functions: readonly Flows[],
  vocabulary: Vocabulary,
  known: Iterable<string>,
): ReadonlySet<string> {
  const inView = new Set(functions.map(({ fn }) => fn.name));
  const kept = new Kept(new Set(known), transitionArguments(vocabulary), vocabulary, inView);
  for (let size = -1; size !== kept.size; ) {
    size = kept.size;
    for (const each of functions) kept.follow(each);
  }
  return kept.names;
}

/** A function with the calls that it makes. */
export interface Flows {
  readonly fn: IrFunction;
  readonly calls: readonly CallOf[];
}

/** What was found to be converted so far: by name, by parameter, by what functions return. */
class Kept {
  private readonly given = new Map<string, Set<number>>();
  private readonly returned = new Set<string>();
  private readonly slots = new Map<IrFunction, Set<number>>();

  constructor(
    readonly names: Set<string>,
    private readonly converts: Converts,
    private readonly vocabulary: Vocabulary,
    private readonly inView: ReadonlySet<string>,
  ) {}

  /** Grows with all that is found. */
  get size(): number {
    let size = this.names.size + this.returned.size;
    for (const places of this.given.values()) size += places.size;
    return size;
  }

  follow({ fn, calls }: Flows): void {
    const slots = this.slots.get(fn) ?? new Set<number>();
    this.slots.set(fn, slots);
    for (const index of this.given.get(fn.name) ?? []) slots.add(index);
    for (const { name, instr } of calls) {
      for (const position of this.converts(name)) this.take(instr.args[position], slots);
      if (instr.dst !== null && slots.has(~instr.dst) && this.inView.has(name)) this.returned.add(name);
    }
    for (let size = -1; size !== slots.size + this.names.size; ) {
      size = slots.size + this.names.size;
      for (const block of fn.blocks) this.followBlock(fn, block, slots);
    }
    for (const { name, instr } of calls)
      instr.args.forEach((arg, i) => {
        if (!this.inView.has(name) || !this.is(arg, slots)) return;
        const places = this.given.get(name) ?? new Set<number>();
        this.given.set(name, places.add(i));
      });
    for (const index of slots)
      if (index >= 0 && index < fn.parameterCount) {
        const places = this.given.get(fn.name) ?? new Set<number>();
        this.given.set(fn.name, places.add(index));
      }
  }

  private followBlock(
    fn: IrFunction,
    { instrs, term }: IrFunction['blocks'][number],
    slots: Set<number>,
  ): void {
    for (const instr of instrs) {
      if (instr.k === 'assign') {
        // Where it came from, and where else it goes.
        const { target, value } = instr;
        if (this.is(target, slots)) this.take(value, slots);
        else if (this.is(value, slots)) this.take(target, slots);
      } else if (instr.k === 'call') {
        if (instr.dst !== null && slots.has(~instr.dst) && this.passesOn(instr))
          for (const arg of instr.args) this.take(arg, slots);
        if (instr.callee.k === 'direct')
          for (const position of this.given.get(instr.callee.name) ?? [])
            this.take(instr.args[position], slots);
      }
    }
    if (term.k === 'return' && term.value && this.returned.has(fn.name)) this.take(term.value, slots);
  }

  private take(expr: Expr | undefined, slots: Set<number>): void {
    if (expr === undefined) return;
    if (expr.k === 'local') slots.add(expr.index);
    else if (expr.k === 'temp') slots.add(~expr.id);
    else if (expr.k === 'field' || expr.k === 'name') this.names.add(expr.name);
    else for (const part of partsOf(expr)) this.take(part, slots);
  }

  /** What a call gives is made of its arguments: an address in another form. */
  private passesOn({ callee }: Call): boolean {
    if (callee.k === 'indirect' || this.inView.has(callee.name)) return false;
    return !this.vocabulary.rows(callee.name).some((row) => row.k === 'alloc' || row.k === 'size');
  }

  /** Whether the value of an expression may be memory that is converted: by the local that it is, or the field. */
  private is(expr: Expr, slots: ReadonlySet<number>): boolean {
    if (expr.k === 'local') return slots.has(expr.index);
    if (expr.k === 'temp') return slots.has(~expr.id);
    if (expr.k === 'field' || expr.k === 'name') return this.names.has(expr.name);
    return partsOf(expr).some((part) => this.is(part, slots));
  }
}

/** What an address is computed from. */
function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.k) {
    case 'index':
    case 'deref':
    case 'addr':
      return [expr.base];
    case 'cast':
    case 'unary':
      return [expr.arg];
    case 'binary':
      return expr.op === '+' || expr.op === '-' || expr.op === '&' || expr.op === '|'
        ? [expr.left, expr.right]
        : [];
    default:
      return [];
  }
}

/**
 * Whether a call of an event can be about memory that is converted: a free of what a field holds in which none is kept is not, nor
 * is an allocation that goes to such a field.
 */
export function mayConcern(fn: IrFunction, call: Call, vocabulary: Vocabulary, keeps: Keeps): boolean {
  if (call.callee.k === 'indirect') return true;
  const rows = vocabulary.rows(call.callee.name);
  if (rows.some((row) => row.k === 'alloc')) {
    const places = placesOfResult(fn, call);
    return places.length === 0 || places.some((place) => isKept(place, keeps));
  }
  const frees = rows.filter((row) => row.k === 'free' || row.k === 'unmap');
  if (frees.length === 0) return true;
  return frees.some((row) => {
    let arg = call.args[row.address];
    while (arg?.k === 'cast' || arg?.k === 'index') arg = arg.k === 'cast' ? arg.arg : arg.base;
    return arg === undefined || isKept(arg, keeps);
  });
}

/** Where the value of a call goes first. */
function placesOfResult(fn: IrFunction, { dst }: Call): readonly Expr[] {
  if (dst === null) return [];
  const places: Expr[] = [];
  for (const { instrs } of fn.blocks)
    for (const instr of instrs) {
      if (instr.k !== 'assign') continue;
      let { value } = instr;
      while (value.k === 'cast') value = value.arg;
      if (value.k === 'temp' && value.id === dst) places.push(instr.target);
    }
  return places;
}

/** Not a field or global in which nothing converted is kept. */
function isKept(place: Expr, keeps: Keeps): boolean {
  return (place.k !== 'field' && place.k !== 'name') || keeps(place.name);
}

/** Memory that nothing has converted or shown to anybody. */
export function isUntouched(object: ObjectState): boolean {
  return (
    object.flip === null &&
    object.published === null &&
    object.mappedAs === null &&
    object.userMapped === null &&
    object.aliasOf === null
  );
}
