import type { Lexed } from '../lexer.ts';
import { lex, Token } from '../lexer.ts';
import type { ConditionRegion, DroppedArm, FunctionSlice } from '../types.ts';
import { Word } from '../words.ts';
import { repairArguments } from './arguments.ts';
import { resolveArms } from './arms.ts';
import { inlineAssembly } from './asm.ts';
import { Char, type Code, GONE, Role } from './code.ts';
import { elementMacro, memberMacro, unnamedBitField } from './members.ts';
import {
  alignofOperand,
  caseRange,
  computedGoto,
  labelAddress,
  localLabels,
  oddNumber,
  offsetofMember,
  typeofOperand,
} from './operands.ts';
import { Sheet } from './sheet.ts';
import { blankAnnotation, normaliseDeclaration, normaliseHead } from './specifiers.ts';
import {
  bareSwitch,
  nameAtStatement,
  storageAtStatement,
  trailingAnnotation,
  whileMacro,
} from './statements.ts';
import { pastedName } from './strings.ts';

/** Kernel C as the grammar can read it. */
export interface Normalised {
  /** As long as the input, line by line. */
  readonly text: string;
  readonly regions: readonly ConditionRegion[];
  readonly dropped: readonly DroppedArm[];
  readonly attributes: FunctionSlice['attributes'];
  /** Conditionals whose arms were all kept, by the token of their `#if`: first the ones that may break the parse. */
  readonly doubtful: readonly number[];
  readonly plain: readonly number[];
}

/** Where the name and the body of a function stand in its slice. */
export interface Shape {
  readonly name: number;
  readonly body: number;
}

const NONE: ReadonlySet<number> = new Set();

/**
 * Rewrites what C's grammar has no form for, without the preprocessor and without moving anything: the result has
 * the length of `text`, and every token that lowering reads by name is read from `text` at the same offset.
 * `shape` says that the slice is a function definition; the conditionals in `onlyFirst` keep one arm. `lexed` is
 * what `lex(text)` gives, if it is at hand; its bytes are overwritten. Never fails, whatever the text.
 */
export function normalise(
  text: string,
  shape: Shape | null,
  onlyFirst: ReadonlySet<number> = NONE,
  lexed: Lexed = lex(text),
): Normalised {
  const sheet = new Sheet(text, lexed.bytes);
  const arms = resolveArms(sheet, lexed.tokens, onlyFirst);
  const { code } = arms;
  let from = 0;
  if (shape) {
    const name = tokenAt(code, shape.name);
    from = tokenAt(code, shape.body);
    if (code.kind[from] === Char.leftBrace) normaliseHead(code, sheet, name, from);
    else from = 0;
  } else normaliseDeclaration(code, sheet);
  new Walk(code, sheet).run(from);
  sheet.attributes.sort((a, b) => a.span.start - b.span.start);
  return {
    text: sheet.result(),
    regions: arms.regions,
    dropped: arms.dropped,
    attributes: sheet.attributes,
    doubtful: arms.doubtful,
    plain: arms.plain,
  };
}

/** The first token that begins at `offset` or behind it. */
function tokenAt(code: Code, offset: number): number {
  let i = 0;
  while (i < code.count && code.start[i]! < offset) i++;
  return i;
}

/** One pass over the tokens; each rule sees one place. */
class Walk {
  /** Open brackets. */
  private readonly stack: number[] = [];
  private inCase = false;
  private questions = 0;

  constructor(
    private readonly code: Code,
    private readonly sheet: Sheet,
  ) {}

  run(from: number): void {
    const { code, sheet } = this;
    const { kind, word } = code;
    for (let i = from; i < code.count; i++) {
      switch (kind[i]) {
        case Token.word:
          if (word[i] === Word.other) this.name(i);
          else i = this.keyword(i) - 1;
          break;
        case Token.number:
          oddNumber(code, sheet, i);
          break;
        case Char.open:
        case Char.leftBracket:
          this.stack.push(i);
          break;
        case Char.leftBrace:
          this.stack.push(i);
          this.questions = 0;
          break;
        case Char.close:
        case Char.rightBracket:
        case Char.rightBrace:
          if (code.match[i]! >= 0) this.leave(code.match[i]!);
          break;
        case Char.semicolon:
          this.questions = 0;
          this.inCase = false;
          break;
        case Char.question:
          this.questions++;
          break;
        case Char.colon:
          if (this.innermostRole() === Role.members) unnamedBitField(code, sheet, i);
          else if (this.questions > 0) this.questions--;
          else this.inCase = false;
          break;
        case Char.ampersand:
          labelAddress(code, sheet, i);
          break;
        case Token.ellipsis:
          if (this.inCase && this.innermostKind() === Char.leftBrace) caseRange(code, sheet, i);
          break;
      }
    }
  }

  private leave(opening: number): void {
    const { stack } = this;
    while (stack.length > 0 && stack[stack.length - 1]! >= opening) stack.pop();
  }

  private innermostKind(): number {
    const { stack, code } = this;
    return stack.length > 0 ? code.kind[stack[stack.length - 1]!]! : 0;
  }

  private innermostRole(): number {
    const { stack, code } = this;
    return stack.length > 0 ? code.role[stack[stack.length - 1]!]! : Role.none;
  }

  /** Whether a statement begins at `i`. */
  private startsStatement(i: number): boolean {
    const { code } = this;
    if (this.innermostKind() !== Char.leftBrace || this.innermostRole() !== Role.block) return false;
    const before = code.before(i);
    if (before < 0) return true;
    switch (code.kind[before]) {
      case Char.semicolon:
      case Char.leftBrace:
      case Char.rightBrace:
        return true;
      case Char.colon:
        return this.questions === 0;
      case Char.close:
        return code.match[before]! >= 0 && endsHead(code.role[code.match[before]!]!);
      case Token.word:
        return code.word[before] === Word.elseOrDo || code.role[before] === Role.statement;
      default:
        return false;
    }
  }

  private name(i: number): void {
    const { code, sheet } = this;
    const { kind, word, match } = code;
    const before = code.before(i);
    const previous = before < 0 ? 0 : kind[before]!;
    if (previous === Char.dot || previous === Token.arrow) {
      if (kind[i + 1] === Char.open && match[i + 1]! > i) repairArguments(code, sheet, i + 1, match[i + 1]!);
      return;
    }
    if (kind[i + 1] === Token.word && this.annotates(i, before)) {
      blankAnnotation(code, sheet, i, i + 1);
      return;
    }
    const role = this.innermostRole();
    if (role === Role.block && this.startsStatement(i)) {
      if (!whileMacro(code, sheet, i)) nameAtStatement(code, sheet, i);
    } else if (role === Role.members) {
      if (previous === Char.semicolon || previous === Char.leftBrace || previous === Char.rightBrace) {
        memberMacro(code, sheet, i);
      }
    } else if (role === Role.list && (previous === Char.leftBrace || previous === Char.comma)) {
      elementMacro(code, sheet, i, this.stack[this.stack.length - 1]!);
    } else if (role === Role.none && this.stack.length > 0 && pastedName(code, sheet, i)) return;
    if (kind[i] === GONE || trailingAnnotation(code, sheet, i, this.stack.length === 0)) return;
    if (kind[i + 1] === Char.open && match[i + 1]! > i && word[i] === Word.other && !this.declares(before)) {
      repairArguments(code, sheet, i + 1, match[i + 1]!);
    }
  }

  /** Whether a name behind the token `before` is declared, so that parameters follow it and no arguments. */
  private declares(before: number): boolean {
    const { code } = this;
    if (before < 0) return false;
    if (code.kind[before] === Char.star) return this.stack.length === 0;
    if (code.kind[before] !== Token.word) return false;
    const known = code.word[before]!;
    return known === Word.other || known === Word.primitive || known === Word.qualifier;
  }

  /** Whether the name at `i` stands before or in a type and is no part of it: `API static int`, `void FAR *`. */
  private annotates(i: number, before: number): boolean {
    const { kind, word } = this.code;
    const next = word[i + 1]!;
    if (next !== Word.primitive && next !== Word.aggregate && next !== Word.storage && next !== Word.enum) {
      return false;
    }
    return before < 0 || kind[before] !== Token.word || !isTagKeyword(word[before]!);
  }

  /** @returns the next token to look at */
  private keyword(i: number): number {
    const { code, sheet } = this;
    const { kind, word } = code;
    switch (word[i]) {
      case Word.typeof:
        typeofOperand(code, sheet, i);
        break;
      case Word.asm:
        return inlineAssembly(code, sheet, i);
      case Word.case:
        this.inCase = true;
        break;
      case Word.control:
        if (code.end[i]! - code.start[i]! === 6) bareSwitch(code, sheet, i);
        break;
      case Word.jump:
        computedGoto(code, sheet, i);
        break;
      case Word.localLabel:
        localLabels(code, sheet, i);
        break;
      case Word.storage:
        if (this.startsStatement(i)) storageAtStatement(code, sheet, i);
        break;
      case Word.operator:
        this.operator(i);
        break;
      case Word.primitive:
        // void FAR *p
        if (code.isName(i + 1) && kind[i + 2] === Char.star) blankAnnotation(code, sheet, i + 1, i + 2);
        break;
      case Word.aggregate:
        if (code.isName(i + 1) && code.isName(i + 2) && kind[i + 3] === Char.star) {
          blankAnnotation(code, sheet, i + 2, i + 3);
        }
        break;
    }
    return i + 1;
  }

  private operator(i: number): void {
    const { code, sheet } = this;
    const { kind, match } = code;
    switch (code.text(i, sheet)) {
      case 'offsetof':
        offsetofMember(code, sheet, i);
        break;
      case 'alignof':
      case '_Alignof':
      case '__alignof':
      case '__alignof__':
        alignofOperand(code, sheet, i);
        break;
      case 'va_arg':
      case '__builtin_va_arg':
      case '__builtin_offsetof':
        if (kind[i + 1] === Char.open && match[i + 1]! > i)
          repairArguments(code, sheet, i + 1, match[i + 1]!);
        break;
    }
  }
}

/** Whether a statement may follow the parentheses. */
function endsHead(role: number): boolean {
  return role === Role.control || role === Role.statement;
}

function isTagKeyword(known: number): boolean {
  return known === Word.aggregate || known === Word.enum;
}
