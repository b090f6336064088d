import type { Machine, Move } from './core/machine.ts';
import type { AccessOutcome, Harm, Mapping, StepLabel } from './step.ts';
import { harms } from './step.ts';

/** What can be the case at one place of the kernel: the states differ in what the TLB holds. */
export type Possible = readonly Uint8Array[];

/** One access that is possible, and how it goes. */
export interface Met {
  readonly actor: string;
  readonly action: string;
  readonly page?: number;
  readonly mapping?: Mapping;
  readonly outcome?: AccessOutcome;
  /** Who is harmed by it; left out where nobody is. */
  readonly harm?: Harm;
  /** The page is not of the range. */
  readonly foreign?: boolean;
}

/** Processes that only move memory between page table and TLB. */
const caching = (label: StepLabel): boolean => label.actor === 'CPU';

/**
 * The states and those that speculation makes of them. An access goes through one translation, so that states in which
 * the TLB holds one entry show all that it can meet: the others are left out, for they are many.
 */
export function closed(machine: Machine<StepLabel>, states: Possible): Possible {
  const found = new Map<string, Uint8Array>();
  const add = (state: Uint8Array): void => {
    found.set(state.join(), state);
  };
  for (const state of states) add(state);
  for (const state of states) {
    if (holdsEntry(machine, state)) continue;
    for (const move of machine.moves(state)) if (caching(move.edge.label)) add(machine.after(state, move));
  }
  return [...found.values()];
}

function holdsEntry(machine: Machine<StepLabel>, state: Uint8Array): boolean {
  return machine.program.variables.some(
    (v) => v.name.startsWith('tlb_') && machine.value(state, v) !== 'none',
  );
}

/** Every access that somebody but the kernel can make in these states. */
export function metIn(machine: Machine<StepLabel>, states: Possible): readonly Met[] {
  return distinct(
    states.flatMap((state) =>
      machine
        .moves(state)
        .filter((move) => isAccess(move))
        .map((move) => move.edge.label),
    ),
  );
}

const isAccess = ({ process, edge: { label } }: Move<StepLabel>): boolean =>
  process !== 0 && (label.outcome !== undefined || label.harm !== undefined);

/**
 * Every harm that is reached on some way on from these states, whatever everybody does: breadth first, each once for a
 * page and mapping.
 */
export function harmsFrom(machine: Machine<StepLabel>, states: Possible): readonly Met[] {
  const known = new Set(states.map((state) => state.join()));
  const waiting = [...states];
  const met: StepLabel[] = [];
  for (let i = 0; i < waiting.length; i++) {
    const state = waiting[i]!;
    const full = holdsEntry(machine, state);
    for (const move of machine.moves(state)) {
      if (full && caching(move.edge.label)) continue;
      if (move.edge.label.harm !== undefined) met.push(move.edge.label);
      const after = machine.after(state, move);
      const key = after.join();
      if (known.has(key)) continue;
      known.add(key);
      waiting.push(after);
    }
  }
  return distinct(met);
}

/** Each access once, as plain data. */
export function distinct(labels: readonly (StepLabel | Met)[]): readonly Met[] {
  const found = new Map<string, Met>();
  for (const { actor, action, page, mapping, outcome, harm, foreign } of labels) {
    const met: Met = {
      actor,
      action,
      ...(page === undefined ? {} : { page }),
      ...(mapping === undefined ? {} : { mapping }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(harm === undefined ? {} : { harm }),
      ...(foreign === undefined ? {} : { foreign }),
    };
    const key = JSON.stringify(met);
    if (!found.has(key)) found.set(key, met);
  }
  return [...found.values()];
}

/** By how bad it is, then in the order found. */
export function worstFirst(met: readonly Met[]): readonly Met[] {
  const rank = ({ harm }: Met): number => (harm === undefined ? harms.length : harms.indexOf(harm));
  // Of two ways to one harm that of the host itself says more.
  const host = ({ actor }: Met): number => (actor === 'host' ? 0 : 1);
  return distinct(met).toSorted((a, b) => rank(a) - rank(b) || host(a) - host(b));
}
