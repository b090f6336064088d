import type { Expr, Instr, IrFunction } from './types.ts';

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

/** Names that a lowered function calls. */
export function calledNames(fn: IrFunction): readonly string[] {
  return fn.blocks.flatMap((block) =>
    block.instrs.flatMap((instr) =>
      instr.k === 'call' && instr.callee.k === 'direct' ? [instr.callee.name] : [],
    ),
  );
}

/** The macros among `lower` that functions call, or macros that they call. */
export function calledMacros(
  functions: readonly IrFunction[],
  lower: (names: ReadonlySet<string>) => readonly IrFunction[],
): IrFunction[] {
  const asked = new Set<string>();
  const found: IrFunction[] = [];
  for (let callers = functions; callers.length > 0; ) {
    const names = new Set(callers.flatMap(calledNames).filter((name) => !asked.has(name)));
    for (const name of names) asked.add(name);
    callers = names.size === 0 ? [] : lower(names);
    found.push(...callers);
  }
  return found;
}

/** `fn` with calls of other names for functions as calls of these. */
export function withoutAliases(fn: IrFunction, aliases: ReadonlyMap<string, string>): IrFunction {
  if (aliases.size === 0 || !calledNames(fn).some((name) => aliases.has(name))) return fn;
  const blocks = fn.blocks.map((block) => ({
    ...block,
    instrs: block.instrs.map((instr): Instr => {
      const other =
        instr.k === 'call' && instr.callee.k === 'direct' ? aliases.get(instr.callee.name) : undefined;
      return other === undefined ? instr : ({ ...instr, callee: { k: 'direct', name: other } } as Instr);
    }),
  }));
  return { ...fn, blocks };
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
  return /^_*[A-Z][A-Z0-9_]*$/.test(name) || name === 'true' || name === 'false';
}
