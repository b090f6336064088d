import type { Condition } from './conditions.ts';
import { conjunction, literalsOf, MAX_DEPTH, negate, parseCondition, parseDirective } from './conditions.ts';
import type { Tokens } from './lexer.ts';
import { Token } from './lexer.ts';
import type { Presence } from './types.ts';
import { Word } from './words.ts';

/** Something at the top level of a file. Offsets are of the file. */
export interface Item {
  readonly start: number;
  readonly end: number;
  /** The tokens `[firstToken, lastToken)` of the file. */
  readonly firstToken: number;
  readonly lastToken: number;
  readonly presence: Presence;
  /** Null for what is no function definition. */
  readonly definition: Definition | null;
}

/** The parts of a function definition that are found without parsing. */
export interface Definition {
  readonly name: string;
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
}

/** What a file consists of at its top level. */
export interface Outline {
  readonly items: readonly Item[];
  /** Every directive outside dead arms that is no condition. */
  readonly directives: readonly PlainDirective[];
}

/** A directive as written, with its offset. */
export interface PlainDirective {
  readonly text: string;
  readonly start: number;
  readonly presence: Presence;
}

const OPEN = 40;
const CLOSE = 41;
const COMMA = 44;
const SEMICOLON = 59;
const EQUALS = 61;
const LEFT_BRACE = 123;
const RIGHT_BRACE = 125;
const NEWLINE = 10;
const STAR = 42;
const DOT = 46;
const LEFT_BRACKET = 91;
const RIGHT_BRACKET = 93;

/** A `#if` that is open. */
interface Conditional {
  /** Conditions of the arms before this one. */
  prior: Condition[];
  /** What the arm adds to the presence of what stands in it. */
  literals: Presence;
  /** Whether the tokens of the arm are looked at. */
  live: boolean;
  /** Whether an arm was looked at. */
  entered: boolean;
  /** Whether an item was open where the `#if` stands; only one arm of such a conditional is looked at. */
  readonly insideItem: boolean;
  readonly outerLive: boolean;
}

/** A word with a parenthesis group behind it: the name of a function, perhaps. */
interface Candidate {
  readonly word: number;
  readonly open: number;
}

/**
 * Cuts a file into its top level items without parsing it. Braces are followed through the first arm of an `#if`
 * that stands inside an item; every live arm of an `#if` between items gives items of its own.
 */
export function outline(text: string, tokens: Tokens): Outline {
  return new Splitter(text, tokens).run();
}

class Splitter {
  private readonly items: Item[] = [];
  private readonly directives: PlainDirective[] = [];
  private readonly stack: Conditional[] = [];
  /** First token of the open item, -1 between items. */
  private first = -1;
  private depth = 0;
  private parens = 0;
  private sawEquals = false;
  private sawTypedef = false;
  private candidates: Candidate[] = [];
  /** The `{` of the open item that makes it a function, -1 if there is none. */
  private body = -1;
  private bodyClose = -1;
  /** Conditionals around all of the open item. */
  private around = 0;
  /** Conditionals that were open before it: none of them began inside it. */
  private inside = 0;
  /** The item is complete, but a conditional that began inside it is still open. */
  private held = false;

  constructor(
    private readonly text: string,
    private readonly tokens: Tokens,
  ) {}

  run(): Outline {
    const { kind, count } = this.tokens;
    const unclosed = this.unclosedConditionals();
    for (let i = 0; i < count; i++) {
      if (kind[i] === Token.directive) {
        if (!unclosed.has(i)) this.directive(i);
      } else if (this.stack.length === 0 || this.stack[this.stack.length - 1]!.live) {
        if (this.held) continue;
        const head = kind[i] === LEFT_BRACE && this.first >= 0 ? this.abandonedBefore(i) : -1;
        if (head >= 0) {
          this.close(head - 1);
          i = head;
        }
        this.token(i);
      }
    }
    if (this.first >= 0) this.close(count - 1);
    return { items: this.items, directives: this.directives };
  }

  /** Every `#if` without an `#endif`, as they stand there while somebody types: they count for nothing. */
  private unclosedConditionals(): ReadonlySet<number> {
    const { kind, count } = this.tokens;
    const open: number[] = [];
    for (let i = 0; i < count; i++) {
      if (kind[i] !== Token.directive) continue;
      const name = this.directiveName(i);
      if (name === 'if' || name === 'ifdef' || name === 'ifndef') open.push(i);
      else if (name === 'endif') open.pop();
    }
    return new Set(open);
  }

  private directiveName(i: number): string {
    const start = this.tokens.start[i]!;
    return /^#\s*(\w*)/.exec(this.text.slice(start, Math.min(start + 32, this.tokens.end[i]!)))?.[1] ?? '';
  }

  /**
   * The `{` at `i` opens the body of a function although an item is open: its closing brace or parenthesis is
   * missing. Kernel style tells: the brace and the head begin their lines, and the head has a type and a name.
   * @returns the first token of the head, -1 if the open item is as it should be
   */
  private abandonedBefore(i: number): number {
    const { kind, word } = this.tokens;
    if ((this.depth === 0 && this.parens === 0) || kind[i - 1] !== CLOSE || !this.beginsLine(i)) return -1;
    let at = i - 1;
    let depth = 0;
    for (; at > this.first; at--) {
      if (kind[at] === CLOSE) depth++;
      else if (kind[at] === OPEN && --depth === 0) break;
      else if (kind[at] === SEMICOLON || kind[at] === LEFT_BRACE || kind[at] === RIGHT_BRACE) return -1;
    }
    let head = at - 1;
    if (kind[head] !== Token.word || word[head] !== Word.other) return -1;
    while (head - 1 > this.first && (kind[head - 1] === Token.word || kind[head - 1] === STAR)) head--;
    while (head < at - 1 && !this.beginsLine(head)) head++;
    const known = word[head];
    const statement = known === Word.elseOrDo || known === Word.jump || known === Word.case;
    return head < at - 1 && !statement ? head : -1;
  }

  /** Whether the token at `i` stands in the first column. */
  private beginsLine(i: number): boolean {
    const start = this.tokens.start[i]!;
    return start === 0 || this.text.charCodeAt(start - 1) === NEWLINE;
  }

  private directive(i: number): void {
    const start = this.tokens.start[i]!;
    const raw = this.text.slice(start, this.tokens.end[i]!);
    const top = this.stack[this.stack.length - 1];
    const live = top === undefined || top.live;
    const name = this.directiveName(i);
    if (live && this.tokens.kind[i + 1] !== LEFT_BRACE) this.endMacroCall(i);
    if (name === 'if' || name === 'ifdef' || name === 'ifndef') {
      const known = this.stack.length < MAX_DEPTH ? this.conditionAt(i, raw, name) : ALWAYS;
      const condition = live ? known : NEVER;
      this.stack.push({
        prior: [condition],
        literals: literalsOf(condition),
        live: live && !isConstant(condition, false),
        entered: live && !isConstant(condition, false),
        insideItem: this.first >= 0,
        outerLive: live,
      });
    } else if (name === 'else' || name === 'elif' || name === 'elifdef' || name === 'elifndef') {
      if (top !== undefined) this.nextArm(top, raw, name);
    } else if (name === 'endif') {
      this.stack.pop();
      this.inside = Math.min(this.inside, this.stack.length);
      if (this.first < 0) return;
      if (this.held && this.stack.length <= this.heldAt) {
        this.held = false;
        this.close(i);
      } else this.around = Math.min(this.around, this.stack.length);
    } else if (live) this.directives.push({ text: raw, start, presence: this.presence(this.stack.length) });
  }

  private heldAt = 0;

  private conditionAt(i: number, raw: string, name: string): Condition {
    const directive = parseDirective(raw);
    if (name === 'ifndef' && this.stack.length === 0 && this.tokens.kind[i + 1] === Token.directive) {
      // An include guard: true wherever the file is looked at.
      const next = parseDirective(this.text.slice(this.tokens.start[i + 1]!, this.tokens.end[i + 1]!));
      if (next.name === 'define' && /^\w*/.exec(next.rest)![0] === directive.rest) return ALWAYS;
    }
    return parseCondition(directive);
  }

  private nextArm(top: Conditional, raw: string, name: string): void {
    if (!top.outerLive) return;
    const opened = this.first >= 0 && !top.insideItem;
    if (opened) this.around = Math.min(this.around, this.stack.length - 1);
    const unknown = name === 'else' || this.stack.length > MAX_DEPTH || top.prior.length > MAX_DEPTH;
    const own = unknown ? ALWAYS : parseCondition(parseDirective(raw));
    // Behind too many arms only the own condition is known, and behind too deep ones nothing.
    const prior = top.prior.length > MAX_DEPTH || this.stack.length > MAX_DEPTH ? [] : top.prior;
    const condition = conjunction([...prior.map(negate), own]);
    top.prior.push(own);
    top.literals = literalsOf(condition);
    const possible = !isConstant(condition, false);
    top.live = possible && !((top.insideItem || opened) && top.entered);
    if (top.live) top.entered = true;
  }

  private token(i: number): void {
    const { kind, word } = this.tokens;
    const k = kind[i]!;
    if (this.depth > 0) {
      if (k === LEFT_BRACE) this.depth++;
      else if (k === RIGHT_BRACE && --this.depth === 0 && this.body >= 0) {
        this.bodyClose = i;
        this.finish(i);
      }
      return;
    }
    if (this.first < 0) {
      if (k === SEMICOLON || k === RIGHT_BRACE) return;
      this.first = i;
      this.inside = this.around = this.stack.length;
    } else if (k === Token.word && this.startsAfterMacroCall(i)) {
      this.endMacroCall(i);
      this.first = i;
      this.inside = this.around = this.stack.length;
    }
    switch (k) {
      case OPEN:
      case LEFT_BRACKET:
        if (k === OPEN && this.parens === 0) this.candidate(i);
        this.parens++;
        return;
      case CLOSE:
      case RIGHT_BRACKET:
        if (this.parens > 0) this.parens--;
        return;
      case EQUALS:
        if (this.parens === 0) this.sawEquals = true;
        return;
      case SEMICOLON:
        if (this.parens === 0) this.finish(i);
        return;
      case LEFT_BRACE:
        if (this.parens > 0) return;
        if (kind[i - 1] === Token.string) {
          // extern "C" {
          this.reset();
          return;
        }
        this.depth = 1;
        if (this.startsBody(i)) this.body = i;
        return;
      case Token.word:
        if (word[i] === Word.typedef) this.sawTypedef = true;
        return;
    }
  }

  /** Notes the word before the `(` at `i` if it may be a function's name. */
  private candidate(i: number): void {
    const { kind, word } = this.tokens;
    if (i === this.first) return;
    if (kind[i - 1] === Token.word) {
      const known = word[i - 1]!;
      if (known === Word.other) {
        if (!isTagKeyword(word[i - 2] ?? 0)) this.candidates.push({ word: i - 1, open: i });
      } else if (known === Word.primitive || known === Word.qualifier) this.declarator(i);
    } else if (kind[i - 1] === 42) this.declarator(i);
  }

  /** `int (*name(params))(more)`: the name stands in the group. */
  private declarator(i: number): void {
    const { kind } = this.tokens;
    let at = i + 1;
    while (kind[at] === 42) at++;
    if (at > i + 1 && kind[at] === Token.word && kind[at + 1] === OPEN) {
      this.candidates.push({ word: at, open: at + 1 });
    }
  }

  private startsBody(i: number): boolean {
    if (this.sawEquals || this.sawTypedef || this.candidates.length === 0) return false;
    const { kind, word } = this.tokens;
    // MACRO(name) { .field = value };
    if (kind[i + 1] === DOT) return false;
    let at = i - 1;
    while (kind[at] === Token.directive || (kind[at] === Token.word && word[at] === Word.attribute)) at--;
    if (kind[at] !== Token.word) return true;
    return !isTagKeyword(word[at]!) && !isTagKeyword(word[at - 1] ?? 0);
  }

  /** Whether the open item is `MACRO(...)` and the word at `i` begins another line. */
  private startsAfterMacroCall(i: number): boolean {
    if (this.parens > 0 || !this.isMacroCall(i)) return false;
    const { word } = this.tokens;
    if (word[i] === Word.attribute || word[i] === Word.attributeCall) return false;
    // `static MACRO(1, 2)` may belong to what follows, unless that is static itself.
    if (this.candidates[0]!.word !== this.first && word[i] !== Word.storage) return false;
    const gap = this.text.slice(this.tokens.end[i - 1]!, this.tokens.start[i]!);
    return gap.includes('\n');
  }

  private isMacroCall(before: number): boolean {
    const { kind, word } = this.tokens;
    return (
      this.first >= 0 &&
      this.depth === 0 &&
      this.parens === 0 &&
      kind[before - 1] === CLOSE &&
      this.candidates.length === 1 &&
      (this.candidates[0]!.word === this.first ||
        (this.candidates[0]!.word === this.first + 1 && word[this.first] === Word.storage))
    );
  }

  /** Ends an item that is a macro call without a semicolon before the token at `i`. */
  private endMacroCall(i: number): void {
    if (this.isMacroCall(i)) this.close(i - 1);
  }

  /** The token at `i` ends the item, unless a conditional that began inside it is still open. */
  private finish(i: number): void {
    for (let at = this.inside; at < this.stack.length; at++) {
      if (this.stack[at]!.insideItem) {
        this.held = true;
        this.heldAt = at;
        return;
      }
    }
    this.close(i);
  }

  /** The item ends with token `last`. */
  private close(last: number): void {
    const { start } = this.tokens;
    const end = this.tokens.end[last]!;
    this.items.push({
      start: start[this.first]!,
      end,
      firstToken: this.first,
      lastToken: last + 1,
      presence: this.presence(this.around),
      definition: this.definition(end),
    });
    this.reset();
  }

  /** What the outermost `depth` open conditionals ask for. */
  private presence(depth: number): Presence {
    return this.stack.slice(0, Math.min(depth, MAX_DEPTH)).flatMap((conditional) => conditional.literals);
  }

  private reset(): void {
    this.first = -1;
    this.depth = 0;
    this.parens = 0;
    this.sawEquals = false;
    this.sawTypedef = false;
    this.candidates = [];
    this.body = -1;
    this.bodyClose = -1;
  }

  private definition(end: number): Definition | null {
    if (this.body < 0) return null;
    const { kind, start, end: ends } = this.tokens;
    const chosen = this.chooseName();
    let name = chosen.word;
    // A system call's name may begin with a digit.
    const first = kind[chosen.open + 1];
    if (this.isMacroDefined(name) && (first === Token.word || first === Token.number)) {
      const behind = kind[chosen.open + 2];
      if (behind === COMMA || behind === CLOSE) name = chosen.open + 1;
    }
    return {
      name: this.text.slice(start[name]!, ends[name]!),
      nameStart: start[name]!,
      nameEnd: ends[name]!,
      bodyStart: start[this.body]!,
      bodyEnd: this.bodyClose < 0 ? end : ends[this.bodyClose]!,
    };
  }

  /** The last candidate that does not look like an annotation macro; the last one if all do. */
  private chooseName(): Candidate {
    for (let k = this.candidates.length - 1; k >= 0; k--) {
      const candidate = this.candidates[k]!;
      const name = this.textOf(candidate.word);
      if (!name.startsWith('__') && /[a-z]/.test(name)) return candidate;
    }
    return this.candidates[this.candidates.length - 1]!;
  }

  /** `SYSCALL_DEFINE2(name, ...) {`: nothing but storage classes before an all-capitals word. */
  private isMacroDefined(name: number): boolean {
    const { word } = this.tokens;
    if (!/^[A-Z][A-Z0-9_]+$/.test(this.textOf(name))) return false;
    for (let at = this.first; at < name; at++) {
      const known = word[at];
      if (known !== Word.storage && known !== Word.attribute && known !== Word.specifier) return false;
    }
    return true;
  }

  private textOf(token: number): string {
    return this.text.slice(this.tokens.start[token]!, this.tokens.end[token]!);
  }
}

const ALWAYS: Condition = { k: 'constant', value: true };
const NEVER: Condition = { k: 'constant', value: false };

function isConstant(condition: Condition, value: boolean): boolean {
  return condition.k === 'constant' && condition.value === value;
}

function isTagKeyword(word: number): boolean {
  return word === Word.aggregate || word === Word.enum;
}
