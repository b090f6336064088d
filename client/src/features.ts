import type { Disposable, ExtensionContext } from 'vscode';
import { activateAnnotations } from './features/annotations.ts';
import { activateChecks } from './features/checks.ts';
import { activateCommands } from './features/commands.ts';
import { activatePlatforms } from './features/platforms.ts';
import { activateReport } from './features/report.ts';
import { activateRules } from './features/rules.ts';
import { activateStart } from './features/start.ts';
import { activateStatus } from './features/status.ts';
import { activateSteps } from './features/steps.ts';
import { activateTransition } from './features/transition.ts';
import { activateTransitions } from './features/transitions.ts';
import { activateWake } from './features/wake.ts';
import type { Session } from './session.ts';

/** All that the extension does in an editor, whichever host it runs in. */
const features: readonly ((session: Session, context: ExtensionContext) => Disposable)[] = [
  activateWake,
  activateStatus,
  activateRules,
  activateCommands,
  activateTransition,
  activateSteps,
  activateTransitions,
  activateAnnotations,
  activateChecks,
  activatePlatforms,
  activateStart,
  activateReport,
];

/** Activates them, until the extension ends. */
export function activateFeatures(session: Session, context: ExtensionContext): void {
  for (const feature of features) context.subscriptions.push(feature(session, context));
  context.subscriptions.push(session);
}
