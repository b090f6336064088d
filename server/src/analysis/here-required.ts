import { memoryAt } from './call-context.ts';
import type { Engine } from './engine.ts';
import type { StateName } from './finding.ts';
import type { FunctionRecord } from './record.ts';
import { State } from './state.ts';
import type { Term } from './terms.ts';

/** What somebody wrote down that memory is when a function is called. */
export interface Demand {
  readonly states: readonly StateName[];
  /** Where: a source file, or the tree's own configuration. */
  readonly source: string;
}

/** By the memory as it is when a function is entered, what is demanded of its callers. */
export function demandsOf(
  { vocabulary, terms, evaluator }: Engine,
  { fn }: FunctionRecord,
): Map<Term, Demand> {
  const found = new Map<Term, Demand>();
  const args = fn.variables
    .slice(0, fn.parameterCount)
    .map((_, i) => terms.entry(evaluator.localPath(fn, i)));
  const state = new State();
  for (const row of vocabulary.rows(fn.name)) {
    if (row.k !== 'requirement') continue;
    const value = memoryAt(row.place, args, state, terms)?.value;
    const base = value && evaluator.memoryOf(value, state)?.base;
    if (base && !found.has(base)) found.set(base, { states: row.states, source: row.source });
  }
  return found;
}
