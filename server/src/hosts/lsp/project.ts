import { isWalked } from '../../project/discover.ts';
import { compileGlobs, type PathMatcher } from '../../project/glob.ts';
import { folderOf } from '../../project/paths.ts';
import type { Unfollowed } from '../../project/reach.ts';
import type { IndexScope, IndexStatus } from '../../protocol.ts';
import type { Host, IndexThread } from './host.ts';
import type { FileChange, IndexMessage, TreeRequest } from './index-messages.ts';

/** Milliseconds without another change, after which changes are passed on; and those after which they are in any case. */
const quiet = 300;
const longest = 2000;

/** Who hears of a project. */
export interface ProjectListener {
  /** How far it is. */
  onState(): void;
  /** Files belong together that did not, or no longer do. */
  onGroups(): void;
  onNote(message: string): void;
}

type State = { readonly k: 'indexing'; percent: number } | { readonly k: 'ready' | 'cancelled' | 'failed' };

/** One tree in the server: which of its files belong together, as far as its index says. */
export class Project {
  state: State = { k: 'indexing', percent: 0 };
  private readonly excluded: PathMatcher;
  private readonly thread: IndexThread;
  private readonly reach: Host['reach'];
  private readonly waiting = new Map<string, () => string | null>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private since = 0;
  private files = 0;
  private groups = new Map<string, readonly string[]>();
  private unfollowed = new Map<string, Unfollowed[]>();
  private large: ReadonlySet<string> = new Set();

  /** `key`: with what it was made; another one wants another project. */
  constructor(
    readonly request: TreeRequest,
    readonly key: string,
    { startIndex, reach }: Pick<Host, 'startIndex' | 'reach'>,
    private readonly listener: ProjectListener,
  ) {
    this.excluded = compileGlobs(request.exclude);
    this.reach = reach;
    this.thread = startIndex(request, (message) => this.hear(message));
  }

  /** The files that `file` is checked with, in the order in which they are, itself among them. */
  groupOf(file: string): readonly string[] {
    return this.groups.get(file) ?? [file];
  }

  /** Functions of `file` whose callers in other files were not followed. */
  unfollowedOf(file: string): readonly Unfollowed[] {
    return this.unfollowed.get(file) ?? [];
  }

  /** What to tell of `file`. */
  status(file: string, pending: boolean): IndexStatus {
    const { state } = this;
    const scope = this.scopeOf(file);
    if (state.k === 'indexing') return { state: 'indexing', percent: state.percent, ...scope };
    if (state.k !== 'ready') return { state: 'none', why: state.k };
    if (!isWalked(file) || this.excluded(file)) return { state: 'none', why: 'left-out' };
    const others = this.groupOf(file).length - 1;
    return { state: 'ready', files: this.files, others, pending: pending && others > 0, ...scope };
  }

  private scopeOf(file: string): { scope?: IndexScope } {
    if (this.reach === 'tree') return {};
    return { scope: this.large.has(folderOf(file)) ? 'headers' : 'folder' };
  }

  /** A file has changed. `text`: asked for when it is passed on; null: what the disk has counts. */
  changed(file: string, text: () => string | null): void {
    const now = Date.now();
    if (this.waiting.size === 0) this.since = now;
    this.waiting.set(file, text);
    clearTimeout(this.timer);
    const wait = Math.max(0, Math.min(quiet, this.since + longest - now));
    this.timer = setTimeout(() => this.pass(), wait);
  }

  /** Ends the indexing; files are checked alone from then on. */
  cancel(): void {
    this.thread.cancel();
  }

  /** Ends everything. */
  stop(): void {
    clearTimeout(this.timer);
    this.thread.stop();
  }

  private pass(): void {
    const changes: FileChange[] = [...this.waiting].map(([file, text]) => ({ file, text: text() }));
    this.waiting.clear();
    this.thread.send(changes);
  }

  private hear(message: IndexMessage): void {
    switch (message.k) {
      case 'progress':
        if (this.state.k !== 'indexing') return;
        this.state.percent = message.percent;
        this.listener.onState();
        return;
      case 'note':
        this.listener.onNote(message.message);
        return;
      case 'grouped': {
        const { files, groups, unfollowed, large = [] } = message.grouping;
        this.files = files;
        this.large = new Set(large);
        this.groups = new Map();
        const all = groups.map((group) => ({ ...group, all: [...group.files, ...group.headers] }));
        // A header may explain several groups; where it belongs to one itself, that is its own.
        for (const { headers, all: together } of [...all].reverse())
          for (const file of headers) this.groups.set(file, together);
        for (const { files: own, all: together } of all)
          for (const file of own) this.groups.set(file, together);
        this.unfollowed = new Map();
        for (const one of unfollowed)
          this.unfollowed.set(one.file, [...(this.unfollowed.get(one.file) ?? []), one]);
        this.state = { k: 'ready' };
        break;
      }
      case 'failed':
        this.listener.onNote(`index of ${this.request.root}: ${message.message}`);
        this.state = { k: 'failed' };
        break;
      case 'cancelled':
        this.state = { k: 'cancelled' };
    }
    this.listener.onState();
    this.listener.onGroups();
  }
}
