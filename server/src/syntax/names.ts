/** The names in some C text, found without parsing: a superset of what a parser sees, comments and strings left out. */
export interface Names {
  /** Followed by `(`: what may be called here. */
  readonly calls: ReadonlySet<string>;
  /** Of members and followed by `(`: what may be called through a pointer. */
  readonly members: ReadonlySet<string>;
  /** Not followed by `(`: variables, fields, types, functions whose address is taken. */
  readonly mentions: ReadonlySet<string>;
}

const WORD =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|\d\w*|(?:(?:->|\.)\s*)?[A-Za-z_]\w*(?:\s*\()?/g;

/** Finds names by a scan from left to right. Never throws. */
export function namesOf(text: string): Names {
  const calls = new Set<string>();
  const members = new Set<string>();
  const mentions = new Set<string>();
  for (const [word] of text.matchAll(WORD)) {
    const first = word.charCodeAt(0);
    const isCall = word.charCodeAt(word.length - 1) === 40;
    if (first === 45 || first === 46) {
      const name = word.slice(first === 45 ? 2 : 1, isCall ? -1 : undefined).trim();
      (isCall ? members : mentions).add(name);
      continue;
    }
    // Letters and `_`; everything else that matches is skipped.
    if (first < 65 || (first > 90 && first !== 95 && first < 97)) continue;
    if (isCall) calls.add(word.slice(0, -1).trimEnd());
    else mentions.add(word);
  }
  return { calls, members, mentions };
}

/** Without comments, each replaced by a blank. */
export function withoutComments(text: string): string {
  return text.includes('/') ? text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ') : text;
}

/** Whether a name stands in a text, not as a part of another. */
export function hasWord(text: string, name: string): boolean {
  if (name === '') return false;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1))
    if (!/\w/.test(text.charAt(at - 1)) && !/\w/.test(text.charAt(at + name.length))) return true;
  return false;
}

/** Where a name stands in a text, offsets: directives and macros count, comments and strings do not. */
export function placesOf(text: string, name: string): readonly number[] {
  if (!hasWord(text, name)) return [];
  const places: number[] = [];
  for (const { 0: found, index } of text.matchAll(WORD)) {
    const word = /^(?:->|\.)?\s*(\w+)/.exec(found);
    if (word?.[1] === name && /^[A-Za-z_]/.test(name)) places.push(index + word[0].length - name.length);
  }
  return places;
}
