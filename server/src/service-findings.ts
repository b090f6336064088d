import type { Coverage, Finding, Location, TraceEvent, TraceStep } from './analysis/finding.ts';
import { contains } from './base/span.ts';
import { configurationText } from './explain/configurations.ts';
import { eventText, inLaterRound, stateText } from './explain/steps.ts';
import type { ResolvedAllow } from './service-notes.ts';
import type { ResolvableText } from './service-resolve.ts';
import type { FileAnnotations, ResolvedPlace, ResolvedStep, Stats } from './service-types.ts';

/** Gives the text of a file that a trace leads through; null where it is not at hand. */
export type TextOf = (file: string) => ResolvableText | null;

/** A finding with its places resolved: all that a rule's verdict and a report need, without the text. Plain data. */
export interface ResolvedFinding {
  readonly finding: Finding;
  readonly place: ResolvedPlace;
  /** The flagged text with white space and numbers folded. */
  readonly flagged: string;
  readonly configurations: readonly string[];
  readonly trace: readonly ResolvedStep[];
  readonly related: readonly ResolvedStep[];
}

/** What the analysis says of one file, before any rule and any option. Plain data: it comes out of JSON as it went in. */
export interface FileFindings {
  /** Relative to the tree's root. */
  readonly file: string;
  readonly findings: readonly ResolvedFinding[];
  readonly coverage: readonly Coverage[];
  readonly stats: Stats;
  /** Where the source itself says that rules are not to speak. */
  readonly allows: readonly ResolvedAllow[];
  /** Left out where only findings were asked for. */
  readonly annotations?: FileAnnotations;
}

/** Resolves the places of findings, and tells their paths. */
export function resolveFindings(findings: readonly Finding[], textOf: TextOf): ResolvedFinding[] {
  return findings.map((finding) => ({
    finding,
    place: placeOf(finding.at, finding.callee, textOf),
    flagged: folded(textOf(finding.at.file)?.excerpt(finding.at, finding.callee) ?? ''),
    configurations: configurationsOf(finding),
    trace: toldSteps(finding.trace).map((step) => {
      const told = resolved(step.at, step.event, finding, textOf);
      // Stores on the way keep the memory somewhere; one at the end sets the flag that is objected to.
      const flag = step.event.k === 'store' && step.after === null && step === finding.trace.at(-1);
      const state = flag ? null : stateText({ ...step, event: told.event }, finding.subject.text);
      const { depth, before, after, again } = step;
      const text = again ? inLaterRound(told.text) : told.text;
      return { ...told, text, depth, state, before, after, ...(again ? { again } : {}) };
    }),
    related: finding.related.map((other) => ({
      ...resolved(other.at, other.event, finding, textOf),
      depth: 0,
      state: null,
      before: null,
      after: null,
    })),
  }));
}

/** All that a build has to have for the path, in the order of the symbols. */
function configurationsOf({ configurations, around = [] }: Finding): string[] {
  const all = [...configurations, ...around];
  return all.sort((a, b) => (a.text < b.text ? -1 : 1)).map(configurationText);
}

function resolved(
  at: Location,
  event: TraceEvent,
  finding: Finding,
  textOf: TextOf,
): Pick<ResolvedStep, 'place' | 'event' | 'text'> {
  const word = 'callee' in event ? event.callee : null;
  const told = readable(event, () => textOf(at.file)?.excerpt(at, word) ?? '');
  return { place: placeOf(at, word, textOf), event: told, text: eventText(told, finding.subject.text) };
}

/**
 * `if (set_memory_decrypted(…))` and `p = alloc_pages(…)` are one step each: a branch or store around the call above it says
 * nothing that its outcome did not.
 */
function toldSteps(trace: readonly TraceStep[]): TraceStep[] {
  return trace.filter((step, i) => {
    const before = trace[i - 1];
    if (before === undefined || !contains(step.at.span, before.at.span)) return true;
    if (before.at.file !== step.at.file || before.at.function !== step.at.function) return true;
    if (step.event.k === 'branch') {
      return before.event.k !== 'transition' || before.event.outcome === 'either';
    }
    return step.event.k !== 'store' || before.event.k !== 'alloc';
  });
}

/** What the engine calls by a number (`%1`) has no name in the source; people get the text that stands there. */
function readable(event: TraceEvent, excerpt: () => string): TraceEvent {
  if (event.k === 'branch' && numbered(event.text)) {
    const text = excerpt();
    return text === '' ? event : { ...event, text };
  }
  if (event.k === 'store' && numbered(event.value)) {
    const value = excerpt().match(/(?<![=!<>])=(?!=)([\s\S]*)$/)?.[1];
    return { ...event, value: value?.trim() || 'a new value' };
  }
  if (event.k === 'alloc' && event.size !== null && numbered(event.size)) return { ...event, size: null };
  return event;
}

function numbered(text: string): boolean {
  return /%\d/.test(text);
}

function placeOf(at: Location, word: string | null, textOf: TextOf): ResolvedPlace {
  const text = textOf(at.file);
  if (text !== null) return text.place(at, word);
  const top = { line: 1, column: 1 };
  return { file: at.file, start: top, end: top, function: at.function };
}

function folded(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/\b\d+\b/g, '0')
    .trim();
}
