/**
 * Finds the files that can matter by their bytes. All names of the vocabulary that make a file worth parsing
 * are looked for through a few stems that they have in common: one fast search per stem tells nearly every
 * file apart, and only those with a stem are searched for the whole names.
 */

/** Where `needle` first is in the first `length` bytes of `bytes`, or -1. Hosts bring a fast one. */
export type ByteSearch = (bytes: Uint8Array, length: number, needle: Uint8Array) => number;

/** A stem and the needles that have it. */
export interface Stem {
  readonly text: string;
  readonly needles: readonly string[];
}

/** Stems shorter than this are in too many files to save work. */
const shortestStem = 6;

/**
 * Few substrings that together cover all needles, by greedy set cover: the one that is in most needles, of
 * equals the longest, then the first in the alphabet. Needles shorter than a stem are their own stem.
 */
export function stemsOf(needles: readonly string[]): Stem[] {
  const open = new Set(needles.filter((needle) => needle !== ''));
  const counts = new Map<string, number>();
  for (const needle of open)
    for (const part of partsOf(needle)) counts.set(part, (counts.get(part) ?? 0) + 1);
  const stems: Stem[] = [];
  while (open.size > 0) {
    let best = '';
    let count = 0;
    for (const [part, n] of counts) {
      const better =
        n > count ||
        (n === count && (part.length > best.length || (part.length === best.length && part < best)));
      if (better) {
        best = part;
        count = n;
      }
    }
    // Nothing is in common any more: names that somebody's tree adds may be many, and each round looks at all parts.
    if (count === 1) {
      const rest = [...open].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
      return [...stems, ...rest.map((needle) => ({ text: needle, needles: [needle] }))];
    }
    const covered = [...open].filter((needle) => needle.includes(best)).sort();
    for (const needle of covered) {
      open.delete(needle);
      for (const part of partsOf(needle)) {
        const left = counts.get(part)! - 1;
        if (left === 0) counts.delete(part);
        else counts.set(part, left);
      }
    }
    stems.push({ text: best, needles: covered });
  }
  return stems;
}

function partsOf(needle: string): Set<string> {
  const parts = new Set<string>();
  if (needle.length <= shortestStem) return parts.add(needle);
  for (let start = 0; start + shortestStem <= needle.length; start++) {
    for (let end = start + shortestStem; end <= needle.length; end++) parts.add(needle.slice(start, end));
  }
  return parts;
}

/** Says of bytes whether one of some needles is in them. */
export interface ByteFilter {
  matches(bytes: Uint8Array): boolean;
}

/** The filter that works everywhere, over whatever search the host has. */
export class Prefilter implements ByteFilter {
  readonly stems: readonly Stem[];
  private readonly plan: readonly { readonly stem: Uint8Array; readonly needles: readonly Uint8Array[] }[];

  constructor(
    needles: readonly string[],
    private readonly search: ByteSearch = searchBytes,
  ) {
    this.stems = stemsOf(needles);
    this.plan = this.stems.map((stem) => ({
      stem: asciiBytes(stem.text),
      needles: stem.needles.filter((needle) => needle !== stem.text).map(asciiBytes),
    }));
  }

  /** Whether the first `length` bytes hold a needle. */
  matches(bytes: Uint8Array, length: number = bytes.length): boolean {
    for (const { stem, needles } of this.plan) {
      if (this.search(bytes, length, stem) < 0) continue;
      if (needles.length === 0) return true;
      for (const needle of needles) if (this.search(bytes, length, needle) >= 0) return true;
    }
    return false;
  }
}

/** The portable search: first byte, then compare. */
export function searchBytes(bytes: Uint8Array, length: number, needle: Uint8Array): number {
  const first = needle[0];
  if (first === undefined) return 0;
  const last = length - needle.length;
  for (let at = bytes.indexOf(first); at >= 0 && at <= last; at = bytes.indexOf(first, at + 1)) {
    let i = 1;
    while (i < needle.length && bytes[at + i] === needle[i]) i++;
    if (i === needle.length) return at;
  }
  return -1;
}

/** Names in C are ASCII; anything else is cut to its low byte and then simply fits nothing. */
function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
