import type { Presence } from './types.ts';

/** A preprocessor line in parts. */
export interface Directive {
  /** `if`, `ifdef`, `else`, `define`, ...; `''` for a lone `#`. */
  readonly name: string;
  /** What follows, comments and line continuations folded into blanks, trimmed. */
  readonly rest: string;
}

/** Takes the text of a directive, from `#` to the end of its last line, apart. */
export function parseDirective(text: string): Directive {
  const plain = stripComments(text);
  const match = /^#\s*([A-Za-z_]*)([\s\S]*)$/.exec(plain);
  return match ? { name: match[1]!, rest: match[2]!.trim() } : { name: '', rest: '' };
}

/** `text` with comments and continuations as single blanks; strings stay as they are. */
export function stripComments(text: string): string {
  if (!/[\\/]/.test(text)) return text;
  return text.replace(
    /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\*[\s\S]*?(?:\*\/|$)|\/\/(?:\\\r?\n|[^\n])*|\\\r?\n/g,
    (part) => (part[0] === '"' || part[0] === "'" ? part : ' '),
  );
}

/** A condition as far as it is understood: decided, or a tree over canonical texts. */
export type Condition =
  | { readonly k: 'constant'; readonly value: boolean }
  | { readonly k: 'text'; readonly text: string }
  | { readonly k: 'not'; readonly arg: Condition }
  | { readonly k: 'and' | 'or'; readonly args: readonly Condition[] };

/** How deep conditions and conditionals are followed; real ones stay far below. Deeper ones are text, or nothing. */
export const MAX_DEPTH = 64;

const YES: Condition = { k: 'constant', value: true };
const NO: Condition = { k: 'constant', value: false };

/**
 * Macros whose value is known because of what is read here: C, not assembly or C++, and the kernel's own side of
 * a shared header.
 */
const DECIDED: ReadonlyMap<string, Condition> = new Map([
  ['__ASSEMBLY__', NO],
  ['__ASSEMBLER__', NO],
  ['__cplusplus', NO],
  ['__KERNEL__', YES],
]);

/** Predicates over one configuration symbol that all ask whether it is on. */
const PREDICATES = new Set(['defined', 'IS_ENABLED', 'IS_BUILTIN', 'IS_REACHABLE']);

function symbol(name: string): Condition {
  return DECIDED.get(name) ?? { k: 'text', text: name };
}

/** The condition of an `if`, `ifdef`, `ifndef`, `elif`, `elifdef` or `elifndef` line. */
export function parseCondition(directive: Directive): Condition {
  switch (directive.name) {
    case 'ifdef':
    case 'elifdef':
      return symbol(firstWord(directive.rest));
    case 'ifndef':
    case 'elifndef':
      return negate(symbol(firstWord(directive.rest)));
    default:
      return new ConditionParser(directive.rest).parse();
  }
}

function firstWord(rest: string): string {
  return /^\w+/.exec(rest)?.[0] ?? rest;
}

/** `!condition`, pushed inwards: no `not` over `not`, `and`, `or` or a constant is left. */
export function negate(condition: Condition): Condition {
  switch (condition.k) {
    case 'constant':
      return condition.value ? NO : YES;
    case 'not':
      return condition.arg;
    case 'text':
      return { k: 'not', arg: condition };
    default:
      return { k: 'not', arg: condition };
  }
}

/** All of `conditions`, constants folded. */
export function conjunction(conditions: readonly Condition[]): Condition {
  return combine('and', conditions);
}

function combine(k: 'and' | 'or', conditions: readonly Condition[]): Condition {
  const absorbing = k === 'or';
  const args: Condition[] = [];
  for (const condition of conditions) {
    if (condition.k === 'constant') {
      if (condition.value === absorbing) return condition;
    } else if (condition.k === k) args.push(...condition.args);
    else args.push(condition);
  }
  const kept = k === 'or' ? args.filter((arg) => !isModuleTwin(arg, args)) : args;
  if (kept.length === 0) return absorbing ? NO : YES;
  return kept.length === 1 ? kept[0]! : { k, args: kept };
}

/** `X_MODULE` beside `X`: `defined(X) || defined(X_MODULE)` is the long form of `IS_ENABLED(X)`. */
function isModuleTwin(arg: Condition, all: readonly Condition[]): boolean {
  if (arg.k !== 'text' || !arg.text.startsWith('CONFIG_') || !arg.text.endsWith('_MODULE')) return false;
  const builtIn = arg.text.slice(0, -'_MODULE'.length);
  return all.some((other) => other.k === 'text' && other.text === builtIn);
}

/** The canonical text: one blank around binary operators, predicates reduced to their symbol. */
export function print(condition: Condition): string {
  switch (condition.k) {
    case 'constant':
      return condition.value ? '1' : '0';
    case 'text':
      return condition.text;
    case 'not':
      return condition.arg.k === 'text' && /^[\w()]+$/.test(condition.arg.text)
        ? `!${condition.arg.text}`
        : `!(${print(condition.arg)})`;
    default: {
      const glue = condition.k === 'and' ? ' && ' : ' || ';
      return condition.args
        .map((arg) => (arg.k === 'and' || arg.k === 'or' ? `(${print(arg)})` : print(arg)))
        .join(glue);
    }
  }
}

/**
 * The literals that hold where `condition` holds. `A && B` gives two, `!(A || B)` gives two negative ones; what is
 * no conjunction is one literal with the whole text.
 */
export function literalsOf(condition: Condition): Presence {
  switch (condition.k) {
    case 'constant':
      return [];
    case 'text':
      return [{ text: condition.text, holds: true }];
    case 'and':
      return condition.args.flatMap(literalsOf);
    case 'or':
      return [{ text: print(condition), holds: true }];
    case 'not': {
      const arg = condition.arg;
      if (arg.k === 'or') return arg.args.flatMap((part) => literalsOf(negate(part)));
      if (arg.k === 'not') return literalsOf(arg.arg);
      return [{ text: print(arg), holds: false }];
    }
  }
}

/** Recursive descent over `||`, `&&`, `!`, parentheses and predicates; anything else is text. */
class ConditionParser {
  private readonly tokens: readonly string[];
  private at = 0;
  private depth = 0;

  constructor(rest: string) {
    this.tokens = rest.match(/\|\||&&|[<>=!]=|<<|>>|\w+|"(?:\\.|[^"])*"|'(?:\\.|[^'])*'|\S/g) ?? [];
  }

  parse(): Condition {
    if (this.tokens.length === 0) return { k: 'text', text: '' };
    const condition = this.or();
    if (this.at < this.tokens.length || this.depth > MAX_DEPTH) return { k: 'text', text: join(this.tokens) };
    return condition;
  }

  private or(): Condition {
    const args = [this.and()];
    while (this.take('||')) args.push(this.and());
    return combine('or', args);
  }

  private and(): Condition {
    const args = [this.comparison()];
    while (this.take('&&')) args.push(this.comparison());
    return combine('and', args);
  }

  /** One operand of `&&`: a unary condition, or the text of whatever stands there up to the next `&&`, `||`, `)`. */
  private comparison(): Condition {
    const start = this.at;
    const condition = this.unary();
    const next = this.tokens[this.at];
    if (next === undefined || next === '&&' || next === '||' || next === ')') return condition;
    let depth = 0;
    while (this.at < this.tokens.length) {
      const token = this.tokens[this.at]!;
      if (depth === 0 && (token === '&&' || token === '||' || token === ')')) break;
      if (token === '(') depth++;
      else if (token === ')') depth--;
      this.at++;
    }
    return { k: 'text', text: join(this.tokens.slice(start, this.at)) };
  }

  private unary(): Condition {
    let holds = true;
    while (this.take('!')) holds = !holds;
    if (!holds) return negate(this.unary());
    if (this.depth <= MAX_DEPTH && this.take('(')) {
      this.depth++;
      const inner = this.or();
      if (this.depth > MAX_DEPTH) return inner;
      this.depth--;
      this.take(')');
      return inner;
    }
    const token = this.tokens[this.at];
    if (token === undefined || token === ')' || token === '&&' || token === '||')
      return { k: 'text', text: '' };
    this.at++;
    if (PREDICATES.has(token)) {
      const open = this.tokens[this.at] === '(';
      const name = this.tokens[this.at + (open ? 1 : 0)];
      if (name !== undefined && (!open || this.tokens[this.at + 2] === ')')) {
        this.at += open ? 3 : 1;
        return symbol(name);
      }
    }
    if (/^\d/.test(token) && !/^(==|[<>]|[<>!]=|[-+*/%&|^?]|<<|>>)$/.test(this.tokens[this.at] ?? '')) {
      const digits = token.replace(/[uUlL]+$/, '');
      return Number(digits) === 0 ? NO : YES;
    }
    if (/^[A-Za-z_]/.test(token)) {
      if (this.tokens[this.at] !== '(') return symbol(token);
      const start = this.at - 1;
      let depth = 0;
      do {
        const part = this.tokens[this.at++];
        if (part === '(') depth++;
        else if (part === ')') depth--;
      } while (depth > 0 && this.at < this.tokens.length);
      return { k: 'text', text: join(this.tokens.slice(start, this.at)) };
    }
    return { k: 'text', text: token };
  }

  private take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at++;
    return true;
  }
}

/** Tokens as canonical text: blanks around binary operators and after commas, none else. */
function join(tokens: readonly string[]): string {
  let text = '';
  let previous = '';
  for (const token of tokens) {
    const operator = /^(\|\||&&|[<>=!]=|<<|>>|[<>+\-*/%&|^?:])$/;
    const tight =
      previous === '' ||
      previous === '(' ||
      previous === '!' ||
      token === ')' ||
      token === ',' ||
      (token === '(' && !operator.test(previous) && previous !== ',');
    text += tight ? token : ` ${token}`;
    previous = token;
  }
  return text;
}
