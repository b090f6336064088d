import {
  type DirectoryEntry,
  FileProblem,
  type FileProblemKind,
  type FileStatus,
  type FileSystem,
} from '../../server/src/project/files.ts';
import { folderOf, normalisePath } from '../../server/src/project/paths.ts';

/** Something at a path: a text, bytes, a link to another path, or a trouble that every access meets. */
export type Node = string | Uint8Array | { readonly link: string } | { readonly trouble: FileProblemKind };

const words: Readonly<Record<FileProblemKind, string>> = {
  missing: 'is not there (any more)',
  denied: 'may not be read: permission denied',
  loop: 'cannot be reached: its symbolic links go in a circle',
  'is-directory': 'is a folder, not a file',
  other: 'could not be read (EIO)',
};

/** A tree in memory that can do what a disk seldom does on demand: refuse, loop, lose a file between two looks. */
export class MemoryFiles implements FileSystem {
  readonly reads: string[] = [];
  private readonly folders = new Set<string>(['/']);

  constructor(private readonly nodes: Record<string, Node>) {
    for (const path of Object.keys(nodes)) {
      for (let folder = folderOf(path); folder !== '/'; folder = folderOf(folder)) this.folders.add(folder);
    }
  }

  /** From now on there is nothing at `path`, though a listing made before still has it. */
  remove(path: string): void {
    delete this.nodes[path];
  }

  readDirectory(path: string): DirectoryEntry[] {
    const node = this.nodes[path];
    if (typeof node === 'object' && 'trouble' in node) throw this.problem(path, node.trouble);
    if (!this.folders.has(path)) throw this.problem(path, 'missing');
    const names = new Map<string, DirectoryEntry>();
    const prefix = path === '/' ? '/' : `${path}/`;
    for (const other of [...this.folders, ...Object.keys(this.nodes)]) {
      if (!other.startsWith(prefix) || other === path) continue;
      const name = other.slice(prefix.length);
      if (name.includes('/')) continue;
      const at = this.nodes[other];
      const link = typeof at === 'object' && 'link' in at;
      const kind = this.folders.has(other) ? 'directory' : link ? 'link' : 'file';
      names.set(name, { name, kind });
    }
    return [...names.values()].reverse();
  }

  status(path: string): FileStatus | null {
    const target = this.follow(path);
    if (this.folders.has(target)) return { kind: 'directory', size: 0 };
    const node = this.nodes[target];
    if (node === undefined) return null;
    return { kind: 'file', size: typeof node === 'string' ? node.length : 1 };
  }

  readBytes(path: string, limit = Number.POSITIVE_INFINITY): Uint8Array {
    this.reads.push(path);
    const target = this.follow(path);
    if (this.folders.has(target)) throw this.problem(path, 'is-directory');
    const node = this.nodes[target];
    if (node === undefined) throw this.problem(path, 'missing');
    if (typeof node === 'object' && 'trouble' in node) throw this.problem(path, node.trouble);
    const bytes = typeof node === 'string' ? Buffer.from(node) : (node as Uint8Array);
    return bytes.subarray(0, Math.min(bytes.length, limit + 1));
  }

  private follow(path: string): string {
    let at = normalisePath(path);
    for (let hops = 0; hops < 40; hops++) {
      const node = this.nodes[at];
      if (typeof node !== 'object' || !('link' in node)) return at;
      at = normalisePath(node.link.startsWith('/') ? node.link : `${folderOf(at)}/${node.link}`);
    }
    throw this.problem(path, 'loop');
  }

  private problem(path: string, kind: FileProblemKind): FileProblem {
    return new FileProblem(path, kind, words[kind]);
  }
}
