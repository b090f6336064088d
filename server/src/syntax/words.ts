import { ATTRIBUTE_CALLS, ATTRIBUTES } from './attribute-words.ts';

/** Classes of the words that splitting and normalising look at. */
export const Word = {
  other: 0,
  /** `break`, `continue`, `default`. */
  keyword: 1,
  /** `__init`, `__user`: an attribute without arguments. */
  attribute: 2,
  /** `__printf(1, 2)`, `__free(kfree)`: an attribute with arguments. */
  attributeCall: 3,
  typeof: 4,
  asm: 5,
  /** `struct`, `union`. */
  aggregate: 6,
  enum: 7,
  qualifier: 8,
  primitive: 9,
  /** `if`, `while`, `for`, `switch`: a parenthesis and a statement follow. */
  control: 10,
  case: 11,
  /** `static`, `extern`. */
  storage: 12,
  /** `inline`, `register`, `auto`. */
  specifier: 13,
  /** `else`, `do`: a statement follows. */
  elseOrDo: 14,
  /** `return`, `goto`. */
  jump: 15,
  /** `sizeof` and others whose operand may be a type. */
  operator: 16,
  typedef: 17,
  /** `__label__`. */
  localLabel: 18,
} as const;

const TABLE: readonly (readonly [number, readonly string[]])[] = [
  [Word.keyword, ['break', 'continue', 'default']],
  [Word.control, ['if', 'while', 'for', 'switch']],
  [Word.case, ['case']],
  [Word.elseOrDo, ['else', 'do']],
  [Word.jump, ['return', 'goto']],
  [Word.storage, ['static', 'extern']],
  [Word.specifier, ['inline', 'register', 'auto']],
  [Word.typedef, ['typedef']],
  [Word.aggregate, ['struct', 'union']],
  [Word.enum, ['enum']],
  [Word.qualifier, ['const', 'volatile', '__volatile__', 'restrict', '_Atomic', '__const']],
  [
    Word.primitive,
    [
      ...['unsigned', 'signed', 'long', 'short', 'int', 'char', 'void', 'bool', 'float', 'double', '_Bool'],
      ...['size_t', 'ssize_t', 'uintptr_t', 'intptr_t', 'ptrdiff_t', '__signed__', '__signed', '__int128'],
    ],
  ],
  [Word.typeof, ['typeof', '__typeof__', '__typeof', 'typeof_unqual', '__unqual_scalar_typeof']],
  [Word.asm, ['asm', '__asm__', '__asm', 'asm_inline']],
  [
    Word.operator,
    [
      ...['sizeof', 'offsetof', '__builtin_offsetof', 'alignof', '_Alignof', '__alignof__', '__alignof'],
      ...['_Generic', 'defined', 'static_assert', '_Static_assert', 'va_arg', '__builtin_va_arg'],
    ],
  ],
  [Word.localLabel, ['__label__']],
  [Word.attribute, ATTRIBUTES],
  [Word.attributeCall, ATTRIBUTE_CALLS],
];

const SIZE = 8192;
const keys: (Uint8Array | undefined)[] = new Array(SIZE).fill(undefined);
const values = new Uint8Array(SIZE);

function put(text: string, value: number): void {
  const bytes = new Uint8Array(text.length);
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    bytes[i] = text.charCodeAt(i);
    hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  }
  let slot = (hash >>> 0) & (SIZE - 1);
  while (keys[slot] !== undefined) slot = (slot + 1) & (SIZE - 1);
  keys[slot] = bytes;
  values[slot] = value;
}

for (const [value, list] of TABLE) for (const word of list) put(word, value);

/** The class of the word `bytes[start..end)`, whose FNV-1a hash is `hash`. */
export function wordClass(bytes: Uint8Array, start: number, end: number, hash: number): number {
  const length = end - start;
  let slot = hash & (SIZE - 1);
  for (;;) {
    const key = keys[slot];
    if (key === undefined) return Word.other;
    if (key.length === length) {
      let i = 0;
      while (i < length && key[i] === bytes[start + i]) i++;
      if (i === length) return values[slot]!;
    }
    slot = (slot + 1) & (SIZE - 1);
  }
}
