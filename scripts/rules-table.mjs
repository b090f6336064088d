// The README's table of rules.

/** `readme` with the table of `rules` between its two markers: those that are on first, each by name. */
export function withRules(readme, rules) {
  const sorted = [...rules].sort(
    (a, b) => Number(b.onByDefault) - Number(a.onByDefault) || (a.id < b.id ? -1 : 1),
  );
  const rows = sorted.map(
    ({ id, title, onByDefault, defaultLevel }) =>
      `| [\`${id}\`](docs/rules/${id}.md) | ${onByDefault ? defaultLevel : 'off'} | ${title} |`,
  );
  const table = ['| rule | default | what it reports |', '|---|---|---|', ...rows].join('\n');
  return readme.replace(
    /(<!-- rules -->\n)[\s\S]*?(<!-- \/rules -->)/,
    (_, open, close) => `${open}\n${table}\n\n${close}`,
  );
}
