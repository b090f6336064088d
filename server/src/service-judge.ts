import type { Finding, Location, TraceEvent, TraceStep } from './analysis/finding.ts';
import { hashText } from './base/hash.ts';
import { contains } from './base/span.ts';
import { configurationText } from './explain/configurations.ts';
import { toldConsequences } from './explain/consequences.ts';
import { eventText, stateText } from './explain/steps.ts';
import type { Level } from './rules/types.ts';
import { type ActiveRule, quieter } from './service-options.ts';
import type { ResolvableText } from './service-resolve.ts';
import type { CheckOptions, Diagnostic, ResolvedPlace, ResolvedStep } from './service-types.ts';

/** Gives the text of a file that a trace leads through; null where it is not at hand. */
export type TextOf = (file: string) => ResolvableText | null;

/**
 * Findings to diagnostics: the rules give words and level, places are resolved, doubles dropped, the rest sorted by
 * place. A level is never louder than what is known: `error` only where every step is certain.
 */
export function judge(
  findings: readonly Finding[],
  active: readonly ActiveRule[],
  options: CheckOptions,
  textOf: TextOf,
): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();
  const ordinals = new Map<string, number>();
  for (const whole of findings) {
    const finding = narrowed(whole, options);
    if (finding === null) continue;
    for (const { rule, level } of active) {
      if (!rule.violations.includes(finding.violation)) continue;
      const verdict = rule.judge(finding);
      if (verdict === null) continue;
      const place = placeOf(finding.at, finding.callee, textOf);
      const key = [rule.id, place.file, place.start.line, place.start.column, verdict.message].join('\0');
      if (seen.has(key)) continue;
      seen.add(key);
      diagnostics.push({
        rule: rule.id,
        level: capped(level ?? verdict.level, finding),
        place,
        message: verdict.message,
        platforms: finding.platforms,
        configurations: finding.configurations.map(configurationText),
        consequences: toldConsequences(finding.consequences),
        trace: toldSteps(finding.trace).map((step) => {
          const told = resolved(step.at, step.event, finding, textOf);
          // Stores on the way keep the memory somewhere; one at the end sets the flag that is objected to.
          const flag = step.event.k === 'store' && step.after === null && step === finding.trace.at(-1);
          const state = flag ? null : stateText({ ...step, event: told.event }, finding.subject.text);
          return { ...told, depth: step.depth, state, before: step.before, after: step.after };
        }),
        related: finding.related.map((other) => ({
          ...resolved(other.at, other.event, finding, textOf),
          depth: 0,
          state: null,
          before: null,
          after: null,
        })),
        fingerprint: fingerprint(rule.id, finding, textOf, ordinals),
      });
    }
  }
  return diagnostics.sort(byPlace);
}

function capped(level: Level, finding: Finding): Level {
  if (finding.certainty === 'certain') return level;
  return quieter(level, finding.certainty === 'assumed' ? 'warning' : 'hint');
}

/** What a finding is on the platforms that are asked about; null: nothing. One that names no platform matters on all. */
function narrowed(finding: Finding, options: CheckOptions): Finding | null {
  if (options.platforms.length === 0 || finding.platforms.length === 0) return finding;
  const platforms = finding.platforms.filter((platform) => options.platforms.includes(platform));
  if (platforms.length === 0) return null;
  const consequences = finding.consequences.filter((c) => options.platforms.includes(c.platform));
  return { ...finding, platforms, consequences };
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

/**
 * 16 hex digits of rule, file, function and the flagged text with white space and numbers folded; equal ones in
 * one function are told apart by their order. Edits elsewhere in the file leave it as it is.
 */
function fingerprint(rule: string, finding: Finding, textOf: TextOf, ordinals: Map<string, number>): string {
  const { file, function: name } = finding.at;
  const excerpt = textOf(file)?.excerpt(finding.at, finding.callee) ?? '';
  const normal = excerpt
    .replace(/\s+/g, ' ')
    .replace(/\b\d+\b/g, '0')
    .trim();
  const key = [rule, file, name, normal, finding.subject.text].join('\0');
  const ordinal = ordinals.get(key) ?? 0;
  ordinals.set(key, ordinal + 1);
  return hashText(`${key}\0${ordinal}`);
}

/** By file, place, rule, words: a total order on diagnostics that differ. */
export function byPlace(a: Diagnostic, b: Diagnostic): number {
  return (
    compare(a.place.file, b.place.file) ||
    a.place.start.line - b.place.start.line ||
    a.place.start.column - b.place.start.column ||
    compare(a.rule, b.rule) ||
    compare(a.message, b.message) ||
    compare(a.fingerprint, b.fingerprint)
  );
}

/** By code units: the same on every machine, whatever its language. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
