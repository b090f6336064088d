/** The names in some C text, found without parsing: a superset of what a parser sees, comments and strings left out. */
export interface Names {
  /** Followed by `(`: what may be called here. */
  readonly calls: ReadonlySet<string>;
  /** Not followed by `(`: variables, fields, types, functions whose address is taken. */
  readonly mentions: ReadonlySet<string>;
}

const WORD =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|\d\w*|[A-Za-z_]\w*(?:\s*\()?/g;

/** Finds names by a scan from left to right. Never throws. */
export function namesOf(text: string): Names {
  const calls = new Set<string>();
  const mentions = new Set<string>();
  for (const [word] of text.matchAll(WORD)) {
    const first = word.charCodeAt(0);
    // Letters and `_`; everything else that matches is skipped.
    if (first < 65 || (first > 90 && first !== 95 && first < 97)) continue;
    if (word.charCodeAt(word.length - 1) === 40) calls.add(word.slice(0, -1).trimEnd());
    else mentions.add(word);
  }
  return { calls, mentions };
}

/** Without comments, each replaced by a blank. */
export function withoutComments(text: string): string {
  return text.includes('/') ? text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, ' ') : text;
}
