import { wrap } from './words.ts';

/** How a page is to look. */
export interface PageStyle {
  /** Columns to wrap at. */
  readonly width: number;
  /** SGR sequences for headings, code and emphasis. */
  readonly colours: boolean;
}

const sgr = { heading: '1', code: '36', strong: '1', emphasis: '4' } as const;

/**
 * A rule's page (markdown) for a terminal: headings without marks, paragraphs and lists wrapped, code as it stands
 * and indented, links as text with their target behind. Knows what our pages use and leaves the rest alone.
 */
export function renderPage(markdown: string, style: PageStyle): string {
  const out: string[] = [];
  const lines = markdown.replace(/\r\n?/g, '\n').split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    const fence = line.match(/^\s*(```+|~~~+)/)?.[1];
    const heading = line.match(/^(#{1,6})\s+(.*)$/);
    if (fence !== undefined) {
      for (i++; i < lines.length && !lines[i]!.trim().startsWith(fence); i++) {
        out.push(lines[i] === '' ? '' : `    ${paint(lines[i]!, 'code', style)}`);
      }
    } else if (heading) {
      const title = plain(heading[2]!);
      out.push(paint(heading[1]!.length === 1 ? title.toUpperCase() : title, 'heading', style));
    } else if (line.trim() === '' || line.trimStart().startsWith('|')) out.push(line.trimEnd());
    else {
      const start = i;
      while (i + 1 < lines.length && continues(lines[i + 1]!)) i++;
      out.push(...paragraph(lines.slice(start, i + 1), style));
    }
  }
  const text = out.join('\n').replace(/\n{3,}/g, '\n\n');
  return `${text.trim()}\n`;
}

/** Whether a line goes on with the paragraph above it. */
function continues(line: string): boolean {
  return line.trim() !== '' && !/^\s*([-*+]\s|\d+\.\s|#|```|~~~|\||>)/.test(line);
}

function paragraph(lines: readonly string[], style: PageStyle): string[] {
  const mark = lines[0]!.match(/^(\s*)([-*+]|\d+\.|>)\s+/);
  const first = mark ? `${mark[1]}${mark[2]} ` : '';
  const text = [lines[0]!.slice(mark?.[0].length ?? 0), ...lines.slice(1)].join(' ');
  const wrapped = wrap(inline(text), style.width - first.length, shownColumns);
  const blank = ' '.repeat(first.length);
  return wrapped.map((line, n) => (n === 0 ? first : blank) + spans(line, style));
}

/** Links to `text (target)`; relative ones to their text alone. */
function inline(text: string): string {
  return text
    .replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, (_, label: string, target: string) =>
      label === target ? target : `${label} (${target})`,
    )
    .replace(/\[([^\]]+)\]\([^)\s]+\)/g, '$1');
}

/** Code, strong and emphasised text; without colours the backquotes stay, they say something. */
function spans(line: string, style: PageStyle): string {
  return line
    .split(/(`[^`]+`)/)
    .map((part) => {
      if (part.startsWith('`') && part.endsWith('`') && part.length > 2) {
        return style.colours ? paint(part.slice(1, -1), 'code', style) : part;
      }
      return part
        .replace(/\*\*([^*]+)\*\*/g, (_, text: string) => paint(text, 'strong', style))
        .replace(/(^|[\s(])[*_]([^*_\s][^*_]*)[*_](?=$|[\s).,;:])/g, (_, before: string, text: string) => {
          return before + paint(text, 'emphasis', style);
        });
    })
    .join('');
}

/** Columns of a word without the marks of emphasis. */
function shownColumns(word: string): number {
  return word.replaceAll('**', '').length;
}

function plain(text: string): string {
  return inline(text).replace(/[`*]/g, '');
}

function paint(text: string, kind: keyof typeof sgr, style: PageStyle): string {
  return style.colours ? `\x1b[${sgr[kind]}m${text}\x1b[0m` : text;
}
