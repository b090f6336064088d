import type { Data } from './scenario.ts';
import type { Mapping } from './step.ts';
import type { TransitionScenario } from './transition/build.ts';
import {
  type Direction,
  type Failure,
  type KernelVersion,
  kernelVersions,
  type Platform,
  type PlatformName,
  type TransitionStep,
} from './transition/platform.ts';
import type { CallerStep } from './transition/scenario.ts';

/** What the caller does with the pages after a transition failed; `ignore`: it goes on as if it had worked. */
export const policies = ['free', 'leak', 'convert-back', 'ignore'] as const;
export type Policy = (typeof policies)[number];

/** Which transition to show, and what goes wrong in it. */
export interface TableOptions {
  readonly platform: PlatformName;
  /** An id of the platform's protocols, or a version of the kernel. Left out: what `version` runs. */
  readonly protocol?: string;
  /** Left out: the newest that has the platform. */
  readonly version?: KernelVersion;
  readonly direction: Direction;
  /**
   * A step by its id, or by its number from 1: that step, or the next that can fail. With the error behind a colon if it
   * has several. Left out: nothing fails.
   */
  readonly fail?: string | number;
  /** The page that the step fails at, from 0. Left out: the last one. */
  readonly page?: number;
  /** Adds a row wherever what a stray read meets changes; a number: one behind the step of that number, whatever it meets. */
  readonly reader?: boolean | number;
  /** Left out: `free`. */
  readonly policy?: Policy;
  /** The caller frees the pages after a transition that worked. */
  readonly freed?: boolean;
  /** 1 to 3. Left out: 1; 2 if a step fails, for pages before and after it differ. */
  readonly pages?: number;
  /** The address that the transition gets. Left out: one of the linear map. */
  readonly address?: 'linear' | 'vmalloc';
}

/** The options with everything that was left out. */
export interface Asked {
  readonly platform: Platform;
  readonly protocol: string;
  readonly direction: Direction;
  readonly way: readonly TransitionStep[];
  readonly wayBack: readonly TransitionStep[];
  readonly failing: {
    readonly step: TransitionStep;
    readonly failure: Failure;
    readonly page: number;
  } | null;
  readonly policy: Policy;
  readonly freed: boolean;
  readonly pages: number;
  readonly address: 'linear' | 'vmalloc';
}

/**
 * Fills in what was left out.
 *
 * @throws RangeError on a platform, protocol, version, step or page that is not there.
 */
export function resolve(options: TableOptions, data: Data): Asked {
  const platform: Platform | undefined = Object.hasOwn(data.platforms, options.platform)
    ? data.platforms[options.platform]
    : undefined;
  if (platform === undefined)
    throw new RangeError(
      `there is no platform '${options.platform}': ${Object.keys(data.platforms).join(', ')}`,
    );
  const protocol = protocolOf(platform, options);
  const { direction } = options;
  const way = platform.protocols[protocol]!.ways[direction];
  const step = options.fail === undefined ? null : failureOf(way, options.fail, `${platform.id} ${protocol}`);
  const pages = options.pages ?? Math.max(step === null ? 1 : 2, (options.page ?? 0) + 1);
  if (!Number.isInteger(pages) || pages < 1 || pages > 3)
    throw new RangeError(`1 to 3 pages can be shown, not ${pages}`);
  const page = options.page ?? pages - 1;
  if (!Number.isInteger(page) || page < 0 || page >= pages)
    throw new RangeError(`there is no page ${page}: pages count from 0 to ${pages - 1}`);
  return {
    platform,
    protocol,
    direction,
    way,
    wayBack: platform.protocols[protocol]!.ways[direction === 'share' ? 'unshare' : 'share'],
    failing: step === null ? null : { ...step, page },
    policy: options.policy ?? 'free',
    freed: options.freed ?? false,
    pages,
    address: options.address ?? 'linear',
  };
}

function protocolOf(platform: Platform, { protocol, version }: TableOptions): string {
  if (protocol !== undefined && Object.hasOwn(platform.protocols, protocol)) {
    if (version !== undefined && platform.versions[version] !== protocol)
      throw new RangeError(
        `${platform.id} runs ${platform.versions[version] ?? 'nothing'} in ${version}, not ${protocol}`,
      );
    return protocol;
  }
  const wanted = version ?? protocol;
  if (protocol !== undefined && wanted !== protocol)
    throw new RangeError(`${platform.id} has no protocol '${protocol}': ${protocolsOf(platform)}`);
  const newest = kernelVersions.findLast((v) => platform.versions[v] !== undefined);
  if (wanted === undefined) return newest === undefined ? firstOf(platform) : platform.versions[newest]!;
  const known = kernelVersions.find((v) => v === wanted);
  const found = known === undefined ? undefined : platform.versions[known];
  if (found !== undefined) return found;
  if (known === undefined)
    throw new RangeError(`${platform.id} has no protocol '${wanted}': ${protocolsOf(platform)}`);
  const have = kernelVersions.filter((v) => platform.versions[v] !== undefined);
  throw new RangeError(`${platform.id} is not in ${wanted}, but in ${have.join(', ')}`);
}

const protocolsOf = (platform: Platform): string => Object.keys(platform.protocols).join(', ');
const firstOf = (platform: Platform): string => Object.keys(platform.protocols)[0]!;

function failureOf(
  way: readonly TransitionStep[],
  asked: string | number,
  where: string,
): { step: TransitionStep; failure: Failure } {
  const [name = '', error] = `${asked}`.split(/:\s*/);
  const step = stepOf(way, /^\d+$/.test(name) ? Number(name) : name, where);
  const failure = step.fails?.find((f) => error === undefined || f.error === error);
  if (failure !== undefined) return { step, failure };
  const errors = (step.fails ?? []).map((f) => f.error).join(', ');
  throw new RangeError(`step ${step.id} of ${where} does not fail with '${error}', but with ${errors}`);
}

function stepOf(way: readonly TransitionStep[], wanted: string | number, where: string): TransitionStep {
  const found = typeof wanted === 'number' ? way[wanted - 1] : way.find((step) => step.id === wanted);
  const named = (steps: readonly TransitionStep[]): string =>
    steps.map((step) => `${way.indexOf(step) + 1} ${step.id}`).join(', ');
  if (found === undefined) throw new RangeError(`${where} has no step '${wanted}': ${named(way)}`);
  if (found.fails !== undefined) return found;
  const next =
    typeof wanted === 'number' ? way.slice(wanted).find((step) => step.fails !== undefined) : undefined;
  if (next !== undefined) return next;
  const can = way.filter((step) => step.fails !== undefined);
  throw new RangeError(
    `step ${named([found])} of ${where} cannot fail; ${can.length === 0 ? 'none of it can' : `these can: ${named(can)}`}`,
  );
}

/** The way the caller goes after an error. */
function reactionOf(
  policy: Exclude<Policy, 'ignore'>,
  address: 'linear' | 'vmalloc',
  direction: Direction,
): CallerStep[] {
  const free: CallerStep[] =
    address === 'vmalloc' ? [{ do: 'unmap', mapping: 'vmap' }, { do: 'free' }] : [{ do: 'free' }];
  if (policy === 'leak') return [{ do: 'leak' }];
  if (policy === 'free') return free;
  const to = direction === 'share' ? 'private' : 'shared';
  const back: CallerStep = { do: 'convert', to, ...throughOf(address), onError: [{ do: 'leak' }] };
  // What was shared and is shared again is not for the allocator.
  return direction === 'share' ? [back, ...free] : [back];
}

/** What a caller does with pages that it takes for converted. */
const useOf = (address: 'linear' | 'vmalloc', direction: Direction): CallerStep[] =>
  direction === 'share' ? [{ do: 'device-reads' }] : reactionOf('free', address, direction);

const throughOf = (address: 'linear' | 'vmalloc'): { through?: Mapping } =>
  address === 'vmalloc' ? { through: 'vmap' } : {};

/** The scenario that the table is read from. */
export function scenarioOf(asked: Asked, policy: Policy): TransitionScenario {
  const { platform, protocol, direction, address, pages, failing } = asked;
  const vmalloc = address === 'vmalloc';
  return {
    family: 'transition',
    platform: platform.id,
    protocol,
    // Of the properties, one that has the TLB of every mapping in the state. Whether it holds is not asked here.
    property: 'P-agree',
    pages,
    initially: direction === 'share' ? 'private' : 'shared',
    mappings: [
      { mapping: 'direct', is: 'live' },
      ...(vmalloc ? [{ mapping: 'vmap', is: 'live' } as const] : []),
    ],
    caller: [
      {
        do: 'convert',
        to: direction === 'share' ? 'shared' : 'private',
        ...throughOf(address),
        onError: policy === 'ignore' ? 'ignore' : reactionOf(policy, address, direction),
      },
      ...(failing !== null && (policy === 'ignore' || failing.failure.then === 'ignore')
        ? useOf(address, direction)
        : []),
      ...(failing === null && asked.freed ? reactionOf('free', address, direction) : []),
    ],
    ...(failing === null ? {} : { fails: [`${failing.step.id}: ${failing.failure.error}`] }),
    stray: [
      { through: 'direct', from: 'kernel-data' },
      // Guard pages lie around the area: what runs into a page comes from the one before it.
      ...(vmalloc ? [{ through: 'vmap', from: 'page-before' } as const] : []),
    ],
    nextOwner: true,
  };
}
