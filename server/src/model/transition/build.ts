import { is, ProcessBuilder, type Program } from '../core/program.ts';
import { edited } from '../protocol.ts';
import type { StepLabel } from '../step.ts';
import { daemonsOf } from './actors.ts';
import { writeCaller } from './caller.ts';
import { layOut } from './layout.ts';
import type { Direction, Platforms, TransitionStep } from './platform.ts';
import { invariantOf } from './properties.ts';
import type { CallerStep, TransitionScenario } from './scenario.ts';

export type { TransitionScenario } from './scenario.ts';

/** The program of a scenario. @throws RangeError on a protocol or a step that the platform does not have. */
export function buildTransition(scenario: TransitionScenario, platforms: Platforms): Program<StepLabel> {
  const platform = platforms[scenario.platform];
  const protocol = platform.protocols[scenario.protocol];
  if (protocol === undefined) {
    const known = Object.keys(platform.protocols).join(', ');
    throw new RangeError(`${platform.id} has no protocol '${scenario.protocol}': ${known}`);
  }
  const used = directionsOf(scenario.caller);
  const way = (direction: Direction): readonly TransitionStep[] =>
    used.has(direction) ? edited(protocol.ways[direction], scenario.edits ?? []) : [];
  const ways = { share: way('share'), unshare: way('unshare') };
  const layout = layOut(scenario, platform, ways);
  const builder = new ProcessBuilder<StepLabel>('kernel');
  writeCaller(scenario.caller, 0, ways, { scenario, platform, layout, builder });
  return {
    variables: layout.variables,
    processes: [builder.build(), ...daemonsOf({ scenario, platform, layout })],
    invariant: invariantOf(scenario.property, layout.pages, platform),
    halted: is(layout.dead, 'yes'),
  };
}

/** The directions that a caller goes: a scenario's edits are about these. */
function directionsOf(caller: readonly CallerStep[]): ReadonlySet<Direction> {
  const found = new Set<Direction>();
  for (const step of caller) {
    if (step.do !== 'convert') continue;
    found.add(step.to === 'shared' ? 'share' : 'unshare');
    if (Array.isArray(step.onError)) for (const direction of directionsOf(step.onError)) found.add(direction);
  }
  return found;
}
