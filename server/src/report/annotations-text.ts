import { ascii, count } from '../explain/words.ts';
import type { AnnotationEntry } from '../service-annotations.ts';

/** `membrane annotate --list`: a line an annotation, what is wrong with it below, and their number. */
export function annotationsText(entries: readonly AnnotationEntry[]): string {
  const lines = entries.flatMap(({ place, of, text, wrong }) => [
    `${place.file}:${place.start.line}: ${of}: ${ascii(text)}`,
    ...wrong.map((sentence) => `    ${ascii(sentence)}`),
  ]);
  const suppressions = entries.filter(({ suppresses }) => suppresses).length;
  const wrong = entries.filter((entry) => entry.wrong.length > 0).length;
  const parts = [
    count(entries.length - suppressions, 'annotation'),
    count(suppressions, 'suppression'),
    ...(wrong === 0 ? [] : [`${wrong} of them wrong, or of no use`]),
  ];
  return `${[...lines, ...(lines.length > 0 ? [''] : []), parts.join(', ')].join('\n')}\n`;
}
