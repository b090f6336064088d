import type { Column, Met, PageState, TableRow, TransitionTable } from '../model/show.ts';
import type { AccessOutcome, Mapping } from '../model/step.ts';
import { mappingWords, outcomeSentence, valueWords } from './model-words.ts';
import { policyWords, verdictLines } from './transition-verdict.ts';
import { list } from './words.ts';

/** Words for the table of one transition, see {@link file://./../model/show.ts}. */

/** What a cell is, beside its mark: what colour and shape repeat. */
export type CellTone = 'private' | 'shared' | 'neither' | 'absent' | 'word';

/** One cell: a mark for the grid, and the words for those who hear it. */
export interface NarratedCell {
  /** At most 7 columns where state is a mark, at most 12 where it is a word. */
  readonly mark: string;
  readonly words: string;
  /** One for each state that is possible; a TLB can hold more than one. */
  readonly tones: readonly CellTone[];
  /** A TLB entry that the page table does not say. */
  readonly stale: boolean;
}

/** Pages that are the same in every column share a line. */
export interface NarratedLine {
  /** `page 1`, `pages 0 and 1`, `other memory`; empty if all pages are the same. */
  readonly pages: string;
  /** Their numbers, from 0; other memory comes after the range. */
  readonly numbers: readonly number[];
  readonly cells: readonly NarratedCell[];
}

/** A read or write that the row is about: from which column to where, and how it goes. */
export interface NarratedAccess {
  readonly who: string;
  readonly pages: string;
  /** The first of them. */
  readonly page: number;
  readonly mapping: Mapping | null;
  /** `#VE`, `ok`: what stands on the arrow. */
  readonly short: string;
  /** The access gets to a page: the arrow has a head. */
  readonly arrives: boolean;
  readonly sentence: string;
  readonly harmful: boolean;
}

/** Where in the source a row comes from; lines and columns from 1, columns in UTF-16 units. */
export interface NarratedPlace {
  readonly file: string;
  readonly start: { readonly line: number; readonly column: number };
  readonly end: { readonly line: number; readonly column: number };
}

/** One row in words. */
export interface NarratedRow {
  /** `path`: a step of a path that the model has no row for. */
  readonly kind: TableRow['kind'] | 'path';
  /** `>` it fails here, `x` somebody comes to harm, `~` a stray read. */
  readonly mark: ' ' | '>' | 'x' | '~';
  /** Of the step within its protocol; null if it is none. */
  readonly number: number | null;
  readonly text: string;
  /** There was nothing to do. */
  readonly idle: boolean;
  /** Whom the kernel turns to. */
  readonly lane: 'page-table' | 'hypervisor' | 'kernel';
  /** `FAILS -EIO on page 1`, or who can be hurt from here on that could not before. */
  readonly notes: readonly string[];
  readonly lines: readonly NarratedLine[];
  /** Several lines, and all of them as in the row before: the row need not show them again. */
  readonly repeats: boolean;
  readonly accesses: readonly NarratedAccess[];
  /** Left out where it is of no source. */
  readonly place?: NarratedPlace;
  /** All of it in one sentence. */
  readonly sentence: string;
}

/** The table of one transition in words. */
export interface NarratedTable {
  readonly platform: string;
  /** `TDX: set_memory_decrypted(), private -> shared`. */
  readonly title: string;
  /** Which protocol, and which kernels run it. */
  readonly about: string;
  readonly columns: readonly NarratedColumn[];
  readonly rows: readonly NarratedRow[];
  /** What becomes of it, the worst first; then what helps. */
  readonly verdict: readonly string[];
  readonly remedies: readonly string[];
  readonly harmful: boolean;
  readonly legend: readonly string[];
}

/** A column's head and what it says. */
export interface NarratedColumn {
  readonly k: Column['k'];
  readonly mapping: Mapping | null;
  readonly head: string;
  readonly words: string;
}

/** The table in words. */
export function narrateTable(table: TransitionTable): NarratedTable {
  const before = new Set<string>();
  const rows = withRepeats(table.rows.map((row) => narrateRow(row, table, before)));
  const { verdict, remedies } = verdictLines(table);
  const away =
    table.direction === 'share'
      ? 'set_memory_decrypted(), private -> shared'
      : 'set_memory_encrypted(), shared -> private';
  const where = table.address === 'vmalloc' ? ', a vmalloc address' : '';
  return {
    platform: table.platform,
    title: `${table.title}: ${away}${where}`,
    about: aboutOf(table),
    columns: columnsOf(table),
    rows,
    verdict,
    remedies,
    harmful: table.verdict.harms.length > 0,
    legend: legendOf(table),
  };
}

function withRepeats(rows: readonly NarratedRow[]): readonly NarratedRow[] {
  let before = '';
  return rows.map((row) => {
    if (row.kind === 'read') return row;
    const now = JSON.stringify(row.lines);
    const repeats = row.lines.length > 1 && now === before;
    before = now;
    return repeats ? { ...row, repeats } : row;
  });
}

/** `ring.c:118`: the file without its folders. */
export function placeText({ file, start }: NarratedPlace): string {
  return `${file.slice(file.lastIndexOf('/') + 1)}:${start.line}`;
}

/** The line of a row that an access is about. */
export function lineOf(row: NarratedRow, access: NarratedAccess): NarratedLine {
  return row.lines.find((line) => line.numbers.includes(access.page)) ?? row.lines[0]!;
}

function aboutOf(table: TransitionTable): string {
  const { protocol, protocolTitle, kernels, pages, failing, policy, freed, direction } = table;
  const runs = kernels.length === 0 ? 'no kernel runs it yet' : `Linux ${list(kernels)}`;
  const fails =
    failing === null
      ? policy === null
        ? 'nothing fails'
        : 'it is refused'
      : `step ${failing.number} fails${pages > 1 ? ` on page ${failing.page}` : ''}`;
  const then =
    policy === null
      ? freed
        ? ', then the caller frees it'
        : ''
      : `, then the caller ${policyWords(policy, direction)}`;
  const many = pages === 1 ? '' : `${pages} pages, `;
  return `protocol ${protocol}: ${protocolTitle} (${runs}); ${many}${fails}${then}`;
}

function columnsOf(table: TransitionTable): readonly NarratedColumn[] {
  return table.columns.map((column) => narrateColumn(column, table));
}

function narrateColumn(column: Column, { keyed, columns }: TransitionTable): NarratedColumn {
  const { k } = column;
  const alone = columns.filter((c) => c.k === 'tlb').length === 1;
  if (column.k === 'entry' || column.k === 'tlb') {
    const short: Readonly<Record<Mapping, string>> = {
      direct: 'linear',
      vmap: 'vmap',
      user: 'user',
      tmp: 'tmp',
    };
    const { mapping } = column;
    const words =
      k === 'entry'
        ? `page table entry of the ${mappingWords[mapping]}`
        : `what the TLB can hold of the ${mappingWords[mapping]}`;
    return {
      k,
      mapping,
      head: k === 'entry' ? short[mapping] : alone ? 'TLB' : `TLB ${short[mapping]}`,
      words,
    };
  }
  const heads = {
    host: keyed
      ? { head: 'key', words: 'the key that the contents were written with' }
      : { head: 'host', words: "what the host's side says of the page" },
    contents: { head: 'contents', words: 'what is left of the contents' },
    owner: { head: 'owner', words: 'whose page it is' },
    belief: { head: 'taken for', words: 'what the kernel takes the page for' },
  };
  return { k, mapping: null, ...heads[column.k] };
}

function narrateRow(row: TableRow, table: TransitionTable, before: Set<string>): NarratedRow {
  const notes = notesOf(row, table, before);
  const ofRow = row.kind === 'read' || row.kind === 'next' || row.met.some((m) => m.actor === 'device');
  const accesses = ofRow ? accessesOf(row, table) : [];
  const harmful = accesses.some((access) => access.harmful);
  const lines = linesOf(row.pages, table);
  const text = textOf(row, table);
  const mark = row.kind === 'read' ? '~' : row.error !== undefined && row.step ? '>' : harmful ? 'x' : ' ';
  const state = lines.map((line) => lineSentence(line, table)).join('; ');
  const said = accesses.map(({ who, pages, sentence }) => `${who}${pages && `, ${pages}`}: ${sentence}`);
  return {
    kind: row.kind,
    mark,
    number: row.number ?? null,
    text,
    idle: row.idle ?? false,
    lane: laneOf(row),
    notes,
    lines,
    repeats: false,
    accesses,
    sentence: `${[...(row.kind === 'read' ? said : [sentenceHead(row, text), ...notes, ...said]), ...(row.kind === 'read' ? [] : [state])].join('; ')}.`,
  };
}

function sentenceHead({ kind, number }: TableRow, text: string): string {
  if (kind === 'before') return 'before';
  if (kind === 'back') return `converting back, step ${number}, ${text}`;
  return number === undefined ? text : `step ${number}, ${text}`;
}

function textOf(row: TableRow, { pages, policy }: TransitionTable): string {
  const title = pages > 1 ? row.title.replace(/\bthe page\b(?! (?:table|state))/, 'the pages') : row.title;
  switch (row.kind) {
    case 'before':
      return 'before';
    case 'read':
      return 'stray read';
    case 'cleanup':
      return `error path: ${title}`;
    case 'caller':
      return row.actor === 'kernel' ? `caller ${title}` : `${row.actor} ${title}`;
    case 'next':
      return `${row.actor} ${title}`;
    case 'return':
      return policy === 'convert-back' && row.error === undefined ? `the way back ${title}` : title;
    default:
      return title;
  }
}

function laneOf({ op }: TableRow): NarratedRow['lane'] {
  if (op === 'host') return 'hypervisor';
  return op === undefined || op === 'require-linear' || op === 'flush-cache' ? 'kernel' : 'page-table';
}

/** Where it fails; and who can be hurt that could not be hurt before. */
function notesOf(row: TableRow, table: TransitionTable, before: Set<string>): readonly string[] {
  const notes: string[] = [];
  if (row.idle) notes.push('nothing to do');
  if (row.error !== undefined && row.step !== undefined) {
    const at = row.at?.page === undefined || table.pages === 1 ? '' : ` on page ${row.at.page}`;
    notes.push(`FAILS ${row.error}${at}${row.terminated ? ': the guest is terminated' : ''}`);
  }
  if (row.kind === 'read' || row.kind === 'next') return notes;
  const harmed = row.met.filter((met) => met.harm !== undefined && met.actor !== 'device');
  for (const line of grouped(harmed, table)) {
    const text = `${line.who}${line.pages && ` of ${line.pages}`}${line.mapping === null ? '' : ` through the ${mappingWords[line.mapping]}`}: ${line.sentence}`;
    if (!before.has(text)) notes.push(text);
    before.add(text);
  }
  return notes;
}

function accessesOf(row: TableRow, table: TransitionTable): readonly NarratedAccess[] {
  const shown = row.kind === 'read' ? row.met.filter((m) => m.actor === 'stray reader') : row.met;
  return grouped(shown, table);
}

/** What is met, one entry for all pages for which it is the same. */
function grouped(met: readonly Met[], table: TransitionTable): readonly NarratedAccess[] {
  const places = new Map<string, Met[]>();
  for (const m of met) {
    const key = `${m.actor} ${m.page} ${m.mapping} ${m.foreign}`;
    places.set(key, [...(places.get(key) ?? []), m]);
  }
  const same = new Map<string, { pages: Met[]; outcomes: readonly Met[] }>();
  for (const at of places.values()) {
    const outcomes = at.toSorted((a, b) => rank(a) - rank(b));
    const first = outcomes[0]!;
    const key = `${first.actor} ${first.mapping} ${first.foreign} ${outcomes.map((m) => m.outcome).join()}`;
    const group = same.get(key) ?? { pages: [], outcomes };
    group.pages.push(first);
    same.set(key, group);
  }
  return [...same.values()].map(({ pages, outcomes }) => narrateAccess(pages, outcomes, table));
}

/** Outcomes that say most come first. */
const rank = ({ outcome, harm }: Met): number => (harm !== undefined ? 0 : outcome === 'ok' ? 2 : 1);

function narrateAccess(
  pages: readonly Met[],
  outcomes: readonly Met[],
  table: TransitionTable,
): NarratedAccess {
  const first = outcomes[0]!;
  const outcome = first.outcome ?? 'ok';
  const others = outcomes.slice(1).map((m) => shortOutcome(m.outcome ?? 'ok', table));
  const harmful = outcomes.some((m) => m.harm !== undefined);
  return {
    who: first.actor === 'stray reader' ? 'stray read' : first.actor,
    pages: pageNames(
      pages.map((m) => m.page ?? 0),
      table,
    ),
    page: pages[0]!.page ?? 0,
    mapping: first.mapping ?? null,
    short: shortOutcome(outcome, table),
    arrives: !['page-fault', 'unreached', 'host-fault'].includes(outcome),
    sentence: `${sentenceOf(first, table)}${others.length === 0 ? '' : `; or ${list(others, 'or')}, as the TLB has it`}`,
    harmful,
  };
}

function sentenceOf({ actor, outcome, harm }: Met, { platform }: TransitionTable): string {
  // Whoever meets it, it is the host that gets the data.
  if (harm === 'host-access')
    return `${actor === 'host' ? '' : 'the host '}reads and writes the ${actor === 'owner' ? '' : 'next '}owner's data`;
  if (harm === 'unencrypted') return "holds the next owner's data in the clear";
  return outcome === undefined ? '' : outcomeSentence(outcome, actor, platform);
}

/** What stands on an arrow. */
export function shortOutcome(outcome: AccessOutcome, { platform }: TransitionTable): string {
  const x86 = !['cca', 'pkvm', 'powerpc-svm', 's390-pv'].includes(platform);
  switch (outcome) {
    case 'page-fault':
      return x86 ? '#PF' : 'page fault';
    case 'exception':
    case 'paravisor-exception':
      return platform.startsWith('tdx') ? '#VE' : platform.startsWith('snp') ? '#VC' : 'exception';
    case 'abort':
      return 'abort';
    case 'nested-fault':
      return '#NPF';
    case 'elsewhere':
      return 'other memory';
    case 'host-fault':
      return 'host fault';
    default:
      return outcome;
  }
}

/** `page 1`, `pages 0 and 1`, `other memory`; empty if these are all pages. */
export function pageNames(pages: readonly number[], table: TransitionTable): string {
  const own = [...new Set(pages)].filter((page) => page < table.pages).sort((a, b) => a - b);
  const foreign = pages.some((page) => page >= table.pages);
  const alone = !table.rows.some((row) => row.pages.some((page) => page.foreign));
  if (own.length === table.pages && alone) return '';
  const names = own.length === 0 ? [] : [`${own.length === 1 ? 'page' : 'pages'} ${list(own.map(String))}`];
  return list([...names, ...(foreign ? ['other memory'] : [])]);
}

function linesOf(pages: readonly PageState[], table: TransitionTable): readonly NarratedLine[] {
  const groups = new Map<string, PageState[]>();
  for (const page of pages) {
    const key = JSON.stringify({ ...page, page: 0, agrees: true });
    groups.set(key, [...(groups.get(key) ?? []), page]);
  }
  return [...groups.values()].map((group) => ({
    pages:
      groups.size === 1
        ? ''
        : pageNames(
            group.map((p) => p.page),
            table,
          ),
    numbers: group.map((p) => p.page),
    cells: table.columns.map((column) => cellOf(column, group[0]!)),
  }));
}

function cellOf(column: Column, page: PageState): NarratedCell {
  switch (column.k) {
    case 'entry':
      return entryCell(page.entries[column.mapping] ?? 'absent');
    case 'tlb': {
      const { can, stale } = page.cached[column.mapping] ?? { can: [], stale: false };
      if (can.length === 0) return cell(' . ', 'nothing', ['absent']);
      const words = list(
        can.map((a) => valueWords(a).words),
        'or',
      );
      const marks = can.map((a) => valueWords(a).mark).join('');
      const tones = can.map((a) => (a === 'P' ? ('private' as const) : ('shared' as const)));
      return {
        mark: stale ? `${marks}!` : marks,
        words: stale ? `${words}, stale` : words,
        tones,
        stale,
      };
    }
    case 'host':
      return valueCell(page.host);
    case 'belief':
      return page.foreign ? cell('   ', '', ['absent']) : valueCell(page.belief);
    case 'owner': {
      const owner = page.foreign ? 'other' : page.owner === 'exposed' ? 'next' : page.owner;
      return cell(owner, owner, ['word']);
    }
    case 'contents':
      return cell(contentsWords[page.contents], contentsWords[page.contents], ['word']);
  }
}

const contentsWords: Readonly<Record<PageState['contents'], string>> = {
  intact: 'intact',
  kept: 'intact',
  scrambled: 'lost',
  zeroed: 'lost',
  unsure: 'unsure',
  next: "next's",
};

function cell(mark: string, words: string, tones: readonly CellTone[]): NarratedCell {
  return { mark, words, tones, stale: false };
}

/** An entry that is not present keeps its attribute: `.P.`. */
function entryCell(entry: string): NarratedCell {
  const attribute = entry.at(-1)!;
  if (entry.startsWith('NP_')) return cell(`.${attribute}.`, valueWords(entry).words, ['absent']);
  return valueCell(entry);
}

function valueCell(value: string): NarratedCell {
  const { mark, words } = valueWords(value);
  const tone: CellTone =
    mark === '[P]' ? 'private' : mark === '(S)' ? 'shared' : mark === ' . ' ? 'absent' : 'neither';
  return cell(mark, words, [tone]);
}

function lineSentence({ pages, cells }: NarratedLine, table: TransitionTable): string {
  const parts = table.columns.flatMap((column, i) => {
    const { words } = cells[i]!;
    return words === '' ? [] : [`${narrateColumn(column, table).head} ${words}`];
  });
  return `${pages === '' ? '' : `${pages}: `}${parts.join(', ')}`;
}

function legendOf({ columns, keyed, rows }: TransitionTable): readonly string[] {
  const entries = columns.some((column) => column.k === 'entry');
  const unaccepted = rows.some((row) => row.pages.some((page) => page.host === 'UNVAL'));
  const foreign = rows.some((row) => row.pages.some((page) => page.foreign));
  const back = rows.some((row) => row.kind === 'back');
  return [
    '[P] private   (S) shared   <?> unknown, a transition runs or has failed',
    ...(entries
      ? [
          ' .  not mapped, not cached   .P. .S. not present, the attribute stays',
          'TLB: all that it can hold, whatever the CPU cached when; ! more than the page table says',
        ]
      : ['page tables say nothing of private and shared here']),
    ...(columns.some((column) => column.k === 'owner')
      ? ['next: whoever the allocator gives the page to']
      : []),
    ...(unaccepted ? ['[-] private, and not accepted or validated yet'] : []),
    ...(back ? ['<1, <2: steps of the way back'] : []),
    ...(keyed ? ['key: how the contents were written last; nobody keeps a state of the page'] : []),
    ...(foreign ? ['other memory: what a wrong physical address leads to'] : []),
  ];
}
