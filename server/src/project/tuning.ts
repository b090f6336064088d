import { defaultBounds } from '../analysis/bounds.ts';
import type { Bounds, TimeBound } from '../analysis/types.ts';
import type { ProtocolChoice } from '../model/transition/platform.ts';

/** What a user may set about the engine: it holds for all checks of a tree. Plain data, for it crosses to workers. */
export interface Tuning {
  /** What platforms are taken to do in a transition. */
  readonly protocol: ProtocolChoice;
  /** Ways that are told apart at one place of a function. */
  readonly maxPaths: number;
  /** Steps of all ways through a function. */
  readonly maxSteps: number;
  /** Milliseconds for a function; 0: as long as it takes. */
  readonly timeMs: number;
}

/** What holds where nothing is set. */
export const defaultTuning: Tuning = {
  protocol: 'tree',
  maxPaths: defaultBounds.statesPerBlock,
  maxSteps: defaultBounds.stepsPerFunction,
  timeMs: 0,
};

/** The bounds of an engine. `now`: the host's clock, in milliseconds. */
export function boundsOf(
  { maxPaths, maxSteps, timeMs }: Omit<Tuning, 'protocol'>,
  now: TimeBound['now'],
): Bounds {
  return {
    ...defaultBounds,
    statesPerBlock: maxPaths,
    stepsPerFunction: maxSteps,
    ...(timeMs > 0 ? { timePerFunction: { milliseconds: timeMs, now } } : {}),
  };
}
