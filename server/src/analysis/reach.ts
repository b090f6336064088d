import type { FunctionHead } from '../ir/types.ts';
import type { Heads } from './heads.ts';

/** Whether a function, or one that it calls, directly or not, is of a kind. By the texts. */
export class Reach {
  private readonly known = new Map<string, boolean>();

  constructor(
    private readonly heads: Heads,
    private readonly pointed: ReadonlyMap<string, readonly string[]>,
    private readonly is: (head: FunctionHead) => boolean,
  ) {}

  /** Whether that function is, or one below it. */
  from(start: string): boolean {
    const known = this.known.get(start);
    if (known !== undefined) return known;
    const seen = new Set([start]);
    const found = this.search([start], seen);
    // Nothing that was met leads there either; what leads there is not told apart from what does not.
    if (found) this.known.set(start, true);
    else for (const name of seen) this.known.set(name, false);
    return found;
  }

  private search(open: string[], seen: Set<string>): boolean {
    for (let name = open.pop(); name !== undefined; name = open.pop())
      for (const head of this.heads.named(name)) {
        if (this.known.get(name) === false) continue;
        if (this.known.get(name) === true || this.is(head)) return true;
        for (const callee of this.calleesOf(head))
          if (this.heads.has(callee) && !seen.has(callee)) {
            seen.add(callee);
            open.push(callee);
          }
      }
    return false;
  }

  private *calleesOf({ calls, members }: FunctionHead): Generator<string> {
    yield* calls;
    for (const member of members) yield* this.pointed.get(member) ?? [];
  }
}
