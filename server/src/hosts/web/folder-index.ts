import { never } from '../../base/token.ts';
import { headerPlaces } from '../../kernel/layout.ts';
import { vocabularyFor } from '../../kernel/vocabulary.ts';
import { CallIndex } from '../../project/call-index.ts';
import { PortableCalls } from '../../project/call-names.ts';
import { headerLimit, isHeader, isSource, isWalked } from '../../project/discover.ts';
import { compileGlobs, type PathMatcher } from '../../project/glob.ts';
import { LiveIndex } from '../../project/live-index.ts';
import { folderOf, joinPath, normalisePath } from '../../project/paths.ts';
import { Prefilter } from '../../project/prefilter.ts';
import type { HostFiles, IndexThread, StartIndex } from '../lsp/host.ts';
import type { FileChange, Grouping, IndexMessage, TreeRequest } from '../lsp/index-messages.ts';
import { turn } from '../lsp/slices.ts';
import { indexFailure, TreeIndex } from '../lsp/tree-index.ts';

/** Files of a folder: each is read through the client, and may be one request to a server. All but a few folders of a kernel have fewer. */
const mostFiles = 256;

/** Files that are read and searched before messages are answered again. */
const chunk = 32;

/** Indexes what is beside files that are open, and the headers that those include: to read all of a tree would take far too long. */
export function folderIndex(files: HostFiles): StartIndex {
  return (request, listen) => new FolderIndex(files, request, listen);
}

class FolderIndex implements IndexThread {
  private readonly index: TreeIndex;
  private readonly excluded: PathMatcher;
  private readonly open = new Set<string>();
  private readonly folders = new Set<string>();
  private readonly large = new Set<string>();
  /** Files that were read, or that are not there. */
  private readonly read = new Set<string>();
  private waiting: FileChange[] = [];
  private running = false;
  private over = false;
  private last: Grouping | null = null;
  private told = '';

  constructor(
    private readonly files: HostFiles,
    private readonly request: TreeRequest,
    private readonly listen: (message: IndexMessage) => void,
  ) {
    const { version, extra, exclude } = request;
    const { needles } = vocabularyFor(version, extra);
    const searched = { fs: files, filter: new Prefilter(needles), calls: new PortableCalls() };
    this.index = new TreeIndex(request, searched, new LiveIndex(CallIndex.of([], 0)), () => true);
    this.excluded = compileGlobs(exclude);
  }

  send(changes: readonly FileChange[]): void {
    this.waiting.push(...changes);
    if (!this.running) void this.run();
  }

  cancel(): void {
    if (this.over || this.told !== '') return;
    this.over = true;
    this.listen({ k: 'cancelled' });
  }

  stop(): void {
    this.over = true;
  }

  private async run(): Promise<void> {
    this.running = true;
    try {
      while (this.waiting.length > 0 && !this.over) {
        const changes = this.waiting;
        this.waiting = [];
        await this.take(changes);
      }
    } catch (error) {
      if (!this.over) this.listen({ k: 'failed', message: indexFailure(error) });
      this.over = true;
    }
    this.running = false;
  }

  private async take(all: readonly FileChange[]): Promise<void> {
    const changes = all.filter((change) => this.concerns(change));
    const wanted = new Set<string>();
    for (const { file, text } of changes) {
      if (text === null) {
        this.open.delete(file);
        wanted.add(file);
      } else {
        this.open.add(file);
        for (const one of await this.beside(file)) wanted.add(one);
      }
    }
    let matters = await this.add([...wanted]);
    if (this.index.take(changes)) matters = true;
    for (;;) {
      if (matters || this.last === null) this.last = await this.grouping();
      const headers = this.headersOf(this.last);
      if (headers.length === 0) break;
      matters = await this.add(headers);
    }
    this.tell(this.last);
  }

  /** Open files bring others in; of the rest, which may be a whole tree that was checked out anew, those that were looked for. */
  private concerns({ file, text }: FileChange): boolean {
    if (text !== null || this.open.has(file) || this.read.has(file)) return true;
    const folder = folderOf(file);
    return this.folders.has(folder) && !this.large.has(folder);
  }

  /** The files of a folder that was not looked at before; none if there are too many. */
  private async beside(file: string): Promise<readonly string[]> {
    const folder = folderOf(file);
    if (this.folders.has(folder)) return [];
    this.folders.add(folder);
    let names: readonly string[] = [];
    await this.files.fetch(() => {
      try {
        const entries = this.files.readDirectory(joinPath(this.request.root, folder));
        names = entries.flatMap(({ name, kind }) => (kind === 'file' && isSource(name) ? name : []));
      } catch {
        // The file that is open is looked at in any case.
      }
    });
    if (names.length > mostFiles) {
      this.large.add(folder);
      return [];
    }
    return this.news(names.map((name) => normalisePath(`${folder}/${name}`)));
  }

  /** Headers that the open files and those which belong with them include, as far as nobody looked for them. */
  private headersOf({ groups }: Grouping): readonly string[] {
    const files = new Set(this.open);
    for (const group of groups)
      if (group.files.some((file) => this.open.has(file))) for (const file of group.files) files.add(file);
    const places = [...files].flatMap((file) => {
      const { includes = [], quoted = [] } = this.index.text(file)?.source ?? {};
      const beside = quoted.map((name) => normalisePath(`${folderOf(file)}/${name}`));
      return [...beside, ...includes.flatMap((name) => headerPlaces(file, name))];
    });
    return this.news([...new Set(places)]);
  }

  private news(files: readonly string[]): readonly string[] {
    return files.filter(
      (file) => !this.read.has(file) && !this.open.has(file) && isWalked(file) && !this.excluded(file),
    );
  }

  /** Reads files; whether they may bring others together, or part them. */
  private async add(files: readonly string[]): Promise<boolean> {
    let matters = false;
    for (let at = 0; at < files.length && !this.over; at += chunk) {
      this.listen({ k: 'progress', percent: Math.floor((at / files.length) * 100) });
      const part = files.slice(at, at + chunk);
      await this.files.fetch(() => {
        for (const file of part) this.look(file);
      });
      if (this.index.take(part.map((file) => ({ file, text: null })))) matters = true;
      for (const file of part) this.read.add(file);
      await turn();
    }
    return matters;
  }

  private look(file: string): void {
    try {
      this.files.readBytes(
        joinPath(this.request.root, file),
        isHeader(file) ? (this.request.largest ?? headerLimit) : undefined,
      );
    } catch {
      // It is not there.
    }
  }

  private async grouping(): Promise<Grouping> {
    let grouping!: Grouping;
    // Makefiles are asked for on the way.
    await this.files.fetch(() => {
      grouping = this.index.grouping(never);
    });
    return { ...grouping, large: [...this.large] };
  }

  private tell(grouping: Grouping): void {
    const text = JSON.stringify(grouping);
    if (this.over || text === this.told) return;
    this.told = text;
    this.listen({ k: 'grouped', grouping });
  }
}
