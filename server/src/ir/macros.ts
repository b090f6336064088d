import { addTo } from '../base/maps.ts';
import type { Names } from '../syntax/names.ts';
import type { Expr, FunctionHead, Instr, IrFunction } from './types.ts';

/**
 * A lowered macro as a function. Arguments of a macro are text: a parameter that the body assigns, takes the address of
 * or looks into is the argument itself and not its value, so it becomes a pointer to it, and callers pass that.
 */
export function asMacro(fn: IrFunction): IrFunction {
  const places = new Set<number>();
  const note = (expr: Expr | undefined): void => {
    let at = expr;
    while (at?.k === 'field' || at?.k === 'cast') at = at.k === 'field' ? at.base : at.arg;
    if (at?.k === 'local' && at.index < fn.parameterCount) places.add(at.index);
  };
  for (const block of fn.blocks) for (const instr of block.instrs) for (const t of targetsOf(instr)) note(t);
  eachExpr(fn.blocks, (expr) => {
    if (expr.k === 'field') note(expr);
    if (expr.k === 'addr') note(expr.base);
  });
  const macro = { ...fn, macro: true } as const;
  if (places.size === 0) return macro;
  const blocks = pointing(fn.blocks, places) as IrFunction['blocks'];
  return { ...macro, blocks, byReference: [...places].sort((a, b) => a - b) };
}

function targetsOf(instr: Instr): readonly Expr[] {
  switch (instr.k) {
    case 'assign':
      return [instr.target];
    case 'cursor':
      return instr.defines;
    case 'asm':
      return instr.outputs;
    case 'havoc':
      return instr.targets;
    default:
      return [];
  }
}

const isExpr = (part: object): part is Expr => 'k' in part && 'span' in part;

function eachExpr(part: unknown, visit: (expr: Expr) => void): void {
  if (Array.isArray(part)) for (const item of part) eachExpr(item, visit);
  else if (typeof part === 'object' && part !== null) {
    if (isExpr(part)) visit(part);
    for (const value of Object.values(part)) eachExpr(value, visit);
  }
}

/** A copy in which these locals are what they point to. */
function pointing(part: unknown, places: ReadonlySet<number>): unknown {
  if (Array.isArray(part)) return part.map((item) => pointing(item, places));
  if (typeof part !== 'object' || part === null) return part;
  if (isExpr(part) && part.k === 'local' && places.has(part.index))
    return { k: 'deref', base: part, span: part.span } satisfies Expr;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, pointing(value, places)]));
}

/** Whether something lowered is a function: a macro that does not parse needs what its user writes around it. */
export function readsAsFunction(fn: IrFunction): boolean {
  return !fn.macro || fn.parseErrors === 0;
}

/** Heads, and behind them the macros that they call, or that macros among these call. By the texts. */
export function withMacros<H extends FunctionHead>(
  heads: readonly H[],
  macrosNamed: (name: string) => readonly H[],
): readonly H[] {
  const asked = new Set<string>();
  const all = [...heads];
  for (const head of all)
    for (const name of head.calls)
      if (!asked.has(name)) {
        asked.add(name);
        all.push(...macrosNamed(name));
      }
  return all.length === heads.length ? heads : all;
}

/** Other names for functions, as some text may use them. */
export interface Aliases {
  /** What names stand for in the end. */
  readonly names: ReadonlyMap<string, string>;
  /** Whether there is a function of that name: then what mentions another name for it means the function, too. */
  isFunction(name: string): boolean;
}

/** The names that a text has, with those of the functions that other names stand for. */
export function namesWithout(found: Names, { names, isFunction }: Aliases): Names {
  if (names.size === 0) return found;
  const calls = some(found.calls, names)
    ? new Set([...found.calls].map((name) => names.get(name) ?? name))
    : found.calls;
  let { mentions } = found;
  if (some(mentions, names)) {
    mentions = new Set(mentions);
    for (const name of found.mentions) {
      const other = names.get(name);
      if (other !== undefined && isFunction(other)) (mentions as Set<string>).add(other);
    }
  }
  return { calls, members: found.members, mentions };
}

/** Which names stand for one. */
export function namesStandingFor(names: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const standing = new Map<string, string[]>();
  for (const [name, other] of names) addTo(standing, other, name);
  return standing;
}

function some(found: ReadonlySet<string>, names: ReadonlyMap<string, string>): boolean {
  const [few, many] = found.size < names.size ? [found, names] : [names, found];
  for (const name of few.keys()) if (many.has(name)) return true;
  return false;
}

/** Functions without aliases by what they had and what that stood for, so that nothing is another object each time. */
const resolved = new WeakMap<IrFunction['blocks'], Map<string, IrFunction['blocks']>>();

/** `fn`, whose text has the names `found`, with calls of other names for functions, and their addresses, as those of the functions. */
export function withoutAliases(
  fn: IrFunction,
  found: Pick<Names, 'calls' | 'mentions'>,
  { names, isFunction }: Aliases,
): IrFunction {
  if (names.size === 0 || !(some(found.calls, names) || some(found.mentions, names))) return fn;
  const used = new Map<string, string>();
  eachName(fn.blocks, (name, isCallee) => {
    const other = names.get(name);
    if (other !== undefined && (isCallee || isFunction(other)))
      used.set(`${isCallee ? '' : '&'}${name}`, other);
  });
  if (used.size === 0) return fn;
  const key = [...used].join(' ');
  let byKey = resolved.get(fn.blocks);
  if (byKey === undefined) {
    byKey = new Map();
    resolved.set(fn.blocks, byKey);
  }
  let blocks = byKey.get(key);
  if (blocks === undefined) {
    blocks = renamed(fn.blocks, used) as IrFunction['blocks'];
    byKey.set(key, blocks);
  }
  return { ...fn, blocks };
}

/** Every callee, and every name of file scope that is not one. */
function eachName(part: unknown, visit: (name: string, isCallee: boolean) => void): void {
  if (Array.isArray(part)) for (const item of part) eachName(item, visit);
  else if (typeof part === 'object' && part !== null) {
    const { k, name } = part as { readonly k?: unknown; readonly name?: unknown };
    if (typeof name === 'string' && (k === 'direct' || k === 'name')) visit(name, k === 'direct');
    else for (const value of Object.values(part)) if (typeof value === 'object') eachName(value, visit);
  }
}

function renamed(part: unknown, used: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(part)) return part.map((item) => renamed(item, used));
  if (typeof part !== 'object' || part === null) return part;
  const { k, name } = part as { readonly k?: unknown; readonly name?: unknown };
  if (typeof name === 'string' && (k === 'direct' || k === 'name')) {
    const other = used.get(k === 'direct' ? name : `&${name}`);
    return other === undefined ? part : { ...part, name: other };
  }
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, renamed(value, used)]));
}

/** What names stand for in the end; those that stand for themselves, or for nothing certain, are left out. */
export function resolvedAliases(names: ReadonlyMap<string, string | null>): ReadonlyMap<string, string> {
  const resolved = new Map<string, string>();
  for (const name of names.keys()) {
    const seen = new Set<string>();
    let at: string | null | undefined = name;
    for (; at !== null && names.has(at) && !seen.has(at); at = names.get(at)!) seen.add(at);
    if (at !== null && !seen.has(at)) resolved.set(name, at);
  }
  return resolved;
}

/** Names in lower case that are no parameter and no local: of variables and functions, here or where the macro is used. */
export function freeNames(fn: IrFunction): ReadonlySet<string> {
  const names = new Set<string>();
  eachExpr(fn.blocks, (expr) => {
    if (expr.k === 'name' && !isPlain(expr.name)) names.add(expr.name);
  });
  return names;
}

/** `FOO_MAX`, and the constants of the language. */
function isPlain(name: string): boolean {
  return /^_*[A-Z][A-Z0-9_]*(?:@.*)?$/.test(name) || name === 'true' || name === 'false';
}
