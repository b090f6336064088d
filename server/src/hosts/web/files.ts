import { type DirectoryEntry, FileProblem, type FileStatus } from '../../project/files.ts';
import { folderOf, normalisePath } from '../../project/paths.ts';
import type { FileAnswer, FilesParams, FilesResult, WantedFile } from '../../protocol.ts';
import type { HostFiles } from '../lsp/host.ts';

/** What the client said of a path; left out where it was not asked. */
interface Known {
  kind?: FileStatus['kind'] | null;
  /** The size where it is over the limit. */
  bytes?: Uint8Array | number | null;
  /** That `bytes` were asked with. */
  limit?: number | undefined;
  names?: readonly DirectoryEntry[] | null;
}

interface Wanted {
  readonly path: string;
  readonly what: WantedFile['what'];
  readonly limit?: number | undefined;
}

/**
 * Files that the client reads: they are here once they were fetched. A path is `/scheme:authority/…`, so that each is one
 * URI's, whatever it leads to.
 */
export class ClientFiles implements HostFiles {
  private readonly known = new Map<string, Known>();
  private readonly missed = new Map<string, Wanted>();
  /** One thing after the other: an answer never overtakes a newer one. */
  private last: Promise<void> = Promise.resolve();

  /** `ask` sends a `membrane/files`. */
  constructor(private readonly ask: (params: FilesParams) => Promise<FilesResult>) {}

  /** What a query tells apart is no file with others beside it. */
  pathOf(uri: string): string | null {
    const [all, scheme, authority = '', path = ''] =
      /^([a-z][a-z\d+.-]*):(?:\/\/([^/?#]*))?(\/[^?#]*)$/i.exec(uri) ?? [];
    if (all === undefined) return null;
    try {
      return normalisePath(`/${scheme}:${authority}${decodeURIComponent(path)}`);
    } catch {
      return null;
    }
  }

  uriOf(path: string): string {
    return uriAt(path) ?? '';
  }

  status(path: string): FileStatus | null {
    if (uriAt(path) === null) return null;
    const kind = this.known.get(path)?.kind;
    if (kind === undefined) this.miss({ path, what: 'kind' });
    return kind === undefined || kind === null ? null : { kind, size: 0 };
  }

  readBytes(path: string, limit?: number): Uint8Array {
    const bytes = this.known.get(path)?.bytes;
    if (bytes instanceof Uint8Array) return bytes;
    if (bytes === null || uriAt(path) === null) throw unreadable(path);
    if (bytes !== undefined && limit !== undefined && bytes > limit) return new Uint8Array(limit + 1);
    this.miss({ path, what: 'bytes', limit });
    throw unreadable(path);
  }

  readDirectory(path: string): readonly DirectoryEntry[] {
    const names = this.known.get(path)?.names;
    if (names === undefined && uriAt(path) !== null) this.miss({ path, what: 'names' });
    if (names === undefined || names === null) throw unreadable(path);
    return names;
  }

  /** Nobody asks the client for times: it says what changes. */
  stamp(): null {
    return null;
  }

  fetch(read: () => void): Promise<void> {
    return this.inTurn(async () => {
      for (;;) {
        this.missed.clear();
        read();
        if (this.missed.size === 0) return;
        await this.bring([...this.missed.values()]);
      }
    });
  }

  refresh(paths: readonly string[]): Promise<void> {
    return this.inTurn(async () => {
      this.missed.clear();
      for (const path of paths) {
        const { kind, bytes, limit } = this.known.get(path) ?? {};
        const folder = folderOf(path);
        if (kind !== undefined) this.miss({ path, what: 'kind' });
        if (bytes !== undefined) this.miss({ path, what: 'bytes', limit });
        if (this.known.get(folder)?.names !== undefined) this.miss({ path: folder, what: 'names' });
      }
      if (this.missed.size > 0) await this.bring([...this.missed.values()]);
    });
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }

  private miss(wanted: Wanted): void {
    this.missed.set(`${wanted.what} ${wanted.path}`, wanted);
  }

  private async bring(wanted: readonly Wanted[]): Promise<void> {
    const answers = await this.ask({
      wanted: wanted.map(({ path, what, limit }) => ({
        uri: this.uriOf(path),
        what,
        ...(limit === undefined ? {} : { limit }),
      })),
    });
    for (const [at, one] of wanted.entries()) this.take(one, answers[at] ?? null);
  }

  private take({ path, what, limit }: Wanted, answer: FileAnswer): void {
    const known = this.known.get(path) ?? {};
    this.known.set(path, known);
    if (what === 'kind') known.kind = typeof answer === 'string' ? answer : null;
    else if (what === 'names') known.names = Array.isArray(answer) ? answer : null;
    else {
      known.bytes = answer instanceof Uint8Array || typeof answer === 'number' ? answer : null;
      known.limit = limit;
    }
  }
}

/** Null above the root of a file system. */
function uriAt(path: string): string | null {
  const [all, scheme, authority = '', rest = ''] = /^\/([^/:]+):([^/]*)(.*)$/s.exec(path) ?? [];
  if (all === undefined) return null;
  return `${scheme}://${authority}${rest === '' ? '/' : rest.split('/').map(encodeURIComponent).join('/')}`;
}

function unreadable(path: string): FileProblem {
  return new FileProblem(path, 'missing', 'is not there, or cannot be read');
}
