import type { Expr, GlobalDef, Instr, IrFunction, IrUnit, TypeRef } from '../ir/types.ts';
import type { Heads } from './heads.ts';
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

/** Where functions are put: a variable with its initialiser, or a function that assigns. */
type Source = GlobalDef | IrFunction;

/**
 * What calls through pointers can reach: the functions that initialisers and assignments in view put into the member that
 * the call goes through. Others may put more there; what is known of the call is what is in view. Initialisers are read and
 * functions are lowered that have the member, its struct or the function in their text, and no others.
 */
export class Targets {
  private readonly types: StaticTypes;
  private readonly puts = new Map<Source, readonly Entered[]>();
  private readonly found = new Map<string, readonly string[]>();
  private readonly holders = new Map<string, readonly Entered[]>();
  private readonly taken = new Map<IrFunction, ReadonlySet<string>>();
  private readonly place: ReadonlyMap<string, number>;

  constructor(
    private readonly unit: IrUnit,
    private readonly heads: Heads,
    /** Whether a function that is not in the unit is one all the same that calls are followed to. */
    private readonly isKnown: (name: string) => boolean,
  ) {
    this.types = new StaticTypes(unit, heads);
    this.place = new Map([...heads.all].reverse().map((head, i) => [head.name, heads.all.length - i]));
  }

  /** Functions that a call through a member reaches, in the order of the source; none if nothing in view says. */
  of(fn: IrFunction, call: Call): readonly string[] {
    if (call.callee.k === 'direct') return [];
    let { expr } = call.callee;
    while (expr.k === 'deref' || expr.k === 'cast' || expr.k === 'index')
      expr = expr.k === 'cast' ? expr.arg : expr.base;
    return expr.k === 'field' ? this.through(tagOf(this.types.of(fn, expr.base)), expr.name) : [];
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

  /** The members that a function is put into, each once. */
  membersOf(name: string): readonly Entered[] {
    let known = this.holders.get(name);
    if (known === undefined) {
      const mine = new Map<string, Entered>();
      const note = (source: Source) => {
        for (const put of this.putsIn(source))
          if (put.name === name) mine.set(`${put.tag} ${put.member}`, put);
      };
      for (const global of this.unit.globalsMentioning(name)) note(global);
      for (const head of this.heads.mentioning(name)) note(this.heads.lower(head));
      known = [...mine.values()];
      this.holders.set(name, known);
    }
    return known;
  }

  /** What a name of file scope is another name for. */
  resolved(name: string): string {
    for (let i = 0; i < 8; i++) {
      const stands = this.unit.constants.get(name);
      if (stands?.k !== 'name') break;
      name = stands.name;
    }
    return name;
  }

  private through(tag: string, member: string): readonly string[] {
    const key = `${tag} ${member}`;
    let known = this.found.get(key);
    if (known === undefined) {
      known = this.search(tag, member);
      this.found.set(key, known);
    }
    return known;
  }

  private search(tag: string, member: string): readonly string[] {
    /** By tag; `''`: a struct that nothing in view declares. */
    const byTag = new Map<string, Set<string>>();
    const note = (source: Source) => {
      for (const put of this.putsIn(source)) {
        if (put.member !== member) continue;
        const names = byTag.get(put.tag) ?? new Set<string>();
        byTag.set(put.tag, names);
        names.add(put.name);
      }
    };
    for (const global of this.unit.globalsMentioning(member)) note(global);
    // Initialisers need not name members.
    if (tag !== '') for (const global of this.unit.globalsMentioning(tag)) note(global);
    for (const head of this.heads.mentioning(member)) note(this.heads.lower(head));
    const only = byTag.size === 1 ? [...byTag][0]! : undefined;
    // Where one side is not declared in view, the other must be the only one.
    const names = byTag.get(tag) ?? (only && (tag === '' || only[0] === '') ? only[1] : undefined);
    if (names === undefined || names.size > MAX_CANDIDATES) return [];
    if (![...names].some((name) => this.heads.has(name) || this.isKnown(name))) return [];
    const place = (name: string) => this.place.get(name) ?? Number.POSITIVE_INFINITY;
    return [...names].sort((a, b) => (place(a) === place(b) ? (a < b ? -1 : 1) : place(a) - place(b)));
  }

  private putsIn(source: Source): readonly Entered[] {
    let known = this.puts.get(source);
    if (known === undefined) {
      known = new Puts(this.types, (value) => this.functionIn(value)).of(source);
      this.puts.set(source, known);
    }
    return known;
  }

  private takenBy(fn: IrFunction): ReadonlySet<string> {
    const known = this.taken.get(fn);
    if (known) return known;
    const names = new Set<string>();
    this.taken.set(fn, names);
    for (const block of fn.blocks)
      for (const instr of block.instrs) {
        const name = instr.k === 'assign' ? this.functionIn(instr.value) : null;
        if (name !== null && this.heads.has(name)) names.add(name);
      }
    return names;
  }

  /** The name of a function, here or elsewhere, that a value is. */
  private functionIn(value: Expr): string | null {
    let at = value;
    while (at.k === 'cast' || at.k === 'addr') at = at.k === 'cast' ? at.arg : at.base;
    if (
      at.k !== 'name' ||
      at.name === 'true' ||
      at.name === 'false' ||
      /^_*[A-Z][A-Z0-9_]*(?:@.*)?$/.test(at.name)
    )
      return null;
    return this.unit.globalsNamed(at.name).length > 0 ? null : this.resolved(at.name);
  }
}

/** Finds what one variable's initialiser or one function puts into members. */
class Puts {
  private readonly found: Entered[] = [];

  constructor(
    private readonly types: StaticTypes,
    private readonly functionIn: (value: Expr) => string | null,
  ) {}

  of(source: Source): readonly Entered[] {
    if ('blocks' in source) {
      for (const block of source.blocks)
        for (const instr of block.instrs)
          if (instr.k === 'assign') this.assigned(source, instr.target, instr.value);
    } else if (source.init) this.value(null, source.variable.type, source.init);
    return this.found;
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

  private add(tag: string, member: string, name: string): void {
    this.found.push({ tag, member, name });
  }
}

/** The tag of a struct that is no pointer; `''` if that is not known. */
function tagOf(type: TypeRef | null): string {
  return type && type.pointers === 0 && type.arrays.length === 0 ? (type.tag ?? '') : '';
}
