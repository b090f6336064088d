/**
 * One pass over a file for all needles at once, whatever their number: 16 bytes a step in WebAssembly SIMD. Each needle
 * is known by three neighbouring bytes of it (its fingerprint); the low and high halves of those bytes select bits
 * in small tables, one bit for each of eight groups of fingerprints, and where a bit survives all six tables there may
 * be a needle. Rust's memchr calls the idea Teddy. What it finds is looked at again byte by byte.
 */

import {
  all,
  apply,
  branch,
  bytesOf,
  type Code,
  compile,
  get,
  i32,
  load16,
  loop,
  op,
  set,
  type TextMemory,
  tee,
  type,
  v128,
  type WasmFunction,
  when,
} from './wasm.ts';

interface Fingerprint {
  /** Three bytes of the needle as one number. */
  readonly key: number;
  /** Where in the needle they are. */
  readonly at: number;
}

/** Searches what is in one memory. Bytes elsewhere have to be searched otherwise. */
export class SimdSearch {
  private readonly scan: (from: number, end: number) => number;
  private readonly byKey = new Map<number, { readonly needle: Uint8Array; readonly at: number }[]>();
  /** Needles too short for a fingerprint cannot be searched for this way. */
  static suits(needles: readonly string[]): boolean {
    return needles.length > 0 && needles.every((needle) => /^[!-~]{3,}$/.test(needle));
  }

  /** The needles must suit. @throws if SIMD instructions are not there. */
  constructor(
    needles: readonly string[],
    private readonly memory: TextMemory,
  ) {
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
    this.scan = compile(searchFor(tablesOf(fingerprints)), memory);
  }

  /** Whether a needle is in `bytes`; null where these are not in the memory. */
  matches(bytes: Uint8Array): boolean | null {
    const from = this.memory.addressOf(bytes);
    if (from < 0) return null;
    const end = from + bytes.length;
    for (let at = from; ; at++) {
      at = this.scan(at, end);
      if (at < 0) return false;
      if (this.isAt(bytes, at - from)) return true;
    }
  }

  /** Called for two hundred thousand candidates of a kernel, nearly all of which are nothing: it makes no objects. */
  private isAt(bytes: Uint8Array, position: number): boolean {
    if (position + 3 > bytes.length) return false;
    const candidates = this.byKey.get(keyAt(bytes, position));
    if (candidates === undefined) return false;
    for (let i = 0; i < candidates.length; i++) {
      const { needle, at } = candidates[i]!;
      if (holds(bytes, position - at, needle)) return true;
    }
    return false;
  }
}

function holds(bytes: Uint8Array, start: number, needle: Uint8Array): boolean {
  if (start < 0 || start + needle.length > bytes.length) return false;
  for (let i = 0; i < needle.length; i++) if (bytes[start + i] !== needle[i]) return false;
  return true;
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

/** Numbers of the function's parameters and variables. */
const variable = { at: 0, end: 1, mask: 2, low: 3, high: 6, chunk: 9, result: 10 } as const;

/**
 * From two addresses: the first from the one on, below the other rounded up to 16, where a fingerprint may begin; or -1.
 * The tables are constants of the code, so that nothing but the text is in the memory.
 */
function searchFor({ low, high }: Tables): WasmFunction {
  const { at, end, mask, chunk, result } = variable;
  /** Which groups have the byte that stands `n` after each position. */
  const groups = (n: number): Code => {
    const lows = apply(op.v128.and, tee(chunk, load16(get(at), n)), get(mask));
    const highs = apply(op.v128.and, apply(op.i16x8.shrU, get(chunk), i32(4)), get(mask));
    return apply(
      op.v128.and,
      apply(op.i8x16.swizzle, get(variable.low + n), lows),
      apply(op.i8x16.swizzle, get(variable.high + n), highs),
    );
  };
  const survivors = apply(op.v128.and, apply(op.v128.and, groups(0), groups(1)), groups(2));
  const where = apply(op.i32.ctz, apply(op.i8x16.bitmask, apply(op.i8x16.ne, get(result), bytesOf(0))));
  const code = all(
    set(mask, bytesOf(15)),
    ...low.map((table, n) => set(variable.low + n, v128(table))),
    ...high.map((table, n) => set(variable.high + n, v128(table))),
    loop(
      when(apply(op.i32.geU, get(at), get(end)), apply(op.return, i32(-1))),
      when(
        apply(op.i32.eqz, apply(op.v128.anyTrue, tee(result, survivors))),
        // Nothing here: 16 bytes on.
        set(at, apply(op.i32.add, get(at), i32(16))),
        branch(1),
      ),
      apply(op.return, apply(op.i32.add, get(at), where)),
    ),
    i32(-1),
  );
  return { parameters: 2, variables: Array(9).fill(type.v128), code };
}
