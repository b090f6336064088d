import type { NarratedTable } from '../explain/transition-words.ts';

/** The table of one transition for programs: the words and the marks of the text form. Same input, same bytes. */
export function transitionJson(table: NarratedTable): string {
  return `${JSON.stringify({ version: 1, ...table }, null, 2)}\n`;
}
