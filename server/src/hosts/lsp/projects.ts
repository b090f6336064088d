import type { Connection } from 'vscode-languageserver';
import type { IndexSettings } from '../../features/settings.ts';
import { megabyte } from '../../project/discover.ts';
import type { IndexStatus } from '../../protocol.ts';
import type { Bound, Tree } from './engine.ts';
import { cacheOf, type Host } from './host.ts';
import { foldersOfTree, type Places } from './places.ts';
import { Project } from './project.ts';

/** Why a document is looked at alone. */
export type WhyAlone = Extract<IndexStatus, { state: 'none' }>['why'];

/** Who hears of the projects. */
export interface ProjectsListener {
  /** A project was made: nothing in it is known yet. */
  onStart(project: Project): void;
  onEnd(project: Project): void;
  onState(project: Project): void;
  onGroups(project: Project): void;
}

/** The projects: one for each tree that a document which matters was opened in. */
export class Projects {
  private readonly byRoot = new Map<string, Project>();

  constructor(
    private readonly connection: Connection,
    private readonly host: Host,
    private readonly listener: ProjectsListener,
  ) {}

  /** All that there are. */
  get all(): readonly Project[] {
    return [...this.byRoot.values()];
  }

  /** The one of a tree; null if it has none. */
  at(root: string): Project | null {
    return this.byRoot.get(root) ?? null;
  }

  /**
   * The project that a document belongs to, made if it has to be, or why it has none. `wanted`: whether the document is
   * reason enough to begin.
   */
  find(
    bound: Bound,
    settings: IndexSettings,
    folders: readonly string[],
    wanted: () => boolean,
  ): Project | WhyAlone {
    const { tree } = bound;
    if (typeof tree === 'string') return tree;
    if (!settings.enable) {
      this.drop(tree.root);
      return 'off';
    }
    if (!concerns(tree.root, folders, this.host.files)) return 'outside';
    const exclude = [...tree.exclude, ...settings.exclude];
    const { cacheDirectory, cacheMegabytes, maxFileMegabytes } = settings;
    const how = [cacheDirectory, cacheMegabytes, maxFileMegabytes];
    const key = JSON.stringify([tree.version, tree.extra, exclude, ...how]);
    const known = this.byRoot.get(tree.root);
    if (known?.key === key) return known;
    if (known === undefined && !wanted()) return 'unneeded';
    this.drop(tree.root);
    return this.make(tree, exclude, settings, key);
  }

  /** Ends the projects that `wanted` says no to. */
  retain(wanted: (root: string) => boolean): void {
    for (const root of [...this.byRoot.keys()]) if (!wanted(root)) this.drop(root);
  }

  private drop(root: string): void {
    const project = this.byRoot.get(root);
    if (project === undefined) return;
    project.stop();
    this.byRoot.delete(root);
    this.listener.onEnd(project);
  }

  private make(tree: Tree, exclude: readonly string[], settings: IndexSettings, key: string): Project {
    const { root, version, extra } = tree;
    const cache = cacheOf(this.host, settings);
    const largest = settings.maxFileMegabytes * megabyte;
    const request = { root, version, extra, exclude, largest, cache };
    const project: Project = new Project(request, key, this.host, {
      onState: () => {
        if (this.byRoot.get(root) === project) this.listener.onState(project);
      },
      onGroups: () => {
        if (this.byRoot.get(root) === project) this.listener.onGroups(project);
      },
      onNote: (message) => this.connection.console.info(message),
    });
    this.byRoot.set(root, project);
    this.listener.onStart(project);
    return project;
  }
}

/** Whether a tree has to do with one of the folders; without any, a client has opened single files. */
export function concerns(root: string, folders: readonly string[], places: Places): boolean {
  return folders.length === 0 || foldersOfTree(root, folders, places).length > 0;
}
