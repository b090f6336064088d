import type { ConfigNote } from './project/config/notes.ts';
import { configName } from './project/root.ts';
import { compare } from './service-judge.ts';
import type { CheckReport, ConfigEffect, Diagnostic, FileReport, ResolvedPlace } from './service-types.ts';

/** An annotation or suppression of a tree, and what is wrong with it. */
export interface AnnotationEntry {
  readonly place: Pick<ResolvedPlace, 'file' | 'start' | 'end'>;
  /** What it stands at: `foo()`, `a statement of foo()`, `the field decrypted`, `drivers/a.c, foo()`. */
  readonly of: string;
  /** On one line. */
  readonly text: string;
  readonly suppresses: boolean;
  /** Sentences: it is not understood, does not hold, or keeps nothing silent. */
  readonly wrong: readonly string[];
}

/** Rules that speak of annotations. */
const aboutNotes: ReadonlySet<string> = new Set(['wrong-annotation', 'unused-allow']);

/** Annotations of files, and of the tree's configuration, by file and line, each once. */
export function annotationEntries(
  files: readonly Pick<FileReport, 'file' | 'annotations'>[],
  diagnostics: CheckReport['diagnostics'],
  config: readonly ConfigNote[],
  unused: ConfigEffect['unusedAllows'],
): readonly AnnotationEntry[] {
  const told = diagnostics.filter(({ rule }) => aboutNotes.has(rule));
  const entries = new Map<string, AnnotationEntry>();
  for (const { file, annotations } of files)
    for (const { place, of, text, suppresses } of annotations?.notes ?? []) {
      const wrong = told.filter((one) => isWithin(one, place)).map(({ message }) => message);
      entries.set(`${file}\0${place.start.line}\0${place.start.column}`, {
        ...{ place, of, text, suppresses, wrong },
      });
    }
  for (const { at, of, text, allow } of config) {
    const isUnused = unused.some(
      (one) => one.rule === allow?.rule && one.file === allow.file && one.function === allow.function,
    );
    const wrong = isUnused ? ['keeps nothing silent. Take it out.'] : brokenAt(at, diagnostics);
    const place = { file: configName, start: at, end: at };
    entries.set(`${configName}\0${at.line}\0${at.column}`, {
      ...{ place, of, text, suppresses: allow !== null, wrong },
    });
  }
  return [...entries.values()].sort(
    (a, b) =>
      compare(a.place.file, b.place.file) ||
      a.place.start.line - b.place.start.line ||
      a.place.start.column - b.place.start.column,
  );
}

/** What is told of a contract of the configuration, and where: its function is elsewhere. */
function brokenAt(at: ConfigNote['at'], diagnostics: readonly Diagnostic[]): readonly string[] {
  const speaks = ({ related }: Diagnostic) =>
    related.some(
      ({ place: { file, start } }) =>
        file === configName && start.line === at.line && start.column === at.column,
    );
  const told = diagnostics
    .filter(speaks)
    .map(({ place: { file, start }, message }) => `${file}:${start.line}: ${message}`);
  return [...new Set(told)];
}

function isWithin({ place: { file, start } }: Diagnostic, note: ResolvedPlace): boolean {
  if (file !== note.file) return false;
  const after = start.line - note.start.line || start.column - note.start.column;
  const before = note.end.line - start.line || note.end.column - start.column;
  return after >= 0 && before >= 0;
}
