/** Lines that go into a text before one of its lines. */
export interface Insertion {
  /** From 1. */
  readonly before: number;
  readonly lines: readonly string[];
}

const context = 3;

/** Lines put into a text, as `diff -u` and git tell it; empty for none. `insertions` in their order; `text` with whatever ends of lines. */
export function insertionsDiff(file: string, text: string, insertions: readonly Insertion[]): string {
  const lines = text.split('\n');
  // What stands behind the last end of a line is a line only if there is something.
  const isOpen = lines.at(-1) !== '';
  if (!isOpen) lines.pop();
  const hunks: Insertion[][] = [];
  for (const one of insertions) {
    const last = hunks.at(-1);
    if (last !== undefined && one.before - last.at(-1)!.before <= 2 * context) last.push(one);
    else hunks.push([one]);
  }
  if (hunks.length === 0) return '';
  let added = 0;
  const told = hunks.map((hunk) => {
    const from = Math.max(1, hunk[0]!.before - context);
    const to = Math.min(lines.length, hunk.at(-1)!.before - 1 + context);
    const body: string[] = [];
    for (let line = from; line <= to + 1; line++) {
      for (const { before, lines: put } of hunk)
        if (before === line) body.push(...put.map((one) => `+${one}`));
      if (line > to) break;
      body.push(` ${lines[line - 1]}`);
      if (isOpen && line === lines.length) body.push('\\ No newline at end of file');
    }
    const put = hunk.reduce((sum, one) => sum + one.lines.length, 0);
    const kept = to - from + 1;
    const head = `@@ -${from},${kept} +${from + added},${kept + put} @@`;
    added += put;
    return [head, ...body].join('\n');
  });
  return `--- a/${file}\n+++ b/${file}\n${told.join('\n')}\n`;
}
