/** What every fact of the model carries: where it is written down. */
export interface Sourced {
  /** File and function with the kernel version, a seed with its sentence, or a section of a specification. */
  readonly source: string;
}

/** One step of a protocol. What it does is a matter of the family of protocols it belongs to. */
export interface ProtocolStep extends Sourced {
  /** Unique within its list. */
  readonly id: string;
  /** What it does, in the third person: `clears PRESENT`. */
  readonly title: string;
}

/** A sequence of steps for each way it can go. */
export interface Protocol<S extends ProtocolStep, Way extends string> extends Sourced {
  readonly id: string;
  readonly title: string;
  readonly ways: Readonly<Record<Way, readonly S[]>>;
}

/** One change to a list of steps: what a claim's twin, and a mutation, differs in. */
export type Edit<S extends ProtocolStep> =
  | { readonly drop: string }
  | { readonly swap: readonly [string, string] }
  | { readonly move: string; readonly before: string }
  | { readonly move: string; readonly after: string }
  | { readonly insert: S; readonly before: string }
  | { readonly insert: S; readonly after: string }
  | { readonly change: string; readonly to: Partial<S> };

/**
 * The steps after the edits, in their order.
 *
 * @throws RangeError on a step that is not in the list: an edit that does nothing hides a mistake.
 */
export function edited<S extends ProtocolStep>(steps: readonly S[], edits: readonly Edit<S>[]): readonly S[] {
  return edits.reduce(applied, steps);
}

function applied<S extends ProtocolStep>(steps: readonly S[], edit: Edit<S>): readonly S[] {
  if ('drop' in edit) return steps.toSpliced(place(steps, edit.drop), 1);
  if ('swap' in edit) {
    const [a, b] = edit.swap.map((id) => place(steps, id)) as [number, number];
    return steps.with(a, steps[b]!).with(b, steps[a]!);
  }
  if ('change' in edit) {
    const at = place(steps, edit.change);
    return steps.with(at, { ...steps[at]!, ...edit.to });
  }
  const moved = 'move' in edit ? steps[place(steps, edit.move)]! : edit.insert;
  const rest = 'move' in edit ? steps.filter((step) => step !== moved) : steps;
  const at = 'before' in edit ? place(rest, edit.before) : place(rest, edit.after) + 1;
  return rest.toSpliced(at, 0, moved);
}

function place(steps: readonly ProtocolStep[], id: string): number {
  const at = steps.findIndex((step) => step.id === id);
  if (at < 0) throw new RangeError(`no step '${id}' among ${steps.map((step) => step.id).join(', ')}`);
  return at;
}
