import { wrap } from '../explain/words.ts';
import { escapeMarkdown } from './markdown.ts';

/** A part of what a hover says. Texts are without markup and may hold what a source file says; a page is markdown of ours. */
export type Block =
  | { readonly k: 'text'; readonly lines: readonly string[] }
  | { readonly k: 'list'; readonly items: readonly string[] }
  /** Steps in their order, from 1, some with what is to be said beside them. */
  | { readonly k: 'steps'; readonly steps: readonly Step[] }
  | { readonly k: 'page'; readonly markdown: string };

/** One of some numbered steps. */
export interface Step {
  readonly text: string;
  readonly aside: string | null;
}

/** Lines that a hover may have: what VS Code shows of it at once, and once more. */
export const mostLines = 26;

/** Columns of a hover that is as wide as VS Code makes it. */
const columns = 95;

/** A paragraph of these lines, if there are any. */
export function textOf(...lines: readonly string[]): Block[] {
  return lines.length === 0 ? [] : [{ k: 'text', lines }];
}

/** A list, if there is anything in it. */
export function listOf(items: readonly string[]): Block[] {
  return items.length === 0 ? [] : [{ k: 'list', items }];
}

/** Blocks as markdown, or as plain text. */
export function render(blocks: readonly Block[], markdown: boolean): string {
  return blocks
    .map((block) => (markdown ? inMarkdown(block) : inPlainText(block)))
    .join(markdown ? '\n\n' : '\n');
}

function inMarkdown(block: Block): string {
  switch (block.k) {
    case 'text':
      // Two blanks break a line, and are not seen where markdown is shown as it is.
      return block.lines.map(escapeMarkdown).join('  \n');
    case 'list':
      return block.items.map((item) => `- ${escapeMarkdown(item)}`).join('\n');
    case 'steps':
      return block.steps
        .map(({ text, aside }, i) => {
          const beside = aside === null ? '' : ` *${escapeMarkdown(aside)}*`;
          return `${i + 1}. ${escapeMarkdown(text)}${beside}`;
        })
        .join('\n');
    case 'page':
      return block.markdown;
  }
}

function inPlainText(block: Block): string {
  switch (block.k) {
    case 'text':
      return block.lines.join('\n');
    case 'list':
      return block.items.map((item) => `- ${item}`).join('\n');
    case 'steps': {
      const width = Math.max(
        ...block.steps.filter(({ aside }) => aside !== null).map(({ text }) => text.length),
      );
      return block.steps
        .map(
          ({ text, aside }, i) =>
            `${String(i + 1).padStart(2)} ${aside === null ? text : `${text.padEnd(width)}  ${aside}`}`,
        )
        .join('\n');
    }
    case 'page':
      return block.markdown;
  }
}

/** Lines that blocks take where they are shown; the space between two is half a line. */
export function heightOf(blocks: readonly Block[]): number {
  const lines = blocks.reduce((sum, block) => sum + linesOf(block), 0);
  return lines + Math.ceil((blocks.length - 1) / 2);
}

function linesOf(block: Block): number {
  const tall = (text: string) => Math.max(1, wrap(text, columns).length);
  switch (block.k) {
    case 'text':
      return block.lines.reduce((sum, line) => sum + tall(line), 0);
    case 'list':
      return block.items.reduce((sum, item) => sum + tall(`- ${item}`), 0);
    case 'steps':
      return block.steps.reduce((sum, { text, aside }) => sum + tall(`1. ${text} ${aside ?? ''}`), 0);
    case 'page':
      return block.markdown.split('\n\n').reduce((sum, part) => sum + tall(part) + 0.5, 0);
  }
}

/** The blocks, without what goes beyond `most` lines: the last goes first, the first stays, and it is said that there was more. */
export function fitted(blocks: readonly Block[], most: number): readonly Block[] {
  if (heightOf(blocks) <= most) return blocks;
  const kept = [...blocks];
  while (kept.length > 1 && heightOf([...kept, ...cut]) > most) {
    const last = kept.pop()!;
    if (last.k === 'list' && last.items.length > 1) kept.push({ k: 'list', items: last.items.slice(0, -1) });
  }
  // What announces something goes with it.
  while (kept.length > 1 && announces(kept.at(-1)!)) kept.pop();
  return [...kept, ...cut];
}

const announces = (block: Block): boolean => block.k === 'text' && block.lines.at(-1)?.endsWith(':') === true;

const cut = textOf('More with membrane.hover.detail: full.');
