import type { Span } from '../../base/span.ts';
import { decode } from '../lexer.ts';

const SPACE = 0x20;
const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;

/** The text under normalisation: bytes that may be overwritten, never moved. Offsets are of the slice. */
export class Sheet {
  readonly attributes: { readonly text: string; readonly span: Span }[] = [];

  /** `bytes` as {@link encode} gives them, of `text`. */
  constructor(
    readonly text: string,
    readonly bytes: Uint8Array,
  ) {}

  /** Turns everything in `[start, end)` into blanks; line ends and tabs stay. */
  blank(start: number, end: number): void {
    const { bytes } = this;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      if (byte !== NEWLINE && byte !== TAB && byte !== RETURN) bytes[i] = SPACE;
    }
  }

  /** Writes `text` at `at`. The caller knows that it fits and that no line end is there. */
  put(at: number, text: string): void {
    for (let i = 0; i < text.length; i++) this.bytes[at + i] = text.charCodeAt(i);
  }

  /** Writes `text` over `[start, end)`, which is at least as long, and blanks the rest. */
  replace(start: number, end: number, text: string): void {
    this.blank(start, end);
    this.put(start, text);
  }

  /** Blanks an attribute or annotation and remembers it. */
  blankAttribute(start: number, end: number): void {
    this.attributes.push({ text: this.text.slice(start, end), span: { start, end } });
    this.blank(start, end);
  }

  /** The first blank or tab in `[start, end)`, -1 if there is none: room for one character. */
  room(start: number, end: number): number {
    for (let i = start; i < end; i++) {
      if (this.bytes[i] === SPACE || this.bytes[i] === TAB) return i;
    }
    return -1;
  }

  /** Whether there is a line end in `[start, end)`. */
  breaksLine(start: number, end: number): boolean {
    for (let i = start; i < end; i++) if (this.bytes[i] === NEWLINE) return true;
    return false;
  }

  /** How far the line of `at` is indented in the original text, in columns, with tab stops every 8 as the kernel has them. */
  indentation(at: number): number {
    let i = at;
    while (i > 0 && this.text.charCodeAt(i - 1) !== NEWLINE) i--;
    let column = 0;
    for (; i < at; i++) {
      const unit = this.text.charCodeAt(i);
      if (unit === TAB) column += 8 - (column % 8);
      else if (unit === SPACE) column++;
      else break;
    }
    return column;
  }

  result(): string {
    return decode(this.bytes, this.text.length);
  }
}
