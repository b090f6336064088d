import { type FoundNote, findNotes } from '../../server/src/annotations/find.ts';
import { lex, type Token } from '../../server/src/annotations/lex.ts';
import { printClause, printNote } from '../../server/src/annotations/print.ts';
import {
  classWords,
  clauseWords,
  contextWords,
  glueWords,
  outcomeWords,
  unitWords,
  type Word,
} from '../../server/src/annotations/vocabulary.ts';
import type { Span } from '../../server/src/base/span.ts';

/** What a reader makes of a text: kinds of words as in examples.txt, and annotations. */
export interface Reading {
  readonly kinds: Kinds;
  readonly notes: readonly ReadNote[];
}

export interface ReadNote {
  readonly head: string;
  readonly clauses: readonly string[];
}

/** Writes kinds under the words of a text. */
export class Kinds {
  private readonly units: string[];

  constructor(private readonly text: string) {
    this.units = Array.from(text, () => ' ');
  }

  set({ start, end }: Span, kind: string): void {
    for (let at = start; at < end; at++) this.units[at] = /[\w$]/.test(this.text[at]!) ? kind : ' ';
  }

  /** Without what stands in `spans`. */
  toString(spans: readonly Span[] = []): string {
    for (const { start, end } of spans) this.units.fill(' ', start, end);
    return this.units.join('');
  }
}

const kindsOfLists: readonly [readonly Word[], string][] = [
  [clauseWords, 'k'],
  [glueWords, 'k'],
  [outcomeWords, 's'],
  [classWords, 'c'],
  [contextWords, 'e'],
  [unitWords, 'u'],
];

/** The parser's own reading. */
export function parserReading(text: string): Reading & { readonly found: readonly FoundNote[] } {
  const found = findNotes(text, []);
  const kinds = new Kinds(text);
  for (const { note } of found) {
    const from = note.span.start + note.marker.length;
    kinds.set({ start: note.span.start, end: from }, 'm');
    const { tokens, reasonAt } = lex(text, from, note.span.end);
    if (reasonAt !== null) kinds.set({ start: reasonAt, end: note.span.end }, 'q');
    let clause = '';
    let type = false;
    tokens.forEach((token, i) => {
      const said = note.words.find(({ span }) => span.start === token.span.start);
      const at = (back: number) => tokens[i - back]?.text ?? '';
      if (said !== undefined && clauseWords.includes(said.word)) clause = token.text;
      if (token.text === 'struct' || token.text === ')') type = token.text === 'struct';
      if (token.k !== 'word') return;
      const list = said && kindsOfLists.find(([words]) => words.includes(said.word));
      const isWord = ({ span: { start } }: Token) => note.words.some(({ span }) => span.start === start);
      const isError = at(1) === '-' && at(2) === 'on' && isWord(tokens[i - 2]!);
      const plain = /^\d/.test(token.text) ? 'd' : token.text === 'return' ? 'l' : 'n';
      const called = tokens[i + 1]?.text === '(' ? 'f' : type ? 't' : isError ? 'c' : plain;
      kinds.set(token.span, list?.[1] ?? (clause === 'allow' ? 'r' : called));
    });
  }
  const notes = found.map(({ note }) => ({
    head: printNote({ ...note, clauses: [] }),
    clauses: note.clauses.map(printClause),
  }));
  return { kinds, notes, found };
}

/** Clauses that hold one of `wrong`, with the blanks around them: from a ';' to the next. */
export function clausesAround(text: string, found: readonly FoundNote[], wrong: readonly Span[]): Span[] {
  return found.flatMap(({ note }) => {
    const from = note.span.start + note.marker.length;
    const { tokens } = lex(text, from, note.span.end);
    const ends = tokens
      .filter(({ k, text: mark }) => k === 'end' || mark === ';')
      .map(({ span }) => span.start);
    return ends
      .map((end, i) => ({ start: i === 0 ? from : ends[i - 1]!, end }))
      .filter((clause) => wrong.some(({ start }) => clause.start <= start && start <= clause.end));
  });
}
