import type { Names } from '../syntax/names.ts';
import { type Aliases, namesStandingFor, namesWithout, resolvedAliases, withoutAliases } from './macros.ts';
import { mark } from './marks.ts';
import type {
  Expr,
  FunctionHead,
  GlobalDef,
  IrFunction,
  IrUnit,
  Lookup,
  StructDef,
  TypeRef,
} from './types.ts';
import type { FileUnit } from './unit.ts';

/**
 * Several files as one unit, as a linker sees them: what is static in a file stays apart from its namesakes in others
 * (`free_ring@drivers/a/ring.c`), what is global is one thing. Constants, macros and structs that a `.c` file defines are
 * its own, too; headers are everybody's. A function that several files define, one an architecture, keeps all its definitions;
 * but a stub that a header has for builds without the file that defines the function is left out beside that file.
 *
 * @throws RangeError on no unit at all.
 */
export function link(units: readonly FileUnit[]): IrUnit {
  return new Linker().link(units);
}

/** Links versions of the same files, one after the other: of files that did not change everything stays the same object. */
export class Linker {
  private last: {
    readonly units: readonly FileUnit[];
    readonly owners: Owners;
    readonly files: readonly LinkedFile[];
    readonly unit: IrUnit;
  } | null = null;

  /** As {@link link}. @throws RangeError on no unit at all. */
  link(units: readonly FileUnit[]): IrUnit {
    const [first] = units;
    if (first === undefined) throw new RangeError('nothing to link');
    if (units.length === 1) return first;
    const { last } = this;
    if (last?.units.length === units.length && units.every((unit, i) => unit === last.units[i]))
      return last.unit;
    const stays = last !== null && sameNames(last.units, units);
    const owners = stays ? last.owners : ownersOf(units);
    const files = units.map((unit, i) =>
      stays && last.units[i] === unit
        ? last.files[i]!
        : new LinkedFile(unit, owners, stays ? last.files[i]!.parts : new WeakMap()),
    );
    const unit = linked(first.file, files);
    this.last = { units, owners, files, unit };
    return unit;
  }
}

/** Whether files have to do with each other's names as their last versions had. */
function sameNames(before: readonly FileUnit[], now: readonly FileUnit[]): boolean {
  if (before.length !== now.length) return false;
  const changed = now.filter((unit, i) => unit !== before[i]);
  if (changed.length === 0) return true;
  const macros = new Set(now.flatMap((unit) => unit.macros.map(({ name }) => name)));
  return now.every((unit, i) => {
    const old = before[i]!;
    return unit === old || (unit.file === old.file && frameOf(unit, macros) === frameOf(old, macros));
  });
}

/** All of a file that other files depend on for what its names and theirs mean. */
function frameOf(unit: FileUnit, macros: ReadonlySet<string>): string {
  const called = new Set<string>();
  for (const head of unit.heads) for (const name of head.calls) if (macros.has(name)) called.add(name);
  const head = ({ name, isStatic, slice }: FunctionHead) =>
    `${name} ${isStatic} ${slice.presence.map((l) => `${l.holds} ${l.text}`).join(' ')}`;
  return [unit.frame, [...called].sort().join(' '), ...unit.heads.map(head)].join('\n');
}

function linked(name: string, files: readonly LinkedFile[]): IrUnit {
  const byName = new Map(files.map((file) => [file.unit.file, file]));
  /** What a name of the linked unit is called in the one file that has it, or in all. */
  const ask = <T>(name: string, get: (file: LinkedFile, plain: string) => readonly T[]): readonly T[] => {
    const at = name.indexOf(mark);
    if (at < 0) {
      let found: T[] | undefined;
      for (const file of files) {
        const mine = get(file, name);
        if (mine.length > 0) found = found === undefined ? [...mine] : found.concat(mine);
      }
      return found ?? [];
    }
    const file = byName.get(name.slice(at + 1));
    return file === undefined ? [] : get(file, name.slice(0, at));
  };
  return {
    file: name,
    heads: files.flatMap((file) => file.heads),
    macrosNamed: kept((name) => ask(name, (file, plain) => file.macrosNamed(plain, name))),
    globalsNamed: kept((name) =>
      ask(name, (file, plain) =>
        file.globals(file.unit.globalsNamed(plain)).filter((g) => g.variable.name === name),
      ),
    ),
    globalsMentioning: kept((name) =>
      ask(name, (file, plain) => file.globals(file.globalsMentioning(plain))),
    ),
    asksIfDefined: kept((name) => files.some((file) => file.unit.asksIfDefined(name))),
    headersOf: (file) => byName.get(file)?.unit.headersOf(file) ?? [],
    structs: lookup((name) => ask(name, (file, plain) => file.struct(plain, name))[0]),
    constants: lookup((name) => ask(name, (file, plain) => file.constant(plain, name))[0]),
  };
}

function lookup<V>(get: (name: string) => V | undefined): Lookup<V> {
  return { get: kept(get) };
}

function kept<V>(get: (name: string) => V): (name: string) => V {
  const known = new Map<string, V>();
  return (name) => {
    if (!known.has(name)) known.set(name, get(name));
    return known.get(name)!;
  };
}

/** What files of a linked unit have to do with each other's names. */
interface Owners {
  /** How many files define a function or a macro of a name. */
  readonly functions: ReadonlyMap<string, number>;
  /** Functions that a `.c` file defines for others. */
  readonly defined: ReadonlySet<string>;
  /** In how many files a function calls a name. */
  readonly callers: () => ReadonlyMap<string, number>;
  /** How many files define a struct of a name. */
  readonly structs: (name: string) => number;
  /** What the headers have as other names for functions. */
  readonly aliases: ReadonlyMap<string, string | null>;
}

function ownersOf(units: readonly FileUnit[]): Owners {
  const functions = new Map<string, number>();
  for (const unit of units)
    for (const name of new Set([...unit.heads, ...unit.macros].map((head) => head.name)))
      functions.set(name, (functions.get(name) ?? 0) + 1);
  const structs = new Map<string, number>();
  let callers: Map<string, number> | undefined;
  return {
    functions,
    defined: new Set(
      units.flatMap(({ file, heads }) =>
        file.endsWith('.h') ? [] : heads.filter((head) => !head.isStatic).map((head) => head.name),
      ),
    ),
    callers() {
      callers ??= callersOf(units);
      return callers;
    },
    aliases: headerAliases(units, functions),
    structs(name) {
      let count = structs.get(name);
      if (count === undefined) {
        count = units.filter((unit) => unit.mayDefine('struct', name)).length;
        structs.set(name, count);
      }
      return count;
    },
  };
}

function callersOf(units: readonly FileUnit[]): Map<string, number> {
  const callers = new Map<string, number>();
  for (const unit of units) {
    const mine = new Set<string>();
    for (const head of unit.heads) for (const name of head.calls) mine.add(name);
    for (const name of mine) callers.set(name, (callers.get(name) ?? 0) + 1);
  }
  return callers;
}

/** Null for a name that headers disagree on. One that some file has a function for is that. */
function headerAliases(
  units: readonly FileUnit[],
  functions: ReadonlyMap<string, number>,
): Map<string, string | null> {
  const aliases = new Map<string, string | null>();
  for (const unit of units)
    if (unit.file.endsWith('.h'))
      for (const [name, other] of unit.aliases)
        if (!functions.has(name)) aliases.set(name, (aliases.get(name) ?? other) === other ? other : null);
  return aliases;
}

/** A file of a linked unit: its names, and what it has under them. */
class LinkedFile {
  readonly heads: readonly FunctionHead[];
  readonly aliases: Aliases;
  private standing: ReadonlyMap<string, readonly string[]> | undefined;
  private readonly macros = new Map<FunctionHead, FunctionHead>();
  private readonly isHeader: boolean;
  /** Functions of the file that have a name of their own in the linked unit. */
  private readonly functions = new Map<string, string>();
  private readonly names = new Map<string, string>();
  private readonly tags = new Map<string, string>();
  private readonly converted = new Map<GlobalDef, GlobalDef>();

  constructor(
    readonly unit: FileUnit,
    private readonly owners: Owners,
    /** @internal Functions that were given the names of the linked unit; for all versions in which names mean the same. */
    readonly parts: WeakMap<IrFunction['blocks'], Parts>,
  ) {
    this.isHeader = unit.file.endsWith('.h');
    // What a header defines is meant for those who include it, static or not.
    if (!this.isHeader)
      for (const { name, isStatic } of unit.heads)
        if ((owners.functions.get(name) ?? 0) > 1 && isStatic) this.functions.set(name, this.marked(name));
    if (!this.isHeader) this.keepMacros();
    this.aliases = {
      names: resolvedAliases(new Map([...owners.aliases, ...unit.aliases])),
      isFunction: (name) => owners.functions.has(name),
    };
    this.heads = unit.heads.filter((head) => !this.isStub(head)).map((head) => new LinkedHead(head, this));
  }

  /** No build has both it and the function. */
  private isStub({ name, isStatic, slice }: FunctionHead): boolean {
    return this.isHeader && isStatic && slice.presence.length > 0 && this.owners.defined.has(name);
  }

  /** Another file that calls such a name means something else by it. */
  private keepMacros(): void {
    const { functions, callers } = this.owners;
    for (const { name } of this.unit.macros) {
      const isCalledHere = this.unit.heads.some((head) => head.calls.has(name));
      if ((functions.get(name) ?? 0) > 1 || (callers().get(name) ?? 0) > (isCalledHere ? 1 : 0))
        this.functions.set(name, this.marked(name));
    }
  }

  macrosNamed(name: string, as: string): FunctionHead[] {
    if (this.function(name) !== as) return [];
    return this.unit.macrosNamed(name).map((head) => {
      let mine = this.macros.get(head);
      if (mine === undefined) {
        mine = new LinkedHead(head, this);
        this.macros.set(head, mine);
      }
      return mine;
    });
  }

  private marked(name: string): string {
    return `${name}${mark}${this.unit.file}`;
  }

  function(name: string): string {
    return this.functions.get(name) ?? name;
  }

  /** Names that the text of a function has, as the linked unit calls them. */
  namesIn(found: Names): Names {
    const { calls, members, mentions } = namesWithout(found, this.aliases);
    const some = (names: ReadonlySet<string>) => {
      if (this.functions.size === 0) return names;
      for (const name of names)
        if (this.functions.has(name)) return new Set([...names].map((n) => this.function(n)));
      return names;
    };
    return { calls: some(calls), members, mentions: some(mentions) };
  }

  /** A name of the file's scope, as the linked unit calls it. */
  readonly name = (name: string): string => {
    let renamed = this.names.get(name);
    if (renamed === undefined) {
      renamed = this.function(name);
      if (renamed === name && !this.isHeader && this.isOwn(name)) renamed = this.marked(name);
      this.names.set(name, renamed);
    }
    return renamed;
  };

  private isOwn(name: string): boolean {
    if (this.unit.mayDefine('constant', name)) return true;
    return this.unit.globalsNamed(name).some((g) => g.variable.storage === 'static');
  }

  /** A struct's tag likewise: one that other files define as well is another there. */
  readonly tag = (tag: string): string => {
    let renamed = this.tags.get(tag);
    if (renamed === undefined) {
      const own = !this.isHeader && this.unit.mayDefine('struct', tag) && this.owners.structs(tag) > 1;
      renamed = own ? this.marked(tag) : tag;
      this.tags.set(tag, renamed);
    }
    return renamed;
  };

  globalsMentioning(name: string): readonly GlobalDef[] {
    const found = this.unit.globalsMentioning(name);
    this.standing ??= namesStandingFor(this.aliases.names);
    const others = this.standing.get(name);
    if (others === undefined) return found;
    return [...new Set([...found, ...others.flatMap((other) => this.unit.globalsMentioning(other))])];
  }

  globals(found: readonly GlobalDef[]): GlobalDef[] {
    return found.map((global) => {
      let mine = this.converted.get(global);
      if (mine === undefined) {
        const { variable } = global;
        const { name, type } = variable;
        const renamed = { ...variable, name: this.name(name), type: replaced(type, this) as TypeRef };
        const file = this;
        mine = {
          variable: renamed,
          // An initialiser is parsed when somebody asks for it.
          get init() {
            return global.init === null ? null : (replaced(global.init, file) as Expr);
          },
          presence: global.presence,
        };
        this.converted.set(global, mine);
      }
      return mine;
    });
  }

  struct(tag: string, as: string): StructDef[] {
    if (this.tag(tag) !== as) return [];
    const found = this.unit.structs.get(tag);
    return found === undefined ? [] : [replaced({ ...found, tag: as }, this) as StructDef];
  }

  constant(name: string, as: string): Expr[] {
    if (this.name(name) !== as) return [];
    const found = this.unit.constants.get(name);
    return found === undefined ? [] : [replaced(found, this) as Expr];
  }
}

class LinkedHead implements FunctionHead {
  private found: Names | undefined;
  private fn: IrFunction | undefined;

  constructor(
    private readonly head: FunctionHead,
    private readonly linked: LinkedFile,
  ) {}

  get name(): string {
    return this.linked.function(this.head.name);
  }

  get file(): string {
    return this.head.file;
  }

  get isStatic(): boolean {
    return this.head.isStatic;
  }

  private get names(): Names {
    this.found ??= this.linked.namesIn(this.head);
    return this.found;
  }

  get macro(): boolean {
    return this.head.macro;
  }

  get slice(): FunctionHead['slice'] {
    return this.head.slice;
  }

  get calls(): ReadonlySet<string> {
    return this.names.calls;
  }

  get members(): ReadonlySet<string> {
    return this.names.members;
  }

  get mentions(): ReadonlySet<string> {
    return this.names.mentions;
  }

  get length(): number {
    return this.head.length;
  }

  lower(): IrFunction {
    // A copy: the same text in two files is one object in the cache of lowered functions.
    if (this.fn === undefined) {
      const fn = withoutAliases(this.head.lower(), this.head, this.linked.aliases);
      const { blocks, variables, returnType } = renamedParts(fn, this.linked);
      this.fn = { ...fn, blocks, variables, returnType, name: this.name };
    }
    return this.fn;
  }
}

type Parts = Pick<IrFunction, 'blocks' | 'variables' | 'returnType'>;

/** Functions with the names of linked units, by those names: nothing is another object each time that a file is linked. */
const renamed = new WeakMap<IrFunction['blocks'], Map<string, Parts>>();

function renamedParts(fn: IrFunction, file: LinkedFile): Parts {
  let parts = file.parts.get(fn.blocks);
  if (parts === undefined) {
    parts = renamedAfresh(fn, file);
    file.parts.set(fn.blocks, parts);
  }
  return parts;
}

function renamedAfresh({ blocks, variables, returnType }: IrFunction, file: LinkedFile): Parts {
  const names = new Map<string, string>();
  const parts = { blocks, variables, returnType };
  eachRenamed(parts, file, names);
  if (names.size === 0) return parts;
  const key = [...names].flat().join(' ');
  let byNames = renamed.get(blocks);
  if (byNames === undefined) {
    byNames = new Map();
    renamed.set(blocks, byNames);
  }
  let made = byNames.get(key);
  if (made === undefined) {
    made = replaced(parts, file) as Parts;
    byNames.set(key, made);
  }
  return made;
}

/** Which names of some IR are others in the linked unit. */
function eachRenamed(part: unknown, file: LinkedFile, into: Map<string, string>): void {
  if (Array.isArray(part)) {
    for (const item of part) eachRenamed(item, file, into);
    return;
  }
  if (typeof part !== 'object' || part === null) return;
  const node = part as Readonly<Record<string, unknown>>;
  for (const key in node) {
    const value = node[key];
    if (typeof value === 'string') {
      const next = isName(node, key) ? file.name(value) : key === 'tag' ? file.tag(value) : value;
      if (next !== value) into.set(`${key === 'tag' ? 'struct ' : ''}${value}`, next);
    } else if (typeof value === 'object' && value !== null && key !== 'span') eachRenamed(value, file, into);
  }
}

/** A copy of some IR with the names of a linked unit. Parts without any that differ are shared. */
function replaced(part: unknown, file: LinkedFile): unknown {
  if (Array.isArray(part)) {
    let changed: unknown[] | null = null;
    for (let i = 0; i < part.length; i++) {
      const next = replaced(part[i], file);
      if (next !== part[i]) {
        changed ??= [...part];
        changed[i] = next;
      }
    }
    return changed ?? part;
  }
  if (typeof part !== 'object' || part === null) return part;
  const node = part as Readonly<Record<string, unknown>>;
  let changed: Record<string, unknown> | null = null;
  for (const key in node) {
    const value = node[key];
    let next: unknown = value;
    if (typeof value === 'string') {
      if (isName(node, key)) next = file.name(value);
      else if (key === 'tag') next = file.tag(value);
    } else if (typeof value === 'object' && value !== null && key !== 'span') next = replaced(value, file);
    if (next !== value) {
      changed ??= { ...node };
      changed[key] = next;
    }
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
