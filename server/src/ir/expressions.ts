import type { Span } from '../base/span.ts';
import { NodeFlag } from '../syntax/types.ts';
import { lowerAsm } from './asm.ts';
import type { Builder } from './builder.ts';
import { MAX_DEPTH } from './builder.ts';
import { lowerCall } from './calls.ts';
import { fold } from './code.ts';
import { booleanTemp, choiceTemp, isBoolean } from './conditions.ts';
import { Kind } from './kinds.ts';
import { parseCharacter, parseNumber } from './literals.ts';
import { statementExpression } from './statements.ts';
import { descriptorType, looksLikeType } from './typeref.ts';
import type { BinaryOp, Expr, TypeRef, UnaryOp } from './types.ts';

const EFFECTS = new Set([Kind.call, Kind.assignment, Kind.update, Kind.compound, Kind.asm, Kind.conditional]);
const effectKind = new Uint8Array(256);
for (const kind of EFFECTS) effectKind[kind] = 1;

/** Whether anything in `node` runs: a call, an assignment, a choice. */
export function hasEffect(b: Builder, node: number): boolean {
  const { type, next } = b.code.tree;
  const { kindOf } = b.code.vocabulary;
  for (let j = node; j < next[node]!; j++) if (effectKind[kindOf[type[j]!]!]) return true;
  return false;
}

/** A value that lowering cannot tell, and why. */
export function unknown(reason: string, span: Span): Expr {
  return { k: 'unknown', reason, span };
}

/** A constant. */
export function int(value: number | bigint, span: Span): Expr {
  return { k: 'int', value: BigInt(value), span };
}

/** Lowers `node` for what it does; its value is not wanted. */
export function lowerEffect(b: Builder, node: number): void {
  if (node < 0) return;
  if (b.depth >= MAX_DEPTH) {
    b.havoc('nested too deeply', b.code.span(node));
    return;
  }
  b.depth++;
  const { code } = b;
  const at = code.bare(node);
  switch (code.kind(at)) {
    case Kind.call:
      lowerCall(b, at, false);
      break;
    case Kind.assignment:
      lowerAssignment(b, at);
      break;
    case Kind.update:
      lowerUpdate(b, at, false);
      break;
    case Kind.comma:
      lowerEffect(b, code.child(at, code.f.left));
      lowerEffect(b, code.child(at, code.f.right));
      break;
    case Kind.conditional:
      choiceTemp(b, at, false);
      break;
    case Kind.cast:
      lowerEffect(b, code.child(at, code.f.value));
      break;
    case Kind.parenthesized:
      statementExpression(b, code.first(at), false, code.span(at));
      break;
    case Kind.binary: {
      const op = code.operator(at);
      if ((op === '&&' || op === '||') && hasEffect(b, code.child(at, code.f.right))) booleanTemp(b, at);
      else if (hasEffect(b, at)) lowerValue(b, at);
      break;
    }
    case Kind.asm:
      lowerAsm(b, at);
      break;
    default:
      if (hasEffect(b, at) || code.kind(at) === Kind.error) lowerValue(b, at);
  }
  b.depth--;
}

/** Lowers `node` and gives its value as an expression without effect. */
export function lowerValue(b: Builder, node: number): Expr {
  const { code } = b;
  if (node < 0) return unknown('nothing there', { start: 0, end: 0 });
  if (b.depth >= MAX_DEPTH) {
    const span = code.span(node);
    b.havocs.push({ reason: 'nested too deeply', span });
    return unknown('nested too deeply', span);
  }
  b.depth++;
  const value = evaluate(b, node);
  b.depth--;
  return value;
}

/** What is assigned, returned or initialises: conditions and comparisons become 0 or 1 by branches. */
export function lowerStored(b: Builder, node: number): Expr {
  return isBoolean(b, node) ? booleanTemp(b, node) : lowerValue(b, node);
}

function evaluate(b: Builder, node: number): Expr {
  const { code } = b;
  const { f } = code;
  const span = code.span(node);
  switch (code.kind(node)) {
    case Kind.identifier:
      return nameValue(b, node, span);
    case Kind.number:
      return parseNumber(code.parsed(node), span);
    case Kind.char:
      return parseCharacter(code.written(node), span);
    case Kind.true:
      return int(1, span);
    case Kind.false:
    case Kind.null:
      return int(0, span);
    case Kind.string:
    case Kind.concatenated:
      return { k: 'string', text: code.written(node), span };
    case Kind.extension:
    case Kind.parenthesized: {
      const at = code.bare(node);
      if (code.kind(at) !== Kind.parenthesized)
        return at === node ? unknown('empty', span) : lowerValue(b, at);
      const inner = code.first(at);
      return inner < 0 ? unknown('empty', span) : statementExpression(b, inner, true, code.span(at));
    }
    case Kind.call:
      return lowerCall(b, node, true);
    case Kind.assignment:
      return lowerAssignment(b, node);
    case Kind.update:
      return lowerUpdate(b, node, true);
    case Kind.binary:
      return binaryValue(b, node, span);
    case Kind.unary:
      return unaryValue(b, node, span);
    case Kind.conditional:
      return choiceTemp(b, node, true);
    case Kind.cast: {
      const type = code.child(node, f.type);
      const value = code.child(node, f.value);
      const arg = lowerValue(b, value);
      return { k: 'cast', type: descriptorType(code, type), arg, span };
    }
    case Kind.comma:
      lowerEffect(b, code.child(node, f.left));
      return lowerValue(b, code.child(node, f.right));
    case Kind.pointer: {
      const argument = code.child(node, f.argument);
      if (code.operator(node) === '*') return { k: 'deref', base: lowerValue(b, argument), span };
      if (code.kind(argument) === Kind.pointer && code.text.startsWith('&&', code.start(node))) {
        return unknown('label address', span);
      }
      return { k: 'addr', base: lowerValue(b, argument), span };
    }
    case Kind.field:
      return fieldValue(b, node, span);
    case Kind.subscript: {
      const base = lowerValue(b, code.child(node, f.argument));
      const index = lowerValue(b, code.child(node, f.index));
      return { k: 'index', base, index, span };
    }
    case Kind.sizeof:
    case Kind.alignof:
    case Kind.offsetof:
      return sizeofValue(b, node, span);
    case Kind.compoundLiteral: {
      const type = descriptorType(code, code.child(node, f.type));
      return lowerInitializer(b, code.child(node, f.value), type, span);
    }
    case Kind.initializerList:
      return lowerInitializer(b, node, null, span);
    case Kind.asm:
      lowerAsm(b, node);
      return unknown('asm', span);
    case Kind.typeDescriptor:
      return { k: 'type', type: descriptorType(code, node), span };
    case Kind.compound:
      return statementExpression(b, node, true, span);
    case Kind.generic:
      return unknown('_Generic', span);
    case Kind.error:
      for (const child of code.children(node)) if (hasEffect(b, child)) lowerEffect(b, child);
      return unknown('parse error', span);
    default:
      return unknown(`not understood: ${b.code.parsed(node).slice(0, 20)}`, span);
  }
}

function nameValue(b: Builder, node: number, span: Span): Expr {
  if (b.code.isMissing(node)) return unknown('parse error', span);
  const name = b.code.parsed(node);
  const index = b.lookup(name);
  return index === undefined ? { k: 'name', name, span } : { k: 'local', index, name, span };
}

function fieldValue(b: Builder, node: number, span: Span): Expr {
  const { code } = b;
  const argument = code.child(node, code.f.argument);
  const field = code.child(node, code.f.field);
  const name = field < 0 ? '' : code.parsed(field);
  const base = lowerValue(b, argument);
  if (code.operator(node) !== '->') return { k: 'field', base, name, span };
  return { k: 'field', base: { k: 'deref', base, span: code.span(argument) }, name, span };
}

/** `(foo_t) - 1` and `(foo_t) & x` come as binary expressions; only the name's shape tells a cast. */
function castInDisguise(b: Builder, left: number): TypeRef | null {
  const { code } = b;
  if (code.kind(left) !== Kind.parenthesized) return null;
  const inner = code.first(left);
  if (code.kind(inner) !== Kind.identifier) return null;
  const name = code.parsed(inner);
  if (!looksLikeType(name) || b.lookup(name) !== undefined) return null;
  return namedType(name);
}

/** The type of a typedef's bare name. */
export function namedType(name: string): TypeRef {
  const arithmetic = !name.endsWith('_t') || /^u?int\d*_t$/.test(name);
  return {
    text: name,
    tag: arithmetic ? null : name,
    pointers: 0,
    arrays: [],
    unsigned: /^(?:__)?u/.test(name) || name.startsWith('__le') || name.startsWith('__be'),
    bool: false,
  };
}

const CAST_OPERATORS: Readonly<Record<string, 'addr' | 'deref' | '-' | '+'>> = {
  '&': 'addr',
  '*': 'deref',
  '-': '-',
  '+': '+',
};

function binaryValue(b: Builder, node: number, span: Span): Expr {
  const { code } = b;
  const { f } = code;
  // Left-nested chains (`a + b + c + ...`) are walked, not recursed into.
  const chain: number[] = [];
  let at = node;
  while (code.kind(at) === Kind.binary) {
    const op = code.operator(at);
    if ((op === '&&' || op === '||') && hasEffect(b, at)) break;
    chain.push(at);
    at = code.child(at, f.left);
    if (at < 0) break;
  }
  const innermost = chain.length === 0 ? -1 : chain[chain.length - 1]!;
  if (innermost < 0) return b.unevaluated ? unknown('unevaluated', span) : booleanTemp(b, node);
  if (chain.length > MAX_DEPTH) {
    b.havocs.push({ reason: 'nested too deeply', span });
    return unknown('nested too deeply', span);
  }
  let left: Expr;
  const type = castInDisguise(b, at);
  const disguised = type === null ? undefined : CAST_OPERATORS[code.operator(innermost)];
  if (type !== null && disguised !== undefined) {
    chain.pop();
    const right = code.child(innermost, f.right);
    const arg = lowerValue(b, right);
    const inner = code.between(right, right);
    const value: Expr =
      disguised === 'addr' || disguised === 'deref'
        ? { k: disguised, base: arg, span: inner }
        : { k: 'unary', op: disguised, arg, span: inner };
    left = { k: 'cast', type, arg: value, span: code.span(innermost) };
  } else left = lowerValue(b, at);
  while (chain.length > 0) {
    const link = chain.pop()!;
    const op = code.operator(link) as BinaryOp;
    const right = lowerValue(b, code.child(link, f.right));
    left =
      (op as string) === ''
        ? unknown('parse error', code.span(link))
        : { k: 'binary', op, left, right, span: code.span(link) };
  }
  return left;
}

function unaryValue(b: Builder, node: number, span: Span): Expr {
  const { code } = b;
  const argument = code.child(node, code.f.argument);
  const op = code.operator(node);
  if (op === '!' && !b.unevaluated) {
    const at = code.bare(argument);
    const inner = code.operator(at);
    if (code.kind(at) === Kind.binary && (inner === '&&' || inner === '||') && hasEffect(b, at)) {
      return booleanTemp(b, node);
    }
  }
  const arg = lowerValue(b, argument);
  if (op === '-' && arg.k === 'int') return { k: 'int', value: -arg.value, span };
  if (op === '+' && arg.k === 'int') return { k: 'int', value: arg.value, span };
  return { k: 'unary', op: op as UnaryOp, arg, span };
}

function sizeofValue(b: Builder, node: number, span: Span): Expr {
  const { code } = b;
  const kind = code.kind(node);
  const of = kind === Kind.sizeof ? 'size' : kind === Kind.alignof ? 'align' : 'offset';
  const type = code.child(node, code.f.type);
  const value = code.child(node, of === 'offset' ? code.f.member : code.f.value);
  let arg: Expr | null = null;
  if (of === 'offset') {
    arg = value < 0 ? null : { k: 'name', name: code.written(value), span: code.span(value) };
  } else if (value >= 0) {
    const before = b.unevaluated;
    b.unevaluated = true;
    arg = lowerValue(b, code.bare(value));
    b.unevaluated = before;
  }
  let ref = type < 0 ? null : descriptorType(code, type);
  // `sizeof(foo)`: a bare name that is no variable here but looks like a type is one.
  if (arg?.k === 'name' && of === 'size' && looksLikeType(arg.name)) {
    ref = namedType(arg.name);
    arg = null;
  }
  return { k: 'sizeof', of, type: ref, arg, text: fold(code.written(node)), span };
}

/** `{ ... }`: an aggregate of `type`. Values with effects are lowered before it. */
export function lowerInitializer(b: Builder, node: number, type: TypeRef | null, span: Span): Expr {
  const { code } = b;
  if (node < 0) return unknown('parse error', span);
  if (code.kind(node) !== Kind.initializerList) return lowerValue(b, node);
  const items: { member: string | Expr | null; value: Expr }[] = [];
  for (const child of code.children(node)) {
    if (code.kind(child) === Kind.initializerPair) items.push(pair(b, child));
    else items.push({ member: null, value: lowerValue(b, child) });
  }
  return { k: 'aggregate', type, items, span };
}

function pair(b: Builder, node: number): { member: string | Expr | null; value: Expr } {
  const { code } = b;
  const valueNode = code.child(node, code.f.value);
  const value: Expr = valueNode < 0 ? unknown('parse error', code.span(node)) : lowerValue(b, valueNode);
  const designators = code.children(node).filter((c) => c !== valueNode);
  const members = designators.map((d): string | Expr | null => {
    const kind = code.kind(d);
    const inner = code.first(d);
    if (kind === Kind.subscriptRange) return unknown('range', code.span(d));
    if (kind === Kind.subscriptDesignator) return inner < 0 ? null : lowerValue(b, inner);
    if (kind === Kind.fieldDesignator) return inner < 0 ? null : code.parsed(inner);
    return kind === Kind.fieldIdentifier ? code.parsed(d) : null;
  });
  const outer = members[0] ?? null;
  if (members.length < 2) return { member: outer, value };
  // `.a.b = x` is `.a = { .b = x }`.
  const nested = members.slice(1).reduceRight<Expr>(
    (inner, member) => ({
      k: 'aggregate',
      type: null,
      items: [{ member, value: inner }],
      span: code.span(node),
    }),
    value,
  );
  return { member: outer, value: nested };
}

/** `a = b`, `a += b`; gives what can be read again: the target. */
export function lowerAssignment(b: Builder, node: number): Expr {
  const { code } = b;
  const span = code.span(node);
  if (b.unevaluated) return unknown('unevaluated', span);
  const target = lowerTarget(b, code.child(node, code.f.left));
  const right = code.child(node, code.f.right);
  const operator = code.operator(node);
  const value = lowerStored(b, right);
  if (target.k === 'local') b.assigned.add(target.index);
  if (operator === '=' || operator === '') {
    b.emit({ k: 'assign', target, value, compound: null, init: false, span });
  } else {
    const op = operator.slice(0, -1) as BinaryOp;
    const sum: Expr = { k: 'binary', op, left: target, right: value, span };
    b.emit({ k: 'assign', target, value: sum, compound: op, init: false, span });
  }
  return target;
}

function lowerUpdate(b: Builder, node: number, wanted: boolean): Expr {
  const { code } = b;
  const span = code.span(node);
  if (b.unevaluated) return unknown('unevaluated', span);
  const outer = code.child(node, code.f.argument);
  const postfix = code.child(node, code.f.operator) > outer;
  // The grammar takes `!x++` for `(!x)++`.
  const signs: UnaryOp[] = [];
  let argument = outer;
  while (postfix && code.kind(argument) === Kind.unary) {
    signs.push(code.operator(argument) as UnaryOp);
    argument = code.child(argument, code.f.argument);
  }
  const target = lowerTarget(b, argument);
  const op = code.operator(node) === '--' ? '-' : '+';
  let result = target;
  if (wanted && postfix) {
    result = { k: 'temp', id: b.temp(), span };
    b.emit({ k: 'assign', target: result, value: target, compound: null, init: false, span });
  }
  const value: Expr = { k: 'binary', op, left: target, right: int(1, span), span };
  b.emit({ k: 'assign', target, value, compound: op, init: false, span });
  for (let i = signs.length - 1; i >= 0; i--) result = { k: 'unary', op: signs[i]!, arg: result, span };
  return result;
}

/** What stands left of an assignment; casts in front of an lvalue are an old GNU habit and dropped. */
function lowerTarget(b: Builder, node: number): Expr {
  let value = lowerValue(b, node);
  while (value.k === 'cast') value = value.arg;
  return value;
}

/** Whether ERROR or MISSING nodes are in `node`. */
export function hasParseError(b: Builder, node: number): boolean {
  const before = b.errorsBefore;
  return before !== null && before[b.code.tree.next[node]!]! > before[node]!;
}

/** For {@link hasParseError}: errors in front of each node; null if there are none. */
export function countErrors(flags: Uint8Array): Uint32Array | null {
  const before = new Uint32Array(flags.length + 1);
  let errors = 0;
  for (let i = 0; i < flags.length; i++) {
    before[i] = errors;
    if (flags[i]! & (NodeFlag.error | NodeFlag.missing)) errors++;
  }
  before[flags.length] = errors;
  return errors === 0 ? null : before;
}
