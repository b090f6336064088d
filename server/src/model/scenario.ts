import type { Program } from './core/program.ts';
import { buildKexec, type KexecProtocols, type KexecScenario } from './kexec/build.ts';
import { buildSept, type SeptProtocols, type SeptScenario } from './sept/build.ts';
import type { StepLabel } from './step.ts';
import { buildTransition, type TransitionScenario } from './transition/build.ts';
import type { Platforms } from './transition/platform.ts';

/** Everything that the scenarios are built from; a test that changes a step hands in a changed one. */
export interface Data {
  readonly platforms: Platforms;
  readonly kexec: KexecProtocols;
  readonly sept: SeptProtocols;
}

/** A protocol, actors, a scope and one property. */
export type Scenario = TransitionScenario | KexecScenario | SeptScenario;

/** The program of a scenario. @throws RangeError on a name that the data do not have. */
export function build(scenario: Scenario, data: Data): Program<StepLabel> {
  switch (scenario.family) {
    case 'transition':
      return buildTransition(scenario, data.platforms);
    case 'kexec':
      return buildKexec(scenario, data);
    case 'sept':
      return buildSept(scenario, data.sept);
  }
}
