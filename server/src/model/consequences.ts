import type { CancellationToken } from '../base/token.ts';
import { collect } from './core/explore.ts';
import { type Harm, harms, type StepLabel } from './step.ts';
import { buildTransition } from './transition/build.ts';
import {
  type KernelVersion,
  kernelVersions,
  type Platform,
  type PlatformName,
  type Platforms,
} from './transition/platform.ts';
import type { CallerStep, TransitionScenario } from './transition/scenario.ts';

/** What a path does to one piece of memory, in its order. */
export type PathEvent =
  /** A transition of all of it, or of a part; `either`: the path does not know. */
  | {
      readonly k: 'convert';
      readonly to: 'shared' | 'private';
      readonly outcome: 'works' | 'fails' | 'either';
      readonly part?: boolean;
    }
  /** Used as what the last transition should have made it. */
  | { readonly k: 'use' }
  /** Mapped at another address with that attribute, and used there. */
  | { readonly k: 'map'; readonly attribute: 'private' | 'shared' }
  /** Others have data in the same pages, and go on using them. */
  | { readonly k: 'neighbours' }
  | { readonly k: 'free' }
  | { readonly k: 'leak' };

/** A path, and where its memory lies. */
export interface MemoryPath {
  /** The address that transitions get: of the linear map, or of a vmalloc area or vmap alias. */
  readonly address: 'linear' | 'vmalloc';
  /** What is wrong with it: the address, a result that nobody looks at, an attribute, or how it ends. */
  readonly mistake: 'address' | 'result' | 'attribute' | 'end';
  readonly events: readonly PathEvent[];
}

/** Something that becomes reachable, with the shortest way to it. */
export interface Reachable {
  readonly harm: Harm;
  /** Who meets it: the actor of the last step. */
  readonly who: string;
  /** It is other memory that is hit, not that of the path. */
  readonly foreign: boolean;
  readonly trace: readonly StepLabel[];
}

/**
 * What the model says of a path on one platform. `harmless`: nobody comes to harm. `impossible`: the path does not
 * exist there, for the transition that it says failed cannot fail. `refused`: nor does it, for one that it says worked is
 * refused. `terminates`: the guest is no more before it matters.
 */
export interface Consequence {
  readonly platform: PlatformName;
  readonly verdict: 'harmed' | 'harmless' | 'impossible' | 'refused' | 'terminates';
  /** Worst first. */
  readonly reachable: readonly Reachable[];
  /** `-EINVAL`: what the transition returns where it is refused. */
  readonly error: string | null;
}

/** Two pages: enough for a step that fails between them. */
const pages = 2;

/** Explores what paths lead to, and remembers it: the same path comes again with every edit of a file. */
export class ConsequenceModel {
  private readonly known = new Map<string, Consequence>();

  /** @param version of the kernel that is reviewed, `[major, minor]`; null: the newest that is known. */
  constructor(
    private readonly platforms: Platforms,
    private readonly version: readonly [number, number] | null,
  ) {}

  /**
   * What becomes reachable on each platform, in the order given.
   *
   * @throws Cancelled when the token is set.
   */
  of(path: MemoryPath, on: readonly PlatformName[], token?: CancellationToken): readonly Consequence[] {
    return on.map((name) => {
      const key = `${name} ${JSON.stringify(path)}`;
      const before = this.known.get(key);
      if (before !== undefined) return before;
      const found = this.explore(path, this.platforms[name], token);
      this.known.set(key, found);
      return found;
    });
  }

  private explore(path: MemoryPath, platform: Platform, token?: CancellationToken): Consequence {
    const found = this.collect(path, platform, token);
    const cured = this.collect(cureOf(path), platform, token);
    const reachable = [...found.reachable]
      .filter(([key]) => !cured.reachable.has(key))
      .map(([, way]) => way)
      .sort((a, b) => harms.indexOf(a.harm) - harms.indexOf(b.harm));
    const verdict =
      reachable.length > 0
        ? 'harmed'
        : found.ends
          ? 'harmless'
          : found.terminates
            ? 'terminates'
            : path.events.some((event) => event.k === 'convert' && event.outcome === 'fails')
              ? 'impossible'
              : 'refused';
    return { platform: platform.id, verdict, reachable, error: verdict === 'refused' ? found.error : null };
  }

  private collect(path: MemoryPath, platform: Platform, token?: CancellationToken) {
    const program = buildTransition(scenarioOf(path, platform, this.protocolOf(platform)), this.platforms);
    const { found } = collect(program, keyOf, token === undefined ? {} : { token });
    const reachable = new Map<string, Reachable>();
    for (const [key, trace] of found) {
      const last = trace.at(-1)!.label;
      if (last.harm === undefined) continue;
      reachable.set(key, {
        harm: last.harm,
        who: last.actor,
        foreign: last.foreign ?? false,
        trace: trace.map((step) => step.label),
      });
    }
    const error = found.get('error')?.at(-1)?.label.error ?? null;
    return { reachable, error, ends: found.has('end'), terminates: found.has('terminated') };
  }

  /** The protocol that the version runs: that of the newest version known which is not newer. */
  private protocolOf(platform: Platform): string {
    const known = kernelVersions.filter((v) => platform.versions[v] !== undefined);
    const held = known.filter((v) => this.version === null || !isNewer(v, this.version));
    const chosen = held.at(-1) ?? known[0]!;
    return platform.versions[chosen]!;
  }
}

function isNewer(known: KernelVersion, version: readonly [number, number]): boolean {
  const [major, minor] = known.split('.').map(Number) as [number, number];
  return major > version[0] || (major === version[0] && minor > version[1]);
}

const keyOf = (label: StepLabel): string | null =>
  label.event ??
  (label.harm !== undefined
    ? `${label.actor} ${label.harm}${label.foreign ? ' foreign' : ''}`
    : label.error !== undefined
      ? 'error'
      : null);

/** The same path without its mistake: what still happens then is no consequence of it. */
function cureOf(path: MemoryPath): MemoryPath {
  switch (path.mistake) {
    case 'address':
      return { ...path, address: 'linear' };
    case 'result':
      return {
        ...path,
        events: path.events.map((e) =>
          e.k === 'convert' && e.outcome === 'either' ? { ...e, outcome: 'works' } : e,
        ),
      };
    case 'attribute':
      return {
        ...path,
        events: path.events.map((e) =>
          e.k === 'map' ? { ...e, attribute: e.attribute === 'shared' ? 'private' : 'shared' } : e,
        ),
      };
    case 'end':
      return { ...path, events: [...path.events.slice(0, -1), { k: 'leak' }] };
  }
}

function scenarioOf(path: MemoryPath, platform: Platform, protocol: string): TransitionScenario {
  const through = path.address === 'vmalloc' ? 'vmap' : 'direct';
  const first = path.events.find((event) => event.k === 'convert');
  return {
    family: 'transition',
    platform: platform.id,
    protocol,
    property: 'P-fix',
    pages,
    initially: first?.to === 'private' ? 'shared' : 'private',
    mappings: [
      { mapping: 'direct', is: 'live' },
      ...(through === 'vmap' ? [{ mapping: 'vmap', is: 'live' } as const] : []),
      ...(path.events.some((e) => e.k === 'map') ? [{ mapping: 'vmap', is: 'later' } as const] : []),
    ],
    caller: [...path.events.flatMap((event) => callerSteps(event, through)), { do: 'end' }],
    fails: 'all',
    stray: [{ through: 'direct', from: 'kernel-data' }],
    nextOwner: true,
  };
}

function callerSteps(event: PathEvent, through: 'direct' | 'vmap'): readonly CallerStep[] {
  switch (event.k) {
    case 'convert':
      return [
        {
          do: 'convert',
          to: event.to,
          through,
          ...(event.outcome === 'either' ? {} : { outcome: event.outcome }),
          ...(event.part ? { pages: [0] } : {}),
          // A path that does not look goes on as it would after a success.
          onError: event.outcome === 'either' ? 'ignore' : 'continue',
        },
      ];
    case 'use':
      return [{ do: 'use', mapping: through, write: true }, { do: 'device-reads' }];
    case 'map':
      return [
        { do: 'map', mapping: 'vmap', attribute: event.attribute === 'shared' ? 'S' : 'P' },
        { do: 'use', mapping: 'vmap', write: true },
      ];
    case 'neighbours':
      // To the model it is the same who uses the page besides: whoever comes next, or who was there all the time.
      return [{ do: 'free' }];
    case 'free':
      return through === 'vmap' ? [{ do: 'unmap', mapping: 'vmap' }, { do: 'free' }] : [{ do: 'free' }];
    case 'leak':
      return [{ do: 'leak' }];
  }
}
