import type { FileUnit } from '../ir/lower.ts';
import type { IrFunction, IrUnit } from '../ir/types.ts';
import type { FunctionSlice, MacroDefinition, Presence, SourceUnit } from '../syntax/types.ts';

/** A text of which nothing could be cut. */
export function emptySource(text: string): SourceUnit {
  return { text, functions: [], declarations: [], macros: [], includes: [], quoted: [], everywhere: [] };
}

/** A file without anything in it. */
export function emptyUnit(file: string): FileUnit {
  return {
    file,
    heads: [],
    macrosNamed: () => [],
    macros: [],
    aliases: new Map(),
    frame: '',
    functions: [],
    lowered: [],
    globals: [],
    globalsNamed: () => [],
    globalsMentioning: () => [],
    headersOf: () => [],
    asksIfDefined: () => false,
    structs: new Map(),
    constants: new Map(),
    lowerNamed: () => [],
    mayDefine: () => false,
  };
}

/** The unit with these functions instead of its own. */
export function withHeads<U extends IrUnit>(unit: U, heads: U['heads']): U & FileUnit {
  const lowered = new Map<IrUnit['heads'][number], IrFunction>();
  const lower = (head: IrUnit['heads'][number]): IrFunction => {
    const fn = lowered.get(head) ?? head.lower();
    lowered.set(head, fn);
    return fn;
  };
  const mine = heads.map((head) => ({
    name: head.name,
    file: head.file,
    isStatic: head.isStatic,
    macro: head.macro,
    slice: head.slice,
    calls: head.calls,
    members: head.members,
    mentions: head.mentions,
    length: head.length,
    lower: () => lower(head),
  }));
  return Object.create(unit, {
    heads: { value: mine, enumerable: true },
    functions: { get: () => heads.map(lower) },
    lowered: { get: () => [...lowered.values()] },
    lowerNamed: {
      value: (names: Iterable<string>) => {
        const wanted = new Set(names);
        return heads.filter((head) => wanted.has(head.name)).map(lower);
      },
    },
  }) as U & FileUnit;
}

/** Whether two cuts hold the same functions, declarations and macros in the same order. */
export function sameCode(a: SourceUnit, b: SourceUnit): boolean {
  return a === b || (sameFrame(a, b) && same(a.functions, b.functions, (x, y) => x.hash === y.hash));
}

/** Whether nothing but bodies of functions differs in two cuts. */
export function sameFrame(a: SourceUnit, b: SourceUnit): boolean {
  return (
    same(a.functions, b.functions, (x, y) => headOf(x) === headOf(y) && samePresence(x, y)) &&
    same(a.declarations, b.declarations, (x, y) => x.text === y.text && samePresence(x, y)) &&
    same(a.macros, b.macros, (x, y) => macroText(x) === macroText(y)) &&
    same(a.includes, b.includes, (x, y) => x === y) &&
    same(a.everywhere, b.everywhere, (x, y) => x === y)
  );
}

/** A function without its body; all of one that a macro stands for. */
function headOf({ macro, text, bodySpan }: FunctionSlice): string {
  return macro === true ? text : text.slice(0, bodySpan.start);
}

function macroText(macro: MacroDefinition): string {
  return `${macro.name}(${macro.parameters?.join() ?? '-'}) ${macro.body}`;
}

interface Conditional {
  readonly presence: Presence;
}

function samePresence(a: Conditional, b: Conditional): boolean {
  return same(a.presence, b.presence, (x, y) => x.text === y.text && x.holds === y.holds);
}

function same<T>(a: readonly T[], b: readonly T[], equal: (x: T, y: T) => boolean): boolean {
  return a.length === b.length && a.every((x, i) => equal(x, b[i]!));
}
