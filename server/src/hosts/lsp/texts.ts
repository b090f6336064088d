import type { FileStamp } from '../../project/files.ts';
import { readText } from '../../project/read.ts';
import type { HostFiles } from './host.ts';

let revisions = 0;

/** A number that no other state of any text has. */
export function newRevision(): number {
  return ++revisions;
}

/** What is in a file. */
export interface DiskText {
  /** Null: it is not there, or cannot be read. */
  readonly text: string | null;
  /** Changes with the text, and only with it. */
  readonly revision: number;
}

interface Known extends DiskText {
  readonly stamp: FileStamp | null;
  /** It may have changed since. */
  stale: boolean;
}

/** Texts of files that are not open, read when they are first asked for and kept until somebody says that they changed. */
export class DiskTexts {
  private readonly known = new Map<string, Known>();

  constructor(private readonly fs: HostFiles) {}

  /** What is at a path. */
  of(path: string): DiskText {
    const known = this.known.get(path);
    if (known !== undefined && !known.stale) return known;
    const text = this.read(path);
    const revision = known?.text === text ? known.revision : newRevision();
    const now = { text, revision, stamp: this.stampOf(path), stale: false };
    this.known.set(path, now);
    return now;
  }

  /** Brings here what is at a path, if nobody did. */
  fetch(path: string): Promise<void> {
    return this.fs.fetch(() => this.read(path));
  }

  /** What is at a path may have changed. */
  changed(path: string): void {
    const known = this.known.get(path);
    if (known !== undefined) known.stale = true;
  }

  /** Looks at the disk, for those whom nobody tells: the paths of what changed since it was read. */
  restat(): string[] {
    const changed: string[] = [];
    for (const [path, known] of this.known) {
      const { stamp } = known;
      const now = this.stampOf(path);
      if (stamp?.mtime === now?.mtime && stamp?.ctime === now?.ctime && stamp?.size === now?.size) continue;
      known.stale = true;
      changed.push(path);
    }
    return changed;
  }

  /** Forgets what nobody wants any more. */
  forgetUnless(wanted: (path: string) => boolean): void {
    for (const path of [...this.known.keys()]) if (!wanted(path)) this.known.delete(path);
  }

  private read(path: string): string | null {
    try {
      return readText(this.fs, path).text;
    } catch {
      return null;
    }
  }

  private stampOf(path: string): FileStamp | null {
    try {
      return this.fs.stamp(path);
    } catch {
      return null;
    }
  }
}
