/**
 * Finds the names before `(` in a file that stands in WebAssembly memory: 16 bytes a step to the next `(`, one load back
 * from there for most names, their hash, and a look into a small table of what the file already had.
 */

import {
  type CallFinder,
  hashedBlock,
  hashedLength,
  keywordText,
  mix,
  PortableCalls,
} from '../../project/call-names.ts';
import {
  all,
  apply,
  block,
  branch,
  branchIf,
  bytesOf,
  type Code,
  compile,
  get,
  i32,
  i64,
  lane,
  load16,
  loop,
  op,
  set,
  type TextMemory,
  tee,
  type,
  type WasmFunction,
  when,
  words4,
} from './wasm.ts';

/** Places for hashes, each the file's stamp and the hash: 64 KB stay in the processor's cache. A power of 2. */
const slots = 8192;

/** Names that one file may have; a few files of a kernel have more, and are searched otherwise. */
const mostNames = slots / 2;

/** Zeros, then ones: 16 bytes of it from `n` on keep the last `n` bytes of a block. */
const window = [...new Uint8Array(16), ...new Uint8Array(32).fill(0xff)];

/** Bytes for the text of the keywords, which a file's search starts with. */
const keywordSpace = 256;

/** {@link CallFinder} for what stands at the start of a memory's buffer; it does the rest as {@link PortableCalls} does. */
export class CallScan implements CallFinder {
  /** Bytes that the memory must have in addition. */
  static readonly extra = slots * 8 + mostNames * 4 + window.length + keywordSpace + 4 * 16;
  private readonly find: (...values: number[]) => number;
  private readonly portable = new PortableCalls();
  private readonly found: Uint32Array;
  private readonly keywordsAt: number;
  private readonly start: number;
  private stamp = 0;

  /** @throws if SIMD instructions are not there, or the machine does not write its words as WebAssembly does. */
  constructor(private readonly memory: TextMemory) {
    if (new Uint8Array(Uint32Array.of(1).buffer)[0] !== 1) throw new Error('words are the other way round');
    const table = memory.reserve(slots * 8);
    const found = memory.reserve(mostNames * 4);
    const windowAt = memory.reserve(window.length);
    // 16 bytes of 0 before it: the first word begins somewhere.
    this.keywordsAt = memory.reserve(keywordSpace) + 16;
    const { buffer } = memory.memory;
    new Uint8Array(buffer, windowAt).set(window);
    Buffer.from(buffer).write(keywordText, this.keywordsAt, 'latin1');
    this.found = new Uint32Array(buffer, found, mostNames);
    this.find = compile(findNames(table, found, windowAt), memory);
    this.start = memory.addressOf(memory.buffer);
  }

  callsIn(bytes: Uint8Array): Uint32Array {
    // Elsewhere in the buffer a name could go on before the first byte.
    if (this.memory.addressOf(bytes) !== this.start) return this.portable.callsIn(bytes);
    this.stamp++;
    this.find(this.keywordsAt, this.keywordsAt + keywordText.length, this.stamp);
    const count = this.find(this.start, this.start + bytes.length, this.stamp);
    return count < 0 ? this.portable.callsIn(bytes) : this.found.subarray(0, count);
  }
}

/** Numbers of the function's parameters and variables. */
const variable = {
  ...{ at: 0, end: 1, stamp: 2 },
  ...{ before: 3, bits: 4, hash: 5, limit: 6, slot: 7, count: 8 },
  ...{ open: 9, key: 10, there: 11 },
  ...{ bytes: 12, words: 13 },
} as const;

const { at, end, stamp, open, before, bits, hash, limit, slot, count, key, there, bytes, words } = variable;

const add = (a: Code, b: Code) => apply(op.i32.add, a, b);
const sub = (a: Code, b: Code) => apply(op.i32.sub, a, b);
const xor = (a: Code, b: Code) => apply(op.i32.xor, a, b);
const and = (a: Code, b: Code) => apply(op.i32.and, a, b);
const or64 = (a: Code, b: Code) => apply(op.i64.or, a, b);
const either = (a: Code, b: Code) => apply(op.v128.or, a, b);

/**
 * From an address below an end, under a stamp that is new for every file: writes the hashes of the names that the table does
 * not have under that stamp, and gives their number; -1 if there are too many.
 */
function findNames(table: number, found: number, windowAt: number): WasmFunction {
  const code = all(
    loop(
      when(apply(op.i32.geU, get(at), get(end)), apply(op.return, get(count))),
      set(open, or64(or64(opens(0), opens(1)), or64(opens(2), opens(3)))),
      loop(
        when(
          apply(op.i64.ne, get(open), i64(0)),
          set(before, add(get(at), apply(op.i64.wrap, apply(op.i64.ctz, get(open))))),
          set(open, apply(op.i64.and, get(open), apply(op.i64.sub, get(open), i64(1)))),
          branchIf(1, apply(op.i32.geU, get(before), get(end))),
          stepOverBlank(),
          hashBack(windowAt),
          remember(table, found),
          branch(1),
        ),
      ),
      set(at, add(get(at), i32(64))),
      branch(0),
    ),
    i32(-1),
  );
  const variables = [...Array(6).fill(type.i32), ...Array(3).fill(type.i64), type.v128, type.v128];
  return { parameters: 3, variables, code };
}

/** Which of the 16 bytes after `n` times 16 are `(`, as bits at their place among 64. */
function opens(n: number): Code {
  const found = apply(op.i8x16.bitmask, apply(op.i8x16.eq, load16(get(at), n * 16), bytesOf(0x28)));
  return apply(op.i64.shl, apply(op.i64.extendU, found), i64(n * 16));
}

/** `before` becomes the place of a space, tab or line end that stands right before it. */
function stepOverBlank(): Code {
  const byte = tee(slot, apply(op.i32.load8U, sub(get(before), i32(1))));
  const blank = apply(op.i32.or, apply(op.i32.eq, byte, i32(32)), lower(sub(get(slot), i32(9)), 2));
  return set(before, sub(get(before), blank));
}

function lower(value: Code, limit: number): Code {
  return apply(op.i32.ltU, value, i32(limit));
}

/** Hashes the name that ends at `before`, block by block towards its start. */
function hashBack(windowAt: number): Code {
  const address = sub(get(before), i32(hashedBlock));
  // How many bytes at the end of the block are of the name; 32 for all of them.
  const length = apply(op.i32.clz, apply(op.i32.shl, xor(get(bits), i32(0xffff)), i32(16)));
  const kept = apply(op.v128.and, get(bytes), load16(add(tee(slot, length), i32(windowAt))));
  return all(
    set(hash, i32(mix.seed)),
    set(limit, sub(get(before), i32(hashedLength))),
    loop(
      set(bytes, load16(tee(before, address))),
      set(bits, apply(op.i8x16.bitmask, ofName(get(bytes)))),
      set(words, kept),
      mixIn(),
      branchIf(0, and(apply(op.i32.eq, get(slot), i32(32)), apply(op.i32.ne, get(before), get(limit)))),
    ),
  );
}

/** Letters, digits and `_`, by adding what brings the first of a range to the lowest number that a signed byte has. */
function ofName(value: Code): Code {
  const range = (chars: Code, from: number, length: number) =>
    apply(op.i8x16.ltS, apply(op.i8x16.add, chars, bytesOf((0x80 - from) & 0xff)), bytesOf(0x80 + length));
  const letters = range(either(value, bytesOf(0x20)), 97, 26);
  const digits = range(value, 48, 10);
  return either(either(letters, digits), apply(op.i8x16.eq, value, bytesOf(95)));
}

/** Takes the four words of a block into the hash. */
function mixIn(): Code {
  const product = tee(words, apply(op.i32x4.mul, get(words), words4(Array(4).fill(mix.words))));
  const folded = apply(op.v128.xor, product, apply(op.i32x4.shrU, get(words), i32(mix.shift)));
  const word = (n: number) => lane(get(words), n);
  const sum = add(add(word(0), word(1)), add(word(2), word(3)));
  return all(
    set(words, apply(op.i32x4.mul, folded, words4(mix.word))),
    set(hash, apply(op.i32.mul, xor(get(hash), sum), i32(mix.block))),
    set(hash, xor(get(hash), apply(op.i32.shrU, get(hash), i32(mix.shift)))),
  );
}

/** Looks the hash up in the table; one that is not there is put there and written out. */
function remember(table: number, found: number): Code {
  const wide = (value: Code) => apply(op.i64.extendU, value);
  const stamped = apply(op.i64.shl, wide(get(stamp)), i64(32));
  const stampThere = apply(op.i64.wrap, apply(op.i64.shrU, get(there), i64(32)));
  const address = add(apply(op.i32.shl, get(slot), i32(3)), i32(table));
  const place = add(apply(op.i32.shl, get(count), i32(2)), i32(found));
  return all(
    set(key, apply(op.i64.or, stamped, wide(get(hash)))),
    set(slot, and(get(hash), i32(slots - 1))),
    block(
      loop(
        set(there, apply(op.i64.load, address)),
        branchIf(1, apply(op.i64.eq, get(there), get(key))),
        when(
          apply(op.i32.ne, stampThere, get(stamp)),
          when(apply(op.i32.eq, get(count), i32(mostNames)), apply(op.return, i32(-1))),
          apply(op.i64.store, address, get(key)),
          apply(op.i32.store, place, get(hash)),
          set(count, add(get(count), i32(1))),
          branch(2),
        ),
        set(slot, and(add(get(slot), i32(1)), i32(slots - 1))),
        branch(0),
      ),
    ),
  );
}
