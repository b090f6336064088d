import { hashText } from './base/hash.ts';
import type { ApiRow, Version } from './kernel/types.ts';
import { vocabularyFor } from './kernel/vocabulary.ts';
import type { BaselineEntry } from './project/config/baseline.ts';
import type { ConfigProblem } from './project/config/document.ts';
import type { LoadedConfig } from './project/config/load.ts';
import { configNotes } from './project/config/notes.ts';
import type { ConfigAllow, ProjectConfig } from './project/config/parse.ts';
import { entriesIn } from './project/entries.ts';
import { Exclusion } from './project/exclusion.ts';
import { isInside, joinPath } from './project/paths.ts';
import type { NameIndex } from './project/reach.ts';
import { configName } from './project/root.ts';
import type { Level, Rule } from './rules/types.ts';
import { unusedAllow, unusedEntry } from './rules/unused-allow/rule.ts';
import { compare } from './service-judge.ts';
import { activeRules, atLeast } from './service-options.ts';
import type { CheckOptions, CheckReport, ConfigEffect, Diagnostic } from './service-types.ts';

export { allowEdits } from './project/config/allow-edit.ts';

/** What is asked, over what the tree's configuration says: a level that somebody asked for wins. */
export function withConfig(options: CheckOptions, config: ProjectConfig): CheckOptions {
  const { contracts } = config;
  return { ...options, levels: { ...config.levels, ...options.levels }, contracts };
}

/** What the tree's configuration changes, as far as that is known before anything was checked. */
export function configEffect(
  loaded: LoadedConfig,
  rules: readonly Rule[],
  /** What is asked without it. */
  options: CheckOptions,
  version: Version | null,
): ConfigEffect {
  const { config, problems } = loaded;
  const off: string[] = [];
  const lowered: { rule: string; level: Diagnostic['level'] }[] = [];
  for (const rule of rules) {
    const level = options.levels[rule.id] === undefined ? config.levels[rule.id] : undefined;
    const named = options.rules.length > 0;
    const runs = named ? options.rules.includes(rule.id) : rule.onByDefault;
    if (level === undefined || !runs) continue;
    if (level === 'off') {
      if (!named) off.push(rule.id);
    } else if (!atLeast(level, rule.defaultLevel)) lowered.push({ rule: rule.id, level });
  }
  const kernel = vocabularyFor(version);
  const redefined = new Set(
    config.extra.filter(({ k, name }) => k !== 'held' && kernel.rows(name).length > 0).map((r) => r.name),
  );
  return {
    off: off.sort(compare),
    lowered: lowered.sort((a, b) => compare(a.rule, b.rule)),
    redefined: [...redefined].sort(compare),
    leftOut: 0,
    known: 0,
    allowed: 0,
    unusedAllows: [],
    stale: [],
    problems,
  };
}

/** Contracts of functions that nothing in the tree has or calls: most likely their names are misspelled. `contracts`: where they stand. */
export function unnamedContracts(
  extra: readonly ApiRow[],
  contracts: ProjectConfig['contracts'],
  index: Pick<NameIndex, 'filesNamingAll'>,
): readonly ConfigProblem[] {
  const entries = entriesIn(extra.filter((row) => row.k === 'held'));
  if (entries.length === 0) return [];
  const files = index.filesNamingAll(entries.map(({ name }) => name));
  return entries.flatMap(({ name, entry: { of } }) => {
    const place = contracts[of];
    if (place === undefined || files.get(name)!.length > 0) return [];
    const message = `no file of the tree names '${name}': the contract of '${of}' says nothing`;
    return [{ file: configName, ...place, message }];
  });
}

/** Diagnostics that the tree's own `allow` does not name, and its entries that name none. */
export function withoutConfigAllowed(
  diagnostics: readonly Diagnostic[],
  allow: readonly ConfigAllow[],
): {
  readonly diagnostics: readonly Diagnostic[];
  readonly allowed: number;
  readonly unused: readonly ConfigAllow[];
} {
  const used = new Set<ConfigAllow>();
  const kept = diagnostics.filter((diagnostic) => {
    const entry = allowOf(allow, diagnostic);
    if (entry !== undefined) used.add(entry);
    return entry === undefined;
  });
  const unused = allow.filter((entry) => !used.has(entry));
  return { diagnostics: kept, allowed: diagnostics.length - kept.length, unused };
}

/** The entry that keeps a diagnostic silent. */
export function allowOf(
  allow: readonly ConfigAllow[],
  { rule, place }: Pick<Diagnostic, 'rule' | 'place'>,
): ConfigAllow | undefined {
  return allow.find(
    (one) =>
      one.rule === rule &&
      one.file === place.file &&
      (one.function === undefined || one.function === place.function),
  );
}

/** What a check of files looked at. */
export interface CheckScope {
  readonly root: string;
  /** Absolute. */
  readonly paths: readonly string[];
  readonly options: CheckOptions;
  /** Globs of what was asked to be left out, and of what the tree's own configuration leaves out. */
  readonly exclude: readonly string[];
  readonly configExclude?: readonly string[];
}

/** Whether a check would have found what an entry stands for, were it still there. */
export function scopeOf(
  { root, paths, options, exclude, configExclude }: CheckScope,
  rules: readonly Rule[],
  report: Pick<CheckReport, 'problems'>,
): (entry: Pick<BaselineEntry, 'rule' | 'file'>) => boolean {
  if (options.platforms.length > 0) return () => false;
  const excluded = new Exclusion(exclude, configExclude).matches;
  const active = new Set(activeRules(rules, options).map(({ rule }) => rule.id));
  const unread = new Set(report.problems.map(({ file }) => file));
  return ({ file, rule }) =>
    active.has(rule) &&
    !unread.has(file) &&
    !(excluded?.(file) ?? false) &&
    paths.some((path) => isInside(path, joinPath(root, file)));
}

/** Entries that keep nothing silent, and how loud that is told; none where the rule for that is off. */
export interface UnusedAllows {
  readonly entries: ConfigEffect['unusedAllows'];
  readonly level: Level;
}

/** Entries that had their chance to keep something of `report` silent, in which nothing is left out yet, and keep nothing. */
export function unusedAllows(
  allow: readonly ConfigAllow[],
  scope: CheckScope,
  rules: readonly Rule[],
  report: Pick<CheckReport, 'problems' | 'diagnostics'>,
): UnusedAllows {
  const own = activeRules(rules, scope.options).find(({ rule }) => rule.id === unusedAllow.id);
  const level = own?.level ?? unusedAllow.defaultLevel;
  if (own === undefined) return { entries: [], level };
  const { unused } = withoutConfigAllowed(report.diagnostics, allow);
  return { entries: unused.filter(scopeOf(scope, rules, report)), level };
}

/** What is told of entries, each at its place in the text of a `.membrane.json`; nothing of one that is not there any more. */
export function unusedAllowsAt(text: string, { entries, level }: UnusedAllows): readonly Diagnostic[] {
  const notes = configNotes(text);
  const rule = unusedAllow.id;
  const empty = { platforms: [], configurations: [], consequences: [], trace: [], related: [] };
  return entries.flatMap((entry) => {
    const note = notes.find(({ allow }) => allow !== null && isSameAllow(allow, entry));
    if (note === undefined) return [];
    const fingerprint = hashText(JSON.stringify([rule, entry.rule, entry.file, entry.function ?? '']));
    const place = { file: configName, start: note.at, end: note.end, function: '' };
    return [{ rule, level, place, message: unusedEntry, fingerprint, ...empty }];
  });
}

/** Whether two entries speak of the same. */
export function isSameAllow(
  a: Pick<ConfigAllow, 'rule' | 'file' | 'function'>,
  b: Pick<ConfigAllow, 'rule' | 'file' | 'function'>,
): boolean {
  return a.rule === b.rule && a.file === b.file && a.function === b.function;
}

/** Diagnostics that a baseline does not have, and how many it has. */
export function withoutKnown(
  diagnostics: readonly Diagnostic[],
  baseline: ReadonlySet<string>,
): { readonly diagnostics: readonly Diagnostic[]; readonly known: number } {
  const news = diagnostics.filter(({ fingerprint }) => !baseline.has(fingerprint));
  return { diagnostics: news, known: diagnostics.length - news.length };
}

/** What a baseline keeps of a diagnostic. */
export function baselineEntry({ fingerprint, rule, place }: Diagnostic): BaselineEntry {
  return { fingerprint, rule, file: place.file, function: place.function };
}

/** Entries that match none of `diagnostics`, of those that could: `inScope` says which a check would have found. */
export function staleEntries(
  entries: readonly BaselineEntry[],
  diagnostics: readonly Diagnostic[],
  inScope: (entry: BaselineEntry) => boolean,
): BaselineEntry[] {
  const found = new Set(diagnostics.map(({ fingerprint }) => fingerprint));
  return entries.filter((entry) => !found.has(entry.fingerprint) && inScope(entry));
}
