import { calledMacros, resolvedAliases, withoutAliases } from './macros.ts';
import type { Expr, GlobalDef, IrFunction, IrUnit, StructDef } from './types.ts';

/**
 * Several files as one unit, as a linker sees them: what is static in a file stays apart from its namesakes in others
 * (`free_ring@drivers/a/ring.c`), what is global is one thing. A function that several files define, one an
 * architecture, keeps all its definitions.
 *
 * @throws RangeError on no unit at all.
 */
export function link(units: readonly IrUnit[]): IrUnit {
  const [first] = units;
  if (first === undefined) throw new RangeError('nothing to link');
  if (units.length === 1) return first;
  units = withMacros(units);
  const clashes = clashing(units);
  const functions: IrFunction[] = [];
  const files = new Map<IrFunction, string>();
  const globals: GlobalDef[] = [];
  const structs = new Map<string, StructDef>();
  const constants = new Map<string, Expr>();
  for (const unit of units) {
    const names = renamesOf(unit, clashes);
    const renamed = (name: string): string => names.get(name) ?? name;
    for (const fn of unit.functions) {
      // A copy: the same text in two files is one object in the cache of lowered functions.
      const mine = names.size === 0 ? { ...fn } : { ...renamedIn(fn, names), name: renamed(fn.name) };
      functions.push(mine);
      files.set(mine, unit.file);
    }
    for (const global of unit.globals) {
      const variable = { ...global.variable, name: renamed(global.variable.name) };
      globals.push({ ...global, variable, init: global.init && renamedIn(global.init, names) });
    }
    for (const [tag, struct] of unit.structs) if (!structs.has(tag)) structs.set(tag, struct);
    for (const [name, value] of unit.constants)
      if (!constants.has(renamed(name))) constants.set(renamed(name), renamedIn(value, names));
  }
  return { file: first.file, functions, globals, structs, constants, files };
}

/** The units with what one calls by a macro of another: its function, or the function that it is another name for. */
function withMacros(units: readonly IrUnit[]): readonly IrUnit[] {
  const aliases = new Map<string, string | null>();
  for (const unit of units)
    for (const [name, other] of unit.aliases ?? [])
      aliases.set(name, (aliases.get(name) ?? other) === other ? other : null);
  const names = resolvedAliases(aliases);
  const found = units.map((unit) => unit.functions.map((fn) => withoutAliases(fn, names)));
  const have = units.map((unit) => new Set(unit.functions.map((fn) => fn.name)));
  calledMacros(found.flat(), (called) =>
    units.flatMap((unit, i) => {
      const missing = new Set([...called].filter((name) => !have[i]!.has(name)));
      const more = (unit.macrosNamed?.(missing) ?? []).map((fn) => withoutAliases(fn, names));
      for (const fn of more) have[i]!.add(fn.name);
      found[i]!.push(...more);
      return more;
    }),
  );
  // Only what the link reads, for a unit's parts are made when they are read.
  return units.map(({ file, globals, structs, constants }, i) => ({
    file,
    functions: found[i]!,
    globals,
    structs,
    constants,
  }));
}

/** The file that a function of a unit stands in. */
export function fileOf(unit: IrUnit, fn: IrFunction): string {
  return unit.files?.get(fn) ?? unit.file;
}

const mark = '@';

/** Every name in some plain data of a linked unit as the source has it. Parts without any are shared. */
export function asInSource<T>(part: T): T {
  return withoutMarks(part) as T;
}

function withoutMarks(part: unknown): unknown {
  if (typeof part === 'string')
    return part.includes(mark) ? part.replace(/\b(\w+)@[\w./+-]+\.[ch]\b/g, '$1') : part;
  if (Array.isArray(part)) {
    const items = part.map(withoutMarks);
    return items.some((item, i) => item !== part[i]) ? items : part;
  }
  if (typeof part !== 'object' || part === null) return part;
  let changed: Record<string, unknown> | null = null;
  for (const [key, value] of Object.entries(part)) {
    const next = withoutMarks(value);
    if (next !== value) changed = { ...(changed ?? (part as Record<string, unknown>)), [key]: next };
  }
  return changed ?? part;
}

/** Names that mean different things in different files. */
function clashing(units: readonly IrUnit[]): ReadonlySet<string> {
  const owners = new Map<string, { readonly file: string; readonly text: string | null }>();
  const clashes = new Set<string>();
  const own = (name: string, file: string, text: string | null): void => {
    const other = owners.get(name);
    if (other === undefined) owners.set(name, { file, text });
    else if (other.file !== file && (text === null || other.text !== text)) clashes.add(name);
  };
  for (const unit of units) {
    for (const { name, storage } of unit.globals.map((g) => g.variable))
      if (storage === 'static') own(name, unit.file, null);
    for (const fn of unit.functions) own(fn.name, unit.file, null);
    for (const [name, value] of unit.constants) own(name, unit.file, spelled(value));
  }
  return clashes;
}

/** A constant's value without its places: the same macro in two files is the same. */
function spelled(value: Expr): string {
  return JSON.stringify(value, (key, part: unknown) =>
    key === 'span' ? undefined : typeof part === 'bigint' ? `${part}` : part,
  );
}

/** What a file's own names are called in the linked unit, where that differs. */
function renamesOf(unit: IrUnit, clashes: ReadonlySet<string>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const rename = (name: string): void => {
    if (clashes.has(name)) names.set(name, `${name}${mark}${unit.file}`);
  };
  for (const fn of unit.functions) if (fn.isStatic) rename(fn.name);
  for (const { variable } of unit.globals) if (variable.storage === 'static') rename(variable.name);
  for (const name of unit.constants.keys()) rename(name);
  return names;
}

/** A copy of some IR with names of functions, variables and constants replaced. Parts without any are shared. */
function renamedIn<T>(part: T, names: ReadonlyMap<string, string>): T {
  return names.size === 0 ? part : (replaced(part, names) as T);
}

function replaced(part: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(part)) {
    const items = part.map((item) => replaced(item, names));
    return items.some((item, i) => item !== part[i]) ? items : part;
  }
  if (typeof part !== 'object' || part === null) return part;
  const node = part as Readonly<Record<string, unknown>>;
  let changed: Record<string, unknown> | null = null;
  for (const [key, value] of Object.entries(node)) {
    const other = isName(node, key) ? names.get(value as string) : undefined;
    const next = other ?? replaced(value, names);
    if (next !== value) changed = { ...(changed ?? node), [key]: next };
  }
  return changed ?? part;
}

/** Where a name of the file's scope stands; locals and members have their own. */
function isName(node: Readonly<Record<string, unknown>>, key: string): boolean {
  return (
    (key === 'name' && (node.k === 'name' || node.k === 'direct')) ||
    (key === 'cleanup' && node.k === 'cleanup')
  );
}
