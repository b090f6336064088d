import type { FunctionSlice, Grammar, SourceUnit } from '../syntax/types.ts';
import { lowerFunction } from './lower.ts';
import type { Dialect, Expr, GlobalDef, IrFunction, IrUnit, StructDef } from './types.ts';

/** A unit that lowers what is asked for, once. */
export interface LazyUnit extends IrUnit {
  /** The functions of these names, in file order. A name may be defined several times, under different `#if`s. */
  lowerNamed(names: Iterable<string>): IrFunction[];
}

/** A file's functions, globals, structs and constants, each lowered when it is first asked for. Never throws. */
export function lowerUnit(file: string, unit: SourceUnit, grammar: Grammar, dialect: Dialect): LazyUnit {
  const lowered = new Map<FunctionSlice, IrFunction>();
  const one = (slice: FunctionSlice): IrFunction => {
    let fn = lowered.get(slice);
    if (fn === undefined) {
      fn = lowerFunction(slice, grammar, dialect);
      lowered.set(slice, fn);
    }
    return fn;
  };
  return {
    file,
    get functions() {
      return unit.functions.map(one);
    },
    lowerNamed(names) {
      const wanted = new Set(names);
      return unit.functions.filter((slice) => wanted.has(slice.name)).map(one);
    },
    globals: [] as GlobalDef[],
    structs: new Map<string, StructDef>(),
    constants: new Map<string, Expr>(),
  };
}
