import type { ProgressTitles } from '../../protocol.ts';

/** What clients are told that say nothing else. */
const english: Required<ProgressTitles> = {
  indexing: 'Membrane: indexing',
  checkingTree: 'Membrane: checking the tree',
  checkingWorkspace: 'Membrane: checking the workspace',
  filesSearched: '{0} files searched',
  filesChecked: '{0} of {1} files',
};

/** Titles of progress, each as the client has it, else in English. */
export type Titles = Required<ProgressTitles>;

/** Takes the titles that a client gave; what is no text of it counts for nothing. */
export function titlesOf(given: unknown): Titles {
  const own: Partial<Record<string, unknown>> = typeof given === 'object' && given !== null ? given : {};
  const all = Object.entries(english).map(([name, text]) => {
    const said = own[name];
    return [name, typeof said === 'string' && said.trim() !== '' ? said : text] as const;
  });
  return Object.fromEntries(all) as unknown as Titles;
}

/** A title with numbers in the place of `{0}` and `{1}`. */
export function filled(title: string, ...numbers: readonly number[]): string {
  return title.replace(/\{(\d)\}/g, (mark, at) => String(numbers[Number(at)] ?? mark));
}
