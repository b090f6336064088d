import type { FlatTree } from './types.ts';
import { ERROR_TYPE, NodeFlag } from './types.ts';

/**
 * Where the parser's own recursion ends: it compares ambiguous trees recursively and dies of it, at some 3000
 * levels in WebAssembly. Kernel code stays below a tenth of this.
 */
const MAX_BRACKETS = 500;
/** Punctuation without a `;`, `,` or brace in between. */
const MAX_RUN = 4000;

const NEWLINE = 10;
const QUOTE = 34;
const APOSTROPHE = 39;
const STAR = 42;
const SLASH = 47;
const BACKSLASH = 92;

/** Whether `text` is so deeply nested, or one expression in it so long, that the parser must not see it. */
export function exceedsParser(text: string): boolean {
  let depth = 0;
  let run = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Letters, digits, blanks and what is not ASCII.
    if (unit <= 32 || unit >= 127 || unit === 95) continue;
    if ((unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || (unit >= 48 && unit <= 57)) continue;
    switch (unit) {
      case 40:
      case 91:
        if (++depth > MAX_BRACKETS) return true;
        break;
      case 123:
        run = 0;
        if (++depth > MAX_BRACKETS) return true;
        continue;
      case 41:
      case 93:
        if (depth > 0) depth--;
        break;
      case 125:
        if (depth > 0) depth--;
        run = 0;
        continue;
      case 44:
      case 59:
        run = 0;
        continue;
      case QUOTE:
      case APOSTROPHE:
        for (i++; i < text.length; i++) {
          const inner = text.charCodeAt(i);
          if (inner === unit || inner === NEWLINE) break;
          if (inner === BACKSLASH) i++;
        }
        continue;
      case SLASH:
        if (text.charCodeAt(i + 1) === STAR) {
          const end = text.indexOf('*/', i + 2);
          if (end < 0) return false;
          i = end + 1;
          continue;
        }
        if (text.charCodeAt(i + 1) === SLASH) {
          const end = text.indexOf('\n', i);
          if (end < 0) return false;
          i = end;
          continue;
        }
        break;
    }
    if (++run > MAX_RUN) return true;
  }
  return false;
}

/** What stands for a text that was not parsed: one ERROR node. */
export function errorTree(text: string): FlatTree {
  return {
    count: 1,
    type: Uint16Array.of(ERROR_TYPE),
    field: Uint8Array.of(0),
    flags: Uint8Array.of(NodeFlag.named | NodeFlag.error),
    start: Uint32Array.of(0),
    end: Uint32Array.of(text.length),
    next: Uint32Array.of(1),
  };
}
