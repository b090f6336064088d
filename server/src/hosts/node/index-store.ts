import { hashText } from '../../base/hash.ts';
import { type CallIndex, decodeIndex, encodeIndex, indexSeal } from '../../project/call-index.ts';
import { Pack, packSeal } from '../../project/pack.ts';
import type { SealKind } from '../../project/sealed.ts';
import { sealBytes } from '../../project/sealed.ts';
import type { CacheFolder, StoreNote } from './cache-folder.ts';

/** Which tree something is kept of, and with what it was made. */
export interface StoreKey {
  /** Absolute and normalised. */
  readonly root: string;
  /** Changes with whatever makes old content wrong: the program's build, the names that are searched for. */
  readonly signature: string;
  /** Which of several things of the tree it is; each is kept by itself. */
  readonly part?: string;
}

/** An index and what it is known by. */
export interface StoredIndex {
  readonly index: CallIndex;
  /** Of the very bytes that are stored: what was made with this index can tell whether it is still the one. */
  readonly id: string;
}

/** The index of a tree from the last run; null where there is none that fits. */
export function loadIndex(
  folder: CacheFolder,
  key: StoreKey,
): { readonly stored: StoredIndex | null; readonly notes: StoreNote[] } {
  const { content, head, notes } = load(folder, nameOf('calls', key, indexSeal), decodeIndex);
  if (content?.label !== labelOf(key) || head === null) return { stored: null, notes };
  return { stored: { index: content.index, id: idOf(head) }, notes };
}

/** Keeps the index of a tree for the next run; gives what it is known by. */
export function saveIndex(
  folder: CacheFolder,
  key: StoreKey,
  index: CallIndex,
): { readonly id: string; readonly notes: StoreNote[] } {
  const bytes = encodeIndex(index, labelOf(key));
  return { id: idOf(bytes), notes: folder.write(nameOf('calls', key, indexSeal), bytes) };
}

function idOf(sealed: Uint8Array): string {
  return Buffer.from(sealed.buffer, sealed.byteOffset, sealBytes).toString('hex');
}

/** Bytes that the entries of one tree may have together: they are read whole at the start of a run. */
export const packLimit = 64 * 1024 * 1024;

/**
 * Results of a tree by key, in one file: read at once, written at once. A key has to say everything that its entry was made of;
 * what is found under it is taken for right.
 */
export class ResultStore {
  private notes: StoreNote[];
  private seen: Uint8Array | null;
  private readonly pack: Pack;

  /** `limit`: bytes of all entries together. */
  constructor(
    private readonly folder: CacheFolder,
    private readonly key: StoreKey,
    private readonly limit: number = packLimit,
  ) {
    const { content, notes, head } = load(folder, this.name, Pack.decode);
    this.notes = notes;
    this.seen = head;
    this.pack = content?.label === labelOf(key) ? content.pack : new Pack();
  }

  /** What was put under `key`, now or in an earlier run. Nobody may write to it. */
  get(key: string): Uint8Array | null {
    return this.pack.get(key);
  }

  /** `key`: without NUL. `bytes` are kept, not copied; on the disk only after {@link save}. */
  put(key: string, bytes: Uint8Array): void {
    this.pack.put(key, bytes);
  }

  /** Writes if something was put; what another process has written meanwhile stays in. Gives what is worth telling, once. */
  save(): StoreNote[] {
    if (this.pack.changed) {
      this.takeOthers();
      const bytes = this.pack.encode(labelOf(this.key), this.limit);
      this.notes.push(...this.folder.write(this.name, bytes));
      this.seen = bytes.slice(0, sealBytes);
    }
    return this.notes.splice(0);
  }

  private get name(): string {
    return nameOf('results', this.key, packSeal);
  }

  private takeOthers(): void {
    const head = this.folder.peek(this.name, sealBytes);
    if (head === null || (this.seen !== null && Buffer.compare(head, this.seen) === 0)) return;
    const { content } = load(this.folder, this.name, Pack.decode);
    if (content?.label === labelOf(this.key)) this.pack.adopt(content.pack);
  }
}

interface Loaded<T> {
  readonly content: T | null;
  /** The file's header. */
  readonly head: Uint8Array | null;
  readonly notes: StoreNote[];
}

function load<T>(folder: CacheFolder, name: string, decode: (bytes: Uint8Array) => T | null): Loaded<T> {
  const { bytes, notes } = folder.read(name);
  if (bytes === null) return { content: null, head: null, notes };
  const content = decode(bytes);
  if (content !== null) return { content, head: new Uint8Array(bytes.subarray(0, sealBytes)), notes };
  // Versions have names of their own, so it can be nothing else.
  folder.discard(name);
  const message = `${folder.folder}/${name} was damaged and has been thrown away; this run makes it anew`;
  return { content: null, head: null, notes: [...notes, { message, verbose: false }] };
}

function nameOf(what: string, { root, part = '' }: StoreKey, { version }: SealKind): string {
  return `${hashText(`${root}\0${part}`)}-${what}-${version}.bin`;
}

function labelOf({ root, signature, part = '' }: StoreKey): string {
  return `${root}\0${part}\0${signature}`;
}
