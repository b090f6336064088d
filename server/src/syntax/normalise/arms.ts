import type { Condition } from '../conditions.ts';
import {
  conjunction,
  literalsOf,
  MAX_DEPTH,
  negate,
  parseCondition,
  parseDirective,
  print,
} from '../conditions.ts';
import type { Tokens } from '../lexer.ts';
import { Token } from '../lexer.ts';
import type { ConditionRegion, DroppedArm } from '../types.ts';
import { Word } from '../words.ts';
import { Char, Code, Role } from './code.ts';
import type { Sheet } from './sheet.ts';

/** What became of the conditionals of a slice. */
export interface Arms {
  /** What takes part in the parse. */
  readonly code: Code;
  readonly regions: readonly ConditionRegion[];
  readonly dropped: readonly DroppedArm[];
  /** Conditionals whose arms were all kept though they are no whole statements; by the token of their `#if`. */
  readonly doubtful: readonly number[];
  /** The others whose arms were all kept. */
  readonly plain: readonly number[];
}

interface Arm {
  /** The directive that begins it. */
  readonly directive: number;
  /** The directive that ends it; the number of tokens if there is none. */
  readonly next: number;
  readonly condition: Condition;
}

interface Conditional {
  /** The token of the `#if`, which names the conditional. */
  readonly first: number;
  readonly arms: readonly Arm[];
  /** The `#endif`; the number of tokens if there is none. */
  readonly end: number;
  /** The condition under which no arm is taken; constant false if one always is. */
  readonly otherwise: Condition;
}

/** Brackets that a stretch closes without having opened them, and opens without closing them. */
interface Balance {
  readonly closes: string;
  readonly opens: string;
  /** Kind of the last token, 0 if there is none. */
  readonly last: number;
  readonly lastIndex: number;
  readonly firstIndex: number;
}

/**
 * Decides which arms of the `#if`s in a slice take part in the parse and blanks the others, all directives and all
 * attributes. Both arms stay wherever the text can hold both; what stays is a region with its presence condition,
 * what goes is a dropped arm with a reason. Conditionals in `onlyFirst` (by the
 * token of their `#if`) keep their first arm alone; if they have only one, they lose it.
 */
export function resolveArms(sheet: Sheet, tokens: Tokens, onlyFirst: ReadonlySet<number>): Arms {
  const resolver = new ArmResolver(sheet, tokens, onlyFirst);
  resolver.walk(0, tokens.count);
  resolver.code.finish(sheet.text.length);
  return resolver;
}

class ArmResolver implements Arms {
  readonly code: Code;
  readonly regions: ConditionRegion[] = [];
  readonly dropped: DroppedArm[] = [];
  readonly doubtful: number[] = [];
  readonly plain: number[] = [];
  private depth = 0;

  constructor(
    private readonly sheet: Sheet,
    private readonly tokens: Tokens,
    private readonly onlyFirst: ReadonlySet<number>,
  ) {
    this.code = new Code(tokens.count);
  }

  /** Takes in the tokens `[from, to)`. */
  walk(from: number, to: number): void {
    const { kind, word, start, end } = this.tokens;
    for (let i = from; i < to; i++) {
      if (kind[i] === Token.directive) {
        i = this.directive(i, to);
        continue;
      }
      const known = kind[i] === Token.word ? word[i]! : 0;
      if (known === Word.attribute || known === Word.attributeCall) {
        const next = this.attribute(i, to);
        if (next > i) {
          i = next - 1;
          continue;
        }
      }
      this.code.add(kind[i]!, start[i]!, end[i]!, known);
    }
  }

  /** Blanks the attribute at `i`; returns the token behind it, `i` if it is none. */
  private attribute(i: number, to: number): number {
    const { kind, word, start, end } = this.tokens;
    const before = this.code.count > 0 ? this.code.kind[this.code.count - 1] : 0;
    if (before === Char.dot || before === Token.arrow) return i;
    if (word[i] === Word.attribute) {
      this.sheet.blankAttribute(start[i]!, end[i]!);
      return i + 1;
    }
    if (kind[i + 1] !== Char.open) return i;
    let depth = 0;
    for (let at = i + 1; at < to; at++) {
      if (kind[at] === Char.open) depth++;
      else if (kind[at] === Token.directive) return i;
      else if (kind[at] === Char.close && --depth === 0) {
        this.sheet.blankAttribute(start[i]!, end[at]!);
        return at + 1;
      }
    }
    return i;
  }

  private nameOf(i: number): string {
    return /^#\s*(\w*)/.exec(this.rawText(i))?.[1] ?? '';
  }

  private rawText(i: number): string {
    return this.sheet.text.slice(this.tokens.start[i]!, this.tokens.end[i]!);
  }

  private blankToken(i: number): void {
    this.sheet.blank(this.tokens.start[i]!, this.tokens.end[i]!);
  }

  /** Handles the directive at `i`; returns the last token that it consumed. */
  private directive(i: number, to: number): number {
    const name = this.nameOf(i);
    if (name === 'if' || name === 'ifdef' || name === 'ifndef') {
      if (this.depth > MAX_DEPTH) {
        this.blankToken(i);
        return i;
      }
      const conditional = this.read(i, to);
      if (conditional.end === to) {
        // Nothing ends it: a line that counts for nothing, as the splitter has it.
        this.blankToken(i);
        return i;
      }
      this.depth++;
      this.resolve(conditional);
      this.depth--;
      return Math.min(conditional.end, to - 1);
    }
    if ((name === 'else' || name.startsWith('elif')) && this.depth <= MAX_DEPTH) {
      // Its #if stands before the slice: another head for the same body.
      const end = this.skipToEnd(i + 1, to);
      if (end === to) {
        // Nothing ends it either: a lone line while somebody types.
        this.blankToken(i);
        return i;
      }
      this.drop(i, end, name === 'else' ? '#else' : parseDirective(this.rawText(i)).rest, 'unbalanced-arm');
      return Math.min(end, to - 1);
    }
    this.blankToken(i);
    return i;
  }

  /** The `#endif` that ends the conditional that is open at `from`. */
  private skipToEnd(from: number, to: number): number {
    let depth = 0;
    for (let i = from; i < to; i++) {
      if (this.tokens.kind[i] !== Token.directive) continue;
      const name = this.nameOf(i);
      if (name === 'if' || name === 'ifdef' || name === 'ifndef') depth++;
      else if (name === 'endif' && depth-- === 0) return i;
    }
    return to;
  }

  private read(first: number, to: number): Conditional {
    const directives = [first];
    let depth = 0;
    let end = to;
    for (let i = first + 1; i < to; i++) {
      if (this.tokens.kind[i] !== Token.directive) continue;
      const name = this.nameOf(i);
      if (name === 'if' || name === 'ifdef' || name === 'ifndef') depth++;
      else if (name === 'endif') {
        if (depth-- === 0) {
          end = i;
          break;
        }
      } else if (depth === 0 && (name === 'else' || name.startsWith('elif'))) directives.push(i);
    }
    const arms: Arm[] = [];
    let otherwise: Condition = { k: 'constant', value: true };
    for (const [k, directive] of directives.entries()) {
      if (k > MAX_DEPTH) otherwise = { k: 'constant', value: true };
      const parsed = parseDirective(this.rawText(directive));
      const own: Condition = parsed.name === 'else' ? { k: 'constant', value: true } : parseCondition(parsed);
      const condition = conjunction([otherwise, own]);
      arms.push({ directive, next: directives[k + 1] ?? end, condition });
      otherwise = conjunction([otherwise, negate(own)]);
    }
    return { first, arms, end, otherwise };
  }

  private resolve(conditional: Conditional): void {
    const { arms, end } = conditional;
    const live = arms.filter((arm) => !isFalse(arm.condition));
    const filled = live.filter((arm) => this.hasCode(arm.directive + 1, arm.next));
    const decided = live.length === 1 && isFalse(conditional.otherwise);
    const plan = decided ? KEEP_ALL : this.plan(conditional, filled);
    this.count(conditional, plan);
    for (const arm of arms) {
      const { directive, next } = arm;
      this.blankToken(directive);
      if (directive === arms[0]!.directive && plan.opener) this.insert(plan.opener, directive);
      if (isFalse(arm.condition)) this.blankArm(arm);
      else if (plan.keep === 'all' || arm === plan.arm) {
        this.walk(directive + 1, next);
        if (plan.regions) this.addRegion(arm);
      } else if (filled.includes(arm)) {
        this.drop(directive, next, print(arm.condition), plan.reason);
      } else this.blankArm(arm);
    }
    if (end < this.tokens.count && this.tokens.kind[end] === Token.directive) {
      this.blankToken(end);
      if (plan.closer) this.insert(plan.closer, end);
    }
    if (plan.losesAbsence && !isFalse(conditional.otherwise)) {
      const at = this.tokens.end[Math.min(end, this.tokens.count)]!;
      this.dropped.push({
        span: { start: at, end: at },
        condition: print(conditional.otherwise),
        reason: plan.reason,
      });
    }
  }

  private count(conditional: Conditional, plan: Plan): void {
    if (plan.keep !== 'all' || !plan.regions) return;
    (plan.doubtful ? this.doubtful : this.plain).push(conditional.first);
  }

  private addRegion(arm: Arm): void {
    const presence = literalsOf(arm.condition);
    if (presence.length === 0 || !this.hasCode(arm.directive + 1, arm.next)) return;
    const { start, end, count } = this.tokens;
    const until = arm.next < count ? start[arm.next]! : this.sheet.text.length;
    this.regions.push({ span: { start: end[arm.directive]!, end: until }, presence });
  }

  private hasCode(from: number, to: number): boolean {
    for (let i = from; i < to; i++) if (this.tokens.kind[i] !== Token.directive) return true;
    return false;
  }

  /** Puts punctuation where the directive's `#` was. */
  private insert(text: string, directive: number): void {
    const at = this.tokens.start[directive]!;
    this.sheet.put(at, text);
    this.code.add(text.charCodeAt(0), at, at + 1, 0);
  }

  private blankArm(arm: Arm): void {
    const { start, end, count } = this.tokens;
    this.sheet.blank(end[arm.directive]!, arm.next < count ? start[arm.next]! : this.sheet.text.length);
  }

  private drop(directive: number, next: number, condition: string, reason: DroppedArm['reason']): void {
    const { start, end, count } = this.tokens;
    const until = next < count ? start[next]! : this.sheet.text.length;
    this.sheet.blank(start[directive]!, until);
    if (next < count && this.tokens.kind[next] === Token.directive) this.blankToken(next);
    this.dropped.push({ span: { start: end[directive]!, end: until }, condition, reason });
  }

  /** Where the conditional stands and what its arms look like decides what is kept of it. */
  private plan(conditional: Conditional, filled: readonly Arm[]): Plan {
    const first = filled[0];
    if (first === undefined) return KEEP_ALL;
    const keepFirst = (reason: DroppedArm['reason']): Plan => ({
      keep: 'one',
      arm: first,
      regions: false,
      reason,
      losesAbsence: true,
    });
    const where = this.place(first.directive + 1);
    const balances = filled.map((arm) => this.measure(arm.directive + 1, arm.next));
    const balanced = balances.every((balance) => balance.closes === '' && balance.opens === '');
    if (this.onlyFirst.has(conditional.first)) {
      if (filled.length === 1 && where !== 'expression' && where !== 'list') {
        return { keep: 'one', arm: undefined, regions: false, reason: 'parse-error', losesAbsence: false };
      }
      return keepFirst('parse-error');
    }
    if (where === 'expression') return keepFirst(balanced ? 'inside-expression' : 'unbalanced-arm');
    if (where === 'list') {
      return this.separableElements(conditional, balances) ? KEEP_ALL : keepFirst('inside-expression');
    }
    if (!balanced) {
      return filled.length === 1
        ? { ...KEEP_ALL, regions: true, doubtful: true }
        : keepFirst('unbalanced-arm');
    }
    const ends = balances.map((balance) => this.endOfArm(balance, conditional.end));
    if (ends.includes('middle')) return keepFirst('inside-expression');
    const starts = balances.map((balance) => this.elseAt(balance.firstIndex));
    // Two `else` for one `if` do not stand in one text.
    const again = starts.lastIndexOf('else') > 0 || starts.lastIndexOf('else if') > 0;
    if (starts.indexOf('else') >= 0 && again) return keepFirst('unbalanced-arm');
    const doubtful =
      ends.includes('head') || starts.some((start) => start !== null) || this.elseBehind(conditional.end);
    const keep: Plan = { ...KEEP_ALL, regions: true, doubtful };
    if (where === 'label') return { ...keep, opener: ';' };
    if (where === 'head') {
      // `if (x)` before the #if: what stands in the arms must stay its body.
      if (ends.every((end) => end === 'statement') && conditional.end < this.tokens.count) {
        return { ...keep, opener: '{', closer: '}' };
      }
      if (filled.length > 1) return keepFirst('unbalanced-arm');
    }
    return keep;
  }

  /** Whether the token at `i` is an `else`, and of which kind. */
  private elseAt(i: number): 'else' | 'else if' | null {
    const { kind, word, start, end } = this.tokens;
    if (i < 0 || kind[i] !== Token.word || word[i] !== Word.elseOrDo || end[i]! - start[i]! !== 4)
      return null;
    return word[i + 1] === Word.control && end[i + 1]! - start[i + 1]! === 2 ? 'else if' : 'else';
  }

  /** Whether an `else` follows the directive at `i`. */
  private elseBehind(i: number): boolean {
    const { kind, count } = this.tokens;
    let at = i + 1;
    while (at < count && kind[at] === Token.directive) at++;
    return at < count && this.elseAt(at) !== null;
  }

  /** What stands before the conditional, whose first arm begins with the token `inside`. */
  private place(inside: number): 'statement' | 'label' | 'head' | 'list' | 'expression' {
    const { code } = this;
    const bracket = code.innermost;
    if (bracket < 0 || code.kind[bracket] !== Char.leftBrace) return 'expression';
    const last = code.count - 1;
    const kind = code.kind[last];
    if (code.role[bracket] === Role.list) {
      return kind === Char.comma || kind === Char.leftBrace ? 'list' : 'expression';
    }
    if (kind === Char.semicolon || kind === Char.leftBrace || kind === Char.rightBrace) return 'statement';
    if (kind === Char.colon) return this.isLabel(last) ? 'label' : 'expression';
    if (kind === Char.close) {
      const open = code.match[last]!;
      if (open < 0) return 'expression';
      return code.role[open] === Role.control ? 'head' : this.behindMacro(open, inside);
    }
    return kind === Token.word && code.word[last] === Word.elseOrDo ? 'head' : 'expression';
  }

  /**
   * `MACRO(...)` fills the statement so far, its parenthesis is at `open`. A word that is indented deeper is its
   * body, one that is not begins another statement; anything else goes on with the expression.
   */
  private behindMacro(open: number, inside: number): 'statement' | 'head' | 'expression' {
    const { code, sheet, tokens } = this;
    if (open < 2 || !code.isName(open - 1) || tokens.kind[inside] !== Token.word) return 'expression';
    switch (code.kind[open - 2]) {
      case Char.semicolon:
      case Char.leftBrace:
      case Char.rightBrace:
        break;
      default:
        return 'expression';
    }
    const macro = sheet.indentation(code.start[open - 1]!);
    return sheet.indentation(tokens.start[inside]!) > macro ? 'head' : 'statement';
  }

  /** Whether the `:` at `colon` ends a label or a case, and is none of `?:` or of a bit field. */
  private isLabel(colon: number): boolean {
    const { code } = this;
    for (let i = colon - 1; i >= 0; i--) {
      const kind = code.kind[i];
      if (
        kind === Char.semicolon ||
        kind === Char.leftBrace ||
        kind === Char.rightBrace ||
        kind === Char.colon
      )
        return i === colon - 2;
      if (kind === Char.question) return false;
      if (kind === Token.word && (code.word[i] === Word.case || code.word[i] === Word.keyword)) return true;
    }
    return false;
  }

  /** How an arm ends: after a whole statement, after the head of one, or in the middle of one. */
  private endOfArm(balance: Balance, end: number): 'statement' | 'head' | 'middle' {
    const { kind, word } = this.tokens;
    switch (balance.last) {
      case Char.semicolon:
      case Char.rightBrace:
      case Char.colon:
        return 'statement';
      case Token.word:
        return word[balance.lastIndex] === Word.elseOrDo ? 'head' : 'middle';
      case Char.close: {
        let depth = 0;
        for (let i = balance.lastIndex; i >= balance.firstIndex; i--) {
          if (kind[i] === Char.close) depth++;
          else if (kind[i] === Char.open && --depth === 0) {
            if (word[i - 1] === Word.control) return 'head';
            return kind[i - 1] === Token.word && kind[end + 1] === Char.leftBrace ? 'head' : 'middle';
          }
        }
        return 'middle';
      }
      default:
        return 'middle';
    }
  }

  /** Whether the arms are runs of whole elements of an initialiser or an enumeration. */
  private separableElements(conditional: Conditional, balances: readonly Balance[]): boolean {
    if (!balances.every((balance) => balance.closes === '' && balance.opens === '')) return false;
    const behind = this.tokens.kind[conditional.end + 1];
    return balances.every(
      (balance, k) =>
        balance.last === Char.comma ||
        (k === balances.length - 1 && (behind === Char.rightBrace || balances.length === 1)),
    );
  }

  /** Brackets of `[from, to)`, through the first arms of the conditionals in it. */
  private measure(from: number, to: number): Balance {
    const { kind } = this.tokens;
    let closes = '';
    let opens = '';
    let last = 0;
    let lastIndex = -1;
    let firstIndex = -1;
    for (let i = from; i < to; i++) {
      const k = kind[i]!;
      if (k === Token.directive) {
        const name = this.nameOf(i);
        if (name === 'else' || name.startsWith('elif')) i = this.skipToEnd(i + 1, to);
        continue;
      }
      if (firstIndex < 0) firstIndex = i;
      last = k;
      lastIndex = i;
      if (k === Char.open || k === Char.leftBracket || k === Char.leftBrace) opens += String.fromCharCode(k);
      else if (k === Char.close || k === Char.rightBracket || k === Char.rightBrace) {
        if (opens !== '') opens = opens.slice(0, -1);
        else closes += String.fromCharCode(k);
      }
    }
    return { closes, opens, last, lastIndex, firstIndex };
  }
}

interface Plan {
  readonly keep: 'all' | 'one';
  /** The arm that is kept; none if the only one is dropped. */
  readonly arm?: Arm | undefined;
  /** Whether what is kept becomes regions. */
  readonly regions: boolean;
  readonly reason: DroppedArm['reason'];
  /** Whether the case that no arm is taken gets lost. */
  readonly losesAbsence: boolean;
  readonly doubtful?: boolean;
  /** Punctuation in the line of the `#if` and of the `#endif`. */
  readonly opener?: string;
  readonly closer?: string;
}

const KEEP_ALL: Plan = { keep: 'all', regions: true, reason: 'inside-expression', losesAbsence: false };

function isFalse(condition: Condition): boolean {
  return condition.k === 'constant' && !condition.value;
}
