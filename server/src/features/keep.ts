import type { Edit } from './edits.ts';
import { movedRange } from './edits.ts';
import type { LspDiagnostic, LspRange } from './shapes.ts';
import { compare } from './shapes.ts';

/**
 * How a function stands: `parsed`; `never`: it has had parse errors ever since the document was opened, so what the
 * analysis makes of it is all there is; `held`: it parsed once and is half-typed now, so it keeps what it showed.
 */
export type Standing = 'parsed' | 'never' | 'held';

/** What a document shows. Immutable; made anew for each change. */
export interface Shown {
  readonly diagnostics: readonly LspDiagnostic[];
  /** By function; the empty name is the text outside of functions. */
  readonly standing: ReadonlyMap<string, Standing>;
}

/** What a fresh analysis says. */
export interface Fresh {
  readonly diagnostics: readonly LspDiagnostic[];
  /** All functions of the text. */
  readonly functions: readonly string[];
  /** Those whose slices have parse errors; the empty name stands for text outside of functions. */
  readonly broken: ReadonlySet<string>;
}

/** `shown` after edits of the text: every place moves, and what was deleted wholly is gone. */
export function move(shown: Shown, edits: readonly Edit[], uri: string): Shown {
  if (edits.length === 0 || shown.diagnostics.length === 0) return shown;
  const diagnostics: LspDiagnostic[] = [];
  for (const diagnostic of shown.diagnostics) {
    const range = edits.reduce(movedRange, diagnostic.range);
    if (isEmpty(range) && !isEmpty(diagnostic.range)) continue;
    const related = diagnostic.relatedInformation?.map((one) =>
      one.location.uri === uri
        ? { ...one, location: { uri, range: edits.reduce(movedRange, one.location.range) } }
        : one,
    );
    diagnostics.push({ ...diagnostic, range, ...(related ? { relatedInformation: related } : {}) });
  }
  return { ...shown, diagnostics };
}

/**
 * What to show after an analysis. A function that parsed before and does not now keeps what it showed, moved with the
 * text; so does one that vanished while something is half-typed, as a missing brace makes its neighbour swallow it.
 */
export function settle(before: Shown | null, fresh: Fresh): Shown {
  const standing = new Map<string, Standing>();
  for (const name of ['', ...fresh.functions]) standing.set(name, 'parsed');
  for (const name of fresh.broken) {
    const was = before?.standing.get(name);
    standing.set(name, before === null || was === 'never' ? 'never' : 'held');
  }
  const halfTyped = [...fresh.broken].some((name) => standing.get(name) === 'held');
  if (before !== null && halfTyped) {
    for (const name of before.standing.keys()) if (!standing.has(name)) standing.set(name, 'held');
  }
  const isHeld = (diagnostic: LspDiagnostic) => standing.get(diagnostic.data.function) === 'held';
  const own = fresh.diagnostics.filter((diagnostic) => !isHeld(diagnostic));
  const kept = before?.diagnostics.filter(isHeld) ?? [];
  return { diagnostics: kept.length === 0 ? own : [...own, ...kept], standing };
}

function isEmpty(range: LspRange): boolean {
  return compare(range.start, range.end) === 0;
}
