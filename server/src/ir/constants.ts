import type { Span } from '../base/span.ts';
import { integerValue, parseCharacter } from './literals.ts';
import { PRECEDENCE } from './text.ts';
import { typeFromText } from './typeref.ts';
import type { BinaryOp, Expr } from './types.ts';

const TOKEN =
  /\s*(?:\/\*[\s\S]*?\*\/\s*)*(0[xX][0-9a-fA-F]+[uUlL]*|\d+\w*|[A-Za-z_]\w*|L?'(?:\\.|[^'\\])+'|"(?:\\.|[^"\\])*"|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^~!<>()?:])/y;

const MAX_TOKENS = 200;

/**
 * A constant expression of literals, names, operators, `sizeof` of a type and casts, as macro bodies have them.
 * Null for anything else (a call, a statement, a string of tokens). Every node gets `span`.
 */
export function parseConstant(text: string, span: Span): Expr | null {
  const tokens: { text: string; start: number; end: number }[] = [];
  TOKEN.lastIndex = 0;
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const m = TOKEN.exec(text);
    if (!m) break;
    at = TOKEN.lastIndex;
    tokens.push({ text: m[1]!, start: at - m[1]!.length, end: at });
    if (tokens.length > MAX_TOKENS) return null;
  }
  if (tokens.length === 0 || !/^\s*(?:(?:\/\*[\s\S]*?\*\/|\/\/[^\n]*)\s*)*$/.test(text.slice(at)))
    return null;
  let i = 0;
  const peek = (): string => tokens[i]?.text ?? '';

  /** A type in parentheses from token `i` on; moves behind it. */
  const parenthesizedType = (): ReturnType<typeof typeFromText> => {
    if (peek() !== '(') return null;
    const close = tokens.findIndex((t, j) => j > i && (t.text === ')' || t.text === '('));
    if (close < 0 || tokens[close]!.text !== ')' || close === i + 1) return null;
    const type = typeFromText(text.slice(tokens[i]!.end, tokens[close]!.start));
    if (type !== null) i = close + 1;
    return type;
  };

  const primary = (): Expr | null => {
    const token = tokens[i];
    if (token === undefined) return null;
    const word = token.text;
    const type = word === '(' ? parenthesizedType() : null;
    if (type !== null) {
      const arg = primary();
      return arg && { k: 'cast', type, arg, span };
    }
    i++;
    if (word === '(') {
      const inner = binary(0);
      if (peek() !== ')') return null;
      i++;
      return inner;
    }
    if (word === '-' || word === '+' || word === '~' || word === '!') {
      const arg = primary();
      if (arg === null) return null;
      if (word === '-' && arg.k === 'int') return { k: 'int', value: -arg.value, span };
      return { k: 'unary', op: word, arg, span };
    }
    if (/^\d/.test(word)) {
      const value = integerValue(word);
      return value === null ? null : { k: 'int', value, span };
    }
    if (word.endsWith("'")) return parseCharacter(word, span);
    if (word.startsWith('"')) return tokens.length === 1 ? { k: 'string', text: word, span } : null;
    if (!/^[A-Za-z_]/.test(word)) return null;
    if (word === 'sizeof') {
      const of = parenthesizedType();
      const end = tokens[i - 1]!.end;
      return of && { k: 'sizeof', of: 'size', type: of, arg: null, text: text.slice(token.start, end), span };
    }
    if (word === 'true' || word === 'false') return { k: 'int', value: word === 'true' ? 1n : 0n, span };
    if (word === 'NULL') return { k: 'int', value: 0n, span };
    return peek() === '(' ? null : { k: 'name', name: word, span };
  };

  const binary = (least: number): Expr | null => {
    let left = primary();
    while (left !== null) {
      const op = peek();
      const precedence = PRECEDENCE[op];
      if (precedence === undefined || precedence <= least) return left;
      i++;
      const right: Expr | null = binary(precedence);
      left = right && { k: 'binary', op: op as BinaryOp, left, right, span };
    }
    return null;
  };

  const value = binary(0);
  return i === tokens.length ? value : null;
}
