import type { Span } from '../base/span.ts';
import { lowerAsm } from './asm.ts';
import type { Builder } from './builder.ts';
import { MAX_DEPTH } from './builder.ts';
import { lowerCondition } from './conditions.ts';
import { lowerDeclaration } from './declarations.ts';
import { hasEffect, hasParseError, lowerEffect, lowerStored, lowerValue, unknown } from './expressions.ts';
import { Kind } from './kinds.ts';
import { lowerDo, lowerFor, lowerMacroBlock, lowerWhile } from './loops.ts';
import { enterLabel, lowerList, partialHead, regionsAround } from './regions.ts';
import { lowerCase, lowerSwitch } from './switch.ts';
import type { Expr } from './types.ts';

/** Lowers one statement; control is where it goes on, or nowhere. */
export function lowerStatement(b: Builder, node: number): void {
  if (node < 0) return;
  const { code } = b;
  if (b.depth >= MAX_DEPTH) {
    b.havoc('nested too deeply', code.span(node));
    return;
  }
  b.depth++;
  if (b.errorsBefore !== null && hasParseError(b, node)) lowerBroken(b, node);
  else dispatch(b, node);
  b.depth--;
}

function dispatch(b: Builder, node: number): void {
  const { code } = b;
  switch (code.kind(node)) {
    case Kind.compound: {
      const scope = b.openScope();
      lowerList(b, code.children(node));
      const end = code.tree.end[node]! + code.offset;
      b.closeScope(scope, { start: end - 1, end });
      return;
    }
    case Kind.expressionStatement:
      lowerEffect(b, code.first(node));
      return;
    case Kind.declaration:
      lowerDeclaration(b, node);
      return;
    case Kind.if:
      lowerIf(b, node);
      return;
    case Kind.while:
      lowerWhile(b, node);
      return;
    case Kind.for:
      lowerFor(b, node);
      return;
    case Kind.do:
      lowerDo(b, node);
      return;
    case Kind.switch:
      lowerSwitch(b, node);
      return;
    case Kind.case:
      lowerCase(b, node);
      return;
    case Kind.labeled:
      lowerLabeled(b, node);
      return;
    case Kind.goto:
      lowerGoto(b, node);
      return;
    case Kind.return:
      lowerReturn(b, node);
      return;
    case Kind.break:
    case Kind.continue: {
      const leaves = code.kind(node) === Kind.break;
      const target = leaves ? b.breakTo : b.continueTo;
      const span = code.span(node);
      b.here();
      if (target === null) {
        b.havoc(leaves ? 'break outside of a loop' : 'continue outside of a loop', span);
        return;
      }
      b.cleanUpTo(target.chain, span);
      b.jump(target.block, span);
      return;
    }
    case Kind.attributed: {
      const inner = code.children(node).filter((c) => code.kind(c) !== Kind.attributeSpecifier);
      for (const child of inner) lowerStatement(b, child);
      return;
    }
    case Kind.functionDefinition:
      b.havoc('nested function', code.span(node));
      return;
    case Kind.error:
      for (const child of code.children(node)) lowerFragment(b, child);
      return;
    case Kind.preproc:
      b.havoc('directive', code.span(node));
      for (const child of code.children(node)) if (isStatement(code.kind(child))) lowerStatement(b, child);
      return;
    case Kind.asm:
      lowerAsm(b, node);
      return;
    case Kind.elseClause:
      for (const child of code.children(node)) lowerStatement(b, child);
      return;
    default:
      if (hasEffect(b, node)) lowerEffect(b, node);
  }
}

/** Whether a node may stand in a block. */
export function isStatement(kind: Kind): boolean {
  return kind >= Kind.compound && kind <= Kind.functionDefinition;
}

/** What stands in an ERROR node: whole statements are lowered, of anything else the calls. */
function lowerFragment(b: Builder, node: number): void {
  if (isStatement(b.code.kind(node)) || hasEffect(b, node)) lowerStatement(b, node);
}

/** A statement with ERROR or MISSING nodes: lowered as far as it goes, then nothing is known of the locals that it names. */
function lowerBroken(b: Builder, node: number): void {
  const { code } = b;
  const kind = code.kind(node);
  const simple = !isStatement(kind) || kind === Kind.expressionStatement || kind === Kind.declaration;
  if (simple || kind === Kind.return || kind === Kind.goto) {
    const reason =
      kind === Kind.goto && /^goto\s*\*/.test(code.written(node)) ? 'computed goto' : 'parse error';
    if (kind === Kind.return || kind === Kind.goto) b.havoc(reason, code.span(node));
    dispatch(b, node);
    if (simple) b.havoc(reason, code.span(node), namedLocals(b, node));
    return;
  }
  // Blocks, loops, choices: errors in parts that are statements are their own business.
  const { next, flags } = code.tree;
  for (let j = node + 1; j < next[node]!; j = next[j]!) {
    if (isStatement(code.kind(j)) || code.kind(j) === Kind.elseClause) continue;
    if (code.kind(j) === Kind.error && kind === Kind.compound) continue;
    if (flags[j]! !== 0 && hasParseError(b, j)) {
      if (
        kind === Kind.while &&
        /\(\s*\)/.test(code.written(j)) &&
        !code.text.startsWith('while', code.start(node))
      )
        continue;
      b.havoc('parse error', code.span(j), namedLocals(b, j));
    }
  }
  dispatch(b, node);
}

function namedLocals(b: Builder, node: number): Expr[] {
  const { code } = b;
  const seen = new Set<number>();
  const out: Expr[] = [];
  for (let j = node; j < code.tree.next[node]!; j++) {
    if (code.kind(j) !== Kind.identifier) continue;
    const name = code.parsed(j);
    const index = b.lookup(name);
    if (index === undefined || seen.has(index)) continue;
    seen.add(index);
    out.push({ k: 'local', index, name, span: code.span(j) });
  }
  return out;
}

function lowerIf(b: Builder, first: number): void {
  const { code } = b;
  const { f } = code;
  if (!code.text.startsWith('if', code.start(first))) {
    lowerMacroBlock(b, first);
    return;
  }
  const after = b.block();
  const span = code.span(first);
  let node = first;
  for (;;) {
    const consequence = code.child(node, f.consequence);
    const alternative = code.child(node, f.alternative);
    const then = b.block('then');
    const otherwise = alternative < 0 ? after : b.block('else');
    const head = partialHead(b, node, consequence);
    if (head !== null) b.require(head.regions, head.covers === 'condition' ? then : otherwise, span);
    const condition = code.child(node, f.condition);
    const active = b.active;
    if (head !== null) b.active = [...active, ...head.regions];
    lowerCondition(b, condition, then, otherwise, 'if');
    if (head?.covers === 'condition') b.active = active;
    b.enter(then);
    lowerList(b, consequence < 0 ? [] : [consequence]);
    b.active = active;
    b.jump(after, span);
    if (alternative < 0) break;
    b.enter(otherwise);
    const body = code.kind(alternative) === Kind.elseClause ? code.first(alternative) : alternative;
    if (
      code.kind(body) === Kind.if &&
      b.errorsBefore === null &&
      (b.slice?.regions.length ?? 0) === 0 &&
      code.text.startsWith('if', code.start(body))
    ) {
      node = body;
      continue;
    }
    if (body >= 0) lowerList(b, [body]);
    b.jump(after, span);
    break;
  }
  b.enter(after);
}

function lowerLabeled(b: Builder, node: number): void {
  const { code } = b;
  const label = code.child(node, code.f.label);
  const name = label < 0 ? '' : code.parsed(label);
  const block = b.block(`${name}:`);
  b.defineLabel(name, block, regionsAround(b, code.start(node)));
  const colon = label < 0 ? code.start(node) : code.end(label);
  enterLabel(b, node, block, { start: code.start(node) + code.offset, end: colon + code.offset });
  const rest = code.children(node).filter((c) => c !== label && code.kind(c) !== Kind.attributeSpecifier);
  lowerList(b, rest);
}

function lowerGoto(b: Builder, node: number): void {
  const { code } = b;
  const span = code.span(node);
  const label = code.child(node, code.f.label);
  const text = code.written(node);
  if (label < 0 || code.isMissing(label) || /^goto\s*\*/.test(text)) {
    if (!hasParseError(b, node)) b.havoc('computed goto', span);
    b.here();
    b.end({ k: 'stop', reason: 'computed goto', span });
    return;
  }
  b.goto(code.parsed(label), span);
}

function lowerReturn(b: Builder, node: number): void {
  const { code } = b;
  lowerReturnOf(b, code.first(node), code.span(node));
}

/** Returns the value of `operand`, which may be -1; what is left of the scopes runs in between. */
export function lowerReturnOf(b: Builder, operand: number, span: Span): void {
  let value = operand < 0 ? null : lowerStored(b, operand);
  b.here();
  // The value is computed before the cleanups run.
  if (value !== null && b.chain !== null) value = settle(b, value, value.span);
  b.cleanUpTo(null, span);
  b.here();
  b.end({ k: 'return', value, span });
}

/** `value` in a form that cleanups do not change. */
function settle(b: Builder, value: Expr, span: Span): Expr {
  if (value.k === 'int' || value.k === 'string' || value.k === 'temp') return value;
  if (value.k === 'local' && b.variables[value.index]!.cleanup === null) return value;
  const temp: Expr = { k: 'temp', id: b.temp(), span };
  b.emit({ k: 'assign', target: temp, value, compound: null, init: false, span });
  return temp;
}

/** `({ ...; v; })`; its value is that of the last statement. */
export function statementExpression(b: Builder, node: number, wanted: boolean, span: Span): Expr {
  const { code } = b;
  if (b.unevaluated) return unknown('unevaluated', span);
  if (code.kind(node) !== Kind.compound) return lowerValue(b, node);
  const scope = b.openScope();
  const outer = b.expression;
  const switchContext = b.switchContext;
  b.expression = { outer };
  b.switchContext = null;
  const statements = code.children(node);
  const last = statements[statements.length - 1];
  let value: Expr = unknown('no value', span);
  const bodyEnd = code.tree.end[node]! + code.offset;
  const at = { start: bodyEnd - 1, end: bodyEnd };
  const lastValue = last !== undefined && wanted ? lastExpression(b, last) : -1;
  if (lastValue >= 0) {
    lowerList(b, statements.slice(0, -1));
    value = lastStatement(b, last!, lastValue);
    if (b.chain !== scope.chain) value = settle(b, value, span);
  } else lowerList(b, statements);
  b.closeScope(scope, at);
  b.expression = outer;
  b.switchContext = switchContext;
  return value;
}

/** The expression that a last statement yields, looked for behind labels; -1 if it yields none. */
function lastExpression(b: Builder, node: number): number {
  const { code } = b;
  let at = node;
  while (code.kind(at) === Kind.labeled) {
    const inner = code.children(at).filter((c) => c !== code.child(at, code.f.label));
    if (inner.length !== 1) return -1;
    at = inner[0]!;
  }
  return code.kind(at) === Kind.expressionStatement ? code.first(at) : -1;
}

function lastStatement(b: Builder, node: number, value: number): Expr {
  const { code } = b;
  for (let at = node; code.kind(at) === Kind.labeled; ) {
    const label = code.child(at, code.f.label);
    const block = b.block(`${code.parsed(label)}:`);
    b.defineLabel(code.parsed(label), block, regionsAround(b, code.start(at)));
    enterLabel(b, at, block, code.span(label));
    at = code.children(at).find((c) => c !== label)!;
  }
  return lowerValue(b, value);
}
