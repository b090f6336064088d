import type { Span } from '../base/span.ts';
import type { ConditionRegion } from '../syntax/types.ts';
import type { Builder } from './builder.ts';
import { Kind } from './kinds.ts';
import { lowerStatement } from './statements.ts';

const NONE: readonly ConditionRegion[] = [];

function regionsOf(b: Builder): readonly ConditionRegion[] {
  return b.slice?.regions ?? NONE;
}

/** The regions around `[start, end)` that are not yet known to hold, outermost first. */
function additional(b: Builder, start: number, end: number): number[] {
  const regions = regionsOf(b);
  const out: number[] = [];
  for (let i = 0; i < regions.length; i++) {
    const { span } = regions[i]!;
    if (span.start <= start && end <= span.end && !b.active.includes(i)) out.push(i);
  }
  const size = (i: number): number => regions[i]!.span.end - regions[i]!.span.start;
  return out.sort((x, y) => size(y) - size(x) || x - y);
}

/** Statements of a block. Neighbours that stand under the same `#if` share one choice on its condition. */
export function lowerList(b: Builder, nodes: readonly number[]): void {
  if (regionsOf(b).length === 0) {
    for (const node of nodes) lowerStatement(b, node);
    return;
  }
  for (let i = 0; i < nodes.length; ) {
    const region = outermost(b, nodes[i]!);
    if (region < 0) {
      if (losesHead(b, nodes[i]!)) b.havoc('head under #if', b.code.span(nodes[i]!));
      lowerStatement(b, nodes[i]!);
      i++;
      continue;
    }
    const held = [region];
    let j = i + 1;
    for (; j < nodes.length; j++) {
      const other = outermost(b, nodes[j]!);
      if (other < 0 || !samePresence(b, region, other)) break;
      if (!held.includes(other)) held.push(other);
    }
    const span = regionsOf(b)[region]!.span;
    const after = b.block();
    const active = b.active;
    b.require([region], after, { start: span.start + b.code.offset, end: span.end + b.code.offset });
    b.active = [...active, ...held];
    lowerList(b, nodes.slice(i, j));
    b.active = active;
    b.jump(after, span);
    b.enter(after);
    i = j;
  }
}

/** A loop or `switch` of which only the head stands in a region: it is taken as there, which is half the truth. */
function losesHead(b: Builder, node: number): boolean {
  const { code } = b;
  const kind = code.kind(node);
  if (kind !== Kind.while && kind !== Kind.for && kind !== Kind.do && kind !== Kind.switch) return false;
  const start = code.start(node);
  return regionsOf(b).some(
    ({ span }, i) =>
      span.start <= start && start < span.end && span.end < code.end(node) && !b.active.includes(i),
  );
}

function outermost(b: Builder, node: number): number {
  return additional(b, b.code.start(node), b.code.end(node))[0] ?? -1;
}

function samePresence(b: Builder, x: number, y: number): boolean {
  if (x === y) return true;
  const one = regionsOf(b)[x]!.presence;
  const two = regionsOf(b)[y]!.presence;
  return (
    one.length === two.length && one.every((l, i) => l.text === two[i]!.text && l.holds === two[i]!.holds)
  );
}

/** The regions that `offset` lies in, outermost first. */
export function regionsAround(b: Builder, offset: number): number[] {
  return regionsOf(b).flatMap(({ span }, i) => (span.start <= offset && offset < span.end ? [i] : []));
}

/**
 * Enters the block of a label. In a region the label exists only where the region's literals hold: a `goto`
 * assumes them, a `switch` goes to `without` where they don't. Who falls through from above passes in any case.
 */
export function enterLabel(b: Builder, node: number, block: number, span: Span, without = -1): void {
  const { code } = b;
  const start = code.start(node);
  const around = regionsAround(b, start);
  if (around.length === 0) {
    b.jump(block, span);
    b.enter(block);
    return;
  }
  const partial = around.some((i) => regionsOf(b)[i]!.span.end < code.end(node));
  const statement = partial || without >= 0 ? b.block() : block;
  b.jump(statement, span);
  b.enter(block);
  if (without >= 0) b.require(around, without, span);
  else for (const literal of b.literalsOf(around)) b.emit({ k: 'assume', literal, span });
  if (statement === block) return;
  b.jump(statement, span);
  b.enter(statement);
}

/**
 * An `if` whose head stands in a region that ends before the statement does (`#ifdef X`, `if (a) f(); else`,
 * `#endif`, `g();`): which part the region covers, and where control goes without it.
 */
export function partialHead(
  b: Builder,
  node: number,
  consequence: number,
): { readonly regions: readonly number[]; readonly covers: 'condition' | 'consequence' } | null {
  const { code } = b;
  const regions = regionsOf(b);
  if (regions.length === 0 || consequence < 0) return null;
  const start = code.start(node);
  const end = code.end(node);
  const held: number[] = [];
  let least = end;
  for (let i = 0; i < regions.length; i++) {
    const { span } = regions[i]!;
    if (span.start > start || span.end <= start || span.end >= end || b.active.includes(i)) continue;
    held.push(i);
    least = Math.min(least, span.end);
  }
  if (held.length === 0) return null;
  if (least >= code.end(consequence)) return { regions: held, covers: 'consequence' };
  return least <= code.start(consequence) ? { regions: held, covers: 'condition' } : null;
}
