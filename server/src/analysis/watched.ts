import type { Evaluator } from './eval.ts';
import { isPlainSlab } from './merge.ts';
import type { State } from './state.ts';
import type { Summary } from './summary.ts';
import type { Term } from './terms.ts';

/** Whether a call that gets this argument gets memory that matters: itself, or in a cell of what it points to. */
export function holdsMemory(state: State, arg: Term, evaluator: Evaluator): boolean {
  const base = evaluator.memoryOf(arg, state)?.base;
  if (base === undefined) return false;
  if (isWatched(state, base)) return true;
  for (const [path, value] of state.cells) {
    const { root } = path;
    const below =
      root.k === 'deref'
        ? root.term === base
        : base.k === 'addr' && root === base.path.root && path !== base.path;
    if (below && isWatched(state, evaluator.memoryOf(value, state)?.base)) return true;
  }
  return false;
}

function isWatched(state: State, base: Term | undefined): boolean {
  const object = base === undefined ? undefined : state.objects.get(base);
  if (object === undefined || object.freedAt !== null || isPlainSlab(object)) return false;
  return object.own || object.flip !== null;
}

/** The function whose result a value is, or is found through; null for values that no call gave. */
export function giverOf(value: Term): string | null {
  switch (value.k) {
    case 'fresh':
      return value.outcomeOf === null ? (/^([\w@./+-]+)\(\)$/.exec(value.hint)?.[1] ?? null) : null;
    case 'entry':
    case 'addr':
      return value.path.root.k === 'deref' ? giverOf(value.path.root.term) : null;
    case 'op':
      return value.op === 'at' || value.op === 'add' || value.op.startsWith('container-of:')
        ? giverOf(value.args[0]!)
        : null;
    default:
      return null;
  }
}

/** Whether a function converts or frees anything that its callers know of. */
export function takesMemory(summary: Summary): boolean {
  return summary.rows.some((row) => row.effects.some((e) => e.k === 'flip' || e.k === 'free'));
}
