import {
  lineOf,
  type NarratedAccess,
  type NarratedCell,
  type NarratedColumn,
  type NarratedLine,
  type NarratedRow,
  type NarratedTable,
  placeText,
} from '../explain/transition-words.ts';
import { wrap } from '../explain/words.ts';
import { painter, type Tone } from './paint.ts';

/** Columns at most. */
const width = 120;
const longestText = 46;

/**
 * The table of one transition for a terminal: state is shape and letter, colour only repeats it. At most 120 columns; what
 * does not fit beside a row stands under it.
 */
export function transitionText(table: NarratedTable, style: { readonly colours: boolean }): string {
  return new Grid(table, style.colours).lines().join('\n').concat('\n');
}

/** One sentence a row, for who hears the table: the same rows in the same order. */
export function transitionSentences(table: NarratedTable): readonly string[] {
  return table.rows.map((row) => row.sentence);
}

class Grid {
  private readonly paint: (text: string, tone: Tone) => string;
  private readonly text: number;
  private readonly widths: readonly number[];
  private readonly gap: number;
  /** The place that was said last. */
  private last = '';

  constructor(
    private readonly table: NarratedTable,
    colours: boolean,
  ) {
    this.paint = painter(colours);
    const shorts = table.rows
      .flatMap((row) => (row.kind === 'read' ? row.accesses : []))
      .map((a) => a.short.length);
    const alone = table.columns.filter((column) => column.k === 'tlb').length === 1;
    const arrow = alone ? Math.max(7, ...shorts.map((n) => n + 4)) : 7;
    this.widths = table.columns.map((column, i) =>
      Math.max(
        column.head.length,
        // An arrow goes over it.
        column.k === 'tlb' ? arrow : 0,
        ...table.rows.flatMap((row) => row.lines.map((line) => line.cells[i]!.mark.length)),
      ),
    );
    const heads = table.rows.flatMap((row) => this.heads(row));
    this.text = Math.min(longestText, Math.max(...heads.map((head) => head.length)));
    // Many mappings, long steps: the columns come closer, then a step is cut.
    const cells = this.widths.reduce((sum, w) => sum + w, 0);
    this.gap = 9 + this.text + cells + 2 * this.widths.length > width ? 1 : 2;
    this.text = Math.min(this.text, width - 9 - cells - this.gap * (this.widths.length - 1));
  }

  lines(): string[] {
    const { table, paint } = this;
    const rule = '-'.repeat(Math.min(width, this.start + this.gridWidth + 24));
    return [
      paint(table.title, 'bold'),
      ...wrap(table.about, width).map((line) => paint(line, 'dim')),
      '',
      ' '.repeat(this.start) + this.row(table.columns.map((column) => column.head)).trimEnd(),
      ...table.rows.flatMap((row) => this.rowLines(row)),
      rule,
      ...table.verdict.flatMap((text) => this.sentence(table.harmful ? 'x' : ' ', text, table.harmful)),
      ...table.remedies.flatMap((text) => this.sentence(' ', text, false)),
      '',
      ...table.legend.map((text) => paint(text, 'dim')),
    ];
  }

  /** Where the grid begins. */
  private get start(): number {
    return 7 + this.text + 2;
  }

  private get gridWidth(): number {
    return this.widths.reduce((sum, w) => sum + w + this.gap, 0);
  }

  private heads(row: NarratedRow): readonly string[] {
    if (row.kind === 'read') return row.accesses.map((access) => readHead(access));
    return [row.text, ...row.lines.map((line) => `  ${line.pages}`)];
  }

  private sentence(mark: string, text: string, bad: boolean): string[] {
    return wrap(text, width - 3).map((line, i) => {
      const shown = ` ${i === 0 ? mark : ' '} ${line}`;
      return bad ? this.paint(shown, 'error') : shown;
    });
  }

  private rowLines(row: NarratedRow): string[] {
    if (row.kind === 'read') return row.accesses.map((access) => this.readLine(access, row));
    const number = row.number === null ? '' : `${row.number}`;
    const label = row.kind === 'back' ? `<${number}` : number;
    const mark = row.mark === ' ' ? ' ' : this.paint(row.mark, 'error');
    const notes = [...row.notes, ...row.accesses.map((access) => said(access))];
    const alone = row.lines.length === 1;
    const first = row.lines[0]!;
    const head = ` ${mark} ${label.padStart(2)}  ${this.fitted(row.text, row.idle)}  `;
    const out = alone ? [head + this.cells(first)] : [head];
    if (!alone && !row.repeats)
      for (const line of row.lines) out.push(`${this.pageHead(line.pages)}${this.cells(line)}`);
    return this.withNotes(
      out.map((line) => line.trimEnd()),
      notes,
      row,
    );
  }

  /** Notes go to the right of the lines if all fit, else under them. */
  private withNotes(lines: readonly string[], told: readonly string[], row: NarratedRow): string[] {
    const tone: Tone = row.mark === ' ' && row.idle ? 'dim' : row.mark === ' ' ? 'warning' : 'error';
    const at = this.start + this.gridWidth;
    let notes = told;
    const place = this.placeOf(row);
    if (place !== '') {
      const [first = '', ...rest] = notes;
      const both = first === '' ? place : `${first}   ${place}`;
      notes = both.length <= width - at ? [both, ...rest] : [...notes, place];
    }
    const fit = notes.length <= lines.length && notes.every((note) => note.length <= width - at);
    if (!fit) return [...lines, ...notes.flatMap((note) => this.under(note, tone))];
    return lines.map((line, i) => {
      const note = notes[i];
      return note === undefined
        ? line
        : line + ' '.repeat(Math.max(0, at - visible(line))) + this.paint(note, tone);
    });
  }

  /** Where a row is in the source, if it is not where the row before it is; where it fails that is always said. */
  private placeOf({ place, mark, idle }: NarratedRow): string {
    if (place === undefined || idle) return '';
    const text = placeText(place);
    const isKnown = text === this.last && mark !== '>';
    this.last = text;
    return isKnown ? '' : text;
  }

  private under(note: string, tone: Tone): string[] {
    return wrap(note, width - 9).map(
      (text, i) => `       ${this.paint(`${i === 0 ? '^' : ' '} ${text}`, tone)}`,
    );
  }

  private pageHead(pages: string): string {
    return `${' '.repeat(7)}  ${this.paint(pages.padEnd(this.text), 'dim')}`;
  }

  private fitted(text: string, idle: boolean): string {
    const shown = text.length > this.text ? `${text.slice(0, this.text - 3)}...` : text;
    const padded = shown.padEnd(this.text);
    return idle ? this.paint(padded, 'dim') : padded;
  }

  private row(texts: readonly string[]): string {
    return texts.map((text, i) => centred(text, this.widths[i]!)).join(' '.repeat(this.gap));
  }

  private cells({ cells }: NarratedLine): string {
    return cells
      .map((cell, i) => this.cell(cell, this.widths[i]!, this.table.columns[i]!))
      .join(' '.repeat(this.gap));
  }

  private cell(cell: NarratedCell, wide: number, column: NarratedColumn): string {
    const word = column.k === 'contents' || column.k === 'owner';
    const text = word ? cell.mark.padEnd(wide) : centred(cell.mark, wide);
    const [tone] = cell.tones;
    if (cell.stale) return this.paint(text, 'warning');
    if (tone === 'shared') return this.paint(text, 'state');
    if (tone === 'private') return this.paint(text, 'remedy');
    if (tone === 'neither') return this.paint(text, 'info');
    return tone === 'absent' ? this.paint(text, 'dim') : text;
  }

  /** From the entry that is read through, an arrow to the host: it has a head if the read gets there. */
  private readLine(access: NarratedAccess, row: NarratedRow): string {
    const { columns } = this.table;
    const from = columns.findIndex((c) => c.k === 'entry' && c.mapping === access.mapping);
    const to = columns.findIndex((c) => c.k === 'host');
    const line = lineOf(row, access);
    const places = this.places();
    const head = ` ${this.paint('~', access.harmful ? 'error' : 'info')}     ${readHead(access).padEnd(this.text)}  `;
    const note = access.sentence;
    const tone: Tone = access.harmful ? 'error' : 'info';
    const noteAt = this.start + this.gridWidth;
    const fits = note.length <= width - noteAt;
    const end = fits ? (gap: number) => ' '.repeat(gap) + this.paint(note, tone) : () => '';
    const below = fits ? '' : `\n${this.under(note, tone).join('\n')}`;
    if (from < 0) {
      const short = `${access.short}`;
      return head + this.paint(short, tone) + end(Math.max(1, noteAt - this.start - short.length)) + below;
    }
    const start = places[from]! + this.widths[from]!;
    const arrow = arrowOf(access, places[to]! - start);
    const body =
      ' '.repeat(places[from]!) +
      this.cell(line.cells[from]!, this.widths[from]!, columns[from]!) +
      this.paint(arrow, tone) +
      (access.arrives
        ? this.cell(line.cells[to]!, this.widths[to]!, columns[to]!)
        : ' '.repeat(this.widths[to]!));
    const used = places[to]! + this.widths[to]!;
    return (head + body + end(this.gridWidth - used)).trimEnd() + below;
  }

  private places(): readonly number[] {
    const places: number[] = [];
    this.widths.reduce((at, wide) => {
      places.push(at);
      return at + wide + this.gap;
    }, 0);
    return places;
  }
}

function readHead({ pages, who }: NarratedAccess): string {
  return pages === '' ? who : `${who}, ${pages}`;
}

function said({ pages, short, sentence, harmful }: NarratedAccess): string {
  if (!harmful) return pages === '' ? short : `${pages}: ${short}`;
  return pages === '' ? sentence : `${pages}: ${sentence}`;
}

/** ` ---- #VE ----> `, exactly `room` columns wide. */
function arrowOf({ short, arrives }: NarratedAccess, room: number): string {
  const inner = room - 2;
  const label = ` ${short} `;
  if (inner < label.length + 2) return ` ${short} `.slice(0, room).padEnd(room);
  const left = Math.floor((inner - label.length) / 2);
  const right = inner - label.length - left;
  const shaft = arrives ? `${'-'.repeat(right - 1)}>` : ' '.repeat(right);
  return ` ${'-'.repeat(left)}${label}${shaft} `;
}

function centred(text: string, wide: number): string {
  const left = Math.floor((wide - text.length) / 2);
  return (' '.repeat(Math.max(0, left)) + text).padEnd(wide);
}

/** Columns that a painted line takes. */
function visible(line: string): number {
  const introducer = String.fromCharCode(27);
  return line
    .split(introducer)
    .reduce((sum, part, i) => sum + (i === 0 ? part : part.replace(/^\[[\d;]*m/, '')).length, 0);
}
