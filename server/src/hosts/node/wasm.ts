/**
 * A very small assembler for WebAssembly: code is written as nested calls, operands first, as the machine wants them.
 * Only what the searches of this folder use is here.
 */

/** The few names that are used; Node has them all, its type package does not. */
declare const WebAssembly: {
  Memory: new (descriptor: { initial: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
};

/** Instructions as bytes; they leave at most one value. */
export type Code = readonly number[];

/** Number types, as WebAssembly writes them. */
export const type = { i32: 0x7f, i64: 0x7e, v128: 0x7b } as const;

/** Instructions by their names in the specification. */
export const op = {
  return: [0x0f],
  i32: {
    load8U: [0x2d, 0, 0],
    store: [0x36, 2, 0],
    eqz: [0x45],
    eq: [0x46],
    ne: [0x47],
    ltU: [0x49],
    geU: [0x4f],
    clz: [0x67],
    ctz: [0x68],
    add: [0x6a],
    sub: [0x6b],
    mul: [0x6c],
    and: [0x71],
    or: [0x72],
    xor: [0x73],
    shl: [0x74],
    shrU: [0x76],
    rotl: [0x77],
  },
  i64: {
    load: [0x29, 3, 0],
    store: [0x37, 3, 0],
    eq: [0x51],
    ne: [0x52],
    ctz: [0x7a],
    sub: [0x7d],
    and: [0x83],
    or: [0x84],
    shl: [0x86],
    shrU: [0x88],
    extendU: [0xad],
    wrap: [0xa7],
  },
  v128: { and: [0xfd, 0x4e], or: [0xfd, 0x50], xor: [0xfd, 0x51], anyTrue: [0xfd, 0x53] },
  i8x16: {
    swizzle: [0xfd, 0x0e],
    eq: [0xfd, 0x23],
    ne: [0xfd, 0x24],
    ltS: [0xfd, 0x25],
    bitmask: [0xfd, 0x64],
    add: [0xfd, 0x6e],
  },
  i16x8: { shrU: [0xfd, 0x8d, 0x01] },
  i32x4: { shl: [0xfd, 0xab, 0x01], shrU: [0xfd, 0xad, 0x01], mul: [0xfd, 0xb5, 0x01] },
} as const;

/** `instruction` over what the operands leave. */
export function apply(instruction: Code, ...operands: readonly Code[]): Code {
  return [...operands.flat(), ...instruction];
}

/** One after the other. */
export function all(...parts: readonly Code[]): Code {
  return parts.flat();
}

/** The value of a variable. */
export function get(variable: number): Code {
  return [0x20, variable];
}

/** Puts a value into a variable. */
export function set(variable: number, value: Code): Code {
  return [...value, 0x21, variable];
}

/** Puts a value into a variable and leaves it. */
export function tee(variable: number, value: Code): Code {
  return [...value, 0x22, variable];
}

/** A constant; whether it is signed is the reader's affair. */
export function i32(value: number): Code {
  return [0x41, ...signed(value | 0)];
}

/** A small constant of 64 bits. */
export function i64(value: number): Code {
  return [0x42, ...signed(value)];
}

/** Sixteen bytes. */
export function v128(bytes: Iterable<number>): Code {
  return [0xfd, 0x0c, ...bytes];
}

/** The same byte sixteen times. */
export function bytesOf(value: number): Code {
  return v128(new Uint8Array(16).fill(value));
}

/** Four words. */
export function words4(values: readonly number[]): Code {
  return v128(values.flatMap((value) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff)));
}

/** The sixteen bytes at `address` plus `offset`. */
export function load16(address: Code, offset = 0): Code {
  return [...address, 0xfd, 0x00, 0, ...unsigned(offset)];
}

/** The word in lane `lane` of four. */
export function lane(value: Code, lane: number): Code {
  return [...value, 0xfd, 0x1b, lane];
}

/** What {@link exit} leaves at the end of, and {@link again} never. */
export function block(...body: readonly Code[]): Code {
  return [0x02, 0x40, ...body.flat(), 0x0b];
}

/** What {@link again} starts anew; ends by itself. */
export function loop(...body: readonly Code[]): Code {
  return [0x03, 0x40, ...body.flat(), 0x0b];
}

/** `body` where the condition is not 0. Counts as a block for {@link branch}. */
export function when(condition: Code, ...body: readonly Code[]): Code {
  return [...condition, 0x04, 0x40, ...body.flat(), 0x0b];
}

/** To the end of the block, or the start of the loop, that is `depth` further out than the innermost. */
export function branch(depth: number): Code {
  return [0x0c, depth];
}

/** {@link branch} where the condition is not 0. */
export function branchIf(depth: number, condition: Code): Code {
  return [...condition, 0x0d, depth];
}

/** A function of some i32 that gives one. */
export interface WasmFunction {
  readonly parameters: number;
  /** Types of its variables, in the order of their numbers, which go on after the parameters. */
  readonly variables: readonly number[];
  readonly code: Code;
}

/** Compiles one function over a memory. @throws if WebAssembly or an instruction is not there. */
export function compile(made: WasmFunction, memory: TextMemory): (...values: number[]) => number {
  const variables = made.variables.flatMap((kind) => [1, kind]);
  const body = [...unsigned(made.variables.length), ...variables, ...made.code, 0x0b];
  const name = [1, 'f'.charCodeAt(0)];
  const bytes = new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, made.parameters, ...Array(made.parameters).fill(type.i32), 1, type.i32]),
    ...section(2, [1, ...name, ...name, 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name, 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { f: { f: memory.memory } });
  return instance.exports.f as (...values: number[]) => number;
}

/** Bytes of one page of WebAssembly memory. */
const wasmPage = 65536;

/** Bytes before the text that are 0 and stay so: who walks back from its start finds an end. */
const lead = 128;

/** Bytes after the text that exist; what is in them does not matter. */
const slack = 64;

/** A memory that files are read into and searched in, with room for the tables of those who search. */
export class TextMemory {
  /** Read files into this, from its start. */
  readonly buffer: Buffer;
  readonly memory: { readonly buffer: ArrayBuffer };
  private used: number;

  /** `size`: bytes of the buffer; `extra`: bytes that can be reserved. @throws if WebAssembly is not there. */
  constructor(size: number, extra = 0) {
    this.memory = new WebAssembly.Memory({ initial: Math.ceil((lead + size + slack + extra) / wasmPage) });
    this.buffer = Buffer.from(this.memory.buffer, lead, size);
    this.used = Math.ceil((lead + size + slack) / 16) * 16;
  }

  /** The address of `size` bytes of their own, aligned to 16 and all 0. @throws RangeError if they were not asked for at the start. */
  reserve(size: number): number {
    const at = this.used;
    this.used += Math.ceil(size / 16) * 16;
    if (this.used > this.memory.buffer.byteLength) throw new RangeError('no room left in the memory');
    return at;
  }

  /** Where in the memory `bytes` are; -1 if they are elsewhere. */
  addressOf(bytes: Uint8Array): number {
    return bytes.buffer === this.memory.buffer ? bytes.byteOffset : -1;
  }
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

/** LEB128 with a sign, as WebAssembly writes constants. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; ; ) {
    const byte = left & 0x7f;
    left >>= 7;
    const over = left === (byte & 0x40 ? -1 : 0);
    bytes.push(over ? byte : byte | 0x80);
    if (over) return bytes;
  }
}
