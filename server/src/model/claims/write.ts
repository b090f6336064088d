import type { Outcome } from '../core/explore.ts';
import type { Scenario } from '../scenario.ts';
import type { Property } from '../step.ts';
import type { PlatformName } from '../transition/platform.ts';
import type { CallerStep, MappingScope, StrayReach, TransitionScenario } from '../transition/scenario.ts';
import type { Run } from './types.ts';

/** Shorthand for the tables of claims. */

export const claimed = (name: string, expect: Outcome, scenario: Scenario): Run => ({
  name,
  role: 'claim',
  expect,
  scenario,
});
export const twin = (name: string, expect: Outcome, scenario: Scenario): Run => ({
  ...claimed(name, expect, scenario),
  role: 'twin',
});
export const third = (name: string, expect: Outcome, scenario: Scenario): Run => ({
  ...claimed(name, expect, scenario),
  role: 'third',
});

/** Stray reads from kernel data in front of every page of the linear map. */
export const strayDirect: readonly StrayReach[] = [{ through: 'direct', from: 'kernel-data' }];
export const strayBoth: readonly StrayReach[] = [...strayDirect, { through: 'vmap', from: 'kernel-data' }];
export const direct: readonly MappingScope[] = [{ mapping: 'direct', is: 'live' }];
export const withVmap: readonly MappingScope[] = [...direct, { mapping: 'vmap', is: 'live' }];

export const toShared: CallerStep = { do: 'convert', to: 'shared' };
export const toPrivate: CallerStep = { do: 'convert', to: 'private' };

/** A conversion of two pages of the linear map to shared; `more` says what is different. */
export const sharing = (
  platform: PlatformName,
  protocol: string,
  property: Property,
  more: Partial<TransitionScenario> = {},
): TransitionScenario => ({
  family: 'transition',
  platform,
  protocol,
  property,
  pages: 2,
  initially: 'private',
  mappings: direct,
  caller: [toShared],
  ...more,
});

/** The way back of pages that are shared. */
export const unsharing = (
  platform: PlatformName,
  protocol: string,
  property: Property,
  more: Partial<TransitionScenario> = {},
): TransitionScenario =>
  sharing(platform, protocol, property, { initially: 'shared', caller: [toPrivate], ...more });

/** Both directions. */
export const ways = [
  ['p>s', sharing, toShared],
  ['s>p', unsharing, toPrivate],
] as const;
