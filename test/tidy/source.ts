/** Exported functions, classes and interfaces of a TypeScript text that have no doc comment: `line name`. */
export function undocumented(text: string): string[] {
  const lines = text.split('\n');
  const missing: string[] = [];
  for (const [i, line] of lines.entries()) {
    const name =
      /^export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|interface) +(\w+)/.exec(
        line,
      )?.[1];
    if (!name) continue;
    let above = i - 1;
    while (above >= 0 && /^\s*(\/\/ biome-ignore|@\w+)/.test(lines[above]!)) above--;
    // Overloads are documented once, at the first.
    const overload = new RegExp(`^export (async )?function ${name}\\b`).test(lines[above] ?? '');
    if (!overload && !/\*\/\s*$/.test(lines[above] ?? '')) missing.push(`${i + 1} ${name}`);
  }
  return missing;
}

/** A sentence a thing that must not be in the repository: places and names that mean something on one machine only. */
export function foreignNames(text: string): string[] {
  const patterns: readonly (readonly [RegExp, string])[] = [
    [/(?<![\w.~$}/:])\/(?:work|root|home|Users|mnt|opt|srv|workspace)\/[\w.-]/g, 'absolute path'],
    [/\b[A-Z]:\\\\?(?:Users|work|home)\b/g, 'absolute path'],
    [/(?<![\w.~$}{/:-])\/tmp\/(?!membrane)[\w.-]/g, 'absolute path'],
    [/\bregistry\.[\w-]+\.\w+/g, 'host of a package registry'],
    [/"resolved": "https?:/g, 'host of a package registry'],
    [/\bworkplace\b/gi, 'word about how the project is made'],
    [/\bissues (?:show|list|note)\b/g, 'word about how the project is made'],
    [/\bissue #?\d+\b/gi, 'number of an issue'],
    [
      /\b(?:design|domain|style|parsing|product|e2e|peers|claims|platforms)\.md\b/g,
      'page that is not in the repository',
    ],
  ];
  const found: string[] = [];
  for (const [pattern, what] of patterns)
    for (const match of text.matchAll(pattern))
      found.push(`${text.slice(0, match.index).split('\n').length} ${what}: ${match[0]}`);
  return found;
}
