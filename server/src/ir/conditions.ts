import type { Span } from '../base/span.ts';
import type { Builder } from './builder.ts';
import { MAX_DEPTH } from './builder.ts';
import { fold } from './code.ts';
import { hasEffect, lowerEffect, lowerStored, lowerValue, unknown } from './expressions.ts';
import { Kind } from './kinds.ts';
import type { Expr, Terminator } from './types.ts';

type Origin = Extract<Terminator, { k: 'branch' }>['origin'];

/** `likely(x)`: the node of x; -1 for any other call. */
function transparentArgument(b: Builder, node: number): number {
  const { code } = b;
  if (code.kind(node) !== Kind.call) return -1;
  const callee = code.child(node, code.f.function);
  if (code.kind(callee) !== Kind.identifier || !b.dialect.isTransparentCondition(code.parsed(callee)))
    return -1;
  const list = code.child(node, code.f.arguments);
  return list < 0 ? -1 : code.first(list);
}

/** Without parentheses and macros that only pass on a truth value. */
function condition(b: Builder, node: number): number {
  let at = b.code.bare(node);
  for (;;) {
    const inner = transparentArgument(b, at);
    if (inner < 0) return at;
    at = b.code.bare(inner);
  }
}

const COMPARISONS = new Set(['&&', '||', '==', '!=', '<', '<=', '>', '>=']);

/** Whether the value of `node` is 0 or 1 by its form. */
export function isBoolean(b: Builder, node: number): boolean {
  if (node < 0 || b.unevaluated) return false;
  const { code } = b;
  const bare = code.bare(node);
  const at = condition(b, bare);
  if (at !== bare) return true;
  const kind = code.kind(at);
  if (kind === Kind.binary) return COMPARISONS.has(code.operator(at));
  return kind === Kind.unary && code.operator(at) === '!';
}

/** Branches on `node`; control is in `then` or in `otherwise` afterwards, and nowhere else. */
export function lowerCondition(
  b: Builder,
  node: number,
  then: number,
  otherwise: number,
  origin: Origin,
): void {
  const { code } = b;
  b.here();
  if (node < 0 || b.depth >= MAX_DEPTH) {
    const span = node < 0 ? { start: 0, end: 0 } : code.span(node);
    if (node >= 0) b.havoc('nested too deeply', span);
    b.end({ k: 'branch', cond: unknown('nested too deeply', span), then, otherwise, span, origin });
    return;
  }
  b.depth++;
  branch(b, condition(b, node), then, otherwise, origin);
  b.depth--;
}

function branch(b: Builder, node: number, then: number, otherwise: number, origin: Origin): void {
  const { code } = b;
  const { f } = code;
  const kind = code.kind(node);
  const op = kind === Kind.binary || kind === Kind.unary ? code.operator(node) : '';
  if (kind === Kind.binary && (op === '&&' || op === '||')) {
    const operands: number[] = [];
    let at = node;
    while (code.kind(at) === Kind.binary && code.operator(at) === op) {
      operands.push(code.child(at, f.right));
      at = code.bare(code.child(at, f.left));
    }
    operands.push(at);
    while (operands.length > 1) {
      const next = b.block();
      if (op === '&&') lowerCondition(b, operands.pop()!, next, otherwise, 'logical');
      else lowerCondition(b, operands.pop()!, then, next, 'logical');
      b.enter(next);
    }
    lowerCondition(b, operands[0]!, then, otherwise, 'logical');
    return;
  }
  if (kind === Kind.unary && op === '!') {
    lowerCondition(b, code.child(node, f.argument), otherwise, then, origin);
    return;
  }
  if (kind === Kind.comma) {
    lowerEffect(b, code.child(node, f.left));
    lowerCondition(b, code.child(node, f.right), then, otherwise, origin);
    return;
  }
  if (kind === Kind.conditional) {
    const consequence = code.child(node, f.consequence);
    const no = b.block();
    const yes = consequence < 0 ? then : b.block();
    lowerCondition(b, code.child(node, f.condition), yes, no, 'ternary');
    if (consequence >= 0) {
      b.enter(yes);
      lowerCondition(b, consequence, then, otherwise, origin);
    }
    b.enter(no);
    lowerCondition(b, code.child(node, f.alternative), then, otherwise, origin);
    return;
  }
  branchOn(b, lowerValue(b, node), then, otherwise, origin, code.span(node));
}

/** Branches on a value. */
function branchOn(
  b: Builder,
  value: Expr,
  then: number,
  otherwise: number,
  origin: Origin,
  span: Span,
): void {
  let cond = value;
  let sense = true;
  for (; cond.k === 'unary' && cond.op === '!'; cond = cond.arg) sense = !sense;
  const yes = sense ? then : otherwise;
  const no = sense ? otherwise : then;
  if (cond.k === 'int') b.jump(cond.value !== 0n ? yes : no, span);
  else b.end({ k: 'branch', cond, then: yes, otherwise: no, span, origin });
}

/**
 * The truth of `node` as a temporary that branches set to 1 or 0. A condition that does nothing is decided as a whole: which of
 * its parts decided it is no difference afterwards, and as a whole it still holds for whoever knows more of its parts.
 */
export function booleanTemp(b: Builder, node: number): Expr {
  const span = b.code.span(node);
  if (b.unevaluated) return unknown('unevaluated', span);
  const result: Expr = { k: 'temp', id: b.temp(), text: fold(b.code.written(node)), span };
  const yes = b.block();
  const no = b.block();
  const after = b.block();
  if (hasEffect(b, node)) lowerCondition(b, node, yes, no, 'logical');
  else branchOn(b, lowerValue(b, node), yes, no, 'logical', span);
  for (const [block, value] of [
    [yes, 1n],
    [no, 0n],
  ] as const) {
    b.enter(block);
    b.emit({
      k: 'assign',
      target: result,
      value: { k: 'int', value, span },
      compound: null,
      init: false,
      span,
    });
    b.jump(after, span);
  }
  b.enter(after);
  return result;
}

/** `c ? a : b` and `a ?: b` as branches; each side writes the temporary if the value is wanted. */
export function choiceTemp(b: Builder, node: number, wanted: boolean): Expr {
  const { code } = b;
  const { f } = code;
  const span = code.span(node);
  if (b.unevaluated) return unknown('unevaluated', span);
  const result: Expr | null = wanted
    ? { k: 'temp', id: b.temp(), text: fold(code.written(node)), span }
    : null;
  const yes = b.block();
  const no = b.block();
  const after = b.block();
  const test = code.child(node, f.condition);
  const consequence = code.child(node, f.consequence);
  let same: Expr | null = null;
  if (consequence < 0 && wanted) {
    same = lowerStored(b, test);
    const at = code.span(test);
    b.here();
    b.end({ k: 'branch', cond: same, then: yes, otherwise: no, span: at, origin: 'ternary' });
  } else lowerCondition(b, test, yes, no, 'ternary');
  b.enter(yes);
  side(b, consequence, result, same);
  b.jump(after, span);
  b.enter(no);
  side(b, code.child(node, f.alternative), result, null);
  b.jump(after, span);
  b.enter(after);
  return result ?? unknown('not wanted', span);
}

function side(b: Builder, node: number, result: Expr | null, known: Expr | null): void {
  if (result === null) {
    lowerEffect(b, node);
    return;
  }
  const value = known ?? lowerStored(b, node);
  b.emit({ k: 'assign', target: result, value, compound: null, init: false, span: value.span });
}
