import type { Span } from '../base/span.ts';
import type { Expr } from './types.ts';

/** An integer literal as C has it, suffixes and GNU binary included; a floating one is unknown. */
export function parseNumber(text: string, span: Span): Expr {
  const value = integerValue(text);
  return value === null ? { k: 'unknown', reason: 'number', span } : { k: 'int', value, span };
}

/** The value of an integer literal, null if `text` is none. */
export function integerValue(text: string): bigint | null {
  if (text.length === 1 || (text.length < 10 && text.charCodeAt(0) !== 48 && /^[0-9]+$/.test(text))) {
    return /^[0-9]/.test(text) ? BigInt(text) : null;
  }
  let digits = text.replace(/'/g, '').replace(/[uUlLzZ]+$/, '');
  let sign = 1n;
  if (digits.startsWith('-')) {
    sign = -1n;
    digits = digits.slice(1).trim();
  }
  if (/^0[0-7]+$/.test(digits)) return sign * BigInt(`0o${digits.slice(1)}`);
  if (!/^(?:0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)$/.test(digits)) return null;
  return sign * BigInt(digits);
}

const ESCAPES: Readonly<Record<string, number>> = {
  n: 10,
  t: 9,
  r: 13,
  a: 7,
  b: 8,
  f: 12,
  v: 11,
  e: 27,
  '0': 0,
};

/** A character constant's value; multi-character ones are unknown. */
export function parseCharacter(text: string, span: Span): Expr {
  const body = text.replace(/^[LuU8]*'/, '').replace(/'$/, '');
  const value = characterValue(body);
  return value === null
    ? { k: 'unknown', reason: 'character', span }
    : { k: 'int', value: BigInt(value), span };
}

function characterValue(body: string): number | null {
  if (body.length === 1 && body !== '\\') return body.charCodeAt(0);
  if (body[0] !== '\\') return null;
  const hex = /^\\x([0-9a-fA-F]{1,2})$/.exec(body);
  if (hex) return Number.parseInt(hex[1]!, 16);
  const octal = /^\\([0-7]{1,3})$/.exec(body);
  if (octal) return Number.parseInt(octal[1]!, 8);
  return body.length === 2 ? (ESCAPES[body[1]!] ?? body.charCodeAt(1)) : null;
}
