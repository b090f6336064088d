import { markers } from '../base/markers.ts';
import type { Span } from '../base/span.ts';
import {
  bodyOpens,
  enclosingBrace,
  isBlank,
  type Masked,
  mask,
  statementAround,
  statementFrom,
} from './masked.ts';
import { parseNote } from './parse.ts';
import { type Parameter, parametersAt } from './prototype.ts';
import type { Note } from './types.ts';

/** A function as the cutter finds it: offsets in the file, `body` from its brace. */
export interface FunctionPlace {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly nameStart: number;
  readonly body: Span;
}

/** What an annotation stands at. */
export type Target =
  | {
      /** Above a function, or in its kernel-doc; `body` null: a prototype. */
      readonly k: 'function';
      readonly name: string;
      readonly parameters: readonly Parameter[];
      readonly span: Span;
      readonly body: Span | null;
    }
  /** Before a statement, or at the end of one of its lines. */
  | { readonly k: 'statement'; readonly function: string; readonly around: Span; readonly span: Span }
  | { readonly k: 'field'; readonly name: string; readonly members: Span; readonly span: Span }
  | { readonly k: 'nothing' };

/** An annotation in a text. All spans are offsets in the text. */
export interface FoundNote {
  readonly note: Note;
  /** The comment that it is in, with its marks. */
  readonly comment: Span;
  readonly target: Target;
}

/** Whether a text may hold annotations at all: a cheap search. */
export function mayHaveNotes(text: string): boolean {
  return markers.some((marker) => text.includes(marker));
}

/** The annotations of a text in its order. `functions` as the text has them, sorted by their start. Never throws. */
export function findNotes(text: string, functions: readonly FunctionPlace[]): readonly FoundNote[] {
  if (!mayHaveNotes(text)) return [];
  const masked = mask(text);
  const found: FoundNote[] = [];
  for (const comment of masked.comments) {
    for (const { start, end } of notesIn(text, comment)) {
      const target = targetOf(masked, comment, functions);
      found.push({ note: parseNote(text, start, end), comment, target });
    }
  }
  return found;
}

/** Where notes begin and end in a comment: each at the begin of a line, to an empty line, the next one or the end of the comment. */
export function notesIn(text: string, comment: Span): Span[] {
  const isLine = text.startsWith('//', comment.start);
  const closed = !isLine && text.endsWith('*/', comment.end) && comment.end - comment.start >= 4;
  const end = closed ? comment.end - 2 : comment.end;
  const starts: number[] = [];
  const begin = /(?:\/\*\**|\/\/|\n[^\S\n]*\*?)[^\S\n]*(?=coco:|@membrane\b)/g;
  begin.lastIndex = comment.start;
  for (let match = begin.exec(text); match !== null && match.index < end; match = begin.exec(text)) {
    // What looks like the begin of a comment within one is text.
    if (match.index === comment.start || match[0].startsWith('\n'))
      starts.push(match.index + match[0].length);
  }
  return starts.map((start, i) => {
    const limit = starts[i + 1] ?? end;
    const empty = /\n[^\S\n]*\*?[^\S\n]*(?=\n)/g;
    empty.lastIndex = start;
    const gap = empty.exec(text);
    return {
      start,
      end: gap !== null && gap.index < limit ? gap.index : lineBefore(text, start, limit, starts[i + 1]),
    };
  });
}

/** Before the line of the next note, so that its gutter is not part of this one. */
function lineBefore(text: string, start: number, limit: number, next: number | undefined): number {
  return next === undefined ? limit : Math.max(start, text.lastIndexOf('\n', next));
}

function targetOf(masked: Masked, comment: Span, functions: readonly FunctionPlace[]): Target {
  const within = functions.find((fn) => fn.body.start < comment.start && comment.end <= fn.end);
  if (within !== undefined) {
    const span = isFirstOnLine(masked, comment.start)
      ? statementFrom(masked, comment.end, within.body.end)
      : statementAround(masked, comment.start, within.body);
    if (span === null) return { k: 'nothing' };
    return { k: 'statement', function: within.name, around: { start: within.start, end: within.end }, span };
  }
  const above = functions.find((fn) => fn.end > comment.start);
  const isAbove =
    above !== undefined && (above.start <= comment.start || isBlank(masked, comment.end, above.start));
  if (isAbove) return functionTarget(masked, above);
  return declarationTarget(masked, comment);
}

/** A function as an annotation above it sees it; `masked`: the text that it is in. */
export function functionTarget(masked: Masked, { name, start, end, nameStart, body }: FunctionPlace): Target {
  const parameters = parametersAt(masked.text, nameStart + name.length)?.parameters ?? [];
  return { k: 'function', name, parameters, span: { start, end }, body };
}

/** A prototype or a field: what stands before the comment on its line, or begins behind it. */
function declarationTarget(masked: Masked, comment: Span): Target {
  const { text } = masked;
  const whole = { start: 0, end: text.length };
  const span = isFirstOnLine(masked, comment.start)
    ? statementFrom(masked, comment.end, text.length)
    : statementAround(masked, comment.start, whole);
  if (span === null) return { k: 'nothing' };
  const code = text.slice(span.start, span.end);
  const brace = enclosingBrace(masked, span.start);
  if (brace !== null && bodyOpens(masked, brace) === 'struct') {
    const name = /(\w+)\s*(?:\[[^\]]*\]\s*)*(?::\s*\w+\s*)?;?\s*$/.exec(code)?.[1];
    if (name === undefined) return { k: 'nothing' };
    return { k: 'field', name, members: { start: brace, end: masked.closing(brace) }, span };
  }
  const head = /\b(\w+)\s*\(/.exec(code);
  if (brace !== null || head === null || !code.trimEnd().endsWith(';')) return { k: 'nothing' };
  const at = span.start + head.index + head[1]!.length;
  const read = parametersAt(text, at);
  // A variable that is a pointer to a function: what it points at is not known here.
  const isPointer = /^\s*\(\s*\*/.test(text.slice(at, span.end));
  if (read === null || isPointer) return { k: 'nothing' };
  return { k: 'function', name: head[1]!, parameters: read.parameters, span, body: null };
}

function isFirstOnLine({ text }: Masked, at: number): boolean {
  return text.slice(text.lastIndexOf('\n', at - 1) + 1, at).trim() === '';
}
