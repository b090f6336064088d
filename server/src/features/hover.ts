import type { LookedAt } from '../service-look.ts';
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
  /** What a function of that name does to memory, on one line; null: nothing, or it is not in view. */
  readonly does: (name: string) => string | null;
  /** What is known of memory at the position, and the text that it is said of. */
  readonly here: (LookedAt & { readonly range: LspRange }) | null;
  readonly pages: Pages;
}

const rule = '\n\n---\n\n';

/** Platforms whose steps are shown. */
const platformsShown: Readonly<Record<Settings['hoverDetail'], number>> = { short: 1, full: 3 };

/**
 * What is known of memory under the cursor, then what the call there does, then the pages of the rules that report something there;
 * null if there is none of these.
 */
export function hover(question: HoverQuestion): LspHover | null {
  const { settings, markdown, here } = question;
  const parts: string[] = [];
  let range: LspRange | undefined;
  if (here !== null) {
    range = here.range;
    parts.push(hereText(here, markdown));
  }
  const word = wordAt(question.lineText, question.position);
  if (word !== null && settings.hoverCalls) {
    const facts = question.call(word.text);
    const does = facts === null ? question.does(word.text) : null;
    if (facts !== null || does !== null) range = word.range;
    if (facts !== null)
      parts.push(
        markdown ? callMarkdown(facts, settings.hoverDetail) : callPlain(facts, settings.hoverDetail),
      );
    else if (does !== null) parts.unshift(wrapperText(word.text, does, markdown));
  }
  const pages = question.diagnostics
    .filter((diagnostic) => covers(diagnostic.range, question.position))
    .sort((a, b) => compare(a.range.start, b.range.start) || (a.code < b.code ? -1 : 1));
  const told = new Set<string>();
  for (const diagnostic of pages) {
    if (told.has(diagnostic.code)) continue;
    told.add(diagnostic.code);
    const page = question.pages.page(diagnostic.code);
    if (page === null) continue;
    range ??= diagnostic.range;
    parts.push(rulePart(diagnostic.code, page, settings.hoverDetail));
  }
  if (parts.length === 0) return null;
  const value = parts.join(markdown ? rule : '\n\n');
  return {
    contents: { kind: markdown ? 'markdown' : 'plaintext', value },
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

function hereText({ headline, paths, about }: LookedAt, markdown: boolean): string {
  if (!markdown) return [headline, ...paths.map((line) => `- ${line}`), ...about].join('\n');
  return [
    escapeMarkdown(headline),
    ...(paths.length > 0 ? [paths.map((line) => `- ${escapeMarkdown(line)}`).join('\n')] : []),
    ...(about.length > 0 ? [about.map(escapeMarkdown).join(' ')] : []),
  ].join('\n\n');
}

function wrapperText(name: string, does: string, markdown: boolean): string {
  const [doing, ...rest] = does.split(' | ');
  const lines = [`${name}() ${doing}`, ...rest];
  return markdown ? lines.map(escapeMarkdown).join('\n\n') : lines.join('\n');
}

/** So many lines stand above the table: direction and context, then the arguments. What results mean comes before the details. */
const linesAbove = 2;

/** What the platforms do with addresses that they do not like; with the steps of one beside it, the rest is said there. */
function detailsOf(facts: CallFacts, detail: Settings['hoverDetail'], shown: number): readonly string[] {
  return facts.lines.slice(linesAbove, detail === 'short' && shown > 0 ? linesAbove + 2 : undefined);
}

function callMarkdown(facts: CallFacts, detail: Settings['hoverDetail']): string {
  const shown = steps(facts, detail, table);
  return [
    `\`${facts.signature.replaceAll('`', "'")}\``,
    ...facts.lines.slice(0, linesAbove).map(escapeMarkdown),
    outcomes(facts, table),
    ...shown.map(({ head, body, after }) =>
      [escapeMarkdown(head), body, ...after.map(escapeMarkdown)].join('\n\n'),
    ),
    ...detailsOf(facts, detail, shown.length).map(escapeMarkdown),
    escapeMarkdown(`From ${facts.source}`),
  ].join('\n\n');
}

function callPlain(facts: CallFacts, detail: Settings['hoverDetail']): string {
  const shown = steps(facts, detail, plainTable);
  return [
    facts.signature,
    ...facts.lines.slice(0, linesAbove),
    '',
    outcomes(facts, plainTable),
    '',
    ...shown.flatMap(({ head, body, after }) => [head, body, ...after, '']),
    ...detailsOf(facts, detail, shown.length),
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

/** What the model says of it, a table for each platform. */
function steps(
  facts: CallFacts,
  detail: Settings['hoverDetail'],
  draw: typeof table,
): readonly { readonly head: string; readonly body: string; readonly after: readonly string[] }[] {
  return (facts.steps?.(platformsShown[detail]) ?? []).map((told) => ({
    head: `On ${told.name} (${told.kernels}):`,
    body: draw(
      ['Step', '', 'If it fails'],
      told.steps.map(({ number, title, fails }) => [String(number), title, fails ?? '']),
    ),
    after: [
      ...(told.freed === null ? [] : [`Freed after a failure: ${told.freed}.`]),
      ...(told.stray === null ? [] : [`A stray read of the linear map meets, ${told.stray}.`]),
    ],
  }));
}

function rulePart(id: string, page: string, detail: Settings['hoverDetail']): string {
  const text = sections(page, detail === 'full' ? [] : ['What it reports', 'Fix']);
  // Headings as large as a page's shout in a hover.
  return `**${id}**\n\n${text.replace(/^#+ (.+)$/gm, '**$1**')}`;
}
