import type { LoweredText } from './pipeline.ts';

/**
 * More than all that reach looks at in a file, as text: if it is the same after an edit, the file belongs with the same files.
 * A number that changes, a line that moves, a condition over what is there already do not change it.
 */
export function namesOf({ ir, source }: LoweredText): string {
  const functions = ir.heads.map((head) => {
    const { text, bodySpan } = head.slice;
    const fields = [...text.matchAll(/(?:->|\.)\s*([A-Za-z_]\w*)/g)].map((match) => match[1]!);
    const assigned = [...text.matchAll(/^\s*([A-Za-z_]\w*)(?:\[[^\]]*\])?\s*=[^=]/gm)].map(
      (match) => match[1]!,
    );
    return [
      text.slice(0, bodySpan.start),
      head.isStatic,
      sorted(head.calls),
      sorted(head.mentions),
      sorted(fields),
      sorted(assigned),
    ].join('\0');
  });
  return [
    ...functions,
    ...ir.macros.map((head) => `${head.name} ${head.slice.text}`),
    ...[...ir.aliases].map((names) => names.join(' ')),
    ...source.declarations.map(({ text }) => text),
    ...source.quoted,
  ].join('\n');
}

function sorted(names: Iterable<string>): string {
  return [...new Set(names)].sort().join();
}
