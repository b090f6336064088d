import type { DirectoryEntry, FileStamp, FileStatus } from '../../project/files.ts';
import type { HostFiles } from './host.ts';

/** Files of a host, but those that an editor has open and that nobody reads as documents count as they stand there. */
export class EditedFiles implements HostFiles {
  private readonly edited = new Map<string, Uint8Array>();

  constructor(private readonly disk: HostFiles) {}

  /** From now on a file is that, whether it is on the disk or not. */
  edit(path: string, text: string): void {
    this.edited.set(path, new TextEncoder().encode(text));
  }

  /** From now on a file is what the disk has. */
  release(path: string): void {
    this.edited.delete(path);
  }

  status(path: string): FileStatus | null {
    const bytes = this.edited.get(path);
    return bytes === undefined ? this.disk.status(path) : { kind: 'file', size: bytes.length };
  }

  readBytes(path: string, limit?: number): Uint8Array {
    return this.edited.get(path) ?? this.disk.readBytes(path, limit);
  }

  readDirectory(path: string): readonly DirectoryEntry[] {
    return this.disk.readDirectory(path);
  }

  stamp(path: string): FileStamp | null {
    return this.disk.stamp(path);
  }

  pathOf(uri: string): string | null {
    return this.disk.pathOf(uri);
  }

  uriOf(path: string): string {
    return this.disk.uriOf(path);
  }

  fetch(read: () => void): Promise<void> {
    return this.disk.fetch(read);
  }

  refresh(paths: readonly string[]): Promise<void> {
    return this.disk.refresh(paths);
  }
}
