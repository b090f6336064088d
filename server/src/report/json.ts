import type { CheckReport, ConfigEffect, Diagnostic, ResolvedStep } from '../service-types.ts';

/**
 * The report as JSON, version 1. Lines and columns count from 1, columns in UTF-16 code units, a tab is one;
 * `file` is relative to the tree's root. The same report gives the same bytes: no times, no absolute paths.
 */
export function jsonReport(report: CheckReport): string {
  const { diagnostics, stats, coverage, problems, version, config } = report;
  const value = {
    version: 1,
    findings: diagnostics.map(findingJson),
    stats: {
      ...stats,
      kernel: version === null ? null : version.join('.'),
      notAnalysed: coverage.map(({ file, function: name, kind, reason }) => ({
        file,
        function: name,
        kind,
        reason,
      })),
      problems,
    },
    ...(config === undefined ? {} : { config: configJson(config) }),
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** What the tree's own `.membrane.json` changes. */
export function configJson({
  off,
  lowered,
  redefined,
  leftOut,
  known,
  allowed,
  unusedAllows,
  stale,
  problems,
}: ConfigEffect) {
  return {
    rulesOff: off,
    rulesLowered: lowered,
    redefined,
    leftOut,
    baseline: { known, stale },
    allow: { allowed, unused: unusedAllows },
    problems,
  };
}

function findingJson(diagnostic: Diagnostic) {
  const { place } = diagnostic;
  return {
    rule: diagnostic.rule,
    level: diagnostic.level,
    file: place.file,
    line: place.start.line,
    column: place.start.column,
    endLine: place.end.line,
    endColumn: place.end.column,
    function: place.function,
    message: diagnostic.message,
    platforms: diagnostic.platforms,
    configurations: diagnostic.configurations,
    consequences: diagnostic.consequences,
    trace: diagnostic.trace.map(stepJson),
    related: diagnostic.related.map(stepJson),
    fingerprint: diagnostic.fingerprint,
  };
}

function stepJson({ place, depth, text, state }: ResolvedStep) {
  return {
    file: place.file,
    line: place.start.line,
    column: place.start.column,
    function: place.function,
    depth,
    event: text,
    state,
  };
}
