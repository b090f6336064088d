import { closingBrace } from './masked.ts';

/** A struct whose definition is in a text. */
export interface KnownStruct {
  /** `struct ring`. */
  readonly tag: string;
  /** Its members, and those of what is defined in it, in the order of the text. */
  readonly members: readonly string[];
  /** All words of its definition: what is not among them is no member. */
  readonly words: readonly string[];
}

/**
 * The struct that a path of members leads to from something that is declared as `declaration`, by the text, without comments; null
 * where it is not defined there, or a macro may bring more members.
 */
export function structAt(declaration: string, path: readonly string[], code: string): KnownStruct | null {
  let tag = tagIn(declaration);
  let body = tag === null ? null : bodyOf(tag, code);
  for (const name of path) {
    if (body === null) return null;
    const declared = new RegExp(`((?:struct|union)\\s+\\w+)[\\s*]+${name}\\b`).exec(body)?.[1];
    tag = declared === undefined ? null : tagIn(declared);
    body = tag === null ? null : bodyOf(tag, code);
  }
  return tag === null || body === null ? null : { tag, members: declaredIn(body), words: wordsIn(body) };
}

/** `struct ring` of `const struct ring *r`. */
export function tagIn(declaration: string): string | null {
  const match = /\b(struct|union)\s+(\w+)/.exec(declaration);
  return match === null ? null : `${match[1]} ${match[2]}`;
}

function bodyOf(tag: string, code: string): string | null {
  const opened = new RegExp(`\\b${tag.replace(' ', '\\s+')}\\s*\\{`).exec(code);
  if (opened === null) return null;
  const from = opened.index + opened[0].length;
  const body = code.slice(from, closingBrace(code, from - 1));
  return /^\s*[A-Z]\w*\s*(?:\([^;]*\))?\s*;?\s*$/m.test(body) ? null : body;
}

/** Names that end a declaration: `*a, b[4]`, `c:3`, `(*d)(void)`. */
function declaredIn(body: string): readonly string[] {
  const names = body.matchAll(
    /([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)*(?::\s*\w+\s*)?[;,]|\(\s*\*\s*(\w+)\s*\)\s*\([^;]*;/g,
  );
  return [...new Set([...names].map((match) => (match[1] ?? match[2])!))];
}

const keywords = new Set(
  'if else for while do switch case default break continue goto return sizeof struct union enum static const void int long short char unsigned signed bool inline extern volatile typedef'.split(
    ' ',
  ),
);

/** The words of a text of C but for keywords, each once, in the order in which they appear. */
export function wordsIn(code: string): readonly string[] {
  return [...new Set(code.match(/\b[A-Za-z_]\w*\b/g) ?? [])].filter((word) => !keywords.has(word));
}
