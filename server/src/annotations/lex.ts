import type { Span } from '../base/span.ts';

/** A token; `word` is a name or a number. */
export interface Token {
  readonly k: 'word' | 'mark' | 'end';
  readonly text: string;
  readonly span: Span;
}

const marks = ['<<', '>>', '->', '--'] as const;

/** A blank: white space, and the star that begins a line of a comment. A star before a slash ends the comment. */
const blank = /[^\S\n]*(?:\n[^\S\n]*(?:\*(?!\/))?[^\S\n]*)*/y;
const word = /[A-Za-z_$]\w*|\d\w*/y;

/** Where the blanks at `from` end. */
export function afterBlanks(text: string, from: number, limit: number): number {
  blank.lastIndex = from;
  blank.exec(text);
  return Math.min(blank.lastIndex, limit);
}

/** The tokens of `text` from `from`, before `limit`; ends at the `--` that begins the reason, or with a token of kind `end`. Never throws. */
export function lex(
  text: string,
  from: number,
  limit: number,
): { readonly tokens: readonly Token[]; readonly reasonAt: number | null } {
  const tokens: Token[] = [];
  let at = afterBlanks(text, from, limit);
  while (at < limit) {
    word.lastIndex = at;
    const match = word.exec(text);
    const mark = marks.find((m) => text.startsWith(m, at));
    const length = match?.[0].length ?? mark?.length ?? 1;
    const span = { start: at, end: Math.min(at + length, limit) };
    const token: Token = {
      k: match === null ? 'mark' : 'word',
      text: text.slice(span.start, span.end),
      span,
    };
    if (token.text === '--') {
      tokens.push({ k: 'end', text: '', span: { start: at, end: at } });
      return { tokens, reasonAt: span.end };
    }
    tokens.push(token);
    at = afterBlanks(text, span.end, limit);
  }
  tokens.push({ k: 'end', text: '', span: { start: at, end: at } });
  return { tokens, reasonAt: null };
}

/** A reason on one line: gutters and white space folded. */
export function folded(text: string): string {
  return text
    .replace(/\n[^\S\n]*\*(?!\/)/g, '\n')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Whether a reason says anything: a place for one that nobody has written yet does not. */
export function hasWord(reason: string): boolean {
  return /[\p{L}\p{N}]/u.test(reason);
}
