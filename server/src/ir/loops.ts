import type { Span } from '../base/span.ts';
import type { Builder, JumpTarget } from './builder.ts';
import { afterComma, wordAt } from './code.ts';
import { lowerCondition } from './conditions.ts';
import { lowerEffect, lowerValue, unknown } from './expressions.ts';
import { Kind } from './kinds.ts';
import { lowerList } from './regions.ts';
import { lowerReturnOf, lowerStatement } from './statements.ts';
import { UNKNOWN_TYPE } from './typeref.ts';
import type { Expr } from './types.ts';

/** Runs `body` with `break` and `continue` leading to the given blocks. */
export function inLoop(b: Builder, breakTo: number, continueTo: number, body: () => void): void {
  const before: readonly [JumpTarget | null, JumpTarget | null] = [b.breakTo, b.continueTo];
  b.breakTo = { block: breakTo, chain: b.chain };
  b.continueTo = { block: continueTo, chain: b.chain };
  body();
  [b.breakTo, b.continueTo] = before;
}

function lowerBody(b: Builder, node: number): void {
  if (node >= 0) lowerList(b, [node]);
}

/** Lowers `while`, and what normalisation made one of: a macro with a block behind it. */
export function lowerWhile(b: Builder, node: number): void {
  const { code } = b;
  if (wordAt(code.text, code.start(node)) !== 'while') {
    lowerMacroBlock(b, node);
    return;
  }
  const span = code.span(node);
  const head = b.block('loop');
  const body = b.block('body');
  const after = b.block();
  b.here();
  b.jump(head, span);
  b.enter(head);
  lowerCondition(b, code.child(node, code.f.condition), body, after, 'loop');
  b.enter(body);
  inLoop(b, after, head, () => lowerBody(b, code.child(node, code.f.body)));
  b.jump(head, span);
  b.enter(after);
}

/** Lowers `for`: what it declares lives until the loop is left. */
export function lowerFor(b: Builder, node: number): void {
  const { code } = b;
  const { f } = code;
  const span = code.span(node);
  const scope = b.openScope();
  const initializer = code.child(node, f.initializer);
  if (initializer >= 0) {
    if (code.kind(initializer) === Kind.declaration) lowerStatement(b, initializer);
    else lowerEffect(b, initializer);
  }
  const head = b.block('loop');
  const body = b.block('body');
  const step = b.block('step');
  const after = b.block();
  b.here();
  b.jump(head, span);
  b.enter(head);
  const condition = code.child(node, f.condition);
  if (condition < 0) b.jump(body, span);
  else lowerCondition(b, condition, body, after, 'loop');
  b.enter(body);
  inLoop(b, after, step, () => lowerBody(b, code.child(node, f.body)));
  b.jump(step, span);
  b.enter(step);
  const update = code.child(node, f.update);
  if (update >= 0) lowerEffect(b, update);
  b.jump(head, span);
  b.enter(after);
  b.closeScope(scope, { start: span.end - 1, end: span.end });
}

/** Lowers `do ... while (...)`. */
export function lowerDo(b: Builder, node: number): void {
  const { code } = b;
  const span = code.span(node);
  const body = b.block('body');
  const test = b.block();
  const after = b.block();
  b.here();
  b.jump(body, span);
  b.enter(body);
  inLoop(b, after, test, () => lowerBody(b, code.child(node, code.f.body)));
  b.jump(test, span);
  b.enter(test);
  const condition = code.child(node, code.f.condition);
  const macro = condition < 0 ? '' : wordBefore(code.text, code.start(condition));
  if (macro === 'while' || macro === '') lowerCondition(b, condition, body, after, 'loop');
  else {
    iterate(b, macro, flatten(b, condition), code.span(condition), body, after);
  }
  b.enter(after);
}

/** The identifier that ends in front of `offset`, white space skipped. */
function wordBefore(text: string, offset: number): string {
  const m = /(\w+)\s*$/.exec(text.slice(Math.max(0, offset - 80), offset));
  return m ? m[1]! : '';
}

/** `name(a, b) { ... }`: a scoped guard, or else a loop macro. Normalisation made a `while` or an `if` of it. */
export function lowerMacroBlock(b: Builder, node: number): void {
  const { code } = b;
  const macro = wordAt(code.text, code.start(node));
  const condition = code.child(node, code.f.condition);
  const body = code.child(node, code.kind(node) === Kind.if ? code.f.consequence : code.f.body);
  const parts = flatten(b, condition);
  if (macro === 'scoped_guard' || macro === 'scoped_cond_guard') {
    scopedGuard(b, macro, parts, body, code.span(node));
    return;
  }
  const scope = b.openScope();
  for (const index of b.dialect.loopCursor(macro) ?? []) implicitCursor(b, parts[index]);
  const args = parts.map((part) => lowerValue(b, part));
  const span = code.span(node);
  const close = condition < 0 ? span.end : code.end(condition) + code.offset;
  const head = b.block('loop');
  const inside = b.block('body');
  const after = b.block();
  b.here();
  b.jump(head, span);
  b.enter(head);
  const at = { start: span.start, end: close };
  emitCursor(b, macro, args, at, inside, after);
  b.enter(inside);
  inLoop(b, after, head, () => lowerBody(b, body));
  b.jump(head, span);
  b.enter(after);
  b.closeScope(scope, { start: span.end - 1, end: span.end });
}

function iterate(
  b: Builder,
  macro: string,
  parts: readonly number[],
  span: Span,
  body: number,
  done: number,
): void {
  emitCursor(
    b,
    macro,
    parts.map((part) => lowerValue(b, part)),
    span,
    body,
    done,
  );
}

function emitCursor(b: Builder, macro: string, args: Expr[], span: Span, body: number, done: number): void {
  const cursors = b.dialect.loopCursor(macro) ?? guessCursors(b, macro, args);
  const defines = cursors.flatMap((index) => {
    const arg = args[index];
    const target = arg?.k === 'addr' ? arg.base : arg;
    return target !== undefined && isLvalue(target) ? [target] : [];
  });
  b.emit({ k: 'cursor', macro, args, defines, span });
  b.here();
  b.end({ k: 'iterate', body, done, span });
}

/**
 * Which arguments an unknown loop macro defines: variables that were declared without a value and got none yet;
 * else integers that were declared so; else the first argument, with `_safe` the second one too.
 */
function guessCursors(b: Builder, macro: string, args: readonly Expr[]): readonly number[] {
  const those = (fits: (variable: number) => boolean): number[] =>
    args.flatMap((arg, i) => {
      const target = arg.k === 'addr' ? arg.base : arg;
      return target.k === 'local' && fits(target.index) ? [i] : [];
    });
  const fresh = those((v) => b.declaredEmpty.has(v) && !b.assigned.has(v));
  if (fresh.length > 0) return fresh;
  const integers = those((v) => {
    const { type } = b.variables[v]!;
    return b.declaredEmpty.has(v) && type.tag === null && type.pointers === 0;
  });
  if (integers.length > 0) return integers;
  return macro.includes('_safe') ? [0, 1] : [0];
}

function isLvalue(e: Expr): boolean {
  return e.k === 'local' || e.k === 'name' || e.k === 'field' || e.k === 'deref' || e.k === 'index';
}

/** A cursor that nobody declared is declared by the macro itself. */
function implicitCursor(b: Builder, node: number | undefined): void {
  const { code } = b;
  if (node === undefined || code.kind(node) !== Kind.identifier || code.isMissing(node)) return;
  const name = code.parsed(node);
  if (b.lookup(name) !== undefined) return;
  b.declare({ name, type: UNKNOWN_TYPE, span: code.span(node), storage: 'local', cleanup: null });
}

/** The operands of a comma expression in parentheses: a macro's arguments. */
function flatten(b: Builder, condition: number): number[] {
  const { code } = b;
  const out: number[] = [];
  let at = code.kind(condition) === Kind.parenthesized ? code.first(condition) : condition;
  while (code.kind(at) === Kind.comma) {
    const left = code.child(at, code.f.left);
    if (left >= 0) out.push(...flattenLeft(b, left));
    at = code.child(at, code.f.right);
  }
  if (at >= 0 && !code.isMissing(at)) out.push(at);
  return out;
}

function flattenLeft(b: Builder, node: number): number[] {
  const { code } = b;
  if (code.kind(node) !== Kind.comma) return [node];
  return [...flattenLeft(b, code.child(node, code.f.left)), code.child(node, code.f.right)];
}

/**
 * `scoped_guard(mutex, &l) { ... }`: once; `break` and `continue` leave it. `scoped_cond_guard(mutex_intr, return
 * -EINTR, &l) { ... }` may run the statement in its second argument instead.
 */
function scopedGuard(b: Builder, macro: string, parts: readonly number[], body: number, span: Span): void {
  const { code } = b;
  const after = b.block();
  const scope = b.openScope();
  const kind = parts[0] === undefined ? '' : code.written(parts[0]);
  const conditional = macro === 'scoped_cond_guard';
  const operands = parts.slice(conditional ? 2 : 1).map((part) => lowerValue(b, part));
  const end = parts.length === 0 ? span.end : code.end(parts[parts.length - 1]!) + code.offset;
  const at = { start: span.start, end };
  if (conditional) failedGuard(b, parts, at);
  const outer = { block: after, chain: b.chain };
  b.emit({ k: 'guard', phase: 'enter', kind, args: operands, span: at });
  b.deferToScopeEnd({ k: 'guard', phase: 'leave', kind, args: operands, span: at });
  const before: readonly [JumpTarget | null, JumpTarget | null] = [b.breakTo, b.continueTo];
  b.breakTo = outer;
  b.continueTo = outer;
  lowerBody(b, body);
  [b.breakTo, b.continueTo] = before;
  b.closeScope(scope, { start: span.end - 1, end: span.end });
  b.jump(after, span);
  b.enter(after);
}

/** The way on which the lock was not taken: what `scoped_cond_guard()` does then stands in its second argument. */
function failedGuard(b: Builder, parts: readonly number[], span: Span): void {
  const { code } = b;
  const statement = parts[1];
  if (statement === undefined) return;
  const from = afterComma(code.normalised, code.end(parts[0]!));
  const m = /^\s*(return|break|continue|goto)\b/.exec(code.text.slice(from, code.end(statement)));
  const failed = b.block('not taken');
  const taken = b.block();
  b.here();
  b.end({
    k: 'branch',
    cond: unknown('conditional guard', span),
    then: failed,
    otherwise: taken,
    span,
    origin: 'if',
  });
  b.enter(failed);
  if (m?.[1] === 'return') {
    const bare = code.parsed(statement) === 'Return';
    lowerReturnOf(b, bare ? -1 : statement, span);
  } else if (m?.[1] === 'goto') b.goto(code.parsed(statement), span);
  else if (m === null) lowerEffect(b, statement);
  else {
    const target = m[1] === 'break' ? b.breakTo : b.continueTo;
    if (target !== null) {
      b.cleanUpTo(target.chain, span);
      b.jump(target.block, span);
    }
  }
  b.jump(taken, span);
  b.enter(taken);
}
