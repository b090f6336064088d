import type { Platform, PlatformName } from './transition/platform.ts';
import { platforms } from './transition/platforms/index.ts';

/** Single facts of all platforms, for those who ask no more than that. */

const those = (has: (platform: Platform) => boolean): readonly PlatformName[] =>
  Object.values(platforms)
    .filter(has)
    .map((platform) => platform.id);

/** Platforms whose transition takes addresses of the linear map only: others are refused or, worse, mistaken. */
export const linearMapOnly = those((platform) => platform.vmalloc.is !== 'converted');

/**
 * Platforms on which a kernel mapping carries the attribute, so that one made with the wrong attribute reads garbage or
 * faults. The others convert without touching page tables.
 */
export const attributeInPageTable = those((platform) => platform.flips.is !== 'none');

/** Platforms whose transition may sleep. */
export const transitionSleeps = those((platform) => platform.sleeps.is);
