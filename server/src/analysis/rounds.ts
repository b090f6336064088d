import type { Span } from '../base/span.ts';
import type { IrFunction } from '../ir/types.ts';
import type { TraceStep } from './finding.ts';
import { repeatedBlocks } from './flow.ts';
import type { FunctionsOf } from './sites.ts';

/** Steps behind which another run of a function is told: what stands further up then is no later round of a loop. */
const newRuns: ReadonlySet<TraceStep['event']['k']> = new Set(['entry', 'defer', 'context']);

/**
 * A path that says where it goes back: a step that stands above the one before it, both in one loop, is of a later round. Where
 * that is not sure nothing is said.
 */
export function withRounds(trace: readonly TraceStep[], functionsOf: FunctionsOf): readonly TraceStep[] {
  return trace.map((step, i) => {
    const before = stepBefore(trace, i);
    if (before === null || before.at.span.start < step.at.span.end) return step;
    const { file, function: name } = step.at;
    const isLater = functionsOf(file, name).some((fn) => {
      const loops = loopsIn(fn);
      const loop = loops.get(keyOf(step.at.span)) ?? null;
      return loop !== null && loop === loops.get(keyOf(before.at.span));
    });
    return isLater ? { ...step, again: true } : step;
  });
}

/** The step before it in the same run of its function; null where there is none. */
function stepBefore(trace: readonly TraceStep[], i: number): TraceStep | null {
  const { at, depth } = trace[i]!;
  for (let j = i - 1; j >= 0; j--) {
    const before = trace[j]!;
    if (newRuns.has(before.event.k) || before.depth < depth) return null;
    if (before.depth > depth) continue;
    return before.at.file === at.file && before.at.function === at.function ? before : null;
  }
  return null;
}

const known = new WeakMap<IrFunction, ReadonlyMap<string, number | null>>();

/**
 * By places of a function, the first block of the outermost loop that they are in; null: in none, in several, or what runs there stands
 * elsewhere, as what is done at the end of a scope.
 */
function loopsIn(fn: IrFunction): ReadonlyMap<string, number | null> {
  let loops = known.get(fn);
  if (loops === undefined) {
    const found = new Map<string, number | null>();
    const repeated = repeatedBlocks(fn);
    const note = (span: Span, loop: number | null) => {
      const key = keyOf(span);
      found.set(key, found.has(key) && found.get(key) !== loop ? null : loop);
    };
    for (const { id, instrs, term } of fn.blocks) {
      for (const instr of instrs)
        note(instr.span, instr.k === 'cleanup' || instr.k === 'guard' ? null : (repeated.get(id) ?? null));
      note(term.span, repeated.get(id) ?? null);
    }
    loops = found;
    known.set(fn, loops);
  }
  return loops;
}

function keyOf({ start, end }: Span): string {
  return `${start} ${end}`;
}
