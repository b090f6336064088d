import type { Span } from '../base/span.ts';

/** A text of C in which comments and what stands in quotes are blank, at the same offsets. */
export interface Masked {
  readonly text: string;
  /** Comments with their marks, in order. */
  readonly comments: readonly Span[];
  /** The brace that closes the one at `open`, or the end of the text. */
  closing(open: number): number;
}

/** Comments, strings and characters. What is not closed goes to the end of the text, or of its line. */
const piece =
  /\/\*[\s\S]*?(?:\*\/|$(?![\s\S]))|\/\/[^\n]*|"(?:\\[\s\S]|[^"\\\n])*"?|'(?:\\[\s\S]|[^'\\\n])*'?/g;

/** Blanks comments and literals. Never throws. */
export function mask(source: string): Masked {
  const comments: Span[] = [];
  const text = source.replace(piece, (all, at: number) => {
    if (all.startsWith('/')) comments.push({ start: at, end: at + all.length });
    return all.replace(/[^\n]/g, ' ');
  });
  return {
    text,
    comments,
    closing: (open) => closingBrace(text, open),
  };
}

/** The brace that closes the one at `open`, in a text without comments and literals; the end of the text where none does. */
export function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '{') depth++;
    else if (text[i] === '}' && --depth === 0) return i;
  }
  return text.length;
}

/** Whether nothing but blanks stands between two offsets. */
export function isBlank({ text }: Masked, from: number, to: number): boolean {
  return text.slice(from, to).trim() === '';
}

/**
 * The statement that begins behind `from`: to its `;`, or to the brace that opens its body, which is not part of it. Null if a
 * closing brace or `limit` comes first.
 */
export function statementFrom({ text }: Masked, from: number, limit: number): Span | null {
  let start = from;
  while (start < limit && /\s/.test(text[start]!)) start++;
  if (start >= limit || text[start] === '}') return null;
  let depth = 0;
  for (let i = start; i < limit; i++) {
    const unit = text[i];
    if (unit === '(' || unit === '[') depth++;
    else if (unit === ')' || unit === ']') depth--;
    else if (depth <= 0 && (unit === ';' || unit === '{')) return { start, end: i + (unit === ';' ? 1 : 0) };
    else if (depth <= 0 && unit === '}') return { start, end: i };
  }
  return { start, end: limit };
}

/** The statement that `at` stands at the end of a line of. */
export function statementAround(masked: Masked, at: number, within: Span): Span | null {
  const { text } = masked;
  let last = at - 1;
  while (last > within.start && /\s/.test(text[last]!)) last--;
  if (/[;{}]/.test(text[last]!)) last--;
  let start = last;
  let depth = 0;
  for (; start >= within.start; start--) {
    const unit = text[start];
    if (unit === ')' || unit === ']') depth++;
    else if (unit === '(' || unit === '[') depth--;
    else if (depth <= 0 && (unit === ';' || unit === '{' || unit === '}')) break;
  }
  return statementFrom(masked, start + 1, within.end);
}

/** The brace that `at` stands in, or null outside of all. */
export function enclosingBrace({ text }: Masked, at: number): number | null {
  let depth = 0;
  for (let i = at - 1; i >= 0; i--) {
    if (text[i] === '}') depth++;
    else if (text[i] === '{' && --depth < 0) return i;
  }
  return null;
}

/** What the brace at `open` opens. */
export function bodyOpens({ text }: Masked, open: number): 'struct' | 'other' {
  const before = text.slice(Math.max(0, open - 200), open);
  return /\b(?:struct|union)\b[^;{}()=]*$/.test(before) ? 'struct' : 'other';
}
