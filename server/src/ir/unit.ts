import { addTo } from '../base/maps.ts';
import { type Names, namesOf, withoutComments } from '../syntax/names.ts';
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
import {
  type Aliases,
  namesStandingFor,
  namesWithout,
  readsAsFunction,
  resolvedAliases,
  withMacros,
  withoutAliases,
} from './macros.ts';
import { enumeratorNames, enumerators, structNames, structsIn } from './structs.ts';
import type { Dialect, Expr, FunctionHead, GlobalDef, IrFunction, IrUnit, StructDef } from './types.ts';

/** Lowered functions by what they depend on, the least recently used ones forgotten first. For one grammar and dialect. */
export class LowerCache {
  private readonly entries = new Map<string, IrFunction>();
  private readonly names = new Map<string, Names>();

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

  /** @internal */
  namesOf(slice: FunctionSlice): Names {
    let names = this.names.get(slice.hash);
    if (names === undefined) names = namesOf(slice.text);
    else this.names.delete(slice.hash);
    this.names.set(slice.hash, names);
    if (this.names.size > this.limit * 4) this.names.delete(this.names.keys().next().value!);
    return names;
  }
}

/** One file. What the analysis does not ask for is never lowered; tests and listings can ask for all. */
export interface FileUnit extends IrUnit {
  /** Function-like macros that may be read as functions, whoever calls them. */
  readonly macros: readonly FunctionHead[];
  /** The text of everything that is no function: what the file declares. */
  readonly frame: string;
  /** Object-like macros that are another name for a function, and what they stand for in the end. */
  readonly aliases: ReadonlyMap<string, string>;
  /** All functions, in file order, and the macros that they call. */
  readonly functions: readonly IrFunction[];
  /** Those functions and macros that somebody has asked for, in that order. */
  readonly lowered: readonly IrFunction[];
  readonly globals: readonly GlobalDef[];
  readonly structs: ReadonlyMap<string, StructDef>;
  readonly constants: ReadonlyMap<string, Expr>;
  /** The functions of these names, in file order. A name may be defined several times, under different `#if`s. */
  lowerNamed(names: Iterable<string>): IrFunction[];
  /** Whether the file may define a constant or a struct of that name; nothing is parsed for the answer. */
  mayDefine(kind: 'constant' | 'struct', name: string): boolean;
}

/** A function by its text. */
class Head implements FunctionHead {
  private found: Names | undefined;
  private fn: IrFunction | undefined;

  constructor(
    readonly file: string,
    readonly slice: FunctionSlice,
    private readonly make: (slice: FunctionSlice) => IrFunction,
    private readonly aliases: () => Aliases,
    private readonly cache: LowerCache | undefined,
  ) {}

  get name(): string {
    return this.slice.name;
  }

  get macro(): boolean {
    return this.slice.macro === true;
  }

  get isStatic(): boolean {
    if (this.macro) return !this.file.endsWith('.h');
    return /\bstatic\b/.test(withoutComments(this.slice.text.slice(0, this.slice.nameSpan.start)));
  }

  private get written(): Names {
    return this.cache ? this.cache.namesOf(this.slice) : namesOf(this.slice.text);
  }

  private get names(): Names {
    this.found ??= namesWithout(this.written, this.aliases());
    return this.found;
  }

  get members(): ReadonlySet<string> {
    return this.names.members;
  }

  get calls(): ReadonlySet<string> {
    return this.names.calls;
  }

  get mentions(): ReadonlySet<string> {
    return this.names.mentions;
  }

  get length(): number {
    return this.slice.text.length;
  }

  get isLowered(): boolean {
    return this.fn !== undefined;
  }

  lower(): IrFunction {
    this.fn ??= withoutAliases(this.make(this.slice), this.written, this.aliases());
    return this.fn;
  }
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
): FileUnit {
  const make = (slice: FunctionSlice): IrFunction => {
    const lower = (): IrFunction => lowerFunction(slice, grammar, dialect);
    return cache ? cache.get(slice, lower) : lower();
  };
  let names: ReadonlyMap<string, string> | undefined;
  const aliases = (): ReadonlyMap<string, string> => {
    names ??= aliasesOf(unit, dialect);
    return names;
  };
  const functionNames = lazySet(() => unit.functions.map((slice) => slice.name));
  const head = (slice: FunctionSlice): Head =>
    new Head(
      file,
      slice,
      make,
      () => ({ names: aliases(), isFunction: (name) => functionNames().has(name) || dialect.knows(name) }),
      cache,
    );
  const heads = unit.functions.filter((slice) => !slice.macro).map(head);
  let madeMacros: Head[] | undefined;
  const macros = (): readonly Head[] => {
    madeMacros ??= unit.functions.filter((slice) => slice.macro && !dialect.knows(slice.name)).map(head);
    return madeMacros;
  };
  let macrosByName: Map<string, Head[]> | undefined;
  const macrosNamed = (name: string): readonly Head[] => {
    macrosByName ??= byName(macros());
    return macrosByName.get(name) ?? [];
  };
  const bySlice = new Map<DeclarationSlice, readonly GlobalDef[]>();
  const globalsIn = (slice: DeclarationSlice): readonly GlobalDef[] => {
    let found = bySlice.get(slice);
    if (found === undefined) {
      found = globalsOf(slice, grammar, dialect);
      bySlice.set(slice, found);
    }
    return found;
  };
  let declared: Map<string, DeclarationSlice[]> | undefined;
  let initialising: Map<string, DeclarationSlice[]> | undefined;
  let standing: ReadonlyMap<string, readonly string[]> | undefined;
  let frame: string | undefined;
  let structs: LazyMap<StructDef> | undefined;
  let constants: LazyMap<Expr> | undefined;
  const structsOf = (): LazyMap<StructDef> => {
    structs ??= structMap(unit.declarations, grammar);
    return structs;
  };
  const constantsOf = (): LazyMap<Expr> => {
    constants ??= constantMap(unit, grammar);
    return constants;
  };
  return {
    file,
    heads,
    macrosNamed,
    get macros() {
      return macros();
    },
    get aliases() {
      return aliases();
    },
    get frame() {
      frame ??= [
        ...unit.declarations.map(({ text }) => text),
        ...unit.macros.map((macro) => `${macro.name}(${macro.parameters}) ${macro.body}`),
      ].join('\n');
      return frame;
    },
    get functions() {
      return withMacros(heads, macrosNamed)
        .map((head) => head.lower())
        .filter(readsAsFunction);
    },
    get lowered() {
      return [...heads, ...(madeMacros ?? [])]
        .filter((head) => head.isLowered)
        .map((head) => head.lower())
        .filter(readsAsFunction);
    },
    lowerNamed(names) {
      const wanted = [...new Set(names)];
      return heads
        .filter((head) => wanted.includes(head.name))
        .concat(wanted.flatMap(macrosNamed))
        .map((head) => head.lower());
    },
    get globals() {
      return unit.declarations.flatMap(globalsIn);
    },
    globalsNamed(name) {
      declared ??= declaredNames(unit.declarations);
      const slices = declared.get(name);
      return slices === undefined
        ? []
        : slices.flatMap((slice) => globalsIn(slice).filter((g) => g.variable.name === name));
    },
    globalsMentioning(name) {
      standing ??= namesStandingFor(aliases());
      initialising ??= namesInInitialised(unit.declarations);
      const found = [name, ...(standing.get(name) ?? [])].flatMap((one) => initialising!.get(one) ?? []);
      if (found.length === 0) return [];
      return [...new Set(found)].sort((a, b) => a.start - b.start).flatMap(globalsIn);
    },
    asksIfDefined: (name) => asksIfDefined(unit.text, name),
    headersOf: (of) => (of === file ? unit.everywhere : []),
    get structs() {
      return structsOf();
    },
    get constants() {
      return constantsOf();
    },
    mayDefine: (kind, name) => (kind === 'struct' ? structsOf() : constantsOf()).mayHave(name),
  };
}

function asksIfDefined(text: string, name: string): boolean {
  if (!/^\w+$/.test(name) || !text.includes(name)) return false;
  const asks = new RegExp(
    `^[ \\t]*#[ \\t]*(?:(?:el)?ifn?def[ \\t]+|(?:el)?if\\b.*\\bdefined[ \\t]*\\(?[ \\t]*)${name}\\b`,
    'm',
  );
  return asks.test(text);
}

function lazySet(make: () => Iterable<string>): () => ReadonlySet<string> {
  let made: ReadonlySet<string> | undefined;
  return () => {
    made ??= new Set(make());
    return made;
  };
}

function byName(heads: readonly Head[]): Map<string, Head[]> {
  const named = new Map<string, Head[]>();
  for (const head of heads) addTo(named, head.name, head);
  return named;
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

/** The declarations with an initialiser, by each word in them. */
function namesInInitialised(declarations: readonly DeclarationSlice[]): Map<string, DeclarationSlice[]> {
  const byWord = new Map<string, DeclarationSlice[]>();
  for (const slice of declarations)
    if (slice.text.includes('='))
      for (const word of new Set(slice.text.match(/[A-Za-z_]\w*/g))) addTo(byWord, word, slice);
  return byWord;
}

/** Names that a declaration may declare: those before the initialiser, and after a body. */
function declaredNames(declarations: readonly DeclarationSlice[]): Map<string, DeclarationSlice[]> {
  const byName = new Map<string, DeclarationSlice[]>();
  for (const slice of declarations) {
    const { text } = slice;
    const equals = text.indexOf('=');
    const before = equals < 0 ? text : text.slice(0, equals);
    const close = text.lastIndexOf('}');
    const after = equals >= 0 && close >= 0 ? text.slice(close) : '';
    // Further declarators stand between initialisers; those are short.
    const parts = text.length > 400 ? `${before} ${after}` : text;
    const { calls, members, mentions } = namesOf(parts);
    for (const names of [calls, members, mentions]) for (const name of names) addTo(byName, name, slice);
  }
  return byName;
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
