// The pages under docs/rules/, made from the rules: what an editor opens behind a rule's id.

/** Paths from the repository's root to texts: a page for each rule, and an index. */
export function rulePages(rules) {
  const sorted = [...rules].sort((a, b) => (a.id < b.id ? -1 : 1));
  const pages = new Map();
  for (const { id, page } of sorted) {
    const origin = `server/src/rules/${id}`;
    pages.set(`docs/rules/${id}.md`, `<!-- Made by npm run docs from ${origin}. -->\n\n${page}`);
  }
  const row = ({ id, title, defaultLevel }) => `| [\`${id}\`](${id}.md) | ${defaultLevel} | ${title} |`;
  const table = (some) =>
    ['| rule | level | what it reports |', '|---|---|---|', ...some.map(row)].join('\n');
  pages.set(
    'docs/rules/README.md',
    `<!-- Made by npm run docs from server/src/rules. -->

# Rules

On by default:

${table(sorted.filter((rule) => rule.onByDefault))}

Off until a setting or \`--rule\` asks for them; each page says why:

${table(sorted.filter((rule) => !rule.onByDefault))}

A level is the loudest that a rule uses. What rests on a platform or on an arm of \`#if\` is a \`warning\` at most, what
rests on a state that the analysis had to join is a \`hint\`.
`,
  );
  return pages;
}
