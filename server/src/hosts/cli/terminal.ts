import type { Progress } from '../node/check.ts';

/** What a command may talk to. Tests put in their own. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Columns of standard output; null where it is no terminal. */
  readonly columns: number | null;
  readonly coloursOut: boolean;
  /** Standard error is a terminal that can redraw a line. */
  readonly interactive: boolean;
  readonly cwd: string;
}

/** The process's own. Colours only on a terminal, and never with NO_COLOR; FORCE_COLOR for those who page. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  const wanted = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== '';
  const refused = (env.NO_COLOR !== undefined && env.NO_COLOR !== '') || env.TERM === 'dumb';
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    columns: stdout.isTTY ? (stdout.columns ?? 80) : null,
    coloursOut: !refused && (wanted || stdout.isTTY === true),
    interactive: stderr.isTTY === true && env.TERM !== 'dumb',
    cwd: process.cwd().replaceAll('\\', '/'),
  };
}

/** A line at the bottom of a terminal that says how far a check is; nothing anywhere else. */
export class ProgressBar {
  private shown = '';
  private last = 0;

  constructor(
    private readonly terminal: Terminal,
    private readonly enabled: boolean,
    /** Milliseconds on a clock that only goes forward. */
    private readonly now: () => number,
  ) {}

  update(progress: Progress): void {
    if (!this.enabled) return;
    const at = this.now();
    if (this.shown !== '' && at - this.last < 80 && progress.done < progress.total) return;
    this.last = at;
    const text = barText(progress);
    if (text === this.shown) return;
    this.terminal.err(`\r${text}\x1b[K`);
    this.shown = text;
  }

  clear(): void {
    if (this.shown === '') return;
    this.terminal.err('\r\x1b[K');
    this.shown = '';
  }
}

/** `searching [#####---------------]  15234 of 59932 files`. */
export function barText({ phase, done, total, findings }: Progress): string {
  const width = 24;
  const filled = total === 0 ? 0 : Math.floor((width * done) / total);
  const bar = '#'.repeat(filled) + '-'.repeat(width - filled);
  const what = phase === 'search' ? 'searching' : 'analysing';
  const found = findings === 0 ? '' : `, ${findings} found`;
  return `${what} [${bar}] ${String(done).padStart(String(total).length)} of ${total} files${found}`;
}
