/** A C fence of a page, with the section it stands in. */
export interface Fence {
  readonly section: string;
  readonly code: string;
  /** Line of its first line of code in the page, from 1. */
  readonly line: number;
}

/** The sections that every rule's page has, in this order. */
export const sections = ['What it reports', 'Why', 'Example', 'Fix', 'Limits', 'Since'] as const;

/** Headings of the second level, in order. */
export function headings(page: string): string[] {
  return [...page.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^## (.*)$/gm)].map((match) => match[1]!);
}

/** All C fences, in order. */
export function fences(page: string): Fence[] {
  const out: Fence[] = [];
  const lines = page.split('\n');
  let section = '';
  for (let i = 0; i < lines.length; i++) {
    section = /^## (.*)$/.exec(lines[i]!)?.[1] ?? section;
    if (lines[i] !== '```c') continue;
    const end = lines.indexOf('```', i + 1);
    if (end < 0) throw new Error(`a fence is not closed: line ${i + 1}`);
    out.push({ section, code: lines.slice(i + 1, end).join('\n'), line: i + 2 });
    i = end;
  }
  return out;
}

/** The page with other code in its fences, in order. */
export function withFences(page: string, codes: readonly string[]): string {
  let n = 0;
  return page.replace(/^```c\n[\s\S]*?^```$/gm, (fence) => {
    const code = codes[n++];
    return code === undefined ? fence : `\`\`\`c\n${code}\n\`\`\``;
  });
}
