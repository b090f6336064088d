import type { FunctionHead } from '../ir/types.ts';
import type { Vocabulary } from '../kernel/types.ts';
import { type Converts, convertedBy, transitionArguments } from './function-facts.ts';
import type { Flows } from './kept.ts';

/** Which functions of a unit convert memory for those that call them, and where the others keep what is converted. */
export class Wrappers {
  /** By function: which parameters are given memory that it converts. */
  private readonly parameters = new Map<string, Set<number>>();
  /** Functions that return what they convert. */
  private readonly givers = new Set<string>();
  /** Functions that put it where a parameter says. */
  private readonly fillers = new Set<string>();
  private readonly places = new Set<string>();
  private readonly converts: Converts;

  constructor(
    private readonly vocabulary: Vocabulary,
    private readonly flowsOf: (head: FunctionHead) => Flows,
  ) {
    const ofTransitions = transitionArguments(vocabulary);
    this.converts = (name) => this.parameters.get(name) ?? ofTransitions(name);
  }

  /** Whether memory that a function converts is its caller's, as far as the functions that were looked at before it tell. */
  hands(heads: readonly FunctionHead[]): boolean {
    for (const head of heads) this.look(head);
    return heads.some(
      ({ name }) => this.parameters.has(name) || this.givers.has(name) || this.fillers.has(name),
    );
  }

  /** Fields and globals in which functions keep what they convert or have converted. */
  placesOf(heads: readonly FunctionHead[]): ReadonlySet<string> {
    // Which parameters a wrapper converts its callers ask for, so to a fixpoint; they are few.
    for (let changed = true; changed; ) {
      changed = false;
      for (const head of heads) if (this.look(head)) changed = true;
    }
    return this.places;
  }

  /** Whether callers of the function learn something new. */
  private look(head: FunctionHead): boolean {
    const { fn, calls } = this.flowsOf(head);
    const gives = (callee: string) => this.givers.has(callee);
    const isAddress = (callee: string) => this.vocabulary.rows(callee).some((row) => row.k === 'same');
    const found = convertedBy(fn, this.converts, gives, isAddress, calls);
    for (const place of found.places) this.places.add(place);
    const known = this.parameters.get(head.name) ?? new Set<number>();
    const before = known.size;
    for (const index of found.parameters) known.add(index);
    if (known.size > 0) this.parameters.set(head.name, known);
    const isNewGiver = found.returned && !this.givers.has(head.name);
    if (found.returned) this.givers.add(head.name);
    if (found.filled) this.fillers.add(head.name);
    return known.size > before || isNewGiver;
  }
}
