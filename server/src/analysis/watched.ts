import type { Evaluator } from './eval.ts';
import { isPlainSlab } from './merge.ts';
import type { State } from './state.ts';
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
