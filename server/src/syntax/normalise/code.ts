import { Token } from '../lexer.ts';
import { Word } from '../words.ts';
import type { Sheet } from './sheet.ts';

/** Character codes that are token kinds. */
export const Char = {
  not: 33,
  percent: 37,
  ampersand: 38,
  open: 40,
  close: 41,
  star: 42,
  plus: 43,
  comma: 44,
  minus: 45,
  dot: 46,
  slash: 47,
  colon: 58,
  semicolon: 59,
  less: 60,
  equals: 61,
  greater: 62,
  question: 63,
  leftBracket: 91,
  rightBracket: 93,
  caret: 94,
  leftBrace: 123,
  bar: 124,
  rightBrace: 125,
  tilde: 126,
} as const;

/** What a bracket holds. */
export const Role = {
  none: 0,
  /** `{`: statements. */
  block: 1,
  /** `{`: members of a struct or union. */
  members: 2,
  /** `{`: initialisers or enumerators. */
  list: 3,
  /** `(`: the head of `if`, `while`, `for` or `switch`. */
  control: 4,
  /** `(` of a macro call, or the macro's name, that ends its statement without a semicolon. */
  statement: 5,
} as const;

/** A token that a rule has blanked. */
export const GONE = 9;

/** Rules look a few tokens ahead; behind the last one they see ends, not what another slice left there. */
const AHEAD = 8;

interface Arrays {
  readonly kind: Uint8Array;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  readonly word: Uint8Array;
  readonly match: Int32Array;
  readonly role: Uint8Array;
}

function allocate(size: number): Arrays {
  return {
    kind: new Uint8Array(size),
    start: new Uint32Array(size),
    end: new Uint32Array(size),
    word: new Uint8Array(size),
    match: new Int32Array(size),
    role: new Uint8Array(size),
  };
}

let pool: Arrays | null = null;

/**
 * The tokens that take part: no directives, no dropped arms, no attributes. Brackets know their partners and what
 * they hold. What is added is appended; arrays have room for all tokens of the slice.
 */
export class Code {
  count = 0;
  readonly kind: Uint8Array;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  readonly word: Uint8Array;
  /** The partner of a bracket, -1 for none. */
  readonly match: Int32Array;
  /** {@link Role} of an opening bracket. */
  readonly role: Uint8Array;
  /** The brackets that are open at the end. */
  readonly stack: number[] = [];

  /** At most one is in use at a time: the arrays are those of the one before, unless they are too small. */
  constructor(capacity: number) {
    const size = capacity + AHEAD;
    if (pool === null || pool.kind.length < size) pool = allocate(Math.max(size, 4096));
    this.kind = pool.kind;
    this.start = pool.start;
    this.end = pool.end;
    this.word = pool.word;
    this.match = pool.match.fill(-1, 0, size);
    this.role = pool.role.fill(0, 0, size);
  }

  /** Appends a token. */
  add(kind: number, start: number, end: number, word: number): void {
    const at = this.count++;
    this.kind[at] = kind;
    this.start[at] = start;
    this.end[at] = end;
    this.word[at] = word;
    switch (kind) {
      case Char.leftBrace:
        this.role[at] = this.roleOfBrace(at);
        this.stack.push(at);
        break;
      case Char.open:
        if (at > 0 && this.word[at - 1] === Word.control) this.role[at] = Role.control;
        this.stack.push(at);
        break;
      case Char.leftBracket:
        this.stack.push(at);
        break;
      case Char.close:
        this.close(at, Char.open);
        break;
      case Char.rightBracket:
        this.close(at, Char.leftBracket);
        break;
      case Char.rightBrace:
        this.close(at, Char.leftBrace);
        break;
    }
  }

  /** Ends the list of tokens. */
  finish(length: number): void {
    for (let at = this.count; at < this.count + AHEAD - 2; at++) {
      this.kind[at] = Token.end;
      this.start[at] = length;
      this.end[at] = length;
      this.word[at] = 0;
      this.match[at] = -1;
    }
  }

  /** Pairs a closing bracket; `}` also ends parentheses that were left open, `)` and `]` do not end a brace. */
  private close(at: number, opening: number): void {
    const { stack, kind } = this;
    let depth = stack.length - 1;
    while (depth >= 0 && kind[stack[depth]!] !== opening) {
      if (opening !== Char.leftBrace && kind[stack[depth]!] === Char.leftBrace) return;
      depth--;
    }
    if (depth < 0) return;
    const partner = stack[depth]!;
    stack.length = depth;
    this.match[at] = partner;
    this.match[partner] = at;
  }

  /** The innermost open bracket, -1 outside of all. */
  get innermost(): number {
    return this.stack.length > 0 ? this.stack[this.stack.length - 1]! : -1;
  }

  private roleOfBrace(at: number): number {
    const { kind, word, match } = this;
    const outer = this.innermost;
    const inList = outer >= 0 && kind[outer] === Char.leftBrace && this.role[outer] === Role.list;
    const previous = at - 1;
    if (previous < 0) return Role.block;
    switch (kind[previous]) {
      case Char.equals:
        return Role.list;
      case Char.comma:
      case Char.leftBrace:
        return inList ? Role.list : Role.block;
      case Char.close: {
        // A function, a control head or a loop macro; else a compound literal.
        const open = match[previous]!;
        if (open <= 0) return open < 0 ? Role.block : Role.list;
        if (kind[open - 1] !== Token.word) return kind[open - 1] === Char.close ? Role.block : Role.list;
        const head = word[open - 1]!;
        return head === Word.jump || head === Word.case || head === Word.operator ? Role.list : Role.block;
      }
      case Token.word: {
        const own = word[previous]!;
        if (own === Word.aggregate) return Role.members;
        if (own === Word.enum) return Role.list;
        const before = previous > 0 ? word[previous - 1]! : 0;
        if (before === Word.aggregate) return Role.members;
        if (before === Word.enum) return Role.list;
        if (
          kind[previous - 1] === Char.colon &&
          (word[previous - 2] === Word.enum || word[previous - 3] === Word.enum)
        ) {
          return Role.list;
        }
        return Role.block;
      }
      default:
        return Role.block;
    }
  }

  /** Blanks the tokens `[from, to)` with what lies between them, and takes them out. */
  drop(sheet: Sheet, from: number, to: number): void {
    if (from >= to) return;
    sheet.blank(this.start[from]!, this.end[to - 1]!);
    for (let i = from; i < to; i++) this.kind[i] = GONE;
  }

  /** The token before `at` that was not taken out, -1 for none. */
  before(at: number): number {
    let i = at - 1;
    while (i >= 0 && this.kind[i] === GONE) i--;
    return i;
  }

  /** The token after `at` that was not taken out; `count` for none. */
  after(at: number): number {
    let i = at + 1;
    while (i < this.count && this.kind[i] === GONE) i++;
    return i;
  }

  /** Whether the word at `at` is neither keyword nor attribute. */
  isName(at: number): boolean {
    return this.kind[at] === Token.word && this.word[at] === Word.other;
  }

  /** Whether the name at `at` is all capitals (two letters at least), as macros are. */
  isCapitals(at: number, sheet: Sheet): boolean {
    let capitals = 0;
    for (let i = this.start[at]!; i < this.end[at]!; i++) {
      const byte = sheet.bytes[i]!;
      if (byte >= 97 && byte <= 122) return false;
      if (byte >= 65 && byte <= 90) capitals++;
    }
    return capitals >= 2;
  }

  /** The text of the token at `at` as the sheet has it now. */
  text(at: number, sheet: Sheet): string {
    let text = '';
    for (let i = this.start[at]!; i < this.end[at]!; i++) text += String.fromCharCode(sheet.bytes[i]!);
    return text;
  }
}
