import type { Position } from '../../base/lines.ts';
import type { ApiRow } from '../../kernel/types.ts';
import { configName } from '../root.ts';
import { type ConfigProblem, readDocument } from './document.ts';
import { type FileKeys, fileShape, type NamedRule } from './keys.ts';
import { configNotes } from './notes.ts';
import { rowsOf } from './rows.ts';

/** A rule that is not to speak of a file, or of a function in it. */
export type ConfigAllow = NonNullable<FileKeys['allow']>[number];

/** What a tree says about itself in its `.membrane.json`. */
export interface ProjectConfig {
  /** Rows of the tree's own vocabulary; one object for all that use it. */
  readonly extra: readonly ApiRow[];
  /** Where its contracts stand, by their keys: not part of what they say, which stays the same when they move. */
  readonly contracts: Readonly<Record<string, Position>>;
  /** Findings that are right and stay. */
  readonly allow: readonly ConfigAllow[];
  /** Globs of what to leave out, relative to the root. */
  readonly exclude: readonly string[];
  /** Levels of rules by their ids. */
  readonly levels: NonNullable<FileKeys['rules']>;
  /** The file with known findings, relative to the root; null: none. */
  readonly baseline: string | null;
}

/** What holds where there is no file, or none that can be used. */
export const emptyConfig: ProjectConfig = {
  extra: [],
  contracts: {},
  allow: [],
  exclude: [],
  levels: {},
  baseline: null,
};

/** Reads the text of a `.membrane.json`; what is wrong in it is told and left out. Not `usable`: all of it is, and `cost` is told. Never throws. */
export function parseConfig(
  text: string,
  rules: readonly NamedRule[],
  cost?: string,
): { readonly config: ProjectConfig; readonly problems: readonly ConfigProblem[]; readonly usable: boolean } {
  const { value, problems } = readDocument(configName, text, fileShape(rules), cost);
  if (value === undefined) return { config: emptyConfig, problems, usable: false };
  return {
    config: {
      extra: [...(value.contracts ?? []), ...rowsOf(value.vocabulary ?? {})],
      contracts: value.contracts === undefined ? {} : placesOf(text),
      allow: value.allow ?? [],
      exclude: value.exclude ?? [],
      levels: value.rules ?? {},
      baseline: value.baseline ?? null,
    },
    problems,
    usable: true,
  };
}

function placesOf(text: string): ProjectConfig['contracts'] {
  return Object.fromEntries(
    configNotes(text).flatMap(({ of, at, allow }) => (allow === null ? [[of, at] as const] : [])),
  );
}
