/**
 * `text` so that markdown shows it as it is, on one line: no emphasis, code, links, HTML, tables or headings come out of
 * it. What a source file says never becomes markup. Marks that mean nothing where they stand stay bare, for clients
 * that show the markdown itself.
 */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(
      /[\\`*[\]<|~]|(?<!\w)_|_(?!\w)|&(?=[#\w])|^>|^[-+#](?=\s|#)|^=+|(?<=^\d+)[.)]/g,
      (mark) => `\\${mark}`,
    );
}

/** A table with plain cells; every row as long as the head. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- ').join('|')}|`, ...rows.map(line)].join('\n');
}

/** The same table in plain text, columns padded. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The parts of a page whose headings are in `wanted`, in the page's order; the whole page without its title if none is there. */
export function sections(page: string, wanted: readonly string[]): string {
  const parts = page.split(/^(?=## )/m);
  const chosen = parts.filter((part) => wanted.some((title) => part.startsWith(`## ${title}`)));
  if (chosen.length === 0) return page.replace(/^# .*\n+/, '').trim();
  return chosen.map((part) => part.trim()).join('\n\n');
}
