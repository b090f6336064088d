import type { Connection, WorkDoneProgressServerReporter } from 'vscode-languageserver';
import { never } from '../../base/token.ts';
import { present, shown } from '../../features/diagnostics.ts';
import type { LspDiagnostic } from '../../features/shapes.ts';
import { isSource } from '../../project/discover.ts';
import { isInside, joinPath } from '../../project/paths.ts';
import type { CheckTreeResult } from '../../protocol.ts';
import type { OpenDocument } from './documents.ts';
import type { RunTreeCheck } from './host.ts';
import { foldersOfTree } from './places.ts';
import type { Projects } from './projects.ts';
import type { Reviewer } from './review.ts';
import { turn } from './slices.ts';
import { checkTree, type OpenTree, openTree, type TreeSources } from './tree-check.ts';
import type { Unit, Units } from './units.ts';
import type { WorkspaceReports } from './workspace-reports.ts';

/** Milliseconds without another change after which a tree is checked again: where its findings are shown, and where they are counted. */
const quiet = { workspace: 500, openFiles: 10_000 };

/** Milliseconds after which the tree around a document that was opened is counted for the first time. */
const settled = 3000;

/** Milliseconds without another edit after which the files that are not open, but are checked with an edited one, are looked at. */
const pause = 300;

/** What the workspace needs of the server around it. */
export interface WorkspaceSources extends TreeSources {
  readonly documents: ReadonlyMap<string, OpenDocument>;
  readonly units: Units;
  readonly projects: Projects;
  reviewer(): Reviewer;
  /** Grows when what trees say of themselves changed. */
  generation(): number;
  /** The client wants to hear how many findings a tree has. */
  counts(): boolean;
  onTree(result: CheckTreeResult): void;
  onFault(what: string, error: unknown): void;
}

/** A tree that is checked in the background. */
interface Target extends OpenTree {
  readonly root: string;
  /** A file of the tree, there or not. */
  readonly uri: string;
  readonly paths: readonly string[];
  /** With what it is checked; another one wants another check. */
  readonly key: string;
  /** It was checked before: nobody waits for it. */
  isKnown: boolean;
  /** What was found on the disk, by path. */
  found: Map<string, readonly LspDiagnostic[]>;
  running: AbortController | null;
  /** Something changed since the check that runs was begun. */
  stale: boolean;
  /** The user has ended it. */
  over: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
  waits: boolean;
}

/**
 * Findings of whole trees, in the background: shown where `diagnostics.scope` is `workspace`, else counted. What is on the disk is
 * checked as the command line does it, somewhere else; what edits do to files that are not open, the server knows anyway.
 */
export class Workspace {
  private targets = new Map<string, Target>();
  /** Of files that are checked with a document whose text is not that of the disk. */
  private readonly live = new Map<
    string,
    { readonly items: readonly LspDiagnostic[]; readonly by: OpenDocument }
  >();
  private readonly pauses = new Map<OpenDocument, ReturnType<typeof setTimeout>>();
  private refreshes = 0;

  constructor(
    private readonly connection: Connection,
    private readonly run: RunTreeCheck,
    private readonly reports: WorkspaceReports,
    private readonly sources: WorkspaceSources,
  ) {}

  /** Whether findings of some folder are shown whether its files are open or not. */
  async isShown(): Promise<boolean> {
    const { settings } = this.sources;
    const all = this.sources.folders().map((folder) => settings.for(`${folder.replace(/\/$/, '')}/.`));
    return (await Promise.all(all)).some(({ scope, enable }) => scope === 'workspace' && enable !== 'off');
  }

  /** Folders, settings, or what a tree says of itself changed, or a document has begun to matter. */
  async refresh(): Promise<void> {
    const refresh = ++this.refreshes;
    const wanted = await this.wanted();
    if (refresh !== this.refreshes) return;
    const before = this.targets;
    this.targets = new Map();
    for (const target of wanted) {
      const known = before.get(target.root);
      const isSame = known?.key === target.key;
      this.targets.set(target.root, isSame ? known : target);
      if (isSame) before.delete(target.root);
      else this.later(target, target.settings.scope === 'workspace' ? 0 : settled);
      // What was shown stays until the next check says otherwise.
      if (!isSame && known !== undefined && target.settings.scope === 'workspace') {
        target.found = known.found;
        known.found = new Map();
      }
    }
    for (const target of before.values()) this.end(target);
  }

  /** Ends everything. */
  stop(): void {
    this.refreshes++;
    for (const timer of this.pauses.values()) clearTimeout(timer);
    const all = [...this.targets.values()];
    this.targets.clear();
    for (const target of all) this.end(target);
  }

  /** Files on the disk changed, came or went. */
  changed(paths: readonly string[]): void {
    for (const target of this.targets.values()) {
      const isConcerned = paths.some((path) => isInside(target.root, path) && isLookedAt(path));
      if (!isConcerned) continue;
      target.stale = true;
      if (target.running === null) this.later(target, quiet[target.settings.scope]);
    }
  }

  /** Somebody types: what is only counted waits for a pause. */
  typing(): void {
    for (const target of this.targets.values())
      if (target.waits && target.settings.scope === 'openFiles') this.later(target, quiet.openFiles);
  }

  /** There is something new of a document. */
  reviewed(document: OpenDocument): void {
    if (!document.dirty || this.shownTarget(document) === null) return;
    clearTimeout(this.pauses.get(document));
    const timer = setTimeout(() => {
      this.pauses.delete(document);
      this.look(document).catch((error: unknown) => this.sources.onFault('diagnostics', error));
    }, pause);
    this.pauses.set(document, timer);
  }

  /** A document is not open any more: its file has what is known of it, and so have those that only its edits changed. */
  closed(document: OpenDocument): void {
    clearTimeout(this.pauses.get(document));
    this.pauses.delete(document);
    for (const [path, { by }] of this.live) if (by === document) this.unlive(path);
    const { path } = document;
    if (path === null) return;
    const target = this.shownTarget(document);
    const open = [...this.sources.documents.values()];
    // What it showed last is what its file has, unless an edit had a part in it.
    if (target !== null && !document.dirty && document.shown !== null && !open.some(({ dirty }) => dirty))
      target.found.set(path, document.shown.diagnostics);
    this.tell(path, true);
  }

  /** A tree was checked because somebody wanted it. */
  checked(result: CheckTreeResult): void {
    const root = this.sources.host.files.pathOf(result.root);
    const target = root === null ? undefined : this.targets.get(root);
    if (target === undefined) return;
    target.over = false;
    this.take(target, result);
  }

  private async wanted(): Promise<Target[]> {
    const { host, projects, settings } = this.sources;
    const folders = this.sources.folders();
    const uris = new Map<string, string>();
    await this.sources.engines.ready();
    const note = (uri: string) => {
      const root = this.sources.engines.rootOf(uri);
      if (root !== null && !uris.has(root)) uris.set(root, uri);
    };
    for (const folder of folders) note(`${folder.replace(/\/$/, '')}/.membrane.json`);
    for (const { uri } of this.sources.documents.values()) note(uri);
    const targets: Target[] = [];
    for (const [root, uri] of uris) {
      const inTree = foldersOfTree(root, folders, host.files);
      if (inTree.length === 0) continue;
      const wish = await settings.forTree(root);
      if (wish.enable === 'off') continue;
      const isShown = wish.scope === 'workspace';
      // What is only counted can wait until the tree is known, and is not asked for where it is not to be read.
      if (!isShown && (!this.sources.counts() || projects.at(root)?.state.k !== 'ready')) continue;
      const open = await openTree(uri, this.sources);
      if (open === null) continue;
      if (wish.enable === 'auto' && !open.tree.matters && projects.at(root) === null) continue;
      const inside = inTree.flatMap((folder) => host.files.pathOf(folder.replace(/\/+$/, '')) ?? []);
      const paths = inside.some((path) => isInside(path, root)) ? [root] : inside;
      const key = JSON.stringify([paths, open.tree, open.settings, this.sources.generation()]);
      targets.push({ ...open, root, uri, paths, key, ...fresh() });
    }
    return targets;
  }

  private later(target: Target, milliseconds: number): void {
    clearTimeout(target.timer);
    target.waits = !target.over;
    if (target.over) return;
    target.timer = setTimeout(() => {
      this.check(target).catch((error: unknown) => this.sources.onFault(`check of ${target.root}`, error));
    }, milliseconds);
  }

  private async check(target: Target): Promise<void> {
    if (target.running !== null) return;
    const stop = new AbortController();
    target.running = stop;
    target.waits = false;
    target.stale = false;
    let progress: WorkDoneProgressServerReporter | null = null;
    try {
      if (target.settings.scope === 'workspace' && !target.isKnown) progress = await this.begin(target, stop);
      const { uri, paths } = target;
      const onProgress = (percent: number, message: string) => progress?.report(percent, message);
      const wish = { uri, paths, background: true, signal: stop.signal, onProgress };
      const result = await checkTree(wish, this.run, this.sources);
      if (result !== null && this.targets.get(target.root) === target) {
        this.take(target, result);
        this.sources.onTree(result);
      }
    } finally {
      progress?.done();
      target.running = null;
    }
    if (target.stale) this.later(target, quiet[target.settings.scope]);
  }

  private async begin(target: Target, stop: AbortController): Promise<WorkDoneProgressServerReporter> {
    const progress = await this.connection.window.createWorkDoneProgress();
    progress.begin(this.sources.client().titles.checkingWorkspace, 0, undefined, true);
    progress.token.onCancellationRequested(() => {
      target.over = true;
      stop.abort();
      this.connection.console.info(
        `check of ${target.root}: cancelled; a check of the whole tree, or a restart of the server, begins it again`,
      );
    });
    return progress;
  }

  private take(target: Target, { files }: CheckTreeResult): void {
    target.isKnown = true;
    if (target.settings.scope !== 'workspace') return;
    const before = target.found;
    target.found = new Map();
    for (const { uri, diagnostics } of files) {
      const path = this.sources.host.files.pathOf(uri);
      if (path !== null) target.found.set(path, diagnostics as readonly LspDiagnostic[]);
    }
    for (const path of new Set([...before.keys(), ...target.found.keys()])) this.tell(path);
    // What was edited is on the disk now, and so in what was found.
    if (!target.stale) for (const [path, { by }] of this.live) if (!by.dirty) this.unlive(path);
  }

  private end(target: Target): void {
    clearTimeout(target.timer);
    target.over = true;
    target.running?.abort();
    this.sources.unused.drop(target.root);
    for (const path of [...this.live.keys()]) if (isInside(target.root, path)) this.live.delete(path);
    for (const path of target.found.keys()) this.tell(path);
  }

  /** Files that are not open, but are checked with an edited document, show what its text makes of them. */
  private async look(document: OpenDocument): Promise<void> {
    if (document.closed || this.shownTarget(document) === null) return;
    const unit = await this.sources.units.of(document);
    if (typeof unit.bound.tree === 'string' || !this.sources.reviewer().isFresh(unit)) return;
    const { root } = unit.bound.tree;
    const seen = new Set<string>();
    for (const { file } of unit.texts) {
      const path = joinPath(root, file);
      if (this.isOpen(path)) continue;
      // Somebody may be typing.
      await turn();
      if (document.closed || document.revision !== unit.revision) return;
      seen.add(path);
      this.live.set(path, { items: this.ofFile(unit, file), by: document });
      this.tell(path);
    }
    for (const [path, { by }] of this.live) if (by === document && !seen.has(path)) this.unlive(path);
  }

  private ofFile(unit: Unit, file: string): readonly LspDiagnostic[] {
    const { bound, texts, settings } = unit;
    const { engine, uriOf } = bound;
    if (engine.excludes(file)) return [];
    const { report } = engine.check(file, texts, this.sources.reviewer().options(unit), never);
    const uri = uriOf(file) ?? '';
    const presentation = { ...this.sources.client(), uri, file, uriOf };
    return report.diagnostics.filter((one) => shown(one, settings)).map((one) => present(one, presentation));
  }

  private unlive(path: string): void {
    this.live.delete(path);
    this.tell(path);
  }

  private tell(path: string, again = false): void {
    const target = [...this.targets.values()].find(({ found }) => found.has(path));
    this.reports.set(path, this.live.get(path)?.items ?? target?.found.get(path) ?? [], again);
  }

  /** The target that a document is in, if what is found in it is shown. */
  private shownTarget({ path }: OpenDocument): Target | null {
    if (path === null) return null;
    for (const target of this.targets.values())
      if (target.settings.scope === 'workspace' && target.paths.some((one) => isInside(one, path)))
        return target;
    return null;
  }

  private isOpen(path: string): boolean {
    for (const document of this.sources.documents.values()) if (document.path === path) return true;
    return false;
  }
}

const fresh = () => ({
  isKnown: false,
  found: new Map<string, readonly LspDiagnostic[]>(),
  running: null,
  stale: false,
  over: false,
  timer: undefined,
  waits: false,
});

/** Whether a check of a tree looks at a file of that name. */
function isLookedAt(path: string): boolean {
  return isSource(path) || /(^|\/)(Makefile|Kbuild)$/.test(path);
}
