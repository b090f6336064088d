import { count } from '../../explain/words.ts';
import { type BaselineEntry, baselineName, baselineText } from '../../project/config/baseline.ts';
import { loadBaseline } from '../../project/config/load.ts';
import { isInside, joinPath, relativePath } from '../../project/paths.ts';
import { configName } from '../../project/root.ts';
import { rules } from '../../rules/registry.ts';
import {
  baselineEntry,
  configEffect,
  scopeOf,
  staleEntries,
  withoutConfigAllowed,
  withoutKnown,
} from '../../service-config.ts';
import type { CheckOptions, CheckReport } from '../../service-types.ts';
import type { CheckOutcome, CheckRequest } from '../node/check.ts';
import { type ParsedArguments, UsageError } from './arguments.ts';
import type { CommandContext } from './command.ts';
import { replaceFile } from './replace-file.ts';
import { RunError } from './run-error.ts';
import type { Tree } from './tree.ts';

/** A check as it was asked for, and as the tree's configuration makes it. */
export interface AskedCheck {
  readonly request: CheckRequest;
  /** Of the command line alone. */
  readonly options: CheckOptions;
  readonly tree: Tree;
}

/** The baseline that is to be written. */
export interface BaselineTarget {
  /** Absolute. */
  readonly path: string;
  /** What it holds: before it is written what is there, then what was found. */
  entries: readonly BaselineEntry[];
}

/** Where --write-baseline writes. @throws UsageError, RunError where something else is there */
export function baselineTarget(
  args: ParsedArguments,
  { tree, options }: AskedCheck,
  { fs, terminal }: CommandContext,
): BaselineTarget {
  if (options.platforms.length > 0) {
    throw new UsageError(
      '--write-baseline takes what is found on every platform: leave --platform out',
      'check',
    );
  }
  const given = (args.value('write-baseline') ?? '').replaceAll('\\', '/');
  const path =
    given === ''
      ? joinPath(tree.root, tree.config.config.baseline ?? baselineName)
      : joinPath(terminal.cwd, given);
  const old = loadBaseline(fs, tree.root, path);
  // It may be a name that somebody else put into the tree's configuration.
  if (!old.missing && !old.usable) {
    throw new RunError(`${path}: is there and is no baseline; it is not overwritten`);
  }
  return { path, entries: old.entries };
}

/**
 * Writes what was found, and keeps of the old entries those that this check could not have found. In one step: whoever
 * reads meanwhile has the old file or the new one. @throws RunError
 */
export function writeBaseline(
  target: BaselineTarget,
  report: CheckReport,
  asked: AskedCheck,
  { terminal }: CommandContext,
): void {
  const inScope = scopeOf(asked.request, rules, report);
  const found = report.diagnostics.map(baselineEntry);
  const kept = staleEntries(target.entries, report.diagnostics, (entry) => !inScope(entry));
  replaceFile(target.path, baselineText([...found, ...kept]), `--write-baseline ${target.path}`);
  target.entries = [...found, ...kept];
  const { root, config } = asked.tree;
  const name = relativePath(root, target.path);
  const file = joinPath(root, configName);
  const more = kept.length === 0 ? '' : `, and kept ${kept.length} from before that were not checked now`;
  terminal.err(`membrane: wrote ${count(found.length, 'finding')} to ${name}${more}\n`);
  if (config.config.baseline === name) return;
  const usable = isInside(root, target.path) && name.endsWith('.json');
  const how = usable
    ? `put this into ${file}: "baseline": "${name}"`
    : `give it a name below ${root} that ends in .json`;
  terminal.err(`membrane: to use it, ${how}\n`);
}

/** The report with what the tree's configuration does to it: known findings are counted, not listed. */
export function configuredReport(
  asked: AskedCheck,
  { report, leftOut, unnamed }: Pick<CheckOutcome, 'report' | 'leftOut' | 'unnamed'>,
  baseline: readonly BaselineEntry[],
): CheckReport {
  const { tree, options } = asked;
  const { present, problems } = tree.config;
  if (!present && baseline.length === 0 && problems.length === 0) return report;
  const inScope = scopeOf(asked.request, rules, report);
  const { allow } = tree.config.config;
  const { diagnostics: others, allowed, unused } = withoutConfigAllowed(report.diagnostics, allow);
  const { diagnostics, known } = withoutKnown(
    others,
    new Set(baseline.map(({ fingerprint }) => fingerprint)),
  );
  const config = {
    ...configEffect(tree.config, rules, options, tree.version),
    leftOut,
    problems: [...problems, ...unnamed],
    known,
    allowed,
    unusedAllows: unused.filter(inScope),
    stale: staleEntries(baseline, report.diagnostics, inScope),
  };
  return { ...report, diagnostics, config };
}
