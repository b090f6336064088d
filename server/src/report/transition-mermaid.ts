import type { NarratedAccess, NarratedRow, NarratedTable } from '../explain/transition-words.ts';

/**
 * The table of one transition as a Mermaid sequence diagram, as GitHub draws it in a fence: who turns to whom, in the
 * order of the rows.
 */
export function transitionMermaid(table: NarratedTable): string {
  const lines = table.rows.flatMap((row) => rowLines(row, table));
  const used = (id: string): boolean =>
    lines.some((line) => new RegExp(`\\b${id}\\b(?=[-:,])|[ >]${id}:`).test(line));
  const actors = Object.entries(names(table)).filter(([id]) => id === 'K' || used(id));
  return [
    'sequenceDiagram',
    `  title ${clean(table.title)}`,
    ...actors.map(([id, name]) => `  participant ${id} as ${name}`),
    ...lines.map((line) => `  ${line}`),
    ...[...table.verdict, ...table.remedies].map((text) => `  Note over ${over(actors)}: ${clean(text)}`),
    '',
  ].join('\n');
}

/** Abbreviations of who takes part, in the order in which they stand. */
function names(table: NarratedTable): Readonly<Record<string, string>> {
  const keyed = table.columns.some((column) => column.head === 'key');
  return {
    R: 'stray reader',
    K: 'kernel',
    PT: 'page table, TLB',
    H: keyed ? 'memory' : 'hypervisor',
    N: 'next owner',
  };
}

const over = (actors: readonly (readonly [string, string])[]): string =>
  actors.length === 1 ? actors[0]![0] : `${actors[0]![0]},${actors.at(-1)![0]}`;

function rowLines(row: NarratedRow, table: NarratedTable): string[] {
  if (row.kind === 'before' || row.idle) return [];
  if (row.kind === 'read') return row.accesses.map((access) => readLine(access));
  const number = row.number === null ? '' : `${row.kind === 'back' ? 'back ' : ''}${row.number} `;
  const said = `${number}${clean(row.text)}`;
  const lines =
    row.kind === 'next'
      ? nextLines(row)
      : [row.lane === 'kernel' ? `K->>K: ${said}` : `K->>${row.lane === 'hypervisor' ? 'H' : 'PT'}: ${said}`];
  const noted = row.notes.map(
    (note) => `Note over K,${row.lane === 'hypervisor' ? 'H' : 'PT'}: ${clean(note)}`,
  );
  return [...lines, ...noted, ...stateLine(row, table)];
}

/** What the host says of the pages after a step that turned to it. */
function stateLine(row: NarratedRow, { columns }: NarratedTable): string[] {
  if (row.lane !== 'hypervisor' || row.kind === 'next') return [];
  const host = columns.findIndex((column) => column.k === 'host');
  const states = row.lines.map(
    ({ pages, cells }) => `${pages === '' ? '' : `${pages} `}${cells[host]!.words}`,
  );
  return [`Note right of H: ${clean(states.join(', '))}`];
}

function nextLines(row: NarratedRow): string[] {
  if (row.accesses.length === 0) return [`N->>N: ${clean(row.text)}`];
  return row.accesses.map(({ who, pages, short, sentence, harmful, arrives }) => {
    const what = clean(`${pages === '' ? '' : `${pages}: `}${harmful ? sentence : short}`);
    if (who === 'host' || who === 'memory') return `H->>N: ${what}`;
    return `N${arrives && !harmful ? '->>' : '-x'}PT: writes, ${what}`;
  });
}

function readLine({ pages, sentence, harmful, arrives }: NarratedAccess): string {
  const text = clean(`${pages === '' ? 'reads' : `reads ${pages}`}: ${sentence}`);
  return `R${harmful || !arrives ? '-x' : '->>'}PT: ${text}`;
}

/** Mermaid takes `#` and `;` for its own, and `end` for the end of a block. */
function clean(text: string): string {
  return text
    .replaceAll('#', '#35;')
    .replace(/;(?<!#35;)/g, ',')
    .replace(/\bend\b/g, 'End');
}
