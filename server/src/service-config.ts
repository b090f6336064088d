import type { Version } from './kernel/types.ts';
import { vocabularyFor } from './kernel/vocabulary.ts';
import type { BaselineEntry } from './project/config/baseline.ts';
import type { LoadedConfig } from './project/config/load.ts';
import type { ConfigAllow, ProjectConfig } from './project/config/parse.ts';
import type { Rule } from './rules/types.ts';
import { compare } from './service-judge.ts';
import { atLeast } from './service-options.ts';
import type { CheckOptions, ConfigEffect, Diagnostic } from './service-types.ts';

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
  const kept = diagnostics.filter(({ rule, place }) => {
    const entry = allow.find(
      (one) =>
        one.rule === rule &&
        one.file === place.file &&
        (one.function === undefined || one.function === place.function),
    );
    if (entry !== undefined) used.add(entry);
    return entry === undefined;
  });
  const unused = allow.filter((entry) => !used.has(entry));
  return { diagnostics: kept, allowed: diagnostics.length - kept.length, unused };
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
