import type { Coverage } from '../analysis/finding.ts';
import { reasonText } from '../explain/coverage.ts';
import type { ConfigStatus, IndexStatus, NotAnalysed, StatusParams } from '../protocol.ts';
import type { ConfigEffect, FileReport } from '../service-types.ts';
import { shown } from './diagnostics.ts';
import type { Analysis } from './engine.ts';
import { heldFunctions, type Shown } from './keep.ts';
import type { Settings } from './settings.ts';

/** What to tell of one analysis. */
export interface StatusInput {
  readonly uri: string;
  readonly version: number;
  /** Where functions start in the text: spans of coverage are relative to that. */
  readonly functions: Analysis['functions'];
  /** The line (from 0) of an offset in the text. */
  readonly lineAt: (offset: number) => number;
  readonly report: FileReport;
  readonly shown: Shown;
  readonly settings: Pick<Settings, 'show'>;
  readonly config: ConfigEffect | null;
  readonly index: IndexStatus;
  /** Functions of the document whose callers in other files were not followed, and the bound that says so. */
  readonly unfollowed: readonly { readonly function: string; readonly bound: string }[];
  readonly milliseconds: number;
}

/** The status of an analysed document. */
export function status(input: StatusInput): StatusParams {
  const { report } = input;
  const visible = report.diagnostics.filter((diagnostic) => shown(diagnostic, input.settings));
  const starts = new Map(input.functions.map(({ name, start }) => [name, start]));
  const lineOf = (name: string, offset: number) => {
    const start = starts.get(name);
    return start === undefined ? null : input.lineAt(start + offset);
  };
  const notAnalysed = report.coverage.map(
    (gap): NotAnalysed => ({
      function: gap.function,
      kind: gap.kind,
      reason: reasonOf(gap),
      line: lineOf(gap.function, gap.span?.start ?? 0),
    }),
  );
  for (const { function: name, bound } of input.unfollowed) {
    notAnalysed.push({ function: name, kind: 'bound', reason: reasonText(bound), line: lineOf(name, 0) });
  }
  return {
    uri: input.uri,
    version: input.version,
    skipped: null,
    functions: report.stats.functions,
    functionsWithTransitions: report.stats.functionsWithTransitions,
    transitions: report.stats.transitions,
    findings: visible.length,
    hidden: report.diagnostics.length - visible.length,
    held: heldFunctions(input.shown),
    notAnalysed,
    config: input.config === null ? null : configStatus(input.config),
    index: input.index,
    milliseconds: Math.round(input.milliseconds),
  };
}

/** Settings that bounds are made of. */
const settingOf: Readonly<Record<string, string>> = {
  statesPerBlock: 'maxPaths',
  stepsPerFunction: 'maxSteps',
  timePerFunction: 'timeMs',
};

/** A gap's reason in words, with the setting that moves it: `... (statesPerBlock, 3 times), see membrane.analysis.maxPaths`. */
function reasonOf({ kind, reason }: Pick<Coverage, 'kind' | 'reason'>): string {
  if (kind !== 'bound' && kind !== 'budget') return reason;
  const setting = settingOf[/^\w*/.exec(reason)![0]];
  return `${reasonText(reason)}${setting === undefined ? '' : `, see membrane.analysis.${setting}`}`;
}

/** The status of a document that was not looked at. */
export function skipped(
  uri: string,
  version: number,
  why: NonNullable<StatusParams['skipped']>,
  index: IndexStatus,
): StatusParams {
  return {
    uri,
    version,
    skipped: why,
    functions: 0,
    functionsWithTransitions: 0,
    transitions: 0,
    findings: 0,
    hidden: 0,
    held: [],
    notAnalysed: [],
    config: null,
    index,
    milliseconds: 0,
  };
}

function configStatus({ off, lowered, redefined, known, problems }: ConfigEffect): ConfigStatus {
  return { off, lowered: lowered.map(({ rule }) => rule), redefined, known, problems: problems.length };
}
