import type { Expr, Instr, IrFunction, IrUnit, TypeRef } from '../ir/types.ts';
import { pointedTo, StaticTypes } from './static-types.ts';

type Call = Extract<Instr, { k: 'call' }>;

/** A function that the unit puts into a member of a struct. */
export interface Entered {
  readonly tag: string;
  readonly member: string;
  readonly name: string;
}

/** Members that more functions are put into than this say nothing about a call. */
const MAX_CANDIDATES = 16;

/**
 * What calls through pointers can reach: the functions that initialisers and assignments in view put into the member that
 * the call goes through. Others may put more there; what is known of the call is what is in view.
 */
export class Targets {
  private readonly types: StaticTypes;
  /** By member, then by tag; `''`: a struct that nothing in view declares. */
  private readonly members = new Map<string, Map<string, Set<string>>>();
  private readonly taken = new Map<IrFunction, ReadonlySet<string>>();
  private readonly functions: ReadonlySet<string>;
  private readonly globals: ReadonlySet<string>;

  constructor(
    unit: IrUnit,
    private readonly isKnown: (name: string) => boolean,
  ) {
    this.types = new StaticTypes(unit);
    this.functions = new Set(unit.functions.map((fn) => fn.name));
    this.globals = new Set(unit.globals.map((global) => global.variable.name));
    for (const { variable, init } of unit.globals) if (init) this.value(null, variable.type, init);
    for (const fn of unit.functions)
      for (const block of fn.blocks)
        for (const instr of block.instrs)
          if (instr.k === 'assign') this.assigned(fn, instr.target, instr.value);
  }

  /** Functions that a call through a member reaches, in the order of the source; none if nothing in view says. */
  of(fn: IrFunction, call: Call): readonly string[] {
    if (call.callee.k === 'direct') return [];
    let { expr } = call.callee;
    while (expr.k === 'deref' || expr.k === 'cast' || expr.k === 'index')
      expr = expr.k === 'cast' ? expr.arg : expr.base;
    if (expr.k !== 'field') return [];
    const byTag = this.members.get(expr.name);
    if (byTag === undefined) return [];
    const tag = tagOf(this.types.of(fn, expr.base));
    const only = byTag.size === 1 ? [...byTag][0]! : undefined;
    // Where one side is not declared in view, the other must be the only one.
    const found = byTag.get(tag) ?? (only && (tag === '' || only[0] === '') ? only[1] : undefined);
    if (found === undefined || found.size > MAX_CANDIDATES) return [];
    return [...found].some((name) => this.functions.has(name) || this.isKnown(name)) ? [...found] : [];
  }

  /** {@link of}, and for a call through a variable the functions whose address its function takes. */
  perhaps(fn: IrFunction, call: Call): readonly string[] {
    if (call.callee.k === 'direct') return [];
    const known = this.of(fn, call);
    const { expr } = call.callee;
    if (known.length > 0 || (expr.k !== 'local' && expr.k !== 'deref')) return known;
    const taken = this.takenBy(fn);
    return taken.size > MAX_CANDIDATES ? [] : [...taken];
  }

  /** Every function of the unit that is put into a member of a struct with a tag. */
  *entered(): Iterable<Entered> {
    for (const [member, byTag] of this.members)
      for (const [tag, names] of byTag)
        if (tag !== '') for (const name of names) if (this.functions.has(name)) yield { tag, member, name };
  }

  private takenBy(fn: IrFunction): ReadonlySet<string> {
    const known = this.taken.get(fn);
    if (known) return known;
    const names = new Set<string>();
    this.taken.set(fn, names);
    for (const block of fn.blocks)
      for (const instr of block.instrs) {
        const name = instr.k === 'assign' ? this.functionIn(instr.value) : null;
        if (name !== null && this.functions.has(name)) names.add(name);
      }
    return names;
  }

  private assigned(fn: IrFunction, target: Expr, value: Expr): void {
    if (value.k === 'aggregate') {
      this.value(fn, value.type ?? this.types.of(fn, target), value);
      return;
    }
    let place = target;
    while (place.k === 'index') place = place.base;
    const name = place.k === 'field' ? this.functionIn(value) : null;
    if (place.k === 'field' && name !== null)
      this.add(tagOf(this.types.of(fn, place.base)), place.name, name);
  }

  /** What an initialiser puts where. */
  private value(fn: IrFunction | null, type: TypeRef | null, value: Expr): void {
    if (value.k !== 'aggregate') return;
    type = value.type ?? type;
    const isArray = type !== null && type.arrays.length > 0;
    let position = 0;
    for (const { member, value: item } of value.items) {
      const name = isArray || (member !== null && typeof member !== 'string') ? null : member;
      if (isArray || (member !== null && name === null))
        this.value(fn, isArray ? pointedTo(type) : null, item);
      else {
        const at = name ?? this.types.memberAt(type, position);
        position = (name === null ? position : this.types.position(type, name)) + 1;
        if (at !== null) this.member(fn, type, at, item);
      }
    }
  }

  private member(fn: IrFunction | null, holder: TypeRef | null, member: string, item: Expr): void {
    if (item.k === 'addr' && item.base.k === 'aggregate') this.value(fn, item.base.type, item.base);
    else if (item.k === 'aggregate') {
      const type = item.type ?? this.types.member(holder, member);
      if (type?.arrays.length === 1) for (const one of item.items) this.put(holder, member, one.value);
      this.value(fn, type, item);
    } else this.put(holder, member, item);
  }

  private put(holder: TypeRef | null, member: string, item: Expr): void {
    const name = this.functionIn(item);
    if (name !== null) this.add(tagOf(holder), member, name);
  }

  /** The name of a function, here or elsewhere, that a value is. */
  private functionIn(value: Expr): string | null {
    let at = value;
    while (at.k === 'cast' || at.k === 'addr') at = at.k === 'cast' ? at.arg : at.base;
    if (at.k !== 'name' || at.name === 'true' || at.name === 'false' || /^_*[A-Z][A-Z0-9_]*$/.test(at.name))
      return null;
    return this.globals.has(at.name) ? null : at.name;
  }

  private add(tag: string, member: string, name: string): void {
    const byTag = this.members.get(member) ?? new Map<string, Set<string>>();
    this.members.set(member, byTag);
    const names = byTag.get(tag) ?? new Set<string>();
    byTag.set(tag, names);
    names.add(name);
  }
}

/** The tag of a struct that is no pointer; `''` if that is not known. */
function tagOf(type: TypeRef | null): string {
  return type && type.pointers === 0 && type.arrays.length === 0 ? (type.tag ?? '') : '';
}
