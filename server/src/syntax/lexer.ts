import { wordClass } from './words.ts';

/** The part of the standard encoder that is used; Node, browsers and workers all have it. */
declare const TextEncoder: new () => {
  encodeInto(text: string, into: Uint8Array): { readonly read: number; readonly written: number };
};

const encoder = new TextEncoder();

/**
 * What a token is. One-character punctuation is its own character code; everything else is below 32, where C has
 * no punctuation.
 */
export const Token = {
  word: 1,
  number: 2,
  string: 3,
  character: 4,
  /** A whole `#` line, its continuations and the comments that began in it included. */
  directive: 5,
  arrow: 6,
  ellipsis: 7,
  /** Behind the last token. */
  end: 8,
} as const;

/** Tokens as arrays. Comments, white space and line continuations lie between them. */
export interface Tokens {
  readonly count: number;
  /** {@link Token}, or the character code of the punctuation. `kind[count]` is `Token.end`. */
  readonly kind: Uint8Array;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  /** Class of a word that the normaliser knows (`words.ts`), 0 for any other word and for anything else. */
  readonly word: Uint8Array;
}

const LETTER = 1;
const DIGIT = 2;
const BLANK = 4;
const classes = new Uint8Array(256);
for (let i = 0; i < 128; i++) {
  const char = String.fromCharCode(i);
  if (/[A-Za-z_$]/.test(char)) classes[i] = LETTER;
  else if (/[0-9]/.test(char)) classes[i] = DIGIT;
  else if (/[ \t\r\f\v]/.test(char)) classes[i] = BLANK;
}

/** Whether a byte of {@link encode} can be part of a word. */
export function isWordByte(byte: number): boolean {
  return (classes[byte]! & (LETTER | DIGIT)) !== 0;
}

const NEUTRAL = 0x5f;
const SPACE = 0x20;

/**
 * One byte for each code unit: itself below 128, else `_`, so that no non-ASCII character turns into a quote or
 * a bracket; a byte order mark, a no-break space and NUL become blanks. Four NUL bytes follow, for looking ahead.
 */
export function encode(text: string): Uint8Array {
  const { length } = text;
  const bytes = new Uint8Array(length + 4);
  // Nearly every text is nothing but ASCII, and the standard encoder is many times faster.
  const { read, written } = encoder.encodeInto(text, bytes);
  if (read === length && written === length && bytes.indexOf(0) === length) return bytes;
  bytes.fill(0, length);
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 128 && unit > 0) bytes[i] = unit;
    else bytes[i] = unit === 0 || unit === 0xfeff || unit === 0xa0 ? SPACE : NEUTRAL;
  }
  return bytes;
}

/** Text of the first `length` bytes. */
export function decode(bytes: Uint8Array, length: number): string {
  let text = '';
  for (let i = 0; i < length; i += 4096) {
    text += String.fromCharCode.apply(
      null,
      bytes.subarray(i, Math.min(i + 4096, length)) as unknown as number[],
    );
  }
  return text;
}

const NEWLINE = 10;
const QUOTE = 34;
const HASH = 35;
const APOSTROPHE = 39;
const STAR = 42;
const DOT = 46;
const SLASH = 47;
const BACKSLASH = 92;

/** The end of a string or character literal that begins at `at`; an unfinished one ends before its line does. */
function endOfLiteral(bytes: Uint8Array, at: number, length: number): number {
  const quote = bytes[at]!;
  let i = at + 1;
  while (i < length) {
    const byte = bytes[i]!;
    if (byte === BACKSLASH) {
      i += bytes[i + 1] === 13 && bytes[i + 2] === NEWLINE ? 3 : 2;
      continue;
    }
    if (byte === NEWLINE) return i;
    i++;
    if (byte === quote) return i;
  }
  return length;
}

/** The end of the comment that begins at `at`. */
function endOfComment(bytes: Uint8Array, at: number, length: number): number {
  let i = at + 2;
  if (bytes[at + 1] === STAR) {
    // By the standard search, for comments are long.
    do i = bytes.indexOf(SLASH, i + 1);
    while (i >= 0 && i < length && bytes[i - 1] !== STAR);
    return i < 0 ? length : Math.min(i + 1, length);
  }
  while (i < length && bytes[i] !== NEWLINE) {
    if (bytes[i] === BACKSLASH && bytes[i + 1] === NEWLINE) i++;
    i++;
  }
  return Math.min(i, length);
}

/** The end of the directive that begins at `at`: before the newline that is neither continued nor in a comment. */
function endOfDirective(bytes: Uint8Array, at: number, length: number): number {
  let i = at + 1;
  while (i < length) {
    const byte = bytes[i]!;
    if (byte === NEWLINE) {
      const last = bytes[i - 1] === 13 ? bytes[i - 2] : bytes[i - 1];
      if (last !== BACKSLASH) return i;
      i++;
    } else if (byte === SLASH && bytes[i + 1] === STAR) i = endOfComment(bytes, i, length);
    else if (byte === SLASH && bytes[i + 1] === SLASH) return endOfComment(bytes, i, length);
    else if (byte === QUOTE || byte === APOSTROPHE) i = Math.max(i + 1, endOfLiteral(bytes, i, length));
    else i++;
  }
  return length;
}

/** The end of a preprocessing number: `1`, `0x1fUL`, `1e-3`; not into `...`. */
function endOfNumber(bytes: Uint8Array, at: number): number {
  let i = at + 1;
  for (;;) {
    const byte = bytes[i]!;
    if (classes[byte]! & (LETTER | DIGIT)) i++;
    else if (byte === DOT && bytes[i + 1] !== DOT) i++;
    else return i;
  }
}

// Filled by tokenize() and copied out of; kept between calls because they grow to some hundred kilobytes.
let kinds = new Uint8Array(1 << 14);
let starts = new Uint32Array(1 << 14);
let ends = new Uint32Array(1 << 14);
let words = new Uint8Array(1 << 14);

function growScratch(): void {
  const size = kinds.length * 2;
  const [k, s, e, w] = [kinds, starts, ends, words];
  kinds = new Uint8Array(size);
  starts = new Uint32Array(size);
  ends = new Uint32Array(size);
  words = new Uint8Array(size);
  kinds.set(k);
  starts.set(s);
  ends.set(e);
  words.set(w);
}

/** Cuts the first `length` bytes into tokens. Never fails. */
export function tokenize(bytes: Uint8Array, length: number): Tokens {
  let count = 0;
  let i = 0;
  let atLineStart = true;
  while (i < length) {
    const byte = bytes[i]!;
    const type = classes[byte]!;
    if (type === BLANK) {
      i++;
      continue;
    }
    if (byte === NEWLINE) {
      atLineStart = true;
      i++;
      continue;
    }
    const start = i;
    let kind: number = byte;
    let word = 0;
    if (type === LETTER) {
      // FNV-1a over the word; the table of known words is keyed by it.
      let hash = 0x811c9dc5;
      do {
        hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
        i++;
      } while (classes[bytes[i]!]! & (LETTER | DIGIT));
      kind = Token.word;
      word = wordClass(bytes, start, i, hash >>> 0);
      // L"wide", u8"narrow"
      if (i - start <= 2 && (bytes[i] === QUOTE || bytes[i] === APOSTROPHE) && word === 0) {
        const prefix = bytes[start]! | 32;
        if (prefix === 108 || prefix === 117) {
          kind = bytes[i] === QUOTE ? Token.string : Token.character;
          i = endOfLiteral(bytes, i, length);
        }
      }
    } else if (type === DIGIT || (byte === DOT && classes[bytes[i + 1]!] === DIGIT)) {
      i = endOfNumber(bytes, i);
      kind = Token.number;
    } else if (byte === SLASH && (bytes[i + 1] === STAR || bytes[i + 1] === SLASH)) {
      i = endOfComment(bytes, i, length);
      continue;
    } else if (byte === QUOTE || byte === APOSTROPHE) {
      i = endOfLiteral(bytes, i, length);
      kind = byte === QUOTE ? Token.string : Token.character;
    } else if (byte === HASH && atLineStart) {
      i = endOfDirective(bytes, i, length);
      kind = Token.directive;
    } else if (byte === BACKSLASH && (bytes[i + 1] === NEWLINE || bytes[i + 1] === 13)) {
      i += bytes[i + 1] === NEWLINE ? 2 : bytes[i + 2] === NEWLINE ? 3 : 2;
      continue;
    } else if (byte === 45 && bytes[i + 1] === 62) {
      i += 2;
      kind = Token.arrow;
    } else if (byte === DOT && bytes[i + 1] === DOT && bytes[i + 2] === DOT) {
      i += 3;
      kind = Token.ellipsis;
    } else {
      i++;
      if (byte < 32) kind = 63;
    }
    atLineStart = false;
    if (count + 1 === kinds.length) growScratch();
    kinds[count] = kind;
    starts[count] = start;
    ends[count] = i;
    words[count] = word;
    count++;
  }
  const size = count + 1;
  const tokens = {
    count,
    kind: kinds.slice(0, size),
    start: starts.slice(0, size),
    end: ends.slice(0, size),
    word: words.slice(0, size),
  };
  tokens.kind[count] = Token.end;
  tokens.start[count] = length;
  tokens.end[count] = length;
  tokens.word[count] = 0;
  return tokens;
}

/** A text in bytes and tokens. */
export interface Lexed {
  readonly bytes: Uint8Array;
  readonly tokens: Tokens;
}

/** {@link encode} and {@link tokenize} in one. */
export function lex(text: string): Lexed {
  const bytes = encode(text);
  return { bytes, tokens: tokenize(bytes, text.length) };
}

/** What {@link lex} would give for the text from `start` to `end`, which the tokens `[first, last)` fill. */
export function sliceOf(whole: Lexed, start: number, end: number, first: number, last: number): Lexed {
  const bytes = new Uint8Array(end - start + 4);
  bytes.set(whole.bytes.subarray(start, end));
  const count = last - first;
  const tokens = {
    count,
    kind: whole.tokens.kind.slice(first, last + 1),
    start: whole.tokens.start.slice(first, last + 1),
    end: whole.tokens.end.slice(first, last + 1),
    word: whole.tokens.word.slice(first, last + 1),
  };
  for (let i = 0; i < count; i++) {
    tokens.start[i]! -= start;
    tokens.end[i]! -= start;
  }
  tokens.kind[count] = Token.end;
  tokens.start[count] = end - start;
  tokens.end[count] = end - start;
  tokens.word[count] = 0;
  return { bytes, tokens };
}
