import { type ConfigProblem, readDocument } from './document.ts';
import { list, needed, object, text, whole } from './shape.ts';

/** A finding that is known. The fingerprint alone decides; the rest is for people. */
export interface BaselineEntry {
  readonly fingerprint: string;
  readonly rule: string;
  /** Relative to the root. */
  readonly file: string;
  readonly function: string;
}

/** The name that a baseline gets where nobody gives it another. */
export const baselineName = '.membrane-baseline.json';

const shape = object({
  version: needed('The version of this form.', whole(1, 1)),
  findings: needed(
    'The findings.',
    list(
      object({
        fingerprint: needed('What tells the finding.', text('16 hexadecimal digits', '^[0-9a-f]{16}$')),
        rule: needed('Its rule.', text()),
        file: needed('Its file.', text()),
        function: needed('Its function.', text()),
      }),
      1_000_000,
      ({ fingerprint }) => fingerprint,
    ),
  ),
});

/** Reads a baseline; `entries` is null where the text is none. Never throws. */
export function parseBaseline(
  file: string,
  text: string,
): { readonly entries: readonly BaselineEntry[] | null; readonly problems: readonly ConfigProblem[] } {
  const { value, problems } = readDocument(file, text, shape);
  return { entries: value?.findings ?? null, problems };
}

/** The text of a baseline: a line a finding, sorted, each once, so that a diff shows what came and went. */
export function baselineText(entries: readonly BaselineEntry[]): string {
  const unique = new Map(entries.map((entry) => [entry.fingerprint, entry]));
  const lines = [...unique.values()].sort(byPlace).map(({ fingerprint, rule, file, function: name }) => {
    return `    ${JSON.stringify({ fingerprint, rule, file, function: name })}`;
  });
  const findings = lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n  ]`;
  return `{\n  "version": 1,\n  "findings": ${findings}\n}\n`;
}

function byPlace(a: BaselineEntry, b: BaselineEntry): number {
  return (
    compare(a.file, b.file) ||
    compare(a.rule, b.rule) ||
    compare(a.function, b.function) ||
    compare(a.fingerprint, b.fingerprint)
  );
}

/** By code units: the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
