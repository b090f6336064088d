import { addTo } from '../../base/maps.ts';
import { present, shown } from '../../features/diagnostics.ts';
import type { Settings } from '../../features/settings.ts';
import type { CheckTreeResult } from '../../protocol.ts';
import type { Diagnostic } from '../../service-types.ts';
import type { Client } from './client.ts';
import type { Bound, Engines } from './engine.ts';
import { cacheOf, type Host, type RunTreeCheck, type TreeCheckProgress } from './host.ts';
import type { ClientSettings } from './settings.ts';
import { filled, type Titles } from './titles.ts';
import type { UnusedEntries } from './unused-entries.ts';

/** What a check of a tree needs of the server around it. */
export interface TreeSources {
  readonly host: Host;
  readonly engines: Engines;
  readonly settings: ClientSettings;
  readonly unused: UnusedEntries;
  folders(): readonly string[];
  client(): Pick<Client, 'relatedInformation' | 'codeDescription' | 'rulePages' | 'titles'>;
}

/** Which tree is checked, and how. */
export interface TreeWish {
  /** Of the tree, or a file in it. */
  readonly uri: string;
  /** Absolute; only findings in these are told. Left out: all. */
  readonly paths?: readonly string[];
  /** Others come first. */
  readonly background: boolean;
  readonly signal: AbortSignal;
  onProgress(percent: number, message: string): void;
}

/** A tree as it is set up. */
export interface OpenTree {
  readonly bound: Bound;
  readonly tree: Exclude<Bound['tree'], string>;
  readonly settings: Settings;
}

/** The tree that a file is in, with its settings; null: nothing says where one begins. */
export async function openTree(uri: string, sources: TreeSources): Promise<OpenTree | null> {
  const { engines } = sources;
  await engines.ready();
  const root = engines.rootOf(uri);
  if (root === null) return null;
  const settings = await sources.settings.forTree(root);
  const bound = engines.bind(uri, sources.folders(), settings.tuning);
  const { tree } = bound;
  return typeof tree === 'string' ? null : { bound, tree, settings };
}

/** What the command line would say of a tree; null: there is none, or it was stopped. @throws Error if the check fails */
export async function checkTree(
  wish: TreeWish,
  run: RunTreeCheck,
  sources: TreeSources,
): Promise<CheckTreeResult | null> {
  const { host } = sources;
  const open = await openTree(wish.uri, sources);
  if (open === null) return null;
  const { bound, tree, settings } = open;
  const { engine } = bound;
  const { rules: levels, platforms } = settings;
  const options = engine.configured({ rules: [], levels, platforms });
  const { paths = [tree.root], background } = wish;
  const cache = cacheOf(host, settings.index);
  const asked = sources.unused.ask(tree.root, !background || settings.scope === 'workspace');
  const check = { tree, paths, settings, options, cache, background };
  const outcome = await run(check, wish.signal, (progress) =>
    wish.onProgress(...told(progress, sources.client().titles)),
  ).finally(() => sources.unused.end(asked));
  if (outcome === null) return null;
  const { report, leftOut, unnamed } = outcome;
  const scope = {
    ...{ root: tree.root, paths, options },
    exclude: settings.index.exclude,
    configExclude: tree.exclude,
  };
  const unused = engine.unusedAllows(report, scope);
  sources.unused.answer(asked, unused, settings);
  const found = report.diagnostics.filter((one) => shown(one, settings) && !engine.isSilent(one));
  return {
    root: host.files.uriOf(tree.root),
    filesSearched: report.stats.filesSearched,
    filesParsed: report.stats.filesParsed,
    findings: found.length,
    notAnalysed: new Set(report.coverage.map((gap) => `${gap.file}\n${gap.function}`)).size,
    problems: [...report.problems, ...unnamed].map(({ file, message }) => `${file}: ${message}`),
    leftOut,
    unusedAllows: unused.entries.length,
    files: filesOf(found, bound, sources),
  };
}

/** Percent and words. */
function told({ phase, done, total }: TreeCheckProgress, titles: Titles): [percent: number, message: string] {
  // The search is told by files, of which there are more while folders are listed; it is a fifth of the work at most.
  const part = total === 0 ? 0 : done / total;
  const percent = Math.floor(phase === 'search' ? 20 * part : 20 + 80 * part);
  const isSearch = phase === 'search';
  return [percent, isSearch ? filled(titles.filesSearched, done) : filled(titles.filesChecked, done, total)];
}

function filesOf(
  found: readonly Diagnostic[],
  { uriOf }: Bound,
  sources: TreeSources,
): CheckTreeResult['files'] {
  const byFile = new Map<string, Diagnostic[]>();
  for (const one of found) addTo(byFile, one.place.file, one);
  return [...byFile].flatMap(([file, all]) => {
    const uri = uriOf(file);
    if (uri === null) return [];
    const presentation = { ...sources.client(), uri, file, uriOf };
    return [{ uri, diagnostics: all.map((one) => present(one, presentation)) }];
  });
}
