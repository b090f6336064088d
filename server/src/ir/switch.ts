import type { Span } from '../base/span.ts';
import type { Builder, SwitchCase, SwitchContext } from './builder.ts';
import { fold } from './code.ts';
import { parseConstant } from './constants.ts';
import { hasEffect, lowerValue, unknown } from './expressions.ts';
import { enterLabel, lowerList } from './regions.ts';
import { exprText } from './text.ts';
import type { Expr } from './types.ts';

/** `case 1 ... n:` is written out up to this many values. */
const MAX_RANGE = 256n;

/** Lowers `switch`, fallthrough and labels under `#if` included. */
export function lowerSwitch(b: Builder, node: number): void {
  const { code } = b;
  const condition = code.child(node, code.f.condition);
  const value = lowerValue(b, condition);
  const span = condition < 0 ? code.span(node) : code.span(condition);
  b.here();
  const head = b.current;
  b.end({ k: 'stop', reason: 'switch', span });
  const after = b.block();
  const before = { context: b.switchContext, breakTo: b.breakTo };
  const context: SwitchContext = { cases: [], otherwise: -1, after };
  b.switchContext = context;
  b.breakTo = { block: after, chain: b.chain };
  const body = code.child(node, code.f.body);
  if (body >= 0) lowerList(b, [body]);
  b.switchContext = before.context;
  b.breakTo = before.breakTo;
  b.jump(after, span);
  const otherwise = context.otherwise < 0 ? after : context.otherwise;
  b.drafts[head]!.term = { k: 'switch', value, cases: casesOf(b, context.cases, otherwise), otherwise, span };
  b.enter(after);
}

/** One case for each value: arms of an `#if` may each have their label for it, and are asked one after the other. */
function casesOf(
  b: Builder,
  all: readonly SwitchCase[],
  otherwise: number,
): { values: Expr[]; to: number; span: Span }[] {
  const kept: { values: Expr[]; to: number; span: Span }[] = [];
  const open = new Map<string, SwitchCase>();
  const close = (item: SwitchCase, to: number): void => {
    if (item.without < 0) return;
    b.enter(item.without);
    b.jump(to, item.span);
  };
  for (const item of all) {
    const key = item.values.map(exprText).join();
    const earlier = open.get(key);
    if (earlier === undefined) kept.push({ values: item.values, to: item.to, span: item.span });
    else close(earlier, item.to);
    open.set(key, item);
  }
  for (const item of open.values()) close(item, otherwise);
  return kept;
}

/** A `case` or `default` label and the statements up to the next one. */
export function lowerCase(b: Builder, node: number): void {
  const { code } = b;
  const valueNode = code.child(node, code.f.value);
  const context = b.switchContext;
  const written = code.text.slice(code.start(node), code.start(node) + 7);
  const isDefault = written === 'default';
  const from = valueNode < 0 ? code.start(node) + 7 : code.end(valueNode);
  const colon = code.normalised.indexOf(':', from);
  const close = colon < 0 || colon >= code.end(node) ? from : colon + 1;
  const span = { start: code.start(node) + code.offset, end: close + code.offset };
  const body = code.children(node).filter((c) => c !== valueNode);
  if (context === null) {
    b.havoc('case outside of a switch', span);
    lowerList(b, body);
    return;
  }
  const values = isDefault ? [] : caseValues(b, node, valueNode);
  const last = context.cases[context.cases.length - 1];
  const open = b.current >= 0 && b.current === last?.to && b.drafts[b.current]!.instrs.length === 0;
  const inRegion = (b.slice?.regions.length ?? 0) > 0;
  if (open && !isDefault && !inRegion) last.values.push(...values);
  else {
    const text = isDefault
      ? 'default'
      : `case ${fold(code.text.slice(code.start(valueNode), code.end(valueNode)))}`;
    const block = b.block(text);
    const without = isDefault ? context.after : inRegion ? b.block() : -1;
    enterLabel(b, node, block, span, without);
    if (isDefault) context.otherwise = block;
    else context.cases.push({ values, to: block, span, without });
  }
  lowerList(b, body);
}

function caseValues(b: Builder, node: number, valueNode: number): Expr[] {
  const { code } = b;
  if (valueNode < 0) return [unknown('parse error', code.span(node))];
  const text = code.written(valueNode);
  const dots = text.indexOf('...');
  const span = code.span(valueNode);
  if (dots < 0) {
    // A label is a constant; `MACRO(x)` in it is one with a name of its own.
    return [hasEffect(b, valueNode) ? { k: 'name', name: fold(text), span } : lowerValue(b, valueNode)];
  }
  const low = parseConstant(text.slice(0, dots), span);
  const high = parseConstant(text.slice(dots + 3), span);
  if (low?.k === 'int' && high?.k === 'int' && high.value - low.value < MAX_RANGE) {
    const out: Expr[] = [];
    for (let value = low.value; value <= high.value; value++) out.push({ k: 'int', value, span });
    return out;
  }
  return [unknown('case range', span)];
}
