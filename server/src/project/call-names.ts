/**
 * Which names are called or defined in a file: words that stand directly before `(`. They are kept as 32-bit hashes, and
 * comments and strings are not left out, so that a look at the bytes is enough; who finds a file this way reads it.
 */

/** Finds the names in a file's bytes. */
export interface CallFinder {
  /** Distinct hashes in no order worth knowing; good until the next call. */
  callsIn(bytes: Uint8Array): Uint32Array;
}

/** The words before `(` that name nothing and are in most files; rarer ones cost no more than their room. */
const keywords = ['if', 'for', 'while', 'switch', 'return', 'sizeof', 'defined', 'typeof', '__attribute__'];

/** A text with every word before `(` that is not to be found, no word among them: what is in it already is not found again. */
export const keywordText = `(${keywords.join('(')}(`;

/** Bytes at the end of a name that are hashed. Longer ones differ there. */
export const hashedLength = 64;

/** Bytes that are hashed in one step, as four words. */
export const hashedBlock = 16;

/**
 * Constants of the hash. It takes a name from its end, in blocks of 16 bytes up to the first that is not full, which is filled
 * up with 0 at its front: whoever stands before a `(` can walk back and hash in one go. The four words of a block are
 * mixed each by itself and added, so that a vector does it; two names that differ in one word never meet.
 */
export const mix = {
  seed: 0x2f0b4c47,
  words: 0xcc9e2d51,
  word: [0x1b873593, 0x9e3779b1, 0x7feb352d, 0x846ca68b],
  block: 0x85ebca6b,
  shift: 15,
} as const;

/** The 32-bit hash of a name of ASCII. */
export function hashName(name: string): number {
  const length = Math.min(name.length, hashedLength);
  const from = name.length - length;
  for (let at = 0; at < length; at++) nameBytes[at] = name.charCodeAt(from + at);
  return hashBytes(nameBytes, 0, length);
}

/** Reused: thousands of names are asked for in one go. */
const nameBytes = new Uint8Array(hashedLength);

/** Finds the names wherever there is no faster way. */
export class PortableCalls implements CallFinder {
  private readonly keywords = new Set<number>();

  constructor() {
    const text = Uint8Array.from(keywordText, (letter) => letter.charCodeAt(0));
    collect(text, this.keywords, this.keywords);
  }

  callsIn(bytes: Uint8Array): Uint32Array {
    const found = new Set<number>();
    collect(bytes, found, this.keywords);
    return Uint32Array.from(found);
  }
}

const parenthesis = 40;

function collect(bytes: Uint8Array, found: Set<number>, not: ReadonlySet<number>): void {
  for (let at = bytes.indexOf(parenthesis); at >= 0; at = bytes.indexOf(parenthesis, at + 1)) {
    const end = isBlank(bytes[at - 1]) ? at - 1 : at;
    let from = end;
    while (from > 0 && isOfName(bytes[from - 1]!)) from--;
    const hash = hashBytes(bytes, from, end);
    if (!not.has(hash)) found.add(hash);
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 9 || byte === 10;
}

/** Letters, digits and `_`. */
function isOfName(byte: number): boolean {
  const letter = byte | 32;
  return (letter >= 97 && letter <= 122) || (byte >= 48 && byte <= 57) || byte === 95;
}

function hashBytes(bytes: Uint8Array, from: number, to: number): number {
  const start = Math.max(from, to - hashedLength);
  let hash: number = mix.seed;
  let end = to;
  do {
    end -= hashedBlock;
    let sum = 0;
    for (let lane = 0; lane < mix.word.length; lane++) {
      const factor = mix.word[lane]!;
      const first = end + 4 * lane;
      let word = 0;
      for (let at = first + 3; at >= first; at--) word = (word << 8) | (at < start ? 0 : bytes[at]!);
      word = Math.imul(word, mix.words);
      sum += Math.imul(word ^ (word >>> mix.shift), factor);
    }
    hash = Math.imul(hash ^ sum, mix.block);
    hash ^= hash >>> mix.shift;
  } while (end >= start && end > to - hashedLength);
  return hash >>> 0;
}
