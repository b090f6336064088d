import type { CallFacts, Pages } from './engine.ts';
import { escapeMarkdown, plainTable, sections, table } from './markdown.ts';
import type { Settings } from './settings.ts';
import type { LspDiagnostic, LspHover, LspPosition, LspRange } from './shapes.ts';
import { compare, covers } from './shapes.ts';

/** Where a hover is asked for, and what is known there. */
export interface HoverQuestion {
  /** The line of the position, without its end. */
  readonly lineText: string;
  readonly position: LspPosition;
  /** What the document shows now. */
  readonly diagnostics: readonly LspDiagnostic[];
  readonly settings: Settings;
  readonly markdown: boolean;
  readonly call: (name: string) => CallFacts | null;
  readonly pages: Pages;
}

const rule = '\n\n---\n\n';

/** The transition under the cursor, then the pages of the rules that report something there; null if neither. */
export function hover(question: HoverQuestion): LspHover | null {
  const parts: string[] = [];
  let range: LspRange | undefined;
  const word = wordAt(question.lineText, question.position);
  const facts = word !== null && question.settings.hoverCalls ? question.call(word.text) : null;
  if (word !== null && facts !== null) {
    range = word.range;
    parts.push(question.markdown ? callMarkdown(facts) : callPlain(facts));
  }
  const here = question.diagnostics
    .filter((diagnostic) => covers(diagnostic.range, question.position))
    .sort((a, b) => compare(a.range.start, b.range.start) || (a.code < b.code ? -1 : 1));
  const told = new Set<string>();
  for (const diagnostic of here) {
    if (told.has(diagnostic.code)) continue;
    told.add(diagnostic.code);
    const page = question.pages.page(diagnostic.code);
    if (page === null) continue;
    range ??= diagnostic.range;
    parts.push(rulePart(diagnostic.code, page, question.settings.hoverDetail));
  }
  if (parts.length === 0) return null;
  const value = parts.join(question.markdown ? rule : '\n\n');
  return {
    contents: { kind: question.markdown ? 'markdown' : 'plaintext', value },
    ...(range ? { range } : {}),
  };
}

/** The C identifier at a position, and its range; null between words. */
export function wordAt(
  lineText: string,
  position: LspPosition,
): { readonly text: string; readonly range: LspRange } | null {
  for (const match of lineText.matchAll(/[A-Za-z_]\w*/g)) {
    const end = match.index + match[0].length;
    if (match.index <= position.character && position.character <= end) {
      const { line } = position;
      return {
        text: match[0],
        range: { start: { line, character: match.index }, end: { line, character: end } },
      };
    }
  }
  return null;
}

/** So many lines stand above the table: direction and context, then the arguments. What results mean comes before the details. */
const linesAbove = 2;

function callMarkdown(facts: CallFacts): string {
  const lines = facts.lines.map(escapeMarkdown);
  return [
    `\`${facts.signature.replaceAll('`', "'")}\``,
    ...lines.slice(0, linesAbove),
    outcomes(facts, table),
    ...lines.slice(linesAbove),
    escapeMarkdown(`From ${facts.source}`),
  ].join('\n\n');
}

function callPlain(facts: CallFacts): string {
  const details = facts.lines.slice(linesAbove);
  return [
    facts.signature,
    ...facts.lines.slice(0, linesAbove),
    '',
    outcomes(facts, plainTable),
    '',
    ...details,
    `From ${facts.source}`,
  ].join('\n');
}

function outcomes(facts: CallFacts, draw: typeof table): string {
  return draw(
    ['Returns', 'Memory is', 'So'],
    facts.outcomes.map(({ result, leaves, todo, families }) => [
      result,
      families === undefined ? leaves : `${leaves} (${families.join(', ')})`,
      todo,
    ]),
  );
}

function rulePart(id: string, page: string, detail: Settings['hoverDetail']): string {
  const text = sections(page, detail === 'full' ? [] : ['What it reports', 'Fix']);
  // Headings as large as a page's shout in a hover.
  return `**${id}**\n\n${text.replace(/^#+ (.+)$/gm, '**$1**')}`;
}
