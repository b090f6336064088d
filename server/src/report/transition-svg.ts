import {
  lineOf,
  type NarratedAccess,
  type NarratedCell,
  type NarratedLine,
  type NarratedRow,
  type NarratedTable,
} from '../explain/transition-words.ts';
import { wrap } from '../explain/words.ts';

/** Pixels. Text is not measured: `letter` is a generous mean of what sans-serif fonts of that size need. */
const size = { font: 13, small: 11.5, letter: 6.4, row: 26, line: 24, note: 16, margin: 18, head: 74 };
const column = { state: 62, tlb: 78, word: 84 };

/**
 * The table of one transition as a picture: private is a square, shared a circle, neither a diamond, what is not present
 * has a dashed outline; each has its letter, colour only repeats it. Text stays text; title and description say it all.
 * It brings its own background, light or dark as the reader's system is. Same table, same bytes.
 */
export function transitionSvg(table: NarratedTable): string {
  return new Picture(table).svg();
}

class Picture {
  private readonly out: string[] = [];
  private readonly centres: readonly number[];
  private readonly width: number;
  private readonly left: number;
  private y: number;

  constructor(private readonly table: NarratedTable) {
    const longest = Math.max(
      ...table.rows.map((row) => (row.kind === 'read' ? 20 : row.text.length)),
      ...table.rows.flatMap((row) => row.lines.map((line) => line.pages.length + 3)),
    );
    this.left = size.margin + 44 + Math.ceil(Math.min(longest, 48) * size.letter) + 12;
    let at = this.left;
    this.centres = table.columns.map(({ k }) => {
      const wide = k === 'tlb' ? column.tlb : k === 'contents' || k === 'owner' ? column.word : column.state;
      at += wide;
      return at - wide / 2;
    });
    this.width = Math.max(at + size.margin, 760);
    const about = wrap(table.about, this.letters(size.margin));
    this.y = size.head + (about.length - 1) * size.note;
  }

  svg(): string {
    const { table } = this;
    this.heads();
    for (const row of table.rows) this.row(row);
    this.close();
    const height = Math.ceil(this.y + size.margin);
    const description = [...table.verdict, ...table.remedies, ...table.rows.map((row) => row.sentence)].join(
      '\n',
    );
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${this.width}" height="${height}" viewBox="0 0 ${this.width} ${height}" role="img" aria-labelledby="t d">
<title id="t">${escaped(table.title)}; ${escaped(table.about)}</title>
<desc id="d">${escaped(description)}</desc>
<style>${style}</style>
<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,0L8,4L0,8z" class="tip"/></marker></defs>
<rect class="card" x="0.5" y="0.5" width="${this.width - 1}" height="${height - 1}" rx="8"/>
${this.out.join('\n')}
</svg>
`;
  }

  /** Letters that fit between `x` and the right margin. */
  private letters(x: number, bold = false): number {
    return Math.floor((this.width - size.margin - x) / (size.letter * (bold ? 1.24 : 0.95)));
  }

  private heads(): void {
    const { table } = this;
    this.text(size.margin, 28, table.title, 'title');
    wrap(table.about, this.letters(size.margin)).forEach((line, i) => {
      this.text(size.margin, 46 + i * size.note, line, 'dim');
    });
    table.columns.forEach(({ head, words }, i) => {
      const hint = `<title>${escaped(words)}</title>`;
      this.out.push(
        `<text x="${this.centres[i]}" y="${this.y}" class="head" text-anchor="middle">${escaped(head)}${hint}</text>`,
      );
    });
    this.y += 10;
  }

  private row(row: NarratedRow): void {
    if (row.kind === 'read') {
      for (const access of row.accesses) this.read(access, row);
      return;
    }
    const top = this.y;
    const bad = row.mark !== ' ';
    const base = top + size.row / 2 + 4;
    const before = this.out.length;
    if (bad) this.text(size.margin, base, row.mark === '>' ? '\u25b6' : '\u2716', 'bad');
    const number = row.number === null ? '' : row.kind === 'back' ? `\u25c2${row.number}` : `${row.number}`;
    this.text(size.margin + 34, base, number, 'number', 'end');
    this.text(size.margin + 44, base, row.text, row.idle ? 'dim' : row.kind === 'step' ? 'step' : 'other');
    this.y += size.row;
    if (row.lines.length === 1) this.cells(row.lines[0]!, top + size.row / 2);
    else if (!row.repeats)
      for (const line of row.lines) {
        this.text(size.margin + 60, this.y + size.line / 2 + 4, line.pages, 'dim');
        this.cells(line, this.y + size.line / 2);
        this.y += size.line;
      }
    const notes = row.idle ? [] : [...row.notes, ...row.accesses.map(said)];
    for (const note of notes) this.note(note, bad ? 'bad' : 'warn');
    if (bad)
      this.out.splice(
        before,
        0,
        `<rect class="badrow" x="8" y="${top}" width="${this.width - 16}" height="${this.y - top}" rx="4"/>`,
      );
    this.rule();
  }

  private note(note: string, tone: string): void {
    for (const line of wrap(note, this.letters(size.margin + 60))) {
      this.text(size.margin + 60, this.y + 11, line, `note ${tone}`);
      this.y += size.note;
    }
    this.y += 2;
  }

  private rule(): void {
    this.out.push(`<path class="rule" d="M${size.margin} ${this.y}H${this.width - size.margin}"/>`);
  }

  private cells({ cells }: NarratedLine, y: number): void {
    cells.forEach((cell, i) => {
      this.cell(cell, this.centres[i]!, y);
    });
  }

  private cell(cell: NarratedCell, x: number, y: number): void {
    if (cell.tones[0] === 'word') {
      this.text(x, y + 4, cell.mark, 'word', 'middle');
      return;
    }
    const letters = cell.mark.match(/[A-Z?x-]/g) ?? [];
    const gap = 24;
    cell.tones.forEach((tone, i) => {
      const at = x + (i - (cell.tones.length - 1) / 2) * gap;
      this.shape(tone, letters[i] ?? '', at, y);
    });
    if (cell.stale) this.text(x + (cell.tones.length * gap) / 2 + 1, y + 4, '!', 'bad', 'start');
  }

  private shape(tone: NarratedCell['tones'][number], letter: string, x: number, y: number): void {
    const r = 9;
    if (tone === 'absent' && letter === '') {
      this.out.push(`<circle class="none" cx="${x}" cy="${y}" r="1.8"/>`);
      return;
    }
    const shared = tone === 'shared' || (tone === 'absent' && letter === 'S');
    const kind = tone === 'absent' ? 'gone' : tone;
    if (shared) this.out.push(`<circle class="${kind}" cx="${x}" cy="${y}" r="${r}"/>`);
    else if (tone === 'neither' && letter !== '-')
      this.out.push(
        `<path class="neither" d="M${x} ${y - 11}L${x + 11} ${y}L${x} ${y + 11}L${x - 11} ${y}z"/>`,
      );
    else
      this.out.push(
        `<rect class="${letter === '-' ? 'gone' : kind}" x="${x - r}" y="${y - r}" width="${2 * r}" height="${2 * r}" rx="3"/>`,
      );
    this.text(x, y + 4, letter === '-' ? '\u2013' : letter, 'letter', 'middle');
  }

  /** From the entry that is read through to the host: an arrow if the read gets there. */
  private read(access: NarratedAccess, row: NarratedRow): void {
    const { columns } = this.table;
    const from = columns.findIndex((c) => c.k === 'entry' && c.mapping === access.mapping);
    const to = columns.findIndex((c) => c.k === 'host');
    const y = this.y + size.row / 2;
    const tone = access.harmful ? 'bad' : 'fine';
    this.text(size.margin + 34, y + 4, '\u223c', tone, 'end');
    this.text(
      size.margin + 44,
      y + 4,
      access.pages === '' ? access.who : `${access.who}, ${access.pages}`,
      tone,
    );
    this.y += size.row;
    if (from >= 0) {
      const start = this.centres[from]! + 14;
      const end = this.centres[to]! - 14;
      const middle = (start + end) / 2;
      const stop = access.arrives ? end : middle + access.short.length * 3.6 + 14;
      const head = access.arrives ? ' marker-end="url(#a)"' : '';
      const half = access.short.length * 3.6 + 5;
      const line = lineOf(row, access);
      this.cell(line.cells[from]!, this.centres[from]!, y);
      if (access.arrives) this.cell(line.cells[to]!, this.centres[to]!, y);
      this.out.push(`<path class="arrow ${tone}" d="M${start} ${y}H${stop}"${head}/>`);
      // A bar: it gets no further.
      if (!access.arrives) this.out.push(`<path class="arrow ${tone}" d="M${stop} ${y - 6}V${y + 6}"/>`);
      this.out.push(
        `<rect class="chip ${tone}" x="${middle - half}" y="${y - 9}" width="${2 * half}" height="18" rx="9"/>`,
      );
      this.text(middle, y + 4, access.short, 'chiptext', 'middle');
    }
    const at = this.centres[to]! + 18;
    const short = access.sentence;
    if (short.length <= this.letters(at)) this.text(at, y + 4, short, `note ${tone}`);
    else this.note(short, tone);
    this.rule();
  }

  private close(): void {
    const { table } = this;
    this.y += 20;
    const say = (text: string, look: string) => {
      for (const line of wrap(text, this.letters(size.margin, true))) {
        this.text(size.margin, this.y, line, look);
        this.y += size.note + 3;
      }
    };
    for (const text of table.verdict) say(text, table.harmful ? 'verdict bad' : 'verdict good');
    for (const text of table.remedies) say(text, 'verdict');
    this.y += 4;
    this.key();
  }

  private key(): void {
    const items: readonly (readonly [NarratedCell['tones'][number], string, string])[] = [
      ['private', 'P', 'private'],
      ['shared', 'S', 'shared'],
      ['neither', '?', 'unknown'],
      ['absent', 'P', 'not present, attribute kept'],
      ['absent', '', 'not mapped, not cached'],
    ];
    let x = size.margin + 9;
    for (const [tone, letter, words] of items) {
      this.shape(tone, letter, x, this.y);
      this.text(x + 15, this.y + 4, words, 'dim');
      x += 15 + Math.max(9, words.length) * size.letter * 0.95 + 24;
    }
    this.text(x - 8, this.y + 4, '! stale', 'dim');
    this.y += 12;
  }

  private text(x: number, y: number, text: string, look: string, anchor = 'start'): void {
    if (text === '') return;
    const where = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
    this.out.push(`<text x="${x}" y="${y}" class="${look}"${where}>${escaped(text)}</text>`);
  }
}

function said({ pages, short, sentence, harmful, who }: NarratedAccess): string {
  const what = harmful ? sentence : short;
  return pages === '' ? what : `${who === 'host' ? 'host, ' : ''}${pages}: ${what}`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);
}

const style = `
text{font-family:-apple-system,'Segoe UI','Helvetica Neue',Arial,'DejaVu Sans',sans-serif;font-size:${size.font}px;fill:#1f2328}
.title{font-size:16px;font-weight:600}.dim,.head{fill:#59636e;font-size:${size.small}px}.number{fill:#59636e}
.word,.other{font-size:12px}.other{font-style:italic}.note{font-size:${size.small}px}.verdict{font-weight:600}
.letter,.chiptext{font-size:11px;font-weight:600}
.card{fill:#ffffff;stroke:#d1d9e0}.rule{stroke:#d1d9e0;stroke-width:.6;fill:none}.badrow{fill:#cf222e;fill-opacity:.08}
.private{fill:#dafbe1;stroke:#1a7f37}.shared{fill:#fff1c2;stroke:#9a6700}.neither{fill:#eaeef2;stroke:#59636e}
.gone{fill:none;stroke:#59636e;stroke-dasharray:3 2}.none{fill:#59636e}
text.bad{fill:#cf222e}text.warn{fill:#9a6700}text.fine{fill:#0969da}text.good{fill:#1a7f37}
.arrow{fill:none;stroke-width:1.4;stroke:#0969da}.arrow.bad{stroke:#cf222e}.tip{fill:#59636e}
.chip{fill:#ddf4ff;stroke:#0969da}.chip.bad{fill:#ffebe9;stroke:#cf222e}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.dim,.head,.number{fill:#9198a1}
.card{fill:#0d1117;stroke:#3d444d}.rule{stroke:#3d444d}.badrow{fill:#f85149;fill-opacity:.14}
.private{fill:#12381f;stroke:#3fb950}.shared{fill:#3b2a05;stroke:#d29922}.neither{fill:#212830;stroke:#9198a1}
.gone{stroke:#9198a1}.none{fill:#9198a1}text.bad{fill:#ff7b72}text.warn{fill:#e3b341}text.fine{fill:#79c0ff}text.good{fill:#56d364}
.arrow{stroke:#4493f8}.arrow.bad{stroke:#f85149}.tip{fill:#9198a1}.chip{fill:#0c2d57;stroke:#4493f8}.chip.bad{fill:#4a1518;stroke:#f85149}}
`;
