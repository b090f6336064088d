import type { DeclarationSlice, Grammar } from '../syntax/types.ts';
import { Builder } from './builder.ts';
import { Code, fold } from './code.ts';
import { lowerInitializer, lowerValue } from './expressions.ts';
import { Kind, vocabularyOf } from './kinds.ts';
import { baseType, readDeclarator, typeFromText, typeOf } from './typeref.ts';
import type { Dialect, Expr, GlobalDef } from './types.ts';

/** `DEFINE_SOMETHING(type, name)`, `DECLARE_SOMETHING(type, name)`. */
const DEFINED_BY_MACRO =
  /^\s*((?:static|extern)\s+)?(?:__\w+\s+)*(DEFINE|DECLARE)_\w+\s*\(([^()]+),\s*(\w+)\s*\)/;

/** The variables that a declaration at the top level of a file declares. Spans are offsets in the file. */
export function globalsOf(slice: DeclarationSlice, grammar: Grammar, dialect: Dialect): GlobalDef[] {
  try {
    const macro = byMacro(slice);
    if (macro !== null) return [macro];
    if (!mayDeclare(slice.text)) return [];
    const table = slice.text.length > LARGE ? withTable(slice, grammar, dialect) : null;
    return table === null ? read(slice, grammar, dialect) : [table];
  } catch {
    // Broken input is normal input: what cannot be read declares nothing.
    return [];
  }
}

/** Prototypes, typedefs, bare struct definitions and calls of macros need not be parsed. */
function mayDeclare(text: string): boolean {
  const head = fold(text.slice(0, 400));
  if (/^typedef\b/.test(head)) return false;
  if (/^(?:struct|union|enum) \w+( \w+)* ?;?$/.test(head)) return false;
  const equals = text.indexOf('=');
  const paren = text.indexOf('(');
  const brace = text.indexOf('{');
  const plain = paren < 0 || (equals >= 0 && equals < paren) || (brace >= 0 && brace < paren);
  // `int (*f)(void)`, `__aligned(8)`: a parenthesis that starts no parameter list.
  return plain || equals >= 0 || /\(\s*\*/.test(text) || /__\w+\s*\(/.test(text);
}

function byMacro(slice: DeclarationSlice): GlobalDef | null {
  const m = DEFINED_BY_MACRO.exec(slice.text);
  const type = m ? typeFromText(m[3]!) : null;
  if (!m || type === null) return null;
  const start = slice.start + m.index + m[0].lastIndexOf(m[4]!);
  const isExtern = m[2] === 'DECLARE' || m[1]?.startsWith('extern');
  return {
    variable: {
      name: m[4]!,
      type,
      span: { start, end: start + m[4]!.length },
      storage: isExtern ? 'extern' : m[1] === undefined ? 'global' : 'static',
      cleanup: null,
    },
    init: null,
    presence: slice.presence,
  };
}

/** Initialisers longer than this, in UTF-16 units, are parsed when somebody asks for them. */
const LARGE = 400;

const TABLE = /^((?:\w+\s+|\*\s*)+?)(\w+)\s*((?:\[[^\][]*\]\s*)*)(?:__\w+(?:\([^()]*\))?\s*)*=\s*\{/;

/** `static const struct row rows[] = { ... };`, the initialiser left for later. Null for anything less plain. */
function withTable(slice: DeclarationSlice, grammar: Grammar, dialect: Dialect): GlobalDef | null {
  const m = TABLE.exec(slice.text);
  if (!m) return null;
  const words = m[1]!.replace(/\b(?:static|extern|__\w+)\b/g, ' ');
  const base = typeFromText(words);
  if (base === null || !/^\s*(?:const\s+)?(?:struct|union|unsigned|int|char|long|short|u\d+)\b/.test(words))
    return null;
  const sizes = [...m[3]!.matchAll(/\[([^\][]*)\]/g)].map((size) => fold(size[1]!));
  const start = slice.start + m[1]!.length;
  let init: Expr | null | undefined;
  return {
    variable: {
      name: m[2]!,
      type: { ...base, text: base.text + sizes.map((size) => `[${size}]`).join(''), arrays: sizes },
      span: { start, end: start + m[2]!.length },
      storage: /\bstatic\b/.test(m[1]!) ? 'static' : 'global',
      cleanup: null,
    },
    get init() {
      if (init === undefined) {
        init = null;
        try {
          init = read(slice, grammar, dialect).find((g) => g.variable.name === m[2])?.init ?? null;
        } catch {
          // Broken input is normal input.
        }
      }
      return init;
    },
    presence: slice.presence,
  };
}

function read(slice: DeclarationSlice, grammar: Grammar, dialect: Dialect): GlobalDef[] {
  const code = new Code(slice.tree(), slice.text, slice.text, vocabularyOf(grammar), slice.start);
  const b = new Builder(code, dialect, null);
  b.unevaluated = true;
  const out: GlobalDef[] = [];
  const { next, field, count } = code.tree;
  for (let node = 1; node < count; node = code.kind(node) === Kind.error ? node + 1 : next[node]!) {
    if (code.kind(node) !== Kind.declaration) continue;
    const base = baseType(code, node);
    let storage: 'static' | 'extern' | 'global' = 'global';
    for (const child of code.children(node)) {
      if (code.kind(child) !== Kind.storageClass) continue;
      const word = code.parsed(child);
      if (word === 'static' || word === 'extern') storage = word;
    }
    for (let j = node + 1; j < next[node]!; j = next[j]!) {
      if (field[j] !== code.f.declarator) continue;
      const isInit = code.kind(j) === Kind.initDeclarator;
      const declarator = readDeclarator(code, isInit ? code.child(j, code.f.declarator) : j);
      if (declarator.name < 0 || declarator.isFunction || code.isMissing(declarator.name)) continue;
      const type = typeOf(code, base, declarator);
      const value = isInit ? code.child(j, code.f.value) : -1;
      let init: Expr | null = null;
      if (value >= 0) {
        const isList = code.kind(value) === Kind.initializerList;
        init = isList ? lowerInitializer(b, value, type, code.span(value)) : lowerValue(b, value);
      }
      const name = code.parsed(declarator.name);
      const span = code.span(declarator.name);
      out.push({ variable: { name, type, span, storage, cleanup: null }, init, presence: slice.presence });
    }
  }
  return out;
}
