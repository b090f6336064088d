import type { DeclarationSlice, Grammar } from '../syntax/types.ts';
import { Code } from './code.ts';
import { parseConstant } from './constants.ts';
import { Kind, vocabularyOf } from './kinds.ts';
import { baseType, readDeclarator, typeOf } from './typeref.ts';
import type { Expr, StructDef, StructField } from './types.ts';

const STRUCT_BODY = /\b(?:struct|union)\b[^;{}()=]*(?:\([^;{}=]*\)[^;{}=]*)?\{/;

/** Tags and typedef names that a declaration may define, by the look of its text; too many rather than too few. */
export function structNames(text: string): string[] {
  if (!STRUCT_BODY.test(text)) return [];
  const out: string[] = [];
  for (const m of text.matchAll(/\b(?:struct|union)\s+(?:__\w+(?:\([^)]*\))*\s+)*(\w+)\s*(?:__\w+\s*)*\{/g))
    out.push(m[1]!);
  if (/^\s*typedef\b/.test(text)) {
    for (const m of text.matchAll(/[}*,]\s*(\w+)\s*(?=[,;])/g)) out.push(m[1]!);
  }
  // Nested structs without a tag are named after the field that they are.
  const outer = out[0];
  if (outer !== undefined)
    for (const m of text.matchAll(/\}\s*\**(\w+)\s*[[;,]/g)) out.push(`${outer}.${m[1]!}`);
  return out;
}

/** Enumerators that a declaration may define, by the look of its text. */
export function enumeratorNames(text: string): string[] {
  const out: string[] = [];
  for (const m of text.matchAll(/\benum\b[^;{}()]*\{([^}]*)\}/g)) {
    const body = m[1]!.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|^\s*#.*$/gm, ' ');
    for (const name of body.matchAll(/(?:^|,)\s*([A-Za-z_]\w*)/g)) out.push(name[1]!);
  }
  return out;
}

function codeOf(slice: DeclarationSlice, grammar: Grammar): Code {
  return new Code(slice.tree(), slice.text, slice.text, vocabularyOf(grammar), slice.start);
}

/** The structs and unions that a declaration defines, by tag and by typedef name. */
export function structsIn(slice: DeclarationSlice, grammar: Grammar): Map<string, StructDef> {
  const code = codeOf(slice, grammar);
  const out = new Map<string, StructDef>();
  const { count } = code.tree;
  for (let node = 0; node < count; node++) {
    const kind = code.kind(node);
    if (kind === Kind.struct || kind === Kind.union) define(code, node, null, out);
    else if (kind === Kind.typeDefinition) nameTypedef(code, node, out);
  }
  return out;
}

function nameTypedef(code: Code, node: number, out: Map<string, StructDef>): void {
  const type = code.child(node, code.f.type);
  const kind = code.kind(type);
  if (kind !== Kind.struct && kind !== Kind.union) return;
  const declarator = readDeclarator(code, code.child(node, code.f.declarator));
  if (declarator.name < 0 || declarator.pointers > 0) return;
  const name = code.parsed(declarator.name);
  const tag = code.child(type, code.f.name);
  const def = define(code, type, tag < 0 ? name : null, out);
  if (def !== null) out.set(name, def);
}

/** Reads a struct's fields; anonymous members are taken into it. `name` for one that has no tag. */
function define(
  code: Code,
  node: number,
  name: string | null,
  out: Map<string, StructDef>,
): StructDef | null {
  const body = code.child(node, code.f.body);
  const tagNode = code.child(node, code.f.name);
  const tag = tagNode < 0 ? name : code.parsed(tagNode);
  if (body < 0 || tag === null) return null;
  const known = out.get(tag);
  if (known !== undefined) return known;
  const fields: StructField[] = [];
  const def = { tag, union: code.kind(node) === Kind.union, fields };
  out.set(tag, def);
  readFields(code, body, tag, fields, out, 0);
  return def;
}

function readFields(
  code: Code,
  body: number,
  tag: string,
  fields: StructField[],
  out: Map<string, StructDef>,
  depth: number,
): void {
  if (depth > 20) return;
  for (const item of code.children(body)) {
    const kind = code.kind(item);
    // `#if` in a struct: all arms count.
    if (kind === Kind.preproc) readFields(code, item, tag, fields, out, depth + 1);
    if (kind !== Kind.fieldDeclaration) continue;
    const type = code.child(item, code.f.type);
    const typeKind = code.kind(type);
    const isStruct = typeKind === Kind.struct || typeKind === Kind.union;
    const inner = isStruct ? code.child(type, code.f.body) : -1;
    const declarators = declaratorsOf(code, item);
    if (declarators.length === 0) {
      if (inner >= 0) readFields(code, inner, tag, fields, out, depth + 1);
      continue;
    }
    for (const node of declarators) {
      const declarator = readDeclarator(code, node);
      if (declarator.name < 0) continue;
      const name = code.parsed(declarator.name);
      const anonymous = inner >= 0 && code.child(type, code.f.name) < 0 ? `${tag}.${name}` : null;
      if (anonymous !== null) define(code, type, anonymous, out);
      fields.push({ name, type: typeOf(code, baseType(code, item, anonymous), declarator) });
    }
  }
}

function declaratorsOf(code: Code, node: number): number[] {
  const { next, field } = code.tree;
  const out: number[] = [];
  for (let j = node + 1; j < next[node]!; j = next[j]!) if (field[j] === code.f.declarator) out.push(j);
  return out;
}

/** The values of a declaration's enumerators; one without a value is one more than the one before it. */
export function enumerators(slice: DeclarationSlice, grammar: Grammar): Map<string, Expr> {
  const code = codeOf(slice, grammar);
  const out = new Map<string, Expr>();
  for (let node = 0; node < code.tree.count; node++) {
    if (code.kind(node) !== Kind.enumeratorList) continue;
    const zero: Expr = { k: 'int', value: 0n, span: code.span(node) };
    let base: Expr | null = zero;
    let more = 0n;
    for (const item of code.children(node)) {
      if (code.kind(item) !== Kind.enumerator) continue;
      const value = code.child(item, code.f.value);
      const span = code.span(item);
      if (value >= 0) {
        base = parseConstant(code.written(value), span);
        more = 0n;
      }
      const name = code.child(item, code.f.name);
      if (base !== null && name >= 0) out.set(code.parsed(name), plus(base, more, span));
      more++;
    }
  }
  return out;
}

function plus(base: Expr, more: bigint, span: Expr['span']): Expr {
  if (base.k === 'int') return { k: 'int', value: base.value + more, span };
  if (more === 0n) return base;
  return { k: 'binary', op: '+', left: base, right: { k: 'int', value: more, span }, span };
}
