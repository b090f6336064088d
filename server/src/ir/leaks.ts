import { contains, type Span } from '../base/span.ts';
import type { Code } from './code.ts';
import { Kind } from './kinds.ts';
import { isStatement } from './statements.ts';
import type { Block, Dialect } from './types.ts';

/**
 * What comments speak of that say that memory is leaked on purpose: the statement behind which one stands in its line, else those that
 * follow it up to an empty line. Where that is no place that a path can be seen at, the choice around it; where variables are declared,
 * the block that they are in; at the head of a function all of it.
 */
export function leaksTold(code: Code, body: number, blocks: readonly Block[], dialect: Dialect): Span[] {
  const found: Span[] = [];
  const whole = { start: 0, end: code.text.length };
  for (const match of code.text.matchAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g)) {
    if (!dialect.tellsLeak(match[0])) continue;
    const comment = { start: match.index, end: match.index + match[0].length };
    const around = body < 0 ? [] : statementsAround(code, body, comment);
    // Whoever comes to a part of a choice or loop has come by its head.
    const heads = around.filter((node) => !lists.has(code.kind(node))).reverse();
    const spans = [spokenOf(code, around, comment), ...heads.map((node) => code.span(node))];
    found.push(spans.find((span) => span !== null && isMet(span, blocks)) ?? whole);
  }
  return found;
}

/** Statements that a comment stands in, outermost first: the function's block is the first. */
function statementsAround(code: Code, body: number, comment: Span): number[] {
  const { next } = code.tree;
  const around: number[] = [];
  for (let j = body; j < next[body]!; ) {
    const isAround = code.start(j) <= comment.start && comment.end <= code.end(j);
    if (isAround && isStatement(code.kind(j))) around.push(j);
    j = isAround ? j + 1 : next[j]!;
  }
  return around;
}

/** The statements that stand in another, not in one of these. */
function statementsIn(code: Code, node: number): number[] {
  const { next } = code.tree;
  const found: number[] = [];
  for (let j = node + 1; j < next[node]!; ) {
    const isOne = isStatement(code.kind(j)) && code.kind(j) !== Kind.elseClause;
    if (isOne) found.push(j);
    j = isOne ? next[j]! : j + 1;
  }
  return found;
}

const lists: ReadonlySet<Kind> = new Set([Kind.compound, Kind.case, Kind.labeled, Kind.preproc]);

/** What a comment speaks of in the innermost statement around it; null: what is around it. */
function spokenOf(code: Code, around: readonly number[], comment: Span): Span | null {
  const inner = around.at(-1);
  if (inner === undefined) return null;
  const { text } = code;
  const all = statementsIn(code, inner);
  const at = all.findIndex((node) => code.start(node) >= comment.end);
  const before = all.filter((node) => code.end(node) <= comment.start).at(-1);
  const isBehind = (end: number) => !text.slice(end, comment.start).includes('\n');
  if (!lists.has(code.kind(inner))) {
    const line = text.slice(text.lastIndexOf('\n', comment.start) + 1, comment.start);
    // `if (x) // leaked otherwise`: what follows may be what is done instead.
    return at < 0 || line.trim() !== '' ? null : code.span(all[at]!);
  }
  if (before !== undefined && (at < 0 || isBehind(code.end(before))))
    return spanOf(code, inner, before, before);
  if (at < 0 || (around.length === 1 && before === undefined)) return null;
  let last = at;
  while (last + 1 < all.length && isNextTo(code, all[last]!, all[last + 1]!)) last++;
  return spanOf(code, inner, all[at]!, all[last]!);
}

/** What is said of a variable counts wherever that does. */
function spanOf(code: Code, inner: number, first: number, last: number): Span {
  return code.kind(first) === Kind.declaration ? code.span(inner) : code.between(first, last);
}

/** No empty line lies between two statements, and nobody jumps there. */
function isNextTo(code: Code, one: number, other: number): boolean {
  const isJumpedTo = code.kind(other) === Kind.labeled || code.kind(other) === Kind.case;
  return !isJumpedTo && !/\n[ \t]*\r?\n/.test(code.text.slice(code.end(one), code.start(other)));
}

/** A path that goes through it does something there. */
function isMet(span: Span, blocks: readonly Block[]): boolean {
  return blocks.some(
    ({ instrs, term }) =>
      instrs.some((instr) => contains(span, instr.span)) || (term.k !== 'jump' && contains(span, term.span)),
  );
}
