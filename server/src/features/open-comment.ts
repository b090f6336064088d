/**
 * Where a comment starts that is being typed: one without an end, or one that has another begin inside, because it ends
 * where the next one does (compilers warn of that). Null if there is none. Strings and characters are skipped.
 */
export function openComment(text: string): number | null {
  const mark = /\/\*|\/\/|"|'/g;
  for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
    const start = match.index;
    if (match[0] === '/*') {
      const end = text.indexOf('*/', start + 2);
      const inner = text.indexOf('/*', start + 2);
      // In `/*/*/` and in a path like `drivers/*/core.c` the slash is that of an end, or of a name.
      if (end < 0 || (inner >= 0 && inner + 1 < end && !isGlob(text, inner))) return start;
      mark.lastIndex = end + 2;
    } else if (match[0] === '//') {
      mark.lastIndex = lineEnd(text, start);
    } else {
      mark.lastIndex = literalEnd(text, start);
    }
  }
  return null;
}

/** Whether the slash of a begin belongs to a path: something other than white space stands before it. */
function isGlob(text: string, slash: number): boolean {
  return /[\w.\-*>]/.test(text.charAt(slash - 1));
}

function lineEnd(text: string, from: number): number {
  for (let at = from; ; ) {
    const end = text.indexOf('\n', at);
    if (end < 0) return text.length;
    if (text.charAt(end - 1) !== '\\') return end;
    at = end + 1;
  }
}

/** Behind the literal at `start`; one without an end stops at the end of its line. */
function literalEnd(text: string, start: number): number {
  const quote = text.charCodeAt(start);
  for (let at = start + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 92) at++;
    else if (unit === quote) return at + 1;
    else if (unit === 10) return at;
  }
  return text.length;
}
