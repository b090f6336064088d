import type { ConfigProblem } from '../../project/config/document.ts';
import { type LoadedConfig, loadConfig, noConfig } from '../../project/config/load.ts';
import { parseConfig } from '../../project/config/parse.ts';
import { compileGlobs, type PathMatcher } from '../../project/glob.ts';
import { joinPath, nameOf } from '../../project/paths.ts';
import { configName } from '../../project/root.ts';
import { rules } from '../../rules/registry.ts';
import type { EditedFiles } from './edited-files.ts';

/** What a tree says of itself. */
export interface TreeConfig {
  readonly loaded: LoadedConfig;
  /** Fingerprints of its baseline. */
  readonly known: ReadonlySet<string>;
  readonly excludes: PathMatcher;
}

/** Of what is in no tree on the disk. */
export const noTreeConfig: TreeConfig = treeConfig(noConfig);

/** How much of what engines were made with holds no more. */
export type ConfigChange = 'nothing' | 'judgement' | 'names';

/**
 * What trees say of themselves, each read when it is first asked for: a `.membrane.json` that is open as it stands in the editor, for as
 * long as it is half-typed as it was before, all others as they are on the disk.
 */
export class TreeConfigs {
  private readonly byRoot = new Map<string, TreeConfig>();
  /** What is wrong in those that are open of which nothing can be used, by their paths. */
  private readonly broken = new Map<string, readonly ConfigProblem[]>();
  /** Paths of the baselines that were asked for. */
  private readonly baselines = new Set<string>();

  /** `log` is told what is wrong in them. */
  constructor(
    private readonly fs: EditedFiles,
    private readonly log: (message: string) => void,
  ) {}

  /** The roots of those that were read. */
  get roots(): readonly string[] {
    return [...this.byRoot.keys()];
  }

  of(root: string): TreeConfig {
    let known = this.byRoot.get(root);
    if (known === undefined) {
      known = treeConfig(this.read(root));
      this.take(root, known);
    }
    return known;
  }

  /** Whether one of them is read from there. */
  reads(path: string): boolean {
    return nameOf(path) === configName || this.baselines.has(path);
  }

  /** A file that may be one has that text in the editor; null: it is not open any more. */
  edited(path: string, text: string | null): void {
    this.broken.delete(path);
    if (text === null) {
      this.fs.release(path);
      return;
    }
    const { usable, problems } = parseConfig(text, rules, 'what it said before counts');
    if (usable) this.fs.edit(path, text);
    else this.broken.set(path, problems);
  }

  /** Reads one as it is now, for {@link renew}. */
  read(root: string): LoadedConfig {
    const loaded = loadConfig(this.fs, root, rules);
    const broken = this.broken.get(joinPath(root, configName));
    return broken === undefined || !loaded.present ? loaded : { ...loaded, problems: broken };
  }

  /** Takes what was read anew. */
  renew(root: string, loaded: LoadedConfig): ConfigChange {
    const { loaded: before } = this.of(root);
    const isSame = told(loaded) === told(before);
    const { extra } = before.config;
    const hasNames = JSON.stringify(loaded.config.extra) === JSON.stringify(extra);
    const config = hasNames ? { ...loaded.config, extra } : loaded.config;
    this.take(root, treeConfig({ ...loaded, config }), before);
    return isSame ? 'nothing' : hasNames ? 'judgement' : 'names';
  }

  /** Nothing is in that tree any more. */
  forget(root: string): void {
    this.byRoot.delete(root);
  }

  private take(root: string, config: TreeConfig, before: LoadedConfig = noConfig): void {
    this.byRoot.set(root, config);
    const { problems, config: said } = config.loaded;
    const old = new Set(before.problems.map(({ message }) => message));
    for (const { file, line, column, message } of problems)
      if (!old.has(message)) this.log(`${joinPath(root, file)}:${line}:${column}: ${message}`);
    if (said.baseline !== null) this.baselines.add(joinPath(root, said.baseline));
  }
}

function treeConfig(loaded: LoadedConfig): TreeConfig {
  return {
    loaded,
    known: new Set(loaded.baseline.map(({ fingerprint }) => fingerprint)),
    excludes: compileGlobs(loaded.config.exclude),
  };
}

/** All of it that shows anywhere, as text: not how it is written. */
function told({ present, config, baseline, problems }: LoadedConfig): string {
  return JSON.stringify([present, config, baseline, problems.map(({ message }) => message)]);
}
