import type {
  DeclarationSlice,
  FunctionSlice,
  Grammar,
  MacroDefinition,
  SourceUnit,
} from '../syntax/types.ts';
import { parseConstant } from './constants.ts';
import { globalsOf } from './globals.ts';
import { LazyMap } from './lazy-map.ts';
import { lowerFunction } from './lower.ts';
import { enumeratorNames, enumerators, structNames, structsIn } from './structs.ts';
import type { Dialect, Expr, GlobalDef, IrFunction, IrUnit, StructDef } from './types.ts';

/** A unit that lowers what is asked for, once. */
export interface LazyUnit extends IrUnit {
  /** The functions of these names, in file order. A name may be defined several times, under different `#if`s. */
  lowerNamed(names: Iterable<string>): IrFunction[];
}

/**
 * A file's functions, globals, structs and constants, each lowered when it is first asked for. Spans in globals,
 * structs and constants are offsets in the file. Never throws.
 */
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
  let globals: GlobalDef[] | undefined;
  let structs: LazyMap<StructDef> | undefined;
  let constants: LazyMap<Expr> | undefined;
  return {
    file,
    get functions() {
      return unit.functions.map(one);
    },
    lowerNamed(names) {
      const wanted = new Set(names);
      return unit.functions.filter((slice) => wanted.has(slice.name)).map(one);
    },
    get globals() {
      globals ??= unit.declarations.flatMap((slice) => globalsOf(slice, grammar, dialect));
      return globals;
    },
    get structs() {
      structs ??= structMap(unit.declarations, grammar);
      return structs;
    },
    get constants() {
      constants ??= constantMap(unit, grammar);
      return constants;
    },
  };
}

/** The slices that define what `names` finds in their text, parsed when one of the names is asked for. */
function perSlice<V>(
  declarations: readonly DeclarationSlice[],
  names: (text: string) => readonly string[],
  read: (slice: DeclarationSlice) => ReadonlyMap<string, V>,
): Map<string, () => V | null> {
  const makers = new Map<string, () => V | null>();
  for (const slice of declarations) {
    let found: ReadonlyMap<string, V> | undefined;
    for (const name of names(slice.text)) {
      if (makers.has(name)) continue;
      makers.set(name, () => {
        found ??= read(slice);
        return found.get(name) ?? null;
      });
    }
  }
  return makers;
}

function structMap(declarations: readonly DeclarationSlice[], grammar: Grammar): LazyMap<StructDef> {
  return new LazyMap(perSlice(declarations, structNames, (slice) => structsIn(slice, grammar)));
}

function constantMap(unit: SourceUnit, grammar: Grammar): LazyMap<Expr> {
  const makers = perSlice(unit.declarations, enumeratorNames, (slice) => enumerators(slice, grammar));
  const bodies = new Map<string, MacroDefinition | null>();
  for (const macro of unit.macros) {
    if (macro.parameters !== null) continue;
    // Two bodies for one name: which one holds depends on the configuration.
    const other = bodies.get(macro.name);
    if (other === undefined) bodies.set(macro.name, macro);
    else if (other !== null && other.body !== macro.body) bodies.set(macro.name, null);
  }
  for (const [name, macro] of bodies) {
    makers.set(name, () => (macro === null ? null : parseConstant(macro.body, macro.span)));
  }
  return new LazyMap(makers);
}
