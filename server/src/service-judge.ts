import type { Finding } from './analysis/finding.ts';
import { hashText } from './base/hash.ts';
import { platformsTold, toldConsequences } from './explain/consequences.ts';
import { configName } from './project/root.ts';
import type { Level, Rule } from './rules/types.ts';
import type { FileFindings, ResolvedFinding } from './service-findings.ts';
import { noteFinding, type ResolvedAllow, withoutAllowed } from './service-notes.ts';
import { type ActiveRule, activeRules, quieter } from './service-options.ts';
import type { CheckOptions, Diagnostic, FileReport, ResolvedPlace, ResolvedStep } from './service-types.ts';

/** What the rules make of a file's findings. */
export function judgeFile(
  { file, findings, coverage, stats, allows, annotations }: FileFindings,
  rules: readonly Rule[],
  options: CheckOptions,
): FileReport {
  const active = activeRules(rules, options);
  const all = judge(findings, active, options);
  const { diagnostics, unused } = withoutAllowed(all, allows);
  const told = judge(
    // Of a rule that does not run nobody knows whether it would speak.
    unused
      .filter((allow) => options.platforms.length === 0 && active.some(({ rule }) => rule.id === allow.rule))
      .map(unusedAllow),
    active,
    options,
  );
  const kept = all.length - diagnostics.length;
  return {
    file,
    diagnostics: told.length === 0 ? diagnostics : [...diagnostics, ...told].sort(byPlace),
    coverage,
    stats: kept === 0 ? stats : { ...stats, allowed: kept },
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function unusedAllow({ rule, place, reason }: ResolvedAllow): ResolvedFinding {
  return noteFinding('unused-allow', place, { start: 0, end: 0 }, rule, { rule, reason });
}

/**
 * Findings to diagnostics: the rules give words and level, doubles are dropped, the rest sorted by place. A level is never
 * louder than what is known: `error` only where every step is certain.
 */
export function judge(
  findings: readonly ResolvedFinding[],
  active: readonly ActiveRule[],
  options: CheckOptions,
): Diagnostic[] {
  return judged(findings, active, options)
    .map(({ diagnostic }) => diagnostic)
    .sort(byPlace);
}

/** A diagnostic, and the finding that it tells of. */
export interface Judged {
  readonly diagnostic: Diagnostic;
  readonly finding: Finding;
}

/** As {@link judge}, with the finding behind each diagnostic, in the order of the findings. */
export function judged(
  findings: readonly ResolvedFinding[],
  active: readonly ActiveRule[],
  options: CheckOptions,
): readonly Judged[] {
  const judgements: Judged[] = [];
  const seen = new Set<string>();
  const ordinals = new Map<string, number>();
  for (const resolved of findings) {
    const finding = narrowed(resolved.finding, options);
    if (finding === null) continue;
    const { place, configurations, trace, related } = resolved;
    for (const { rule, level } of active) {
      if (!rule.violations.includes(finding.violation)) continue;
      const verdict = rule.judge(finding);
      if (verdict === null) continue;
      const key = [rule.id, place.file, place.start.line, place.start.column, verdict.message].join('\0');
      if (seen.has(key)) continue;
      seen.add(key);
      const diagnostic = {
        rule: rule.id,
        level: capped(level ?? verdict.level, finding),
        place,
        message: verdict.message,
        platforms: platformsTold(finding.platforms, finding.consequences),
        configurations,
        ...(finding.unmodelled && finding.transition ? { unmodelled: finding.transition.callee } : {}),
        consequences: toldConsequences(finding.consequences),
        trace,
        related: [...related, ...entryOf(finding, options)].filter(
          (other) => !trace.some((step) => isSameLine(step.place, other.place)),
        ),
        fingerprint: fingerprint(rule.id, resolved, ordinals),
      };
      judgements.push({ diagnostic, finding });
    }
  }
  return judgements;
}

/** The contract of the tree's own configuration that a finding speaks of, where that stands now. */
function entryOf({ details: { entry } }: Finding, { contracts }: CheckOptions): ResolvedStep[] {
  const start =
    entry !== undefined && contracts && Object.hasOwn(contracts, entry) ? contracts[entry] : undefined;
  if (start === undefined) return [];
  // With its quotes.
  const end = { ...start, column: start.column + entry!.length + 2 };
  const text = `the contract of '${entry}'`;
  const place = { file: configName, start, end, function: '' };
  return [{ place, event: { k: 'context', text }, text, depth: 0, state: null, before: null, after: null }];
}

/** What is a step of the path already need not be named beside it. */
function isSameLine(a: ResolvedPlace, b: ResolvedPlace): boolean {
  return a.file === b.file && a.start.line === b.start.line;
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

/**
 * 16 hex digits of rule, file, function and the flagged text with white space and numbers folded; equal ones in
 * one function are told apart by their order. Edits elsewhere in the file leave it as it is.
 */
function fingerprint(
  rule: string,
  { finding, flagged }: ResolvedFinding,
  ordinals: Map<string, number>,
): string {
  const { file, function: name } = finding.at;
  const key = [rule, file, name, flagged, finding.subject.text].join('\0');
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
