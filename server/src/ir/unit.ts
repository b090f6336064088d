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
import { calledMacros, resolvedAliases, withoutAliases } from './macros.ts';
import { enumeratorNames, enumerators, structNames, structsIn } from './structs.ts';
import type { Dialect, Expr, GlobalDef, IrFunction, IrUnit, StructDef } from './types.ts';

/** Lowered functions by what they depend on, the least recently used ones forgotten first. For one grammar and dialect. */
export class LowerCache {
  private readonly entries = new Map<string, IrFunction>();

  /** `limit`: how many functions are kept. */
  constructor(readonly limit = 4096) {}

  /** @internal The function of `slice`: as it was, or moved to where the slice is now. */
  get(slice: FunctionSlice, lower: () => IrFunction): IrFunction {
    const presence = slice.presence.map((l) => `${l.holds ? '' : '!'}${l.text}`).join('\n');
    const key = `${slice.hash} ${slice.name} ${presence}`;
    let fn = this.entries.get(key);
    if (fn === undefined) fn = lower();
    else {
      this.entries.delete(key);
      if (fn.start !== slice.start) fn = { ...fn, start: slice.start };
    }
    this.entries.set(key, fn);
    if (this.entries.size > this.limit) this.entries.delete(this.entries.keys().next().value!);
    return fn;
  }
}

/** A unit that lowers what is asked for, once. */
export interface LazyUnit extends IrUnit {
  /** The functions of these names, in file order. A name may be defined several times, under different `#if`s. */
  lowerNamed(names: Iterable<string>): IrFunction[];
}

/**
 * A file's functions, globals, structs and constants, each lowered when it is first asked for. Spans in globals,
 * structs and constants are offsets in the file. With a `cache`, a function that did not change since the last
 * unit is the same one, at its new place. Never throws.
 */
export function lowerUnit(
  file: string,
  unit: SourceUnit,
  grammar: Grammar,
  dialect: Dialect,
  cache?: LowerCache,
): LazyUnit {
  const lowered = new Map<FunctionSlice, IrFunction>();
  const one = (slice: FunctionSlice): IrFunction => {
    let fn = lowered.get(slice);
    if (fn === undefined) {
      const lower = (): IrFunction => lowerFunction(slice, grammar, dialect);
      fn = withoutAliases(cache ? cache.get(slice, lower) : lower(), aliases());
      lowered.set(slice, fn);
    }
    return fn;
  };
  let names: ReadonlyMap<string, string> | undefined;
  const aliases = (): ReadonlyMap<string, string> => {
    names ??= aliasesOf(unit, dialect);
    return names;
  };
  const macros = unit.functions.filter((slice) => slice.macro && !dialect.knows(slice.name));
  const macrosNamed = (called: ReadonlySet<string>): IrFunction[] =>
    // What does not parse is no function: its body needs what its user writes around it.
    macros.filter((slice) => called.has(slice.name) && slice.errorCount() === 0).map(one);
  let functions: IrFunction[] | undefined;
  let globals: GlobalDef[] | undefined;
  let structs: LazyMap<StructDef> | undefined;
  let constants: LazyMap<Expr> | undefined;
  return {
    file,
    get functions() {
      if (functions === undefined) {
        functions = unit.functions.filter((slice) => !slice.macro).map(one);
        if (macros.length > 0) functions.push(...calledMacros(functions, macrosNamed));
      }
      return functions;
    },
    macrosNamed,
    get aliases() {
      return aliases();
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

/** Object-like macros that stand for another name; what a name with two meanings stands for is not known. */
function aliasesOf(unit: SourceUnit, dialect: Dialect): ReadonlyMap<string, string> {
  const isAlias = ({ parameters, body }: MacroDefinition) =>
    parameters === null && /^[A-Za-z_]\w*$/.test(body);
  const names = new Map<string, string | null>();
  for (const macro of unit.macros)
    if (isAlias(macro) && !dialect.knows(macro.name)) names.set(macro.name, macro.body);
  for (const macro of unit.macros)
    if (names.has(macro.name) && (!isAlias(macro) || names.get(macro.name) !== macro.body))
      names.set(macro.name, null);
  for (const { name } of unit.functions) names.delete(name);
  return resolvedAliases(names);
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
