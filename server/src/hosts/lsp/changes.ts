import { isSource } from '../../project/discover.ts';
import { isInside, joinPath, relativePath } from '../../project/paths.ts';
import type { OpenDocument } from './documents.ts';
import type { Project } from './project.ts';
import type { Projects } from './projects.ts';
import type { DiskTexts } from './texts.ts';

/** What {@link Changes} work with. */
export interface ChangesHost {
  readonly documents: ReadonlyMap<string, OpenDocument>;
  readonly disk: DiskTexts;
  readonly projects: Projects;
  /** What a document gives may have changed without its own doing. */
  recheck(document: OpenDocument): void;
}

/** Passes changes of files on to the projects that they are in, and to the documents that are checked with them. */
export class Changes {
  constructor(private readonly host: ChangesHost) {}

  /** The open documents of a project. */
  documentsOf({ request }: Project): OpenDocument[] {
    return [...this.host.documents.values()].filter(({ bound }) => rootOf(bound) === request.root);
  }

  /** The text of a document is another one than the index knows of. */
  inEditor({ path }: OpenDocument): void {
    if (path !== null) this.pass(path);
  }

  /** Files changed, came or went on the disk. What is open counts as it stands in the editor, whatever the disk has. */
  onDisk(paths: readonly string[]): void {
    const { documents, disk, projects } = this.host;
    const open = new Set([...documents.values()].map(({ path }) => path));
    const changed = new Set(paths.filter((path) => isSource(path) && !open.has(path)));
    if (changed.size === 0) return;
    for (const path of changed) {
      disk.changed(path);
      this.pass(path);
    }
    for (const project of projects.all) {
      for (const document of this.documentsOf(project)) {
        if (this.pathsWith(document).some((path) => changed.has(path))) this.host.recheck(document);
      }
    }
  }

  /** From now on a document counts as it is on the disk, and what is kept for it alone goes. */
  async closed({ path, bound }: OpenDocument): Promise<void> {
    if (path !== null) {
      await this.host.disk.fetch(path);
      this.onDisk([path]);
    }
    if (bound === null) return;
    const root = rootOf(bound);
    const others = [...this.host.documents.values()].filter((one) => one.bound?.engine === bound.engine);
    const open = new Set(others.map((one) => one.bound!.file));
    bound.engine.forgetUnless((file) => open.has(file));
    if (root === null) return;
    const wanted = new Set(others.flatMap((one) => this.pathsWith(one)));
    this.host.disk.forgetUnless((one) => !isInside(root, one) || wanted.has(one));
  }

  private pass(path: string): void {
    for (const project of this.host.projects.all) {
      const { root } = project.request;
      if (isInside(root, path)) project.changed(relativePath(root, path), () => this.openText(path));
    }
  }

  private openText(path: string): string | null {
    for (const document of this.host.documents.values()) if (document.path === path) return document.text;
    return null;
  }

  /** Of the files that a document is checked with. */
  private pathsWith({ bound }: OpenDocument): string[] {
    const root = rootOf(bound);
    if (bound === null || root === null) return [];
    const group = this.host.projects.at(root)?.groupOf(bound.file) ?? [];
    return group.map((file) => joinPath(root, file));
  }
}

function rootOf(bound: OpenDocument['bound']): string | null {
  return bound === null || typeof bound.tree === 'string' ? null : bound.tree.root;
}
