import type { Text } from '../../features/engine.ts';
import type { Settings } from '../../features/settings.ts';
import { joinPath } from '../../project/paths.ts';
import type { IndexStatus } from '../../protocol.ts';
import type { OpenDocument } from './documents.ts';
import type { Bound, Engines } from './engine.ts';
import type { Project } from './project.ts';
import type { Projects, WhyAlone } from './projects.ts';
import type { ClientSettings } from './settings.ts';
import type { DiskTexts } from './texts.ts';

/** A document with all that it is checked with, as it is now. */
export interface Unit {
  readonly document: OpenDocument;
  /** Of the document's text. */
  readonly revision: number;
  readonly settings: Settings;
  readonly bound: Bound;
  /** Null: the document is looked at alone. */
  readonly project: Project | null;
  /** The document's and those of the files that it belongs with. */
  readonly texts: readonly Text[];
  /** Says which texts they are. */
  readonly stamp: string;
  /** `pending`: what is shown is not what all of them give. */
  index(pending: boolean): IndexStatus;
}

/** Where {@link Units} look. */
export interface UnitSources {
  readonly engines: Engines;
  readonly settings: ClientSettings;
  readonly documents: ReadonlyMap<string, OpenDocument>;
  readonly disk: DiskTexts;
  readonly projects: Projects;
  /** URIs of the workspace. */
  folders(): readonly string[];
}

/** Says which texts a document is checked with: what is open counts as it stands in the editor, the rest as it is on the disk. */
export class Units {
  constructor(private readonly sources: UnitSources) {}

  ready(): Promise<void> {
    return this.sources.engines.ready();
  }

  /** What a document is checked with now. Begins to index its tree where that is wanted. */
  async of(document: OpenDocument): Promise<Unit> {
    const { engines, settings: all, folders } = { ...this.sources, folders: this.sources.folders() };
    const settings = await all.for(document.uri);
    await engines.locate(document.uri);
    const root = engines.rootOf(document.uri);
    const ofTree = root === null ? settings : await all.forTree(root);
    await engines.locate(document.uri);
    const bound = this.bind(engines.bind(document.uri, folders, ofTree.tuning));
    document.bound = bound;
    const project = this.projectOf(document, bound, settings, ofTree);
    return this.unit(document, settings, bound, project);
  }

  /** The same document without the others. */
  alone(unit: Unit): Unit {
    const { document, bound } = unit;
    const own = [bound.file];
    const texts = [{ file: bound.file, text: document.text }];
    return { ...unit, texts, stamp: this.stampOf(document, bound, own), revision: document.revision };
  }

  /** Whether the texts are still those, and somebody has one of them open. */
  isCurrent({ document, bound, project, stamp }: Unit): boolean {
    if (project !== null && this.sources.projects.at(project.request.root) !== project) return false;
    const files = project?.groupOf(bound.file) ?? [bound.file];
    if (this.stampOf(document, bound, files) !== stamp) return false;
    return files.some((file) => this.openAt(document, bound, file) !== undefined);
  }

  /** The open documents among the texts of a unit, each with its own settings. */
  async among({ document, bound, texts }: Unit): Promise<Unit[]> {
    const open = texts.flatMap(({ file }) => this.openAt(document, bound, file) ?? []);
    return await Promise.all(open.map((one) => this.of(one)));
  }

  private unit(document: OpenDocument, settings: Settings, bound: Bound, project: Project | WhyAlone): Unit {
    const isAlone = typeof project === 'string';
    const { file } = bound;
    const files = isAlone ? [file] : project.groupOf(file);
    const texts: Text[] = [];
    for (const one of files) {
      const { text } = this.textOf(document, bound, one);
      if (text !== null) texts.push({ file: one, text });
    }
    return {
      document,
      revision: document.revision,
      settings,
      bound,
      project: isAlone ? null : project,
      texts,
      stamp: this.stampOf(document, bound, files),
      index: (pending) =>
        isAlone ? { state: 'none', why: project } : project.status(file, pending && texts.length > 1),
    };
  }

  private projectOf(
    { text }: OpenDocument,
    bound: Bound,
    settings: Settings,
    ofTree: Settings,
  ): Project | WhyAlone {
    const { engine, file, tree } = bound;
    if (typeof tree === 'string') return tree;
    if (settings.enable === 'off') return 'off';
    if (engine.excludes(file)) return 'left-out';
    const wanted = () => tree.matters || settings.enable === 'on' || engine.matters(text);
    return this.sources.projects.find(bound, ofTree.index, this.sources.folders(), wanted);
  }

  /** Files that are open are called as the editor calls them. */
  private bind(bound: Bound): Bound {
    const { tree } = bound;
    if (typeof tree === 'string') return bound;
    return {
      ...bound,
      uriOf: (file) => this.documentAt(joinPath(tree.root, file))?.uri ?? bound.uriOf(file),
    };
  }

  private stampOf(document: OpenDocument, bound: Bound, files: readonly string[]): string {
    const root = typeof bound.tree === 'string' ? document.uri : bound.tree.root;
    const parts = files.map((file) => `${file}:${this.textOf(document, bound, file).revision}`);
    return [root, ...parts].join('\n');
  }

  private textOf(
    document: OpenDocument,
    bound: Bound,
    file: string,
  ): { readonly text: string | null; readonly revision: number } {
    const open = this.openAt(document, bound, file);
    if (open !== undefined) return open;
    if (typeof bound.tree === 'string') return document;
    return this.sources.disk.of(joinPath(bound.tree.root, file));
  }

  private openAt(document: OpenDocument, { file: own, tree }: Bound, file: string): OpenDocument | undefined {
    if (file === own && !document.closed) return document;
    return typeof tree === 'string' ? undefined : this.documentAt(joinPath(tree.root, file));
  }

  private documentAt(path: string): OpenDocument | undefined {
    for (const document of this.sources.documents.values()) if (document.path === path) return document;
    return undefined;
  }
}
