import { type SealKind, seal, unseal } from './sealed.ts';
import { joinNames, splitNames } from './utf8.ts';

/** The kind and version under which a pack is sealed. */
export const packSeal: SealKind = { kind: 2, version: 1 };

interface Packed {
  readonly bytes: Uint8Array;
  /** The number of the writing before which it was last asked for or put in. */
  used: number;
}

/** Many small entries by key, read and written in one piece. What was not used for longest goes first when room is short. */
export class Pack {
  private readonly entries = new Map<string, Packed>();
  private generation = 1;
  private dirty = false;

  /** Something was put in since it was read or written. */
  get changed(): boolean {
    return this.dirty;
  }

  /** Good as long as the pack; nobody may write to it. */
  get(key: string): Uint8Array | null {
    const entry = this.entries.get(key);
    if (entry === undefined) return null;
    entry.used = this.generation;
    return entry.bytes;
  }

  /** `key`: any text without NUL. `bytes` are kept, not copied. */
  put(key: string, bytes: Uint8Array): void {
    this.entries.set(key, { bytes, used: this.generation });
    this.dirty = true;
  }

  /** Takes what `other` has and this one does not. */
  adopt(other: Pack): void {
    for (const [key, entry] of other.entries) if (!this.entries.has(key)) this.entries.set(key, { ...entry });
    this.generation = Math.max(this.generation, other.generation);
  }

  /** In one piece; entries of more than `limit` bytes together stay out, the longest unused first. Counts as written. */
  encode(label: string, limit: number): Uint8Array {
    const byUse = [...this.entries].sort(([, a], [, b]) => b.used - a.used);
    const kept: [string, Packed][] = [];
    let size = 0;
    for (const entry of byUse) {
      const more = entry[1].bytes.length + entry[0].length;
      if (size + more > limit) continue;
      size += more;
      kept.push(entry);
    }
    const ends = new Uint32Array(kept.length);
    const used = new Float64Array(kept.length);
    const content = new Uint8Array(kept.reduce((sum, [, { bytes }]) => sum + bytes.length, 0));
    let at = 0;
    for (const [i, [, entry]] of kept.entries()) {
      content.set(entry.bytes, at);
      at += entry.bytes.length;
      ends[i] = at;
      used[i] = entry.used;
    }
    this.dirty = false;
    this.generation++;
    return seal(packSeal, label, [joinNames(kept.map(([key]) => key)), ends, used, content]);
  }

  /** What {@link encode} made; null for anything damaged or of another version. It goes on using `bytes`. */
  static decode(bytes: Uint8Array): { readonly pack: Pack; readonly label: string } | null {
    const opened = unseal(packSeal, bytes);
    if (opened?.parts.length !== 4) return null;
    const [names, endBytes, usedBytes, content] = opened.parts;
    const count = Math.floor(endBytes!.length / 4);
    const keys = splitNames(names!, count);
    if (keys === null || usedBytes!.length !== count * 8) return null;
    const ends = new Uint32Array(endBytes!.buffer, endBytes!.byteOffset, count);
    const used = new Float64Array(usedBytes!.buffer, usedBytes!.byteOffset, count);
    const pack = new Pack();
    let start = 0;
    for (const [i, key] of keys.entries()) {
      pack.entries.set(key, { bytes: content!.subarray(start, ends[i]), used: used[i]! });
      start = ends[i]!;
      pack.generation = Math.max(pack.generation, used[i]! + 1);
    }
    return { pack, label: opened.label };
  }
}
