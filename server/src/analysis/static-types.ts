import type { Expr, IrFunction, IrUnit, TypeRef } from '../ir/types.ts';
import { directCalls } from './function-facts.ts';
import type { Heads } from './heads.ts';

/** Types of expressions by declarations alone, without a path: as far as what they name is declared in view. */
export class StaticTypes {
  constructor(
    private readonly unit: IrUnit,
    private readonly heads: Heads,
  ) {}

  /** Null where nothing says. */
  of(fn: IrFunction | null, expr: Expr): TypeRef | null {
    switch (expr.k) {
      case 'local':
        return fn?.variables[expr.index]?.type ?? null;
      case 'name':
        return this.globalType(expr.name);
      case 'temp': {
        const made = fn && directCalls(fn).find(({ instr }) => instr.dst === expr.id);
        return made ? (this.heads.named(made.name)[0]?.lower().returnType ?? null) : null;
      }
      case 'field':
        return this.member(this.of(fn, expr.base), expr.name);
      case 'index':
      case 'deref':
        return pointedTo(this.of(fn, expr.base));
      case 'addr': {
        const type = this.of(fn, expr.base);
        return type && type.arrays.length === 0 ? { ...type, pointers: type.pointers + 1 } : null;
      }
      case 'cast':
        return expr.type;
      default:
        return null;
    }
  }

  private globalType(name: string): TypeRef | null {
    const all = this.unit.globalsNamed(name);
    return (all.find((g) => g.variable.storage !== 'extern') ?? all[0])?.variable.type ?? null;
  }

  /** The type of a member of a struct that is no pointer to one. */
  member(holder: TypeRef | null, name: string): TypeRef | null {
    return this.fields(holder)?.find((field) => field.name === name)?.type ?? null;
  }

  /** The name of the member at a position; null if the struct is not in view. */
  memberAt(holder: TypeRef | null, position: number): string | null {
    return this.fields(holder)?.[position]?.name ?? null;
  }

  /** Where a member stands; -1 if the struct is not in view. */
  position(holder: TypeRef | null, name: string): number {
    return this.fields(holder)?.findIndex((field) => field.name === name) ?? -1;
  }

  private fields(holder: TypeRef | null) {
    if (!holder || holder.pointers > 0 || holder.arrays.length > 0 || holder.tag === null) return undefined;
    return this.unit.structs.get(holder.tag)?.fields;
  }
}

/** What an array has, or a pointer points to. */
export function pointedTo(type: TypeRef | null): TypeRef | null {
  if (type === null) return null;
  if (type.arrays.length > 0) return { ...type, arrays: type.arrays.slice(1) };
  return type.pointers > 0 ? { ...type, pointers: type.pointers - 1 } : null;
}
