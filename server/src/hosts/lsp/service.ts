import type { Analysis, Engine, Pages } from '../../features/engine.ts';
import { conversionBy } from '../../kernel/vocabulary.ts';
import { configNotes } from '../../project/config/notes.ts';
import { folderOf as folderOfPath, joinPath, relativePath } from '../../project/paths.ts';
import type { Stages } from '../../project/pipeline.ts';
import { findRoot, isKernelTree, kernelVersion, type TreeRoot } from '../../project/root.ts';
import { createStages } from '../../project/stages.ts';
import { boundsOf, type Tuning } from '../../project/tuning.ts';
import { rules } from '../../rules/registry.ts';
import { Service } from '../../service.ts';
import { annotationEntries } from '../../service-annotations.ts';
import {
  configEffect,
  unusedAllows,
  withConfig,
  withoutConfigAllowed,
  withoutKnown,
} from '../../service-config.ts';
import { defaultOptions } from '../../service-options.ts';
import type { CheckOptions, Diagnostic, FileReport } from '../../service-types.ts';
import type { SyntaxBackend } from '../../syntax/types.ts';
import { EditedFiles } from './edited-files.ts';
import type { Bound, Engines, Tree } from './engine.ts';
import type { Host } from './host.ts';
import { folderOf } from './settings.ts';
import { noTreeConfig, TreeConfigs } from './tree-configs.ts';

/** Slices of functions whose trees are kept between edits: a few large files. */
const keptSlices = 4096;

/** Functions that are kept lowered: those of the file that is being edited; a lowered one is far larger than its tree. */
const keptFunctions = 512;

/** The rules' pages, for hovers, links and the command that explains one. */
export const pages: Pages = {
  rules,
  page: (id) => rules.find((rule) => rule.id === id)?.page ?? null,
};

/** Services for documents, one for each tree, made when the first document of it is opened. */
export class ServiceEngines implements Engines {
  readonly pages = pages;
  private readonly fs: EditedFiles;
  private readonly configs: TreeConfigs;
  private readonly byRoot = new Map<string, { readonly engine: Engine; readonly tuned: string }>();
  private readonly roots = new Map<string, TreeRoot>();
  private readonly trees = new Map<string, Tree>();
  /** By folder, what {@link locate} began. */
  private readonly located = new Map<string, Promise<void>>();
  private stages: Stages | undefined;
  private loading: Promise<void> | undefined;
  private backend: SyntaxBackend['name'] = 'wasm';
  private parser: SyntaxBackend | undefined;
  private crashTold = false;

  /** `log` is told of faults of the engine, with their stacks. */
  constructor(
    private readonly host: Pick<Host, 'files' | 'loadParser'>,
    private readonly log: (message: string) => void,
  ) {
    this.fs = new EditedFiles(host.files);
    this.configs = new TreeConfigs(this.fs, log);
  }

  choose(backend: SyntaxBackend['name']): void {
    this.backend = backend;
  }

  ready(): Promise<void> {
    this.loading ??= this.load().then((backend) => {
      this.parser = backend;
      this.stages = createStages(backend, keptSlices, keptFunctions);
    });
    return this.loading;
  }

  private async load(): Promise<SyntaxBackend> {
    if (this.backend !== 'wasm') {
      try {
        return await this.host.loadParser(this.backend);
      } catch (error) {
        this.log(`${error instanceof Error ? error.message : String(error)}; using WebAssembly instead`);
      }
    }
    return await this.host.loadParser('wasm');
  }

  edited(uri: string, text: string | null): void {
    const path = this.fs.pathOf(uri);
    if (path !== null) this.configs.edited(path, text);
  }

  async changed(uris: readonly string[]): Promise<boolean> {
    const paths = uris.map((uri) => this.fs.pathOf(uri));
    if (!paths.some((path) => path !== null && this.configs.reads(path))) return false;
    this.located.clear();
    const look = () => ({
      roots: [...this.roots.keys()].map((folder) => [folder, findRoot(this.fs, folder)] as const),
      configs: this.configs.roots.map((root) => [root, this.configs.read(root)] as const),
    });
    await this.fs.fetch(() => void look());
    const { roots, configs } = look();
    // The file may have made or unmade a root.
    let differs = roots.some(
      ([folder, root]) => JSON.stringify(root) !== JSON.stringify(this.roots.get(folder)),
    );
    for (const [folder, root] of roots) this.roots.set(folder, root);
    const wanted = new Set(roots.map(([, { folder }]) => folder));
    for (const [root, loaded] of configs) {
      const change = this.configs.renew(root, loaded);
      const version = this.trees.get(root)?.version;
      const hasVersion = JSON.stringify(this.describe(root).version) === JSON.stringify(version);
      differs ||= change !== 'nothing' || !hasVersion;
      if (change === 'names' || !hasVersion) this.byRoot.delete(root);
    }
    // Nothing is in these any more.
    for (const root of this.configs.roots) if (!wanted.has(root)) this.forget(root);
    return differs;
  }

  async locate(uri: string): Promise<void> {
    const path = this.fs.pathOf(uri);
    if (path === null) return;
    const folder = folderOfPath(path);
    const look = () => {
      const { folder: root } = findRoot(this.fs, folder);
      isKernelTree(this.fs, root);
      kernelVersion(this.fs, root);
      this.configs.read(root);
    };
    for (;;) {
      const begun = this.located.get(folder) ?? this.fs.fetch(look);
      this.located.set(folder, begun);
      try {
        await begun;
      } catch (error) {
        this.located.delete(folder);
        throw error;
      }
      // If something changed on the way, what was brought may not be what is asked for now.
      if (this.located.get(folder) === begun) return;
    }
  }

  rootOf(uri: string): string | null {
    const path = this.fs.pathOf(uri);
    if (path === null) return null;
    const { folder, marker } = this.treeRoot(path);
    return marker === 'path' ? null : folder;
  }

  bind(uri: string, folders: readonly string[], tuning: Tuning): Bound {
    const path = this.fs.pathOf(uri);
    if (path === null) {
      const folder = folderOf(uri, folders);
      const file = decoded(folder === null ? lastPart(uri) : uri.slice(folder.replace(/\/$/, '').length + 1));
      return { engine: this.engine(folder ?? '', false, tuning), file, tree: 'virtual', uriOf: () => null };
    }
    const { folder: root, marker } = this.treeRoot(path);
    const engine = this.engine(root, true, tuning);
    return {
      engine,
      tree: marker === 'path' ? 'no-tree' : this.trees.get(root)!,
      file: relativePath(root, path),
      uriOf: (file) => this.fs.uriOf(joinPath(root, file)),
    };
  }

  /** There is one parser a process: nothing is parsed from then on, so silence must not look like a clean file. */
  private tellCrash(file: string): void {
    if (this.crashTold || this.parser?.crashed !== true) return;
    this.crashTold = true;
    this.log(`${file}: the parser crashed on it; nothing more is analysed until the server is restarted`);
  }

  private treeRoot(path: string): TreeRoot {
    const folder = folderOfPath(path);
    let root = this.roots.get(folder);
    if (root === undefined) {
      root = findRoot(this.fs, folder);
      this.roots.set(folder, root);
    }
    return root;
  }

  private engine(root: string, onDisk: boolean, tuning: Tuning): Engine {
    const known = this.byRoot.get(root);
    const tuned = JSON.stringify(tuning);
    if (known?.tuned === tuned) return known.engine;
    if (this.stages === undefined) throw new Error('the parser is not loaded');
    const version = onDisk ? this.describe(root).version : null;
    // All but the names may change while the engine lives.
    const own = () => (onDisk ? this.configs.of(root) : noTreeConfig);
    const { extra } = own().loaded.config;
    const configured = (options: CheckOptions) => withConfig(options, own().loaded.config);
    const service = new Service({
      stages: { ...this.stages, bounds: boundsOf(tuning, () => performance.now()) },
      version,
      protocol: tuning.protocol,
      rules,
      extra,
      onCrash: ({ file, function: name, stage, error }) => {
        const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.log(`${file}: ${name === '' ? 'the whole file' : `${name}()`}: ${stage}: ${what}`);
      },
    });
    const unsilenced = (all: readonly Diagnostic[]) => {
      const { loaded, known } = own();
      const { allow } = loaded.config;
      const { diagnostics: others, allowed, unused } = withoutConfigAllowed(all, allow);
      const used = allowed === 0 ? [] : allow.filter((entry) => !unused.includes(entry));
      return { ...withoutKnown(others, known), allowed, used };
    };
    const analysis = (
      report: FileReport,
      options: CheckOptions,
      functions: Analysis['functions'],
    ): Analysis => {
      const { loaded } = own();
      const { diagnostics, known, allowed, used } = unsilenced(report.diagnostics);
      const effect = loaded.present ? configEffect(loaded, rules, options, version) : null;
      return {
        report: { ...report, diagnostics },
        functions,
        config: effect === null ? null : { ...effect, known, allowed },
        usedAllows: used,
      };
    };
    const engine: Engine = {
      matters: (text) => service.matters(text),
      excludes: (file) => own().excludes(file),
      prepare: (texts, token) => {
        service.prepare(texts, token);
        this.tellCrash(texts.map(({ file }) => file).join(', '));
      },
      get effort() {
        return service.effort;
      },
      check: (file, texts, options, token) => {
        const report = service.checkAmong(file, texts, configured(options), token);
        this.tellCrash(file);
        return analysis(report, options, service.functionSlices(file, texts, token));
      },
      checkFirst: (file, texts, options, token, hurry) => {
        const first = service.checkFirst(file, texts, configured(options), token, hurry);
        if (first === null) return null;
        const { report, functions, ...rest } = first;
        return { analysis: analysis(report, options, functions), ...rest };
      },
      checkAll: (texts, options, token) => service.checkLinked(texts, configured(options), token),
      fixCandidates: (file, texts, wanted, token) =>
        service.fixCandidates(file, texts, { ...wanted, options: configured(wanted.options) }, token),
      forget: (file) => service.forget(file),
      forgetUnless: (wanted) => service.forgetUnless(wanted),
      call: (question) => service.tellCall(question),
      converts: (name) => conversionBy(service.vocabulary, name),
      configured,
      annotations: (texts, token) => {
        // Only with all rules is it known which annotations are of use.
        const { text, config } = own().loaded;
        const { contracts } = config;
        const all = { ...defaultOptions, rules: rules.map(({ id }) => id), contracts };
        const reports = service.checkLinked(texts, all, token);
        const found = reports.flatMap(({ diagnostics }) => diagnostics);
        const { diagnostics, unused } = withoutConfigAllowed(found, config.allow);
        const idle = unused.filter((one) => texts.some(({ file }) => file === one.file));
        return annotationEntries(reports, diagnostics, configNotes(text), idle);
      },
      isSilent: (one) => unsilenced([one]).diagnostics.length === 0,
      silentAt: (file, texts, silencing, isHere) => {
        const { loaded, known } = own();
        return service.silentAt(file, texts, { ...silencing, loaded, known }, isHere);
      },
      unusedAllows: (report, scope) => unusedAllows(own().loaded.config.allow, scope, rules, report),
      platforms: (file) => service.vocabulary.platformsOf(file),
      looks: service,
    };
    this.byRoot.set(root, { engine, tuned });
    return engine;
  }

  private forget(root: string): void {
    this.byRoot.delete(root);
    this.trees.delete(root);
    this.configs.forget(root);
  }

  /** Takes down what an index of a tree has to know of it. */
  private describe(root: string): Tree {
    const { present, config } = this.configs.of(root).loaded;
    const { extra, exclude } = config;
    const version = kernelVersion(this.fs, root);
    const tree = { root, version, extra, exclude, matters: present || isKernelTree(this.fs, root) };
    this.trees.set(root, tree);
    return tree;
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function lastPart(uri: string): string {
  return uri.replace(/[?#].*$/s, '').replace(/^.*[/:]/s, '');
}
