import type { CancellationToken } from '../base/token.ts';
import { collect } from './core/explore.ts';
import { type Harm, harms, type StepLabel } from './step.ts';
import { buildTransition } from './transition/build.ts';
import {
  type Platform,
  type PlatformName,
  type Platforms,
  type ProtocolChoice,
  protocolOf,
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
      /** After an error the memory is leaked. */
      readonly checked?: boolean;
    }
  /** Used as what the last transition should have made it. */
  | { readonly k: 'use' }
  /** Mapped at another address with that attribute, and used there. */
  | {
      readonly k: 'map';
      readonly attribute: 'private' | 'shared';
      /** What the memory is: a device is to see what is written to it if it is shared. */
      readonly memory: 'private' | 'shared';
    }
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
  /** It is known to be one page: nothing can fail midway, unless the platform splits it. */
  readonly onePage?: boolean;
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
 * What the model says of a path on one platform. `harmed`: somebody comes to harm by its mistake. `no-worse`: somebody does,
 * but would without the mistake. `harmless`: nobody does. `impossible`: the path does not exist there, for a transition
 * that it says failed cannot fail. `refused`: nor does it, for one that it says worked is refused. `terminates`: the guest
 * is no more before it matters. `ends`: the mistake itself ends it, whenever the path is taken. `undecided`: the budget was spent.
 */
export interface Consequence {
  readonly platform: PlatformName;
  readonly verdict:
    | 'harmed'
    | 'no-worse'
    | 'harmless'
    | 'impossible'
    | 'refused'
    | 'terminates'
    | 'ends'
    | 'undecided';
  /** Worst first; empty unless `harmed`. */
  readonly reachable: readonly Reachable[];
  /** `-EINVAL`: what the transition returns where it is refused. */
  readonly error: string | null;
}

/** Enough for a step that fails midway. */
const severalPages = 2;

/** Explores what paths lead to, and remembers it: the same path comes again with every edit of a file. */
export class ConsequenceModel {
  private readonly known = new Map<string, Consequence>();

  /** @param version of the kernel that is reviewed, `[major, minor]`; null: the newest that is known. */
  constructor(
    private readonly platforms: Platforms,
    private readonly version: readonly [number, number] | null,
    private readonly protocol: ProtocolChoice = 'tree',
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
    const blocked = path.events.findIndex((_, i) => !found.passed.has(`${i}`));
    const said = (verdict: Consequence['verdict'], reachable: readonly Reachable[] = []): Consequence => ({
      platform: platform.id,
      verdict,
      reachable,
      error: verdict === 'refused' ? found.error : null,
    });
    if (!found.complete) return said('undecided');
    if (blocked >= 0) {
      const event = path.events[blocked]!;
      const ends = event.k === 'convert' && event.outcome === 'works' && path.mistake === 'address';
      if (found.terminates) return said(ends ? 'ends' : 'terminates');
      return said(event.k === 'convert' && event.outcome === 'fails' ? 'impossible' : 'refused');
    }
    if (found.reachable.size === 0) {
      if (found.terminates) return said('terminates');
      return said(path.mistake === 'result' && !this.canFail(path, platform) ? 'impossible' : 'harmless');
    }
    const cured = this.collect(cureOf(path), platform, token);
    if (!cured.complete) return said('undecided');
    const reachable = [...found.reachable]
      .filter(([key]) => !cured.reachable.has(key))
      .map(([, way]) => way)
      .sort((a, b) => harms.indexOf(a.harm) - harms.indexOf(b.harm) || told(a) - told(b));
    return reachable.length > 0 ? said('harmed', reachable) : said('no-worse');
  }

  private collect(path: MemoryPath, platform: Platform, token?: CancellationToken) {
    const program = buildTransition(scenarioOf(path, platform, this.protocolOf(platform)), this.platforms);
    const { found, complete } = collect(program, keyOf, token === undefined ? {} : { token });
    const reachable = new Map<string, Reachable>();
    const passed = new Set<string>();
    for (const [key, trace] of found) {
      const { harm, actor, foreign, event, step } = trace.at(-1)!.label;
      if (event === 'passed' && step !== undefined) passed.add(step);
      if (harm === undefined) continue;
      const way = { harm, who: actor, foreign: foreign ?? false, trace: trace.map(({ label }) => label) };
      reachable.set(key, way);
    }
    const error = found.get('error')?.at(-1)?.label.error ?? null;
    return { reachable, passed, complete, error, terminates: found.has('terminated') };
  }

  /** Whether some transition of the path can return an error. */
  private canFail(path: MemoryPath, platform: Platform): boolean {
    const { ways } = platform.protocols[this.protocolOf(platform)]!;
    return path.events.some(
      (event) =>
        event.k === 'convert' &&
        ways[event.to === 'shared' ? 'share' : 'unshare'].some((step) =>
          step.fails?.some((failure) => failure.then === 'return'),
        ),
    );
  }

  private protocolOf(platform: Platform): string {
    return protocolOf(platform, this.version, this.protocol);
  }
}

/** Of two ways to one harm that of the host itself says more. */
const told = ({ who }: Reachable): number => (who === 'host' ? 0 : 1);

/** What is collected: places passed, the end of the guest, harms by who meets them, errors. */
function keyOf({ event, step, harm, actor, foreign, error }: StepLabel): string | null {
  if (event === 'passed') return `passed ${step}`;
  if (event !== undefined) return event;
  if (harm !== undefined) return `${actor} ${harm}${foreign ? ' foreign' : ''}`;
  return error === undefined ? null : 'error';
}

/** The same path without its mistake: what still happens then is no consequence of it. */
function cureOf(path: MemoryPath): MemoryPath {
  switch (path.mistake) {
    case 'address':
      return { ...path, address: 'linear' };
    case 'result':
      return {
        ...path,
        events: path.events.map((e) =>
          e.k === 'convert' && e.outcome === 'either' ? { ...e, checked: true } : e,
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
    pages: path.onePage && !platform.splitsPages?.is ? 1 : severalPages,
    initially: first?.to === 'private' ? 'shared' : 'private',
    mappings: [
      { mapping: 'direct', is: 'live' },
      ...(through === 'vmap' ? [{ mapping: 'vmap', is: 'live' } as const] : []),
      ...(path.events.some((e) => e.k === 'map') ? [{ mapping: 'vmap', is: 'later' } as const] : []),
    ],
    caller: path.events.flatMap((event, i) => [
      ...callerSteps(event, through),
      { do: 'passed', place: `${i}` },
    ]),
    fails: heardOf(platform, protocol),
    stray: [{ through: 'direct', from: 'kernel-data' }],
    nextOwner: true,
  };
}

/**
 * Steps whose failure the caller hears of. A call that says it worked and did not, because its code drops the answer, is
 * no mistake of the path.
 */
function heardOf(platform: Platform, protocol: string): readonly string[] {
  return Object.values(platform.protocols[protocol]!.ways)
    .flat()
    .filter((step) => step.fails?.every((failure) => failure.then !== 'ignore'))
    .map((step) => step.id);
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
          onError: event.checked ? [{ do: 'leak' }] : event.outcome === 'either' ? 'ignore' : 'continue',
        },
      ];
    case 'use':
      return [{ do: 'use', mapping: through, write: true }, { do: 'device-reads' }];
    case 'map':
      return [
        { do: 'map', mapping: 'vmap', attribute: event.attribute === 'shared' ? 'S' : 'P' },
        { do: 'use', mapping: 'vmap', write: true },
        ...(event.memory === 'shared' ? [{ do: 'device-reads' } as const] : []),
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
