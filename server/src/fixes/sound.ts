import type { TextEdit } from './change.ts';
import type { SyntaxFunction, SyntaxNode } from './tree.ts';

/** An edit, and whether what it takes away goes for good, with all that is said of it. */
export interface Piece extends TextEdit {
  readonly gone?: boolean;
}

/** Whether pieces take a comment away that they put nowhere, or cut one in two: what it speaks of is still there. */
export function losesComment({ comments }: SyntaxFunction, pieces: readonly Piece[]): boolean {
  const put = pieces.map(({ text }) => squashed(text));
  return comments.some((comment) => {
    const over = pieces.filter((one) => one.start < comment.end && comment.start < one.end);
    if (over.length === 0 || over.every((one) => one.gone === true && covers(one, comment))) return false;
    const words = squashed(comment.text);
    return !over.every((one) => covers(one, comment)) || !put.some((text) => text.includes(words));
  });
}

function covers(piece: Piece, { start, end }: SyntaxNode): boolean {
  return piece.start <= start && end <= piece.end;
}

function squashed(text: string): string {
  return text.replace(/\s+/g, '');
}

/**
 * Whether a text has what it did not have before: lines that are too wide, or have two statements, or nothing where a statement should be.
 */
export function isWorse(before: string, after: string, isWide: (line: string) => boolean): boolean {
  const known = new Set(
    before
      .split('\n')
      .filter(isWide)
      .map((line) => line.trim()),
  );
  const lines = after.split('\n');
  const wide = lines.some((line) => isWide(line) && !known.has(line.trim()));
  const own = new Set(before.split('\n').map((line) => line.trim()));
  const crammed = lines.some((line) => !own.has(line.trim()) && isCrammed(line));
  return wide || crammed || nothings(after) > nothings(before);
}

/** Whether something stands behind a statement, or the end of a block, or before one, in its line. */
function isCrammed(line: string): boolean {
  const code = line.replace(/"(?:\\.|[^"\\])*"/g, '""').replace(/\bfor \(.*/, '');
  const plain = code.replace(/\/\*.*?\*\/|\/\*.*|\/\/.*/g, '').trim();
  return /;\s*\S|^\}\s*(?!else\b|while\b)\w/.test(plain) || /^\s*\/\*.*?\*\/\s*\w/.test(code);
}

/** How many empty blocks and empty statements are in a text. */
function nothings(text: string): number {
  return text.match(/\{\s*\}|[;{}]\s*;|\)\s*\n\s*;/g)?.length ?? 0;
}

/** Where lines go that come before a line: above the comments that stand directly above that. */
export function aboveComments({ comments, text }: SyntaxFunction, line: number): number {
  let start = line;
  for (;;) {
    const above = comments.find(({ end }) => end < start && text.slice(end, start) === '\n');
    const first = above === undefined ? -1 : text.lastIndexOf('\n', above.start - 1) + 1;
    if (above === undefined || text.slice(first, above.start).trim() !== '') return start;
    start = first;
  }
}
