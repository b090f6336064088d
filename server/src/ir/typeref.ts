import { type Code, closing, fold } from './code.ts';
import type { BaseType } from './kinds.ts';
import { Kind } from './kinds.ts';
import type { TypeRef } from './types.ts';

/** A declarator taken apart. */
export interface Declarator {
  /** The node of the name, -1 for an abstract declarator. */
  readonly name: number;
  readonly pointers: number;
  /** Array lengths, outermost first. */
  readonly arrays: readonly string[];
  /** The function declarator that is nearest to the name; -1 if it declares no function and no function pointer. */
  readonly parameters: number;
  /** A function itself, not a pointer to one. */
  readonly isFunction: boolean;
  /** Nodes of the array lengths, as they may have effects. */
  readonly sizes: readonly number[];
}

/** Type of what is not declared in view. */
export const UNKNOWN_TYPE: TypeRef = {
  text: '',
  tag: null,
  pointers: 0,
  arrays: [],
  unsigned: false,
  bool: false,
};

/** Typedef names of fixed-width integers as C projects have them: `u32`, `__le16`, `uint8_t`. */
const ARITHMETIC =
  /^(?:(?:__)?[us](?:8|16|32|64|128)|__[bl]e(?:16|32|64)|u?int(?:8|16|32|64)?_t|u_?(?:int|char|short|long)|(?:__)?u?int128(?:_t)?)$/;
const UNSIGNED =
  /\bunsigned\b|^(?:__)?u(?:8|16|32|64|128)$|^u_?int|^__[bl]e|^size_t$|^uintptr_t$|^u_?(?:char|short|long)$|^__uint/;

/** Whether an identifier looks like the name of an arithmetic or opaque type, where only its shape can tell. */
export function looksLikeType(name: string): boolean {
  return ARITHMETIC.test(name) || (name.endsWith('_t') && name.length > 2);
}

/** More types than a tree of files has; a bound all the same. */
const MAX_KNOWN_TYPES = 20_000;

function known(code: Code, text: string, tag: string | null): BaseType {
  const { types } = code.vocabulary;
  const seen = types.get(text);
  if (seen !== undefined && seen.tag === tag) return seen;
  const made = describe(text, tag);
  if (types.size > MAX_KNOWN_TYPES) types.clear();
  types.set(text, made);
  return made;
}

function describe(text: string, tag: string | null): BaseType {
  const bare = text.replace(/\b(?:const|volatile)\b ?/g, '').trim();
  return {
    text,
    tag: tag !== null && ARITHMETIC.test(tag) ? null : tag,
    unsigned: UNSIGNED.test(bare),
    bool: bare === 'bool' || bare === '_Bool',
  };
}

/** The type that the specifiers of a declaration, parameter, field or type descriptor name. */
export function baseType(code: Code, node: number, anonymousTag: string | null = null): BaseType {
  const type = code.child(node, code.f.type);
  // The usual case: a bare type without qualifiers.
  if (type === node + 1) {
    const after = code.tree.next[type]!;
    if (after >= code.tree.next[node]! || code.tree.field[after] === code.f.declarator) {
      const { text, tag } = specifier(code, type, anonymousTag);
      return known(code, text, tag);
    }
  }
  const words: string[] = [];
  const { tree } = code;
  for (let j = node + 1; j < tree.next[node]!; j = tree.next[j]!) {
    if (tree.field[j] === code.f.declarator) break;
    if (j !== type && code.kind(j) === Kind.typeQualifier) {
      const word = code.parsed(j);
      if (word === 'const' || word === 'volatile') words.push(word);
    } else if (j === type) words.push('');
  }
  if (type < 0) return known(code, words.join(' ').trim(), null);
  const { text, tag } = specifier(code, type, anonymousTag);
  const at = words.indexOf('');
  if (at < 0) words.push(text);
  else words[at] = text;
  return known(code, words.length === 1 ? text : words.join(' '), tag);
}

const TYPEOF = new Set(['typeof', '__typeof__', '__typeof', 'typeof_unqual']);

function specifier(
  code: Code,
  type: number,
  anonymousTag: string | null,
): { readonly text: string; readonly tag: string | null } {
  switch (code.kind(type)) {
    case Kind.struct:
    case Kind.union:
    case Kind.enum: {
      const kind = code.kind(type);
      const word = kind === Kind.struct ? 'struct' : kind === Kind.union ? 'union' : 'enum';
      const name = code.child(type, code.f.name);
      const tag = name < 0 ? anonymousTag : code.parsed(name);
      const text = tag === null ? `${word} { ... }` : `${word} ${tag}`;
      return { text, tag: kind === Kind.enum ? null : tag };
    }
    case Kind.typeIdentifier: {
      const name = code.parsed(type);
      return TYPEOF.has(name) ? typeofText(code, type) : { text: name, tag: name };
    }
    default: {
      const start = code.start(type);
      if (code.text.charCodeAt(start) !== code.normalised.charCodeAt(start)) return typeofText(code, type);
      return { text: fold(code.written(type)), tag: null };
    }
  }
}

/** Normalisation leaves one word of `typeof(expr)`, or `long`; the author's text has all of it. */
function typeofText(code: Code, type: number): { readonly text: string; readonly tag: null } {
  const start = code.start(type);
  const open = code.text.indexOf('(', start);
  const end = open < 0 ? -1 : closing(code.text, open);
  return { text: end < 0 ? code.parsed(type) : fold(code.text.slice(start, end)), tag: null };
}

/** Takes a declarator apart; `node` may be -1 for a type without one. */
export function readDeclarator(code: Code, node: number): Declarator {
  let pointers = 0;
  const arrays: string[] = [];
  const sizes: number[] = [];
  let parameters = -1;
  let isFunction = false;
  let name = -1;
  let direct = true;
  for (let at = node, steps = 0; at >= 0 && steps < 200; steps++) {
    const kind = code.kind(at);
    if (kind === Kind.identifier || kind === Kind.fieldIdentifier || kind === Kind.typeIdentifier) {
      name = at;
      break;
    }
    if (kind === Kind.pointerDeclarator) {
      pointers++;
      direct = false;
    } else if (kind === Kind.arrayDeclarator) {
      const size = code.child(at, code.f.size);
      arrays.push(size < 0 ? '' : fold(code.written(size)));
      if (size >= 0) sizes.push(size);
      direct = false;
    } else if (kind === Kind.functionDeclarator) {
      // Pointers outside of the parameter list belong to what the function returns.
      parameters = code.child(at, code.f.parameters);
      pointers = 0;
      arrays.length = 0;
      direct = true;
    } else if (kind === Kind.bitfield) break;
    let inner = code.child(at, code.f.declarator);
    if (inner < 0) inner = declaratorIn(code, at);
    at = inner;
  }
  isFunction = parameters >= 0 && direct && pointers === 0;
  return { name, pointers, arrays: arrays.reverse(), parameters, isFunction, sizes: sizes.reverse() };
}

function declaratorIn(code: Code, node: number): number {
  for (const child of code.children(node)) {
    switch (code.kind(child)) {
      case Kind.identifier:
      case Kind.fieldIdentifier:
      case Kind.typeIdentifier:
      case Kind.pointerDeclarator:
      case Kind.arrayDeclarator:
      case Kind.functionDeclarator:
      case Kind.parenthesizedDeclarator:
      case Kind.attributedDeclarator:
        return child;
    }
  }
  return -1;
}

/** The type of one declarator. */
export function typeOf(code: Code, base: BaseType, declarator: Declarator): TypeRef {
  const { pointers, arrays, parameters } = declarator;
  let text = base.text;
  if (parameters >= 0 && !declarator.isFunction) {
    text = `${text} (${'*'.repeat(pointers)})${fold(code.written(parameters))}`;
  } else if (pointers > 0) text = `${text} ${'*'.repeat(pointers)}`;
  for (const size of arrays) text += `[${size}]`;
  return {
    text,
    tag: base.tag,
    pointers,
    arrays,
    unsigned: base.unsigned,
    bool: base.bool && pointers === 0,
  };
}

/** The type of a `type_descriptor`: in casts, `sizeof`, compound literals. */
export function descriptorType(code: Code, node: number): TypeRef {
  const declarator = readDeclarator(code, code.child(node, code.f.declarator));
  return typeOf(code, baseType(code, node), declarator);
}

const TYPE_TEXT =
  /^(?:(?:const|volatile)\s+)*(?:(?:struct|union|enum)\s+(\w+)|((?:(?:unsigned|signed|long|short|int|char|void|bool|_Bool|float|double|size_t|ssize_t)\b\s*)+)|(\w+))\s*(?:const\s*)?(\**)$/;

/** A type that is written where an expression is expected: `struct foo *`, `unsigned long`, `foo_t`. Null if it is none for sure. */
export function typeFromText(raw: string): TypeRef | null {
  const text = fold(raw)
    .replace(/ ?\*/g, '*')
    .replace(/\*+$/, (stars) => ` ${stars}`);
  const m = TYPE_TEXT.exec(text.replace(/ (\*+)$/, '$1'));
  if (!m) return null;
  const stars = m[4] ?? '';
  if (m[3] !== undefined && stars === '' && !looksLikeType(m[3])) return null;
  if (m[3] !== undefined && /^(?:const|volatile|return|sizeof)$/.test(m[3])) return null;
  const isEnum = /\benum\b/.test(text);
  const base = describe(text.replace(/ ?\*+$/, ''), isEnum ? null : (m[1] ?? m[3] ?? null));
  return {
    text,
    tag: base.tag,
    pointers: stars.length,
    arrays: [],
    unsigned: base.unsigned,
    bool: base.bool && stars === '',
  };
}
