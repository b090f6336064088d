import {
  closeSync,
  fstatSync,
  fsyncSync,
  futimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

/** Something about what is kept that a user may want to know. */
export interface StoreNote {
  readonly message: string;
  /** Only for those who ask for details: everything works, it only takes longer. */
  readonly verbose: boolean;
}

/** Where caches of programs belong on this system; null where nothing says so. */
export function defaultCacheFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homeFolder(),
): string | null {
  const path = platform === 'win32' ? win32 : posix;
  /** Relative ones mean nothing: XDG says so, and for the others it holds as well. */
  const under = (folder: string | undefined, ...names: string[]) =>
    folder !== undefined && path.isAbsolute(folder) ? path.join(folder, ...names) : null;
  if (platform === 'win32')
    return (
      under(env.LOCALAPPDATA, 'membrane', 'Cache') ?? under(home, 'AppData', 'Local', 'membrane', 'Cache')
    );
  const given = under(env.XDG_CACHE_HOME, 'membrane');
  if (given !== null) return given;
  return platform === 'darwin'
    ? under(home, 'Library', 'Caches', 'membrane')
    : under(home, '.cache', 'membrane');
}

function homeFolder(): string {
  try {
    return homedir();
  } catch {
    // A user without an entry in the system's list has none.
    return '';
  }
}

/** Names of files that are ours: a tree, what it is, the version of its format. */
const ours = /^[0-9a-f]{16}-[a-z]+-\d+(\.bin|\.bin\.\d+-\d+\.tmp)$/;

/** Bytes that all files of the folder may have together. */
export const cacheLimit = 256 * 1024 * 1024;

/** Milliseconds after which a half-written file is of a process that is gone. */
const abandoned = 60 * 60 * 1000;

/** Milliseconds after which a file that is read is marked as used again. */
const usedAgain = 60 * 60 * 1000;

let written = 0;

/**
 * A folder of files that can all be lost. Each is written beside its place and moved there in one step, so that whoever reads sees
 * the old one or the new one, and of two who write the last one wins. Nothing here throws.
 */
export class CacheFolder {
  /** `limit`: bytes of all files; the longest unused go when it is exceeded. */
  constructor(
    readonly folder: string,
    private readonly limit: number = cacheLimit,
  ) {}

  /** The bytes of a file; null without one. */
  read(name: string): { readonly bytes: Uint8Array | null; readonly notes: StoreNote[] } {
    let file: number | null = null;
    try {
      file = openSync(this.pathOf(name), 'r');
      const { size, mtimeMs } = fstatSync(file);
      if (size > this.limit) return { bytes: null, notes: [] };
      const bytes = readFileSync(file);
      this.markUsed(name, mtimeMs);
      return { bytes, notes: [] };
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return { bytes: null, notes: [] };
      return { bytes: null, notes: [this.trouble('read', error)] };
    } finally {
      if (file !== null) closeSync(file);
    }
  }

  /** The first bytes of a file, as many as there are; null without one. */
  peek(name: string, length: number): Uint8Array | null {
    let file: number | null = null;
    try {
      file = openSync(this.pathOf(name), 'r');
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, 0));
    } catch {
      return null;
    } finally {
      if (file !== null) closeSync(file);
    }
  }

  /** Puts a file into its place and makes room. */
  write(name: string, bytes: Uint8Array): StoreNote[] {
    if (bytes.length > this.limit) {
      const message = `not kept for the next run: ${megabytes(bytes.length)} are more than the ${megabytes(this.limit)} that ${this.folder} may have`;
      return [{ message, verbose: true }];
    }
    const draft = `${this.pathOf(name)}.${process.pid}-${++written}.tmp`;
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      writeAll(draft, bytes);
      renameSync(draft, this.pathOf(name));
    } catch (error) {
      this.remove(draft);
      return [this.trouble('written', error)];
    }
    this.makeRoom(name);
    return [];
  }

  /** Takes a file away, if it is there. */
  discard(name: string): void {
    this.remove(this.pathOf(name));
  }

  private pathOf(name: string): string {
    return `${this.folder}/${name}`;
  }

  /** The time of a file's content is the time of its last use, as far as making room is concerned. */
  private markUsed(name: string, mtime: number): void {
    const now = Date.now();
    if (now - mtime < usedAgain) return;
    let file: number | null = null;
    try {
      file = openSync(this.pathOf(name), 'r+');
      futimesSync(file, now / 1000, now / 1000);
    } catch {
      // A folder that may only be read: its files age.
    } finally {
      if (file !== null) closeSync(file);
    }
  }

  private makeRoom(justWritten: string): void {
    const files: { readonly path: string; readonly size: number; readonly mtime: number }[] = [];
    let total = 0;
    for (const name of this.list()) {
      const path = this.pathOf(name);
      try {
        const { size, mtimeMs } = statSync(path);
        if (name.endsWith('.tmp')) {
          if (Date.now() - mtimeMs > abandoned) this.remove(path);
          continue;
        }
        total += size;
        if (name !== justWritten) files.push({ path, size, mtime: mtimeMs });
      } catch {
        // Gone meanwhile, which is as well.
      }
    }
    files.sort((a, b) => a.mtime - b.mtime);
    for (const { path, size } of files) {
      if (total <= this.limit) return;
      this.remove(path);
      total -= size;
    }
  }

  private list(): string[] {
    try {
      return readdirSync(this.folder).filter((name) => ours.test(name));
    } catch {
      return [];
    }
  }

  private remove(path: string): void {
    try {
      rmSync(path, { force: true });
    } catch {
      // Then it stays.
    }
  }

  private trouble(what: string, error: unknown): StoreNote {
    const message = `nothing is kept for the next run: ${this.folder} cannot be ${what} (${codeOf(error)})`;
    return { message, verbose: true };
  }
}

function writeAll(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at);
    // Else a crash of the machine could leave the new name with none of the content.
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? String(error);
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MB`;
}
