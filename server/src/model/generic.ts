/**
 * The generic machine: what every platform's transition looks like from the kernel's side. The analysis steps
 * through it, one machine per memory object; platform machines refine it. It knows no C and no kernel name.
 */

/** A page (or range) is private, shared, of unknown state after a failed transition, partly shared, or freed. */
export const states = ['private', 'shared', 'unknown', 'mixed', 'freed'] as const;
export type State = (typeof states)[number];

/** Attempted transitions with their outcome, and the way back to the allocator. */
export const events = [
  'share-ok',
  'share-fail',
  'unshare-ok',
  'unshare-part',
  'unshare-fail',
  'free',
] as const;
export type Event = (typeof events)[number];

/** What an event in a state breaks. Names are the model's; the analysis makes findings of them. */
export type Offence = 'use-after-free' | 'free-unknown' | 'free-shared' | 'shared-twice' | 'never-shared';

/** Where an event leads from a state, and what it breaks there. */
export interface Step {
  readonly to: State;
  readonly offence: Offence | null;
}

/**
 * The table, as data. `unknown -> private` on a successful way back is policy, not doubt: the call converts
 * every page whatever its state was. A part of the extent converted back leaves `mixed`.
 */
const table: Readonly<Record<Event, Readonly<Record<State, Step>>>> = {
  'share-ok': {
    private: step('shared'),
    shared: step('shared', 'shared-twice'),
    unknown: step('shared'),
    mixed: step('shared'),
    freed: step('freed', 'use-after-free'),
  },
  'share-fail': {
    private: step('unknown'),
    shared: step('unknown'),
    unknown: step('unknown'),
    mixed: step('unknown'),
    freed: step('freed', 'use-after-free'),
  },
  'unshare-ok': {
    private: step('private', 'never-shared'),
    shared: step('private'),
    unknown: step('private'),
    mixed: step('private'),
    freed: step('freed', 'use-after-free'),
  },
  'unshare-part': {
    private: step('private', 'never-shared'),
    shared: step('mixed'),
    unknown: step('unknown'),
    mixed: step('mixed'),
    freed: step('freed', 'use-after-free'),
  },
  'unshare-fail': {
    private: step('unknown'),
    shared: step('unknown'),
    unknown: step('unknown'),
    mixed: step('unknown'),
    freed: step('freed', 'use-after-free'),
  },
  free: {
    private: step('freed'),
    shared: step('freed', 'free-shared'),
    unknown: step('freed', 'free-unknown'),
    mixed: step('freed', 'free-shared'),
    freed: step('freed', 'use-after-free'),
  },
};

function step(to: State, offence: Offence | null = null): Step {
  return { to, offence };
}

/** One event on one state. Total: every pair has an answer. */
export function stepOf(event: Event, state: State): Step {
  return table[event][state];
}

/** A set of states as bits, in the order of {@link states}. */
export type StateSet = number;

export const setOf = (...members: State[]): StateSet =>
  members.reduce((set, s) => set | (1 << states.indexOf(s)), 0);

/** What an object that came from elsewhere may be in: anything but freed. */
export const anyLive: StateSet = setOf('private', 'shared', 'unknown', 'mixed');

/** The states of a set, in the machine's order. */
export function members(set: StateSet): State[] {
  return states.filter((_, i) => set & (1 << i));
}

/** What an event does to every state of a set: where it leads, and what it breaks from each; `definite` if from all. */
export interface SetStep {
  readonly to: StateSet;
  readonly offences: readonly Offence[];
  readonly definite: boolean;
}

/** Answers of {@link stepSet} by event, then by set: there are few of both, and each step of an analysis asks. */
const setSteps: Partial<Record<Event, SetStep[]>> = {};

/** An event on every state of a set. */
export function stepSet(event: Event, set: StateSet): SetStep {
  setSteps[event] ??= [];
  const known = setSteps[event];
  known[set] ??= setStep(event, set);
  return known[set];
}

function setStep(event: Event, set: StateSet): SetStep {
  let to = 0;
  let lawful = set === 0;
  const offences: Offence[] = [];
  for (const state of members(set)) {
    const { to: next, offence } = stepOf(event, state);
    to |= setOf(next);
    if (offence === null) lawful = true;
    else if (!offences.includes(offence)) offences.push(offence);
  }
  return { to, offences, definite: !lawful && offences.length > 0 };
}

/** Which attribute a mapping was made with, apart from what the page is. */
export type Attribute = 'private' | 'shared' | 'unknown';

/** Whether a mapping with `attribute` disagrees with every state of `set`. */
export function mappingDisagrees(attribute: Attribute, set: StateSet): boolean {
  if (attribute === 'private') return set !== 0 && (set & ~setOf('shared')) === 0;
  if (attribute === 'shared') return set !== 0 && (set & ~setOf('private')) === 0;
  return false;
}

/** What is in the memory: as written, or lost because a transition scrambled or zeroed it. */
export type Contents = 'kept' | 'stale' | 'fresh';

/** A transition loses what was written before; a full write makes it fresh. */
export function contentsAfter(
  event: 'transition' | 'written' | 'allocated-zeroed',
  before: Contents,
): Contents {
  if (event === 'transition') return before === 'kept' || before === 'fresh' ? 'stale' : before;
  return 'fresh';
}
