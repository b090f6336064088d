export { ascii, didYouMean, list, nearest } from '../base/words.ts';

/** `1 function`, `2 functions`; irregular plurals are given. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** A name as a call: `free_pages()`; expressions and what already is a call stay as they are. */
export function callText(callee: string): string {
  return /^[\w:]+$/.test(callee) ? `${callee}()` : callee;
}

/** Whether C text is one operand: a variable, member, element or call (`r`, `*p`, `g->buf[i]`, `IS_ERR(p)`), no operator around it. */
export function isOperand(text: string): boolean {
  let depth = 0;
  let outside = '';
  for (const unit of text) {
    if (unit === '(' || unit === '[') depth++;
    if (depth === 0) outside += unit;
    if ((unit === ')' || unit === ']') && --depth < 0) return false;
  }
  return depth === 0 && /^\*?[A-Za-z_]\w*$/.test(outside.replace(/->|\./g, '_')) && /^[*\w]/.test(text);
}

/**
 * Words of `text` in lines of at most `width` columns; a longer word keeps a line of its own. `columns` says how wide a
 * word is once it is shown, where marks in it are not.
 */
export function wrap(
  text: string,
  width: number,
  columns: (word: string) => number = (word) => word.length,
): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const wide = columns(word);
    if (line !== '' && used + 1 + wide > width) {
      lines.push(line);
      line = word;
      used = wide;
    } else {
      used += line === '' ? wide : wide + 1;
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}
