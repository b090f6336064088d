/**
 * What is kept on the disk between two runs: some arrays in one piece, behind a header that says what it is, how long it is,
 * and the checksum of all the rest. Whatever is not exactly what was written is not opened. Words are written as the machine
 * has them; one that has them otherwise does not know the file.
 */
import { fromUtf8, toUtf8 } from './utf8.ts';

/** What kind of thing is sealed, and the version of its format. A reader opens what is both the same, nothing else. */
export interface SealKind {
  /** 1 to 255. */
  readonly kind: number;
  /** 1 to 65535; changes with the order or meaning of the parts. */
  readonly version: number;
}

/** What was sealed. */
export interface Opened {
  readonly label: string;
  /** Each begins at a multiple of 8 bytes, so that any typed array can look at it. */
  readonly parts: readonly Uint8Array[];
}

/** Words of the header: what it is (2), bytes in all, two checksums, bytes of the label, number of parts, nothing; lengths follow. */
const header = { magic: 0, kind: 1, length: 2, sumA: 3, sumB: 4, label: 5, parts: 6 } as const;
const headerWords = 8;

/** Where what the checksum covers begins. */
const covered = header.label;

const magic = 0x4d42524e;

/** Bytes of the header that stand for the whole: two that have them equal are equal, but for chance. */
export const sealBytes = headerWords * 4;

/** One buffer of a label and some arrays. */
export function seal(what: SealKind, label: string, parts: readonly ArrayBufferView[]): Uint8Array {
  const name = toUtf8(label);
  const lengths = parts.map((part) => part.byteLength);
  let size = startOf(parts.length) + padded(name.length);
  for (const length of lengths) size += padded(length);
  const bytes = new Uint8Array(size);
  const words = new Uint32Array(bytes.buffer);
  words[header.magic] = magic;
  words[header.kind] = kindWord(what);
  words[header.length] = size;
  words[header.label] = name.length;
  words[header.parts] = parts.length;
  words.set(lengths, headerWords);
  let at = startOf(parts.length);
  bytes.set(name, at);
  at += padded(name.length);
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += padded(part.byteLength);
  }
  const [a, b] = checksum(words);
  words[header.sumA] = a;
  words[header.sumB] = b;
  return bytes;
}

/** Opens what {@link seal} made; null for anything else: damaged, of another version, something different. */
export function unseal(what: SealKind, sealed: Uint8Array): Opened | null {
  if (sealed.length < sealBytes || sealed.length % 8 !== 0) return null;
  // Not `slice`: what Node reads files into has one that does not copy.
  const aligned = sealed.byteOffset % 8 === 0;
  const bytes = aligned
    ? new Uint8Array(sealed.buffer, sealed.byteOffset, sealed.length)
    : new Uint8Array(sealed);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  if (words[header.magic] !== magic || words[header.kind] !== kindWord(what)) return null;
  if (words[header.length] !== bytes.length) return null;
  const [a, b] = checksum(words);
  if (words[header.sumA] !== a || words[header.sumB] !== b) return null;
  const count = words[header.parts]!;
  let at = startOf(count);
  if (at > bytes.length) return null;
  const take = (length: number) => {
    const part = bytes.subarray(at, at + length);
    at += padded(length);
    return part;
  };
  const label = fromUtf8(take(words[header.label]!));
  const parts = Array.from(words.subarray(headerWords, headerWords + count), take);
  return at === bytes.length ? { label, parts } : null;
}

function kindWord({ kind, version }: SealKind): number {
  return ((kind << 24) | version) >>> 0;
}

/** Where the label begins, after the lengths of `parts` parts. */
function startOf(parts: number): number {
  return padded((headerWords + parts) * 4);
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}

/** Two lanes, each of which no change within one word leaves as it is: every step can be undone. */
function checksum(words: Uint32Array): [number, number] {
  let a = 0x9e3779b9 | 0;
  let b = words.length | 0;
  for (let i = covered; i < words.length; i++) {
    const word = words[i]!;
    a = Math.imul(a ^ word, 0x85ebca6b);
    a ^= a >>> 15;
    b = (Math.imul(b, 0x2c1b3c6d) + word) | 0;
    b = (b << 13) | (b >>> 19);
  }
  return [a >>> 0, b >>> 0];
}
