import type { Span } from '../base/span.ts';
import type { Builder } from './builder.ts';
import { afterComma, endOfArgument, fold, isSpace } from './code.ts';
import { booleanTemp, isBoolean } from './conditions.ts';
import { lowerEffect, lowerValue, namedType, unknown } from './expressions.ts';
import { Kind } from './kinds.ts';
import { inLoop } from './loops.ts';
import { lowerStatement } from './statements.ts';
import { looksLikeType, typeFromText, UNKNOWN_TYPE } from './typeref.ts';
import type { Callee, Expr } from './types.ts';

const TYPEOF = /^(?:__)?typeof(?:__|_unqual)?$/;

/** Lowers a call. Gives the temporary with its result if that is wanted. */
export function lowerCall(b: Builder, node: number, wanted: boolean): Expr {
  const { code } = b;
  const span = code.span(node);
  const callee = code.child(node, code.f.function);
  const list = code.child(node, code.f.arguments);
  if (code.kind(callee) === Kind.identifier) {
    const name = code.parsed(callee);
    if (b.lookup(name) === undefined) {
      if (TYPEOF.test(name)) {
        return { k: 'type', type: { ...UNKNOWN_TYPE, text: fold(code.written(node)) }, span };
      }
      const first = list < 0 ? -1 : code.first(list);
      if (b.unevaluated) return unknown('unevaluated', span);
      if (first >= 0 && b.dialect.isTransparentCondition(name)) {
        if (wanted) return lowerTruth(b, first);
        lowerEffect(b, first);
        return unknown('not wanted', span);
      }
      if (name === '__builtin_unreachable') {
        b.here();
        b.end({ k: 'stop', reason: 'unreachable', span });
        return unknown('unreachable', span);
      }
      if (name === 'return_ptr' && !wanted && b.expression === null) {
        returnPointer(b, list, span);
        return unknown('returned', span);
      }
      if (!wanted) declaredByMacro(b, name, list);
      return emitCall(b, { k: 'direct', name }, list, span, wanted);
    }
  }
  if (b.unevaluated) return unknown('unevaluated', span);
  const cast = castCall(b, callee, list, span);
  if (cast !== null) return cast;
  if (code.kind(callee) === Kind.call) {
    const guard = lowerGuard(b, callee, list, span);
    if (guard !== null) return guard;
  }
  const bare = code.bare(callee);
  if (code.kind(bare) === Kind.identifier && b.lookup(code.parsed(bare)) === undefined) {
    return emitCall(b, { k: 'direct', name: code.parsed(bare) }, list, span, wanted);
  }
  return emitCall(b, { k: 'indirect', expr: lowerValue(b, callee) }, list, span, wanted);
}

/** `DECLARE_BITMAP(bits, 8);`, `DEFINE_WAIT(wait);` in a body: the first name that is no type becomes a local variable. */
function declaredByMacro(b: Builder, macro: string, list: number): void {
  if (list < 0 || !/^(?:DEFINE|DECLARE)_/.test(macro)) return;
  const { code } = b;
  const nodes = code.children(list);
  const at = nodes.findIndex(
    (node, i) => code.kind(node) === Kind.identifier && typeArgument(b, list, nodes, i, null) === null,
  );
  const node = nodes[at];
  if (node === undefined || at > 1) return;
  const name = code.parsed(node);
  const span = code.span(node);
  const index = b.declare({ name, type: UNKNOWN_TYPE, span, storage: 'local', cleanup: null });
  b.emit({ k: 'declare', variable: index, span });
}

/** `return_ptr(p);` is `return no_free_ptr(p);`. */
function returnPointer(b: Builder, list: number, span: Span): void {
  const value = emitCall(b, { k: 'direct', name: 'no_free_ptr' }, list, span, true);
  b.here();
  b.cleanUpTo(null, span);
  b.end({ k: 'return', value, span });
}

/** The truth of what `likely()` wraps, as a value: 0 or 1. */
function lowerTruth(b: Builder, node: number): Expr {
  return isBoolean(b, node) ? lowerValue(b, node) : booleanTemp(b, node);
}

function emitCall(b: Builder, callee: Callee, list: number, span: Span, wanted: boolean): Expr {
  const args = lowerArguments(b, list, callee.k === 'direct' ? callee.name : null);
  const dst = wanted ? b.temp() : null;
  b.emit({ k: 'call', dst, callee, args, span, discarded: !wanted });
  return dst === null ? unknown('not wanted', span) : { k: 'temp', id: dst, span };
}

/** `(foo_t)(x)` parses as a call of a name in parentheses; with one argument it is a cast. */
function castCall(b: Builder, callee: number, list: number, span: Span): Expr | null {
  const { code } = b;
  if (code.kind(callee) !== Kind.parenthesized || list < 0) return null;
  const inner = code.first(callee);
  if (code.kind(inner) !== Kind.identifier) return null;
  const name = code.parsed(inner);
  const args = code.children(list);
  if (args.length !== 1 || b.lookup(name) !== undefined || !looksLikeType(name)) return null;
  return { k: 'cast', type: namedType(name), arg: lowerValue(b, args[0]!), span };
}

/** Lowers the arguments in order. Types among them are read from the author's text. */
export function lowerArguments(b: Builder, list: number, callee: string | null): Expr[] {
  if (list < 0) return [];
  const { code } = b;
  const nodes = code.children(list);
  const out: Expr[] = [];
  nodes.forEach((node, i) => {
    if (code.isMissing(node)) return;
    const kind = code.kind(node);
    if (kind === Kind.compound) {
      b.havoc('block as argument', code.span(node));
      lowerOptional(b, node);
      out.push(unknown('block as argument', code.span(node)));
      return;
    }
    if (kind === Kind.identifier || kind === Kind.typeIdentifier) {
      const type = typeArgument(b, list, nodes, i, callee);
      if (type !== null) {
        out.push(type);
        return;
      }
    }
    out.push(lowerValue(b, node));
  });
  return out;
}

/** A block that a macro runs any number of times; `break` and `continue` are taken to be meant for the macro's loop. */
function lowerOptional(b: Builder, node: number): void {
  const span = b.code.span(node);
  const head = b.block('loop');
  const run = b.block('body');
  const after = b.block();
  b.here();
  b.jump(head, span);
  b.enter(head);
  const cond = unknown('block as argument', span);
  b.end({ k: 'branch', cond, then: run, otherwise: after, span, origin: 'loop' });
  b.enter(run);
  inLoop(b, after, head, () => lowerStatement(b, node));
  b.jump(head, span);
  b.enter(after);
}

const OPEN = 40;
const CLOSE = 41;
const COMMA = 44;
const BLANK = 32;

const KEYWORD_TYPE =
  /^(?:const|volatile|struct|union|enum|unsigned|signed|long|short|int|char|void|bool|_Bool|float|double|size_t|ssize_t)\b/;

/**
 * Argument `i` as a type, if the author wrote one: normalisation leaves one identifier of `struct foo *`, so
 * what stands between the commas of the original decides. A bare name is a type only where the callee takes one.
 */
function typeArgument(
  b: Builder,
  list: number,
  nodes: readonly number[],
  i: number,
  callee: string | null,
): Expr | null {
  const { code } = b;
  const node = nodes[i]!;
  // The usual case: a variable, with nothing around it that normalisation took away.
  const first = code.start(node);
  const left = code.text.charCodeAt(first - 1);
  const right = code.text.charCodeAt(code.end(node));
  const plain = (left === OPEN || left === BLANK) && (right === COMMA || right === CLOSE);
  if (plain && (left === OPEN || i > 0) && b.lookup(code.parsed(node)) !== undefined) {
    const before = left === OPEN ? OPEN : code.text.charCodeAt(first - 2);
    if (before === OPEN || before === COMMA) return null;
  }
  const from = i === 0 ? code.start(list) + 1 : afterComma(code.normalised, code.end(nodes[i - 1]!));
  const to = endOfArgument(code.normalised, code.end(node));
  let start = from;
  while (start < to && isSpace(code.text.charCodeAt(start))) start++;
  let end = to;
  while (end > start && isSpace(code.text.charCodeAt(end - 1))) end--;
  const bare = start === code.start(node) && end === code.end(node);
  const text = code.text.slice(start, end);
  if (bare && !KEYWORD_TYPE.test(text)) {
    if (b.lookup(text) !== undefined || !looksLikeType(text)) return null;
    if (callee === null || !b.dialect.takesType(callee)) return null;
    return { k: 'type', type: namedType(text), span: code.span(node) };
  }
  if (!bare && b.lookup(text) !== undefined) return null;
  const type = typeFromText(text);
  if (type === null) return null;
  return { k: 'type', type, span: { start: start + code.offset, end: end + code.offset } };
}

/** `guard(mutex)(&l)` and `CLASS(fd, f)(arg)`: now, and again at scope end. Null for any other call of a call. */
function lowerGuard(b: Builder, callee: number, list: number, span: Span): Expr | null {
  const { code } = b;
  const inner = code.child(callee, code.f.function);
  const parameters = code.child(callee, code.f.arguments);
  if (code.kind(inner) !== Kind.identifier || parameters < 0) return null;
  const macro = code.parsed(inner);
  const names = code.children(parameters);
  if (macro === 'guard' && names.length === 1) {
    const kind = code.written(names[0]!);
    const args = lowerArguments(b, list, null);
    b.emit({ k: 'guard', phase: 'enter', kind, args, span });
    b.deferToScopeEnd({ k: 'guard', phase: 'leave', kind, args, span });
    return unknown('guard', span);
  }
  if ((macro === 'CLASS' || macro === 'ACQUIRE') && names.length === 2) {
    const kind = code.written(names[0]!);
    const name = code.written(names[1]!);
    const args = lowerArguments(b, list, null);
    const index = b.declare({
      name,
      type: { ...UNKNOWN_TYPE, text: `class_${kind}_t`, tag: `class_${kind}_t` },
      span: code.span(names[1]!),
      storage: 'local',
      cleanup: macro === 'CLASS' ? kind : null,
    });
    if (macro === 'ACQUIRE') {
      // A guard with a name, for ACQUIRE_ERR() to ask whether it holds.
      b.emit({ k: 'guard', phase: 'enter', kind, args, span });
      b.deferToScopeEnd({ k: 'guard', phase: 'leave', kind, args, span });
      return unknown('guard', span);
    }
    const dst = b.temp();
    const constructed = { k: 'direct', name: `class_${kind}_constructor` } as const;
    b.emit({ k: 'call', dst, callee: constructed, args, span, discarded: false });
    const target: Expr = { k: 'local', index, name, span: code.span(names[1]!) };
    const value: Expr = { k: 'temp', id: dst, span };
    b.emit({ k: 'assign', target, value, compound: null, init: true, span });
    b.deferToScopeEnd({ k: 'cleanup', variable: index, cleanup: kind, span });
    return unknown('class', span);
  }
  return null;
}
