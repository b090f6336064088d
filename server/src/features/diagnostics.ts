import { consequenceLine } from '../explain/consequences.ts';
import type { Diagnostic, ResolvedPlace, ResolvedStep } from '../service-types.ts';
import type { Settings } from './settings.ts';
import { levels } from './settings-schema.ts';
import type { LspDiagnostic, LspRange, LspRelated, LspSeverity } from './shapes.ts';

/** The name under which every finding appears. */
export const source = 'membrane';

/** What the client can show, and where things are. */
export interface Presentation {
  /** The document's URI. */
  readonly uri: string;
  /** The document's name in reports, relative to the tree's root. */
  readonly file: string;
  /** The URI of another file of the tree; null where it has none. */
  readonly uriOf: (file: string) => string | null;
  readonly relatedInformation: boolean;
  readonly codeDescription: boolean;
  /** Prefix of a rule page's URI, ends in `/`; null: pages have none. */
  readonly rulePages: string | null;
}

const severities: Readonly<Record<Diagnostic['level'], LspSeverity>> = {
  error: 1,
  warning: 2,
  info: 3,
  hint: 4,
};

/** Whether a diagnostic is loud enough for the setting `show`. */
export function shown(diagnostic: Diagnostic, settings: Pick<Settings, 'show'>): boolean {
  return levels.indexOf(diagnostic.level) <= levels.indexOf(settings.show);
}

/** One diagnostic as LSP has it, its path as related information; in the message where the client has no place for that. */
export function present(diagnostic: Diagnostic, presentation: Presentation): LspDiagnostic {
  const path = related(diagnostic, presentation);
  const href = presentation.rulePages === null ? null : `${presentation.rulePages}${diagnostic.rule}.md`;
  const inMessage = presentation.relatedInformation ? '' : narrate(diagnostic);
  return {
    range: rangeOf(diagnostic.place),
    severity: severities[diagnostic.level],
    code: diagnostic.rule,
    ...(presentation.codeDescription && href !== null ? { codeDescription: { href } } : {}),
    source,
    message: diagnostic.message + inMessage,
    ...(presentation.relatedInformation && path.length > 0 ? { relatedInformation: path } : {}),
    data: { fingerprint: diagnostic.fingerprint, function: diagnostic.place.function },
  };
}

/** A place as LSP counts it. */
export function rangeOf(place: Pick<ResolvedPlace, 'start' | 'end'>): LspRange {
  return {
    start: { line: place.start.line - 1, character: place.start.column - 1 },
    end: { line: place.end.line - 1, character: place.end.column - 1 },
  };
}

function related(diagnostic: Diagnostic, presentation: Presentation): LspRelated[] {
  const result: LspRelated[] = [];
  const add = (step: ResolvedStep, label: string) => {
    const { file } = step.place;
    const uri = file === presentation.file ? presentation.uri : presentation.uriOf(file);
    if (uri === null) return;
    result.push({
      location: { uri, range: rangeOf(step.place) },
      message: `${label} ${sentence(step, diagnostic)}`,
    });
  };
  const width = String(diagnostic.trace.length).length;
  diagnostic.trace.forEach((step, index) => {
    add(step, String(index + 1).padStart(width));
  });
  for (const step of diagnostic.related) add(step, 'see also:');
  const here = { uri: presentation.uri, range: rangeOf(diagnostic.place) };
  for (const told of diagnostic.consequences) result.push({ location: here, message: consequenceLine(told) });
  return result;
}

function narrate(diagnostic: Diagnostic): string {
  const steps = diagnostic.trace.map(
    (step, index) => `${index + 1} line ${step.place.start.line}: ${sentence(step, diagnostic)}`,
  );
  return [...steps, ...diagnostic.consequences.map(consequenceLine)].map((line) => `\n  ${line}`).join('');
}

function sentence(step: ResolvedStep, diagnostic: Diagnostic): string {
  const where =
    step.place.function && step.place.function !== diagnostic.place.function
      ? `in ${step.place.function}(): `
      : '';
  return `${where}${step.text}`;
}
