import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Span } from '../../server/src/base/span.ts';
import { root } from '../tidy/repository.ts';

/** One of examples.txt; what the rows say is at the offsets of `text`. */
export interface Example {
  readonly title: string;
  readonly text: string;
  /** A letter for each unit of the text, blank where it is of no kind. */
  readonly kinds: string;
  readonly wrong: readonly Span[];
  readonly wrongMeaning: readonly Span[];
  readonly notes: readonly ExampleNote[];
}

export interface ExampleNote {
  /** Marker and reason, as they are printed. */
  readonly head: string;
  readonly clauses: string[];
  /** Those whose meaning is wrong are in it too. */
  readonly readable: string[];
  readonly messages: string[];
}

/** Every example. */
export function examples(): readonly Example[] {
  const file = readFileSync(join(root, 'test/annotations/examples.txt'), 'utf8');
  return file
    .split(/^## /m)
    .slice(2)
    .map((block) => {
      const [title, ...rows] = block.trimEnd().split('\n');
      return readExample(title!, rows);
    });
}

function readExample(title: string, rows: readonly string[]): Example {
  const lines: string[] = [];
  const marks: Record<string, string[]> = { '~': [], '^': [], '=': [] };
  const notes: ExampleNote[] = [];
  for (const row of rows) {
    const [kind, rest] = [row.slice(0, 1), row.slice(2)];
    const note = notes.at(-1);
    if (kind === '|') lines.push(rest);
    else if (marks[kind] !== undefined) marks[kind][lines.length - 1] = rest;
    else if (kind === '@') notes.push({ head: rest, clauses: [], readable: [], messages: [] });
    else if (kind === '+') note!.clauses.push(rest);
    else if (kind === '!') note!.messages.push(rest);
    else if (kind !== '-') throw new Error(`examples.txt, ${title}: ${row}`);
    if (kind === '+' || kind === '-') note!.readable.push(rest);
  }
  const text = lines.join('\n');
  const row = (kind: string) =>
    lines.map((line, i) => (marks[kind]![i] ?? '').padEnd(line.length)).join('\n');
  const spans = (kind: string): Span[] => {
    const found: Span[] = [];
    for (let i = 0, start = 0; i < lines.length; start += lines[i]!.length + 1, i++)
      for (const { index, 0: run } of (marks[kind]![i] ?? '').matchAll(/[\^=]+/g))
        found.push({ start: start + index, end: start + index + run.length });
    return found;
  };
  return {
    title,
    text,
    kinds: row('~').replace(/\s/g, ' '),
    wrong: spans('^'),
    wrongMeaning: spans('='),
    notes,
  };
}
