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
      /[\\`*[\]|~]|<(?=[A-Za-z/!?])|(?<![A-Za-z\d])_+|_+(?![A-Za-z\d])|&(?=[#\w])|^>|^[-+#](?=\s|#)|^-(?=-*$)|^=+|(?<=^\d+)[.)]/g,
      (marks) => marks.replace(/./g, '\\$&'),
    );
}

/** The first paragraph or list below a heading of a page; null if there is no such heading. */
export function firstOf(page: string, title: string): string | null {
  const part = page.split(/^(?=## )/m).find((one) => one.startsWith(`## ${title}\n`));
  return (
    part
      ?.slice(part.indexOf('\n'))
      .trim()
      .split(/\n\s*\n/)[0] ?? null
  );
}
