import type { ApiRow } from '../../kernel/types.ts';
import { configName } from '../root.ts';
import { type ConfigProblem, readDocument } from './document.ts';
import { type FileKeys, fileShape, type NamedRule } from './keys.ts';
import { rowsOf } from './rows.ts';

/** A rule that is not to speak of a file, or of a function in it. */
export type ConfigAllow = NonNullable<FileKeys['allow']>[number];

/** What a tree says about itself in its `.membrane.json`. */
export interface ProjectConfig {
  /** Rows of the tree's own vocabulary; one object for all that use it. */
  readonly extra: readonly ApiRow[];
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
export const emptyConfig: ProjectConfig = { extra: [], allow: [], exclude: [], levels: {}, baseline: null };

/** Reads the text of a `.membrane.json`; what is wrong in it is told and left out. Not `usable`: all of it is. Never throws. */
export function parseConfig(
  text: string,
  rules: readonly NamedRule[],
): { readonly config: ProjectConfig; readonly problems: readonly ConfigProblem[]; readonly usable: boolean } {
  const { value, problems } = readDocument(configName, text, fileShape(rules));
  if (value === undefined) return { config: emptyConfig, problems, usable: false };
  return {
    config: {
      extra: [...(value.contracts ?? []), ...rowsOf(value.vocabulary ?? {})],
      allow: value.allow ?? [],
      exclude: value.exclude ?? [],
      levels: value.rules ?? {},
      baseline: value.baseline ?? null,
    },
    problems,
    usable: true,
  };
}
