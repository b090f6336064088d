/**
 * One pass over a file for all needles at once, whatever their number: 16 bytes a step in WebAssembly SIMD. Each needle
 * is known by three neighbouring bytes of it (its fingerprint); the low and high halves of those bytes select bits
 * in small tables, one bit for each of eight groups of fingerprints, and where a bit survives all six tables there may
 * be a needle. Rust's memchr calls the idea Teddy. What it finds is looked at again byte by byte.
 */

/** Bytes after the end of what is searched that must exist; what is in them does not matter. */
const slack = 32;

/** Bytes of one page of WebAssembly memory. */
const wasmPage = 65536;

/** The few names that are used; Node has them all, its type package does not. */
declare const WebAssembly: {
  Memory: new (descriptor: { initial: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
};

interface Fingerprint {
  /** Three bytes of the needle as one number. */
  readonly key: number;
  /** Where in the needle they are. */
  readonly at: number;
}

/** Searches one buffer of its own. Bytes elsewhere have to be searched otherwise. */
export class SimdSearch {
  /** Read files into this; the last 32 bytes of the memory behind it are never handed out. */
  readonly buffer: Buffer;
  private readonly scan: (from: number, end: number) => number;
  private readonly byKey = new Map<number, { readonly needle: Uint8Array; readonly at: number }[]>();
  /** Needles too short for a fingerprint cannot be searched for this way. */
  static suits(needles: readonly string[]): boolean {
    return needles.length > 0 && needles.every((needle) => /^[!-~]{3,}$/.test(needle));
  }

  /**
   * `size`: bytes of the buffer. The needles must suit.
   * @throws if WebAssembly or its SIMD instructions are not there.
   */
  constructor(needles: readonly string[], size: number) {
    const fingerprints: number[] = [];
    for (const text of needles) {
      const needle = Buffer.from(text, 'latin1');
      const { key, at } = fingerprintOf(needle);
      const known = this.byKey.get(key);
      if (known) known.push({ needle, at });
      else {
        this.byKey.set(key, [{ needle, at }]);
        fingerprints.push(key);
      }
    }
    const memory = new WebAssembly.Memory({ initial: Math.ceil((size + slack) / wasmPage) });
    this.buffer = Buffer.from(memory.buffer, 0, size);
    const module = new WebAssembly.Module(moduleFor(tablesOf(fingerprints)));
    const { exports } = new WebAssembly.Instance(module, { m: { m: memory } });
    this.scan = exports.s as (from: number, end: number) => number;
  }

  /** Whether a needle is in `bytes`; null where these are not in {@link buffer}. */
  matches(bytes: Uint8Array): boolean | null {
    if (bytes.buffer !== this.buffer.buffer) return null;
    const end = bytes.byteOffset + bytes.length;
    for (let at = bytes.byteOffset; ; at++) {
      at = this.scan(at, end);
      if (at < 0) return false;
      if (this.isAt(bytes, at - bytes.byteOffset)) return true;
    }
  }

  private isAt(bytes: Uint8Array, position: number): boolean {
    if (position + 3 > bytes.length) return false;
    const candidates = this.byKey.get(keyAt(bytes, position));
    if (candidates === undefined) return false;
    return candidates.some(({ needle, at }) => {
      const start = position - at;
      if (start < 0 || start + needle.length > bytes.length) return false;
      return needle.every((byte, i) => bytes[start + i] === byte);
    });
  }
}

/** Letters of C and English, the most frequent first. What is not in it is rare. */
const frequent = 'e tainsor_drlcupmfgh';

/** The three neighbouring bytes that occur least by themselves. */
function fingerprintOf(needle: Uint8Array): Fingerprint {
  const rarity = (at: number) => {
    const rank = frequent.indexOf(String.fromCharCode(needle[at]!));
    return rank < 0 ? frequent.length : rank + 1;
  };
  let best = 0;
  let most = 0;
  for (let at = 0; at + 3 <= needle.length; at++) {
    const score = rarity(at) * rarity(at + 1) * rarity(at + 2);
    if (score > most) {
      most = score;
      best = at;
    }
  }
  return { key: keyAt(needle, best), at: best };
}

function keyAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

/** Low and high table for each of the three bytes: which groups have a byte with that half. */
interface Tables {
  readonly low: readonly Uint8Array[];
  readonly high: readonly Uint8Array[];
}

function tablesOf(fingerprints: readonly number[]): Tables {
  const low = [0, 1, 2].map(() => new Uint8Array(16));
  const high = [0, 1, 2].map(() => new Uint8Array(16));
  for (const [i, key] of fingerprints.entries()) {
    const group = 1 << (i % 8);
    for (let n = 0; n < 3; n++) {
      const byte = (key >> (16 - 8 * n)) & 0xff;
      low[n]![byte & 15]! |= group;
      high[n]![byte >> 4]! |= group;
    }
  }
  return { low, high };
}

/** Instructions of WebAssembly that are used, by their names in its specification. */
const op = {
  block: 0x02,
  loop: 0x03,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  return: 0x0f,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i32Const: 0x41,
  i32Eqz: 0x45,
  i32GeU: 0x4f,
  i32Ctz: 0x68,
  i32Add: 0x6a,
} as const;

const simd = {
  load: [0xfd, 0x00],
  const: [0xfd, 0x0c],
  swizzle: [0xfd, 0x0e],
  ne: [0xfd, 0x24],
  and: [0xfd, 0x4e],
  anyTrue: [0xfd, 0x53],
  bitmask: [0xfd, 0x64],
  i16x8ShrU: [0xfd, 0x8d, 0x01],
} as const;

/** Numbers of the function's parameters and variables. */
const variable = { at: 0, end: 1, mask: 2, low: 3, high: 6, chunk: 9, result: 10 } as const;

/**
 * `s(from, end)`: the first position from `from` on, below `end` rounded up to 16, where a fingerprint may begin; or -1.
 * The tables are constants of the code, so that nothing but the text is in the memory.
 */
function moduleFor({ low, high }: Tables): Uint8Array {
  const vector = (bytes: Iterable<number>) => [...simd.const, ...bytes];
  const get = (index: number) => [op.localGet, index];
  const set = (index: number) => [op.localSet, index];
  const setUp = [
    ...vector(new Uint8Array(16).fill(15)),
    ...set(variable.mask),
    ...low.flatMap((table, n) => [...vector(table), ...set(variable.low + n)]),
    ...high.flatMap((table, n) => [...vector(table), ...set(variable.high + n)]),
  ];
  /** Which groups have the byte that stands `n` after each position. */
  const groups = (n: number) => [
    ...get(variable.low + n),
    ...get(variable.at),
    ...[...simd.load, 0, n],
    ...[op.localTee, variable.chunk],
    ...get(variable.mask),
    ...simd.and,
    ...simd.swizzle,
    ...get(variable.high + n),
    ...get(variable.chunk),
    ...[op.i32Const, 4],
    ...simd.i16x8ShrU,
    ...get(variable.mask),
    ...simd.and,
    ...simd.swizzle,
    ...simd.and,
  ];
  const code = [
    ...setUp,
    ...[op.loop, 0x40],
    ...[op.block, 0x40, ...get(variable.at), ...get(variable.end), op.i32GeU, op.i32Eqz, op.brIf, 0],
    ...[op.i32Const, 0x7f, op.return, op.end],
    ...[...groups(0), ...groups(1), ...simd.and, ...groups(2), ...simd.and],
    ...[op.localTee, variable.result, ...simd.anyTrue, op.i32Eqz],
    // Nothing here: 16 bytes on.
    ...[0x04, 0x40, ...get(variable.at), op.i32Const, 16, op.i32Add, ...set(variable.at), op.br, 1, op.end],
    ...[...get(variable.at), ...get(variable.result), ...vector(new Uint8Array(16)), ...simd.ne],
    ...[...simd.bitmask, op.i32Ctz, op.i32Add, op.return, op.end],
    ...[op.i32Const, 0x7f, op.end],
  ];
  const i32 = 0x7f;
  const v128 = 0x7b;
  const body = [1, 9, v128, ...code];
  const name = (text: string) => [text.length, ...Buffer.from(text)];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 2, i32, i32, 1, i32]),
    ...section(2, [1, ...name('m'), ...name('m'), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('s'), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** LEB128, as WebAssembly writes lengths. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; ; ) {
    const byte = left & 0x7f;
    left >>>= 7;
    bytes.push(left === 0 ? byte : byte | 0x80);
    if (left === 0) return bytes;
  }
}
