import { decodeText } from '../decode.ts';
import { type FileSystem, problemText } from '../files.ts';
import { joinPath } from '../paths.ts';
import { configName } from '../root.ts';
import { type BaselineEntry, parseBaseline } from './baseline.ts';
import type { ConfigProblem } from './document.ts';
import type { NamedRule } from './keys.ts';
import { emptyConfig, type ProjectConfig, parseConfig } from './parse.ts';

/** Bytes; nobody writes more by hand, and it is read with every start. */
const configLimit = 1 << 20;

/** Bytes; some hundred thousand findings. */
const baselineLimit = 1 << 26;

/** A tree's `.membrane.json` and what it names. */
export interface LoadedConfig {
  /** There is such a file at the root. */
  readonly present: boolean;
  /** False: it is there, and nothing of it could be read. */
  readonly usable: boolean;
  /** The file itself; empty where there is none, or it could not be read. */
  readonly text: string;
  readonly config: ProjectConfig;
  /** The known findings. */
  readonly baseline: readonly BaselineEntry[];
  readonly problems: readonly ConfigProblem[];
}

/** A tree without the file, or one that is not to be asked. */
export const noConfig: LoadedConfig = {
  present: false,
  usable: true,
  text: '',
  config: emptyConfig,
  baseline: [],
  problems: [],
};

/** Reads the `.membrane.json` at `root` and its baseline. Whatever is wrong becomes a problem; never throws. */
export function loadConfig(fs: FileSystem, root: string, rules: readonly NamedRule[]): LoadedConfig {
  const text = readConfigText(fs, root);
  if (text === null) return noConfig;
  if ('problem' in text) return { ...noConfig, present: true, usable: false, problems: [text.problem] };
  const { config, problems, usable } = parseConfig(text.text, rules);
  const file = { present: true, usable, text: text.text };
  if (config.baseline === null) return { ...file, config, baseline: [], problems };
  const known = loadBaseline(fs, root, config.baseline);
  return { ...file, config, baseline: known.entries, problems: [...problems, ...known.problems] };
}

/** The text of the `.membrane.json` at `root`, or why it cannot be read; null: there is none. */
export function readConfigText(fs: FileSystem, root: string): ReadFile | null {
  return read(fs, root, configName, configLimit);
}

/** A baseline of the tree. One that is not there holds nothing, and that is told. */
export function loadBaseline(
  fs: FileSystem,
  root: string,
  path: string,
): {
  readonly entries: readonly BaselineEntry[];
  readonly problems: readonly ConfigProblem[];
  /** There is such a file, and it is a baseline. */
  readonly usable: boolean;
  readonly missing: boolean;
} {
  const text = read(fs, root, path, baselineLimit);
  if (text === null) {
    const message = 'there is no such file; membrane check --write-baseline writes it';
    const problems = [problemAt(path, message)];
    return { entries: [], problems, usable: false, missing: true };
  }
  if ('problem' in text) return { entries: [], problems: [text.problem], usable: false, missing: false };
  const { entries, problems } = parseBaseline(path, text.text);
  return { entries: entries ?? [], problems, usable: entries !== null, missing: false };
}

function problemAt(file: string, message: string): ConfigProblem {
  return { file, line: 1, column: 1, message };
}

/** What reading a file gave. */
type ReadFile = { readonly text: string } | { readonly problem: ConfigProblem };

function read(fs: FileSystem, root: string, file: string, limit: number): ReadFile | null {
  const path = joinPath(root, file);
  try {
    if (fs.status(path) === null) return null;
    const bytes = fs.readBytes(path, limit);
    if (bytes.length <= limit) return { text: decodeText(bytes).text };
    return { problem: problemAt(file, `is larger than ${limit >> 20} MB. It is not used`) };
  } catch (error) {
    return { problem: problemAt(file, `${problemText(error)}. It is not used`) };
  }
}
