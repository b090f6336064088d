import type { CompletionItemKind } from 'vscode-languageserver-types';
import { annotationAt, completeAnnotation, meaningAt } from '../annotations/complete.ts';
import { mayHaveNotes } from '../annotations/find.ts';
import { printClause } from '../annotations/print.ts';
import { LineIndex } from '../base/lines.ts';
import type { Span } from '../base/span.ts';
import type { RulePage } from './engine.ts';
import { escapeMarkdown, firstOf } from './markdown.ts';
import type { Settings } from './settings.ts';
import type { LspHover, LspPosition, LspRange } from './shapes.ts';

/** Characters after which a client asks for completions by itself. */
export const completionTriggers = [' ', ':', '['];

/** A word that a client offers. */
export interface LspCompletion {
  readonly label: string;
  readonly kind: CompletionItemKind;
  readonly documentation?: string;
  readonly sortText: string;
  readonly textEdit: { readonly range: LspRange; readonly newText: string };
}

const kinds = { keyword: 14, name: 6, rule: 20 } as const satisfies Record<string, CompletionItemKind>;

/** What can be written at a position of an annotation, what fits best first; empty elsewhere. */
export function annotationCompletions(
  text: string,
  position: LspPosition,
  rules: readonly RulePage[],
  { marker }: Pick<Settings, 'marker'>,
): readonly LspCompletion[] {
  const lines = new LineIndex(text);
  const offset = offsetOf(lines, position);
  const completion = completeAnnotation(text, offset, rules, marker);
  if (completion === null) return [];
  const range = rangeOf(lines, completion.replaces);
  return completion.candidates.map(({ text: word, kind, means }, i) => ({
    label: word.trim(),
    kind: kinds[kind],
    ...(means === '' ? {} : { documentation: means }),
    sortText: String(i).padStart(3, '0'),
    textEdit: { range, newText: word },
  }));
}

/** What a hover in an annotation is asked with. */
export interface AnnotationQuestion {
  readonly text: string;
  readonly position: LspPosition;
  readonly markdown: boolean;
  page(rule: string): string | null;
}

/**
 * The meaning of what stands at a position of an annotation: a rule's page, a word, else the whole annotation in its one form.
 * Null outside of annotations.
 */
export function annotationHover({ text, position, markdown, page }: AnnotationQuestion): LspHover | null {
  if (!mayHaveNotes(text)) return null;
  const lines = new LineIndex(text);
  const offset = offsetOf(lines, position);
  const at = annotationAt(text, offset);
  if (at === null) return null;
  const { note } = at.found;
  const answer = (span: Span, title: string, body: string): LspHover => {
    const value = markdown ? `**${escapeMarkdown(title)}**\n\n${body}` : `${title}\n\n${body}`;
    return { contents: { kind: markdown ? 'markdown' : 'plaintext', value }, range: rangeOf(lines, span) };
  };
  const plain = (words: string) => (markdown ? escapeMarkdown(words) : words);
  for (const clause of note.clauses) {
    if (clause.k !== 'allow') continue;
    for (const { id, span } of clause.rules) {
      const told = span.start <= offset && offset <= span.end ? page(id) : null;
      if (told === null) continue;
      const parts = [firstOf(told, 'What it reports'), firstOf(told, 'Why')];
      return answer(span, id, parts.filter((part) => part !== null).join('\n\n'));
    }
  }
  const meaning = meaningAt(offset, at.found);
  if (meaning !== null) return answer(meaning.span, meaning.word.word, plain(meaning.word.means));
  const clauses = note.clauses.map((clause) => plain(printClause(clause)));
  const said = clauses.length === 0 ? [plain('Nothing that is understood.')] : clauses;
  const reason = note.reason === null ? [] : [plain(`Because: ${note.reason}`)];
  return answer(
    note.span,
    `Annotation ${place(at.found.target)}`,
    [...said, ...reason].join(markdown ? '\n\n' : '\n'),
  );
}

function place(target: NonNullable<ReturnType<typeof annotationAt>>['found']['target']): string {
  switch (target.k) {
    case 'function':
      return `of ${target.name}()`;
    case 'statement':
      return 'of one statement';
    case 'field':
      return `of the field ${target.name}`;
    case 'nothing':
      return 'of nothing: it belongs above a function, at a statement or at a field';
  }
}

function offsetOf(lines: LineIndex, { line, character }: LspPosition): number {
  return lines.offsetAt({ line: line + 1, column: character + 1 });
}

function rangeOf(lines: LineIndex, { start, end }: Span): LspRange {
  const at = (offset: number): LspPosition => {
    const { line, column } = lines.positionAt(offset);
    return { line: line - 1, character: column - 1 };
  };
  return { start: at(start), end: at(end) };
}
