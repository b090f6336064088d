import type { Outcome } from '../../server/src/model/core/explore.ts';
import type { Protocol, ProtocolStep } from '../../server/src/model/protocol.ts';

/** A protocol's way with one thing about its steps changed. */
export interface Mutant<S> {
  readonly change: string;
  readonly steps: readonly S[];
}

/** Every step left out, or swapped with its neighbour. */
export function mutantsOf<S extends ProtocolStep>(steps: readonly S[]): Mutant<S>[] {
  return steps.flatMap((step, i) => {
    const dropped = { change: `drop ${step.id}`, steps: steps.toSpliced(i, 1) };
    const next = steps[i + 1];
    if (next === undefined) return [dropped];
    const swapped = { change: `swap ${step.id} ${next.id}`, steps: steps.with(i, next).with(i + 1, step) };
    return [dropped, swapped];
  });
}

/** The changes of some protocols that nobody notices, sorted: protocol, way, change. */
export function survivorsOf<P extends Protocol<ProtocolStep, string>>(
  protocols: Readonly<Record<string, P>>,
  isNoticed: (changed: Readonly<Record<string, P>>) => boolean,
): string[] {
  const survivors: string[] = [];
  for (const protocol of Object.values(protocols))
    for (const [way, steps] of Object.entries(protocol.ways))
      for (const mutant of mutantsOf(steps)) {
        const ways = { ...protocol.ways, [way]: mutant.steps };
        const changed = { ...protocols, [protocol.id]: { ...protocol, ways } };
        if (!isNoticed(changed)) survivors.push(`${protocol.id} ${way} ${mutant.change}`);
      }
  return survivors.sort();
}

/** What a run on changed protocols says; null where it edits the step that is gone: that tells nothing. */
export function verdictOf(look: () => { readonly verdict: Outcome }): Outcome | null {
  try {
    return look().verdict;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Whether a run on changed protocols ends otherwise than expected. */
export function differs(look: () => { readonly verdict: Outcome }, expect: Outcome): boolean {
  const verdict = verdictOf(look);
  return verdict !== null && verdict !== expect;
}
