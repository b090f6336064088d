import type { Rationale } from './types.ts';

const kinds: Readonly<Record<Rationale['kind'], string>> = {
  commit: 'Commit',
  cve: 'CVE',
  thread: 'Mail',
  spec: 'Specification',
  header: 'Source',
  doc: 'Documentation',
};

/** A page with the rationale of its rule as a list at the end of the section "Why": said once, in rule.ts. */
export function withRationale(page: string, rationale: readonly Rationale[]): string {
  const list = rationale
    .map(({ kind, reference, says }) => `- **${kinds[kind]}**: ${reference}. ${says}`)
    .join('\n');
  return page.replace(/(^## Why\n[\s\S]*?)\n+(?=## )/m, (_, why: string) => `${why}\n\n${list}\n\n`);
}
