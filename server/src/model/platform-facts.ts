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

/**
 * Platforms that refuse to make private what is private: a page is accepted once. The others change nothing, or ask the host for
 * what it has.
 */
export const privateOnce = those((platform) =>
  Object.values(platform.protocols).some(({ ways }) =>
    ways.unshare.some(({ op }) => op.k === 'host' && op.otherwise === 'fails'),
  ),
);

/** Platforms whose transition may sleep. */
export const transitionSleeps = those((platform) => platform.sleeps.is);
