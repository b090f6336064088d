import type { Bounds } from './types.ts';

/** What bounds are without settings: enough for the hardest functions of three kernel trees. */
export const defaultBounds: Bounds = {
  statesPerBlock: 32,
  loopVisits: 4,
  rows: 12,
  effectsPerRow: 20,
  cases: 12,
  objects: 24,
  pathFields: 4,
  stepsPerFunction: 20_000,
  rounds: 3,
};
