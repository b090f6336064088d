import type { Span } from '../base/span.ts';
import { type FoundNote, findNotes } from './find.ts';
import { functionsIn } from './functions.ts';
import { hasWord } from './lex.ts';
import { type Masked, mask, statementAround } from './masked.ts';
import { parseContract } from './parse.ts';
import { fits, printComment, printNote } from './print.ts';
import type { Note } from './types.ts';

/** A stretch of a text, and what is to stand there. */
export interface NoteEdit extends Span {
  readonly text: string;
}

/** Stands for a reason that somebody is to write: it is none, so that nothing is kept silent until then. */
export const noReason = '...';

/** A reason as a comment can hold it, on one line; {@link noReason} for one without a word. */
export function reasonText(reason: string): string {
  const text = reason.replace(/\s+/g, ' ').replaceAll('*/', '* /').trim();
  return hasWord(text) ? text : noReason;
}

/**
 * A comment that allows a rule at the statement around an offset: above it, or where something stands before it on its line, above
 * the line of the offset, or at the end of that. Null where none covers it: outside of functions, in macros. Never throws.
 */
export function allowAt(
  text: string,
  offset: number,
  rule: string,
  reason: string,
  marker: Note['marker'],
): NoteEdit | null {
  const masked = mask(text);
  const within = functionsIn(masked).find(({ body }) => body.start < offset && offset < body.end);
  if (within === undefined) return null;
  const { clauses } = parseContract(`allow ${rule} -- ${noReason}x`);
  const note = { marker, clauses, reason: reasonText(reason) };
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lineOf = (at: number) => text.lastIndexOf('\n', at - 1) + 1;
  for (const at of [statementStart(masked, offset, within.body), lineOf(offset)]) {
    const line = lineOf(at);
    if (text.slice(line, at).trim() !== '' || isContinued(text, line)) continue;
    const indent = /^[ \t]*/.exec(text.slice(line))![0];
    const comment = `${printComment(note, indent)}\n`.replaceAll('\n', newline);
    const edit = { start: line, end: line, text: comment };
    if (covers(edited(text, edit), line, offset + comment.length)) return edit;
  }
  const end = offset + /^[^\r\n]*/.exec(text.slice(offset))![0].length;
  const behind = { start: end, end, text: ` /* ${printNote(note)} */` };
  const isOpen = text[end - 1] === '\\' || masked.comments.some((one) => one.start < end && end < one.end);
  return !isOpen && covers(edited(text, behind), end, offset) ? behind : null;
}

/** The statement that an offset is in, without labels and lines of the preprocessor before it. */
function statementStart(masked: Masked, offset: number, body: Span): number {
  const { text } = masked;
  // The offset itself may be where the statement begins.
  const around = statementAround(masked, offset + 1, body);
  if (around === null) return offset;
  const before = /^(?:\s+|#[^\n]*\n|case\b[^:;{}]*:|\w+\s*:(?!:))*/.exec(text.slice(around.start, offset));
  return around.start + (before?.[0].length ?? 0);
}

/** The line before ends in a backslash: this one is part of a macro. */
function isContinued(text: string, line: number): boolean {
  return /\\\r?\n$/.test(text.slice(Math.max(0, line - 3), line));
}

function covers(text: string, comment: number, offset: number): boolean {
  const found = findNotes(text, functionsIn(mask(text))).find((one) => one.comment.start >= comment);
  const target = found?.target;
  return target?.k === 'statement' && target.span.start <= offset && offset < target.span.end;
}

function edited(text: string, { start, end, text: put }: NoteEdit): string {
  return text.slice(0, start) + put + text.slice(end);
}

/** What makes an annotation stand in its one form, in 80 columns; null if it does, or is not understood as a whole. */
export function formatted(text: string, found: FoundNote): NoteEdit | null {
  if (!isUnderstood(found)) return null;
  const edit = rewritten(text, found, found.note);
  return edit === null || text.slice(edit.start, edit.end) === edit.text ? null : edit;
}

/**
 * What takes a rule out of the `allow`s of an annotation, by where its name begins: all of the annotation where nothing else is
 * left. Null where no name is, or the annotation is not understood as a whole.
 */
export function withoutAllow(text: string, found: FoundNote, name: number): NoteEdit | null {
  const { note } = found;
  const isMeant = ({ span }: { readonly span: Span }) => span.start === name;
  if (!isUnderstood(found)) return null;
  const clause = note.clauses.find((one) => one.k === 'allow' && one.rules.some(isMeant));
  if (clause?.k !== 'allow') return null;
  const rules = clause.rules.filter((one) => !isMeant(one));
  const rest = rules.length === 0 ? [] : [{ ...clause, rules }];
  const clauses = note.clauses.flatMap((one) => (one === clause ? rest : [one]));
  return rewritten(text, found, { ...note, clauses });
}

function isUnderstood({ note: { problems, clauses }, target }: FoundNote): boolean {
  return problems.length === 0 && clauses.length > 0 && target.k !== 'nothing';
}

/** Puts an annotation in the place of one, in 80 columns; one without clauses is taken away with the comment, or the lines, that it is. */
function rewritten(text: string, { note: old, comment }: FoundNote, note: Note): NoteEdit | null {
  const { span } = old;
  const lineStart = (at: number) => text.lastIndexOf('\n', at - 1) + 1;
  const line = lineStart(comment.start);
  const before = text.slice(line, comment.start);
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const isGone = note.clauses.length === 0;
  const edit = (start: number, end: number, put: string): NoteEdit => ({
    ...{ start, end },
    text: put.replaceAll('\n', newline),
  });
  const inside = text.slice(comment.start, comment.end);
  const isAlone =
    inside.slice(0, span.start - comment.start).replace(/[\s/*]/g, '') === '' &&
    isRest(text, span.end, comment.end);
  if (isAlone && isGone) return without(text, line, comment);
  if (isAlone && before.trim() === '') return edit(line, comment.end, printComment(note, before));
  // Behind code there is one line, however long.
  if (isAlone) {
    const one = `/* ${printNote(note)} */`;
    return inside.includes('\n') && !fits(before + one) ? null : edit(comment.start, comment.end, one);
  }
  const begin = lineStart(span.start);
  const gutter = /^([ \t]*) \*[ \t]*$/.exec(text.slice(begin, span.start));
  const rest = text.slice(span.end, text.indexOf('\n', span.end)).trim();
  if (gutter === null || (rest !== '' && rest !== '*/')) return null;
  const closes = rest === '*/' ? `\n${gutter[1]} ` : '';
  const end = closes === '' ? span.end : text.indexOf('*/', span.end);
  if (!isGone) return edit(begin, end, printComment(note, gutter[1]!, true) + closes);
  // The end of the comment stays where it was, alone on its line.
  return closes === '' ? edit(begin, nextLine(text, end), '') : edit(begin, end, `${gutter[1]} `);
}

/** Takes a comment away: with its lines where nothing else is on them, else with the blanks before it. */
function without(text: string, line: number, { start, end }: Span): NoteEdit {
  const behind = text.slice(end, nextLine(text, end));
  if (text.slice(line, start).trim() === '' && behind.trim() === '')
    return { start: line, end: nextLine(text, end), text: '' };
  const blanks = /[ \t]*$/.exec(text.slice(line, start))![0].length;
  return { start: start - (behind.trim() === '' ? blanks : 0), end, text: '' };
}

/** Where the line after the one of an offset begins. */
function nextLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

/** Nothing but the frame of a comment follows. */
function isRest(text: string, from: number, to: number): boolean {
  return /^[\s*]*\/?$/.test(text.slice(from, to));
}
