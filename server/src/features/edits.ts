import type { LspPosition, LspRange } from './shapes.ts';
import { compare } from './shapes.ts';

const origin: LspPosition = { line: 0, character: 0 };

/** One replacement: what stood from `start` to `oldEnd` now stands from `start` to `newEnd`. */
export interface Edit {
  readonly start: LspPosition;
  readonly oldEnd: LspPosition;
  readonly newEnd: LspPosition;
}

/**
 * The one edit that turns `before`, which stands at `from`, into `after`: what is left between their common start and
 * common end, so that what an editor merely wrote again stays where it is. Null if they are equal.
 */
export function difference(before: string, after: string, from: LspPosition = origin): Edit | null {
  if (before === after) return null;
  const least = Math.min(before.length, after.length);
  let head = 0;
  while (head < least && before.charCodeAt(head) === after.charCodeAt(head)) head++;
  let tail = 0;
  while (
    tail < least - head &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  ) {
    tail++;
  }
  // Between the halves of a line end there is no position.
  if (head > 0 && before.charCodeAt(head - 1) === 13) head--;
  if (tail > 0 && before.charCodeAt(before.length - tail) === 10) tail--;
  const start = advance(from, before.slice(0, head));
  return {
    start,
    oldEnd: advance(start, before.slice(head, before.length - tail)),
    newEnd: advance(start, after.slice(head, after.length - tail)),
  };
}

/** Where `position` is after `edit`. What was replaced moves to the nearer edge of the new text. */
export function moved(position: LspPosition, edit: Edit): LspPosition {
  if (compare(position, edit.start) <= 0) return position;
  if (compare(position, edit.oldEnd) < 0) {
    return compare(position, edit.newEnd) < 0 ? position : edit.newEnd;
  }
  return {
    line: position.line + edit.newEnd.line - edit.oldEnd.line,
    character:
      position.line === edit.oldEnd.line
        ? position.character + edit.newEnd.character - edit.oldEnd.character
        : position.character,
  };
}

/** `range` after `edit`. */
export function movedRange(range: LspRange, edit: Edit): LspRange {
  return { start: moved(range.start, edit), end: moved(range.end, edit) };
}

function advance(from: LspPosition, text: string): LspPosition {
  let line = from.line;
  let start = -from.character;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 10 || (unit === 13 && text.charCodeAt(i + 1) !== 10)) {
      line++;
      start = i + 1;
    }
  }
  return { line, character: text.length - start };
}
