import type { Span } from '../base/span.ts';
import { plainName } from '../ir/marks.ts';
import type { Expr, IrFunction } from '../ir/types.ts';
import type { Call } from './call-context.ts';
import { readsOf, readsOfTerm, walk } from './flow.ts';
import type { Step } from './observe.ts';

/** What stands at an offset of a function, as far as it can have to do with memory. */
export type Place =
  | { readonly k: 'call'; readonly span: Span; readonly callee: string; readonly steps: ReadonlySet<Step> }
  | { readonly k: 'return'; readonly span: Span; readonly steps: ReadonlySet<Step> }
  | {
      readonly k: 'value';
      readonly span: Span;
      readonly expr: Expr;
      /** Those that read it, and those that write it: after those it holds what is asked for. */
      readonly steps: ReadonlySet<Step>;
      readonly written: ReadonlySet<Step>;
    };

/**
 * What may be meant at `offset` (UTF-16 units from the start of the function's text `text`), the likeliest first: at the name of an array
 * that itself, and the element that is taken of it.
 */
export function placesAt(fn: IrFunction, text: string, offset: number): readonly Place[] {
  const place = callAt(fn, text, offset) ?? returnAt(fn, text, offset);
  if (place !== null) return [place];
  const value = valueAt(fn, offset);
  if (value === null) return [];
  const element = value.expr.k === 'index' ? null : valueAt(fn, offset, true);
  return element === null ? [value] : [value, element];
}

/** The callee of a call as it stands in the function. */
export function calleeOf(call: Call): string | null {
  return call.callee.k === 'direct' ? call.callee.name : null;
}

/** The name of a call: one text may be lowered several times, as in loop heads and at every way out of a scope. */
function callAt(fn: IrFunction, text: string, offset: number): Place | null {
  let found: { span: Span; callee: string; steps: Set<Step> } | null = null;
  for (const { instrs } of fn.blocks)
    for (const instr of instrs) {
      if (instr.k !== 'call' || instr.callee.k !== 'direct') continue;
      const span = nameOf(instr, text);
      if (span === null || !covers(span, offset)) continue;
      found ??= { span, callee: instr.callee.name, steps: new Set() };
      found.steps.add(instr);
    }
  return found && { k: 'call', ...found };
}

/** Where the name of a call stands; null: its text does not begin with it, because a macro stands there. */
export function nameOf(call: Call, text: string): Span | null {
  if (call.callee.k !== 'direct') return null;
  const name = plainName(call.callee.name);
  const { start } = call.span;
  return text.startsWith(name, start) ? { start, end: start + name.length } : null;
}

function returnAt(fn: IrFunction, text: string, offset: number): Place | null {
  const steps = new Set<Step>();
  let span: Span | null = null;
  for (const { term } of fn.blocks) {
    if (term.k !== 'return') continue;
    const { start } = term.span;
    const word = text.startsWith('return', start) ? { start, end: start + 'return'.length } : term.span;
    if (!covers(word, offset)) continue;
    span = word;
    steps.add(term);
  }
  return span && { k: 'return', span, steps };
}

/** `element`: one whose array is named at the offset. */
function valueAt(fn: IrFunction, offset: number, element = false): Extract<Place, { k: 'value' }> | null {
  let best: Expr | null = null;
  const seen: { readonly step: Step; readonly expr: Expr; readonly written: boolean }[] = [];
  const look = (step: Step, root: Expr, written: boolean): void =>
    walk(root, (expr) => {
      if (expr.k !== 'local' && expr.k !== 'field' && expr.k !== 'name' && expr.k !== 'index') return;
      if (!covers(element && expr.k === 'index' ? expr.base.span : expr.span, offset)) return;
      if (element && expr.k !== 'index') return;
      seen.push({ step, expr, written });
      if (best === null || size(expr.span) < size(best.span)) best = expr;
    });
  for (const { instrs, term } of fn.blocks) {
    for (const instr of instrs) {
      if (instr.k === 'cleanup') continue;
      if (instr.k === 'assign') {
        look(instr, instr.target, true);
        look(instr, instr.value, false);
      } else for (const expr of readsOf(instr)) look(instr, expr, false);
    }
    for (const expr of readsOfTerm(term)) look(term, expr, false);
  }
  if (best === null) return null;
  const { span } = best as Expr;
  const same = seen.filter(({ expr }) => expr.span.start === span.start && expr.span.end === span.end);
  const expr = same[0]!.expr;
  return {
    k: 'value',
    span,
    expr,
    steps: new Set(same.map(({ step }) => step)),
    written: new Set(same.filter(({ written }) => written).map(({ step }) => step)),
  };
}

const size = (span: Span): number => span.end - span.start;

/** The end included: a cursor behind the last character still points at it. */
function covers(span: Span, offset: number): boolean {
  return span.start <= offset && offset <= span.end;
}
