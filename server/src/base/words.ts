/** `a`, `a and b`, `a, b and c`. */
export function list(items: readonly string[], last: 'and' | 'or' = 'and'): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`;
}

/** One line of ASCII: white space folded, anything else outside of ASCII as `?`. Terminals, mail and grep want it so. */
export function ascii(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x7e]/gu, '?')
    .trim();
}

/** How many single-letter edits lie between two words, two neighbours that changed places being one; stops counting above `most`. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let above: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const other = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(other, row[j]! + 1, next[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, above[j - 2]! + 1);
      next.push(least);
    }
    above = row;
    row = next;
  }
  return row[b.length]!;
}

/** The known word that `word` was most likely meant to be; null if none is near. Ties go to the first. */
export function nearest(word: string, known: readonly string[]): string | null {
  const lower = word.toLowerCase();
  const most = Math.ceil((word.length - 1) / 3);
  let best: string | null = null;
  let least = most + 1;
  for (const candidate of known) {
    const edits = distance(lower, candidate.toLowerCase(), most);
    if (edits < least) {
      best = candidate;
      least = edits;
    }
  }
  if (best !== null || word.length < 3) return best;
  return known.find((candidate) => candidate.startsWith(lower) || candidate.includes(lower)) ?? null;
}

/** ` Did you mean 'x'?`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === null ? '' : ` Did you mean '${near}'?`;
}
