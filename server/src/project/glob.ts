/** Says whether a path relative to the tree's root is meant. */
export type PathMatcher = (path: string) => boolean;

/**
 * A small glob: `*` and `?` within a name, `**` over names, `[abc]`, `[a-z]`, `[!a]`. A pattern without `/`
 * fits a name at any depth; one with `/` is read from the tree's root. What fits a folder fits all below it.
 * Matching is linear in the path for each star: no pattern can make it hang.
 */
export function compileGlob(pattern: string): PathMatcher {
  const anchored = pattern.replace(/\/+$/, '').includes('/');
  const wanted = pattern.replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
  const segments = wanted.split('/').filter((segment) => segment !== '');
  if (segments.length === 0) return () => false;
  const full = anchored ? segments : ['**', ...segments];
  return (path) => {
    const names = path.split('/');
    // A folder's match covers what is below it, so every prefix of the path is a candidate.
    for (let length = 1; length <= names.length; length++) {
      if (matchSegments(full, names.slice(0, length))) return true;
    }
    return false;
  };
}

/** One matcher for several patterns: any of them. */
export function compileGlobs(patterns: readonly string[]): PathMatcher {
  const matchers = patterns.map(compileGlob);
  return (path) => matchers.some((matches) => matches(path));
}

/** Greedy with one point to come back to: `**` against names as `*` against letters. */
function matchSegments(pattern: readonly string[], names: readonly string[]): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < names.length) {
    const segment = pattern[p];
    if (segment === '**') {
      star = p++;
      resume = n;
    } else if (segment !== undefined && matchName(segment, names[n]!)) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++resume;
    } else return false;
  }
  while (pattern[p] === '**') p++;
  return p === pattern.length;
}

function matchName(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    const width = p < pattern.length && pattern[p] !== '*' ? matchOne(pattern, p, name[n]!) : 0;
    if (pattern[p] === '*') {
      star = p++;
      resume = n;
    } else if (width > 0) {
      p += width;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++resume;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** How many characters of the pattern fit `letter` at `at`; 0 for none. An unclosed `[` is a letter. */
function matchOne(pattern: string, at: number, letter: string): number {
  const token = pattern[at]!;
  if (token === '?') return 1;
  if (token === '\\' && at + 1 < pattern.length) return pattern[at + 1] === letter ? 2 : 0;
  const close = token === '[' ? pattern.indexOf(']', at + 2) : -1;
  if (close < 0) return token === letter ? 1 : 0;
  let from = at + 1;
  const negated = pattern[from] === '!' || pattern[from] === '^';
  if (negated) from++;
  let within = false;
  for (let i = from; i < close; i++) {
    if (pattern[i + 1] === '-' && i + 2 < close) {
      within ||= pattern[i]! <= letter && letter <= pattern[i + 2]!;
      i += 2;
    } else within ||= pattern[i] === letter;
  }
  return within !== negated ? close - at + 1 : 0;
}
