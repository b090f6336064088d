import { classOf } from './facts.ts';
import type { State } from './state.ts';
import type { Guard, Way } from './summary.ts';
import { atomsOf, isFresh } from './terms.ts';

/** More ways than this are not told apart. */
const mostWays = 8;

/** Something that a callee did for one of several reasons, which none of them is known to have been: at least one of them can be so. */
export interface Choice {
  /** The same for the same reasons. */
  readonly key: string;
  readonly ways: readonly Way[];
}

/** A choice between ways whose terms are those of the state. */
export function choiceOf(ways: readonly Way[]): Choice {
  const text = ({ guards, mask }: Way) =>
    `${mask}:${guards.map(({ term, classes }) => `${term.key}?${classes}`).join('&')}`;
  return { key: ways.map(text).join('|'), ways };
}

/** Whether nothing that is known of a state is against a way. */
export function isOpen({ guards, mask }: Way, state: State): boolean {
  return (
    (state.mask & mask) !== 0 && guards.every(({ term, classes }) => (classOf(term, state) & classes) !== 0)
  );
}

/** Whether all that a way asks for is known to be so. */
export function isTaken({ guards, mask }: Way, state: State): boolean {
  return (
    (state.mask & ~mask) === 0 && guards.every(({ term, classes }) => (classOf(term, state) & ~classes) === 0)
  );
}

/** Whether of each choice of a path some way is left. */
export function canBe(state: State): boolean {
  for (const { ways } of state.choices) if (!ways.some((way) => isOpen(way, state))) return false;
  return true;
}

/** Ways to what both of two do. One that asks for all that another one asks for, and more, adds nothing. Null: too many. */
export function either(a: readonly Way[], b: readonly Way[]): readonly Way[] | null {
  const ways: Way[] = [];
  for (const way of [...a, ...b]) {
    if (ways.some((known) => isWeaker(known, way))) continue;
    for (let i = ways.length - 1; i >= 0; i--) if (isWeaker(way, ways[i]!)) ways.splice(i, 1);
    ways.push(way);
  }
  return ways.length <= mostWays ? ways : null;
}

/** The ways of a path that has these guards and has made these choices, as far as callers can know them. Empty: nothing but the guards. */
export function waysThrough(
  guards: readonly Guard[],
  mask: number,
  choices: readonly Choice[],
  isKnown: (guard: Guard) => boolean,
): readonly Way[] {
  if (choices.length === 0) return [];
  let ways: readonly Way[] = [{ guards: lasting(guards), mask }];
  for (const choice of choices) {
    const next: Way[] = [];
    for (const way of ways)
      for (const one of choice.ways)
        next.push({ guards: both(way.guards, one.guards.filter(isKnown)), mask: way.mask & one.mask });
    const told = either(next, []);
    if (told === null) continue;
    ways = told;
  }
  return ways.length > 1 ? ways : [];
}

/** Of value numbers of another row nobody knows anything. */
export function lasting(guards: readonly Guard[]): readonly Guard[] {
  return guards.filter(({ term }) => !atomsOf(term).some(isFresh));
}

function both(a: readonly Guard[], b: readonly Guard[]): readonly Guard[] {
  const all = [...a];
  for (const guard of b) {
    const at = all.findIndex(({ term }) => term === guard.term);
    if (at < 0) all.push(guard);
    else all[at] = { term: guard.term, classes: all[at]!.classes & guard.classes };
  }
  return all;
}

/** Whether a way is taken wherever another one is. */
function isWeaker(way: Way, than: Way): boolean {
  if ((than.mask & ~way.mask) !== 0) return false;
  return way.guards.every(({ term, classes }) =>
    than.guards.some((other) => other.term === term && (other.classes & ~classes) === 0),
  );
}
