import type { Edit } from './edits.ts';
import { movedRange } from './edits.ts';
import type { Analysis } from './engine.ts';
import { openComment } from './open-comment.ts';
import type { LspDiagnostic, LspRange } from './shapes.ts';
import { compare } from './shapes.ts';

/**
 * How a function stands: `parsed`; `never`: it has had parse errors ever since the document was opened, so what the
 * analysis makes of it is all there is; `held`: it parsed once and is half-typed now, so it keeps what it showed.
 */
export interface Standing {
  readonly how: 'parsed' | 'never' | 'held';
  /** Of the function's text. */
  readonly hash: string;
}

/** Stands in the place of a function's name for a comment that swallows what it should not. */
const comment = '/*';

/** What a document shows. Immutable; made anew for each change. */
export interface Shown {
  readonly diagnostics: readonly LspDiagnostic[];
  /** By function; the empty name is the text outside of functions. */
  readonly standing: ReadonlyMap<string, Standing>;
}

/** What a fresh analysis says. */
export interface Fresh {
  readonly text: string;
  readonly diagnostics: readonly LspDiagnostic[];
  /** All functions of the text. */
  readonly functions: Analysis['functions'];
  /** Those whose slices have parse errors; the empty name stands for text outside of functions. */
  readonly broken: ReadonlySet<string>;
  /** Another open document that this one is checked with is half-typed: what changes here comes from there. */
  readonly elsewhere?: boolean;
}

/** The functions that are half-typed. */
export function heldFunctions(shown: Shown): string[] {
  return [...shown.standing]
    .filter(([name, { how }]) => how === 'held' && name !== '' && name !== comment)
    .map(([name]) => name);
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
 * text; so does one that vanished while something is half-typed, as a missing brace or an open comment makes its neighbour
 * swallow it. And while something is half-typed, here or elsewhere, so does every function that was not touched: what changes
 * in it comes from the other one.
 */
export function settle(before: Shown | null, fresh: Fresh): Shown {
  const standing = new Map<string, Standing>([['', { how: 'parsed', hash: '' }]]);
  for (const { name, hash } of fresh.functions) {
    // Alternatives under #if share their name.
    standing.set(name, { how: 'parsed', hash: (standing.get(name)?.hash ?? '') + hash });
  }
  for (const name of brokenNow(before, fresh)) {
    const was = before?.standing.get(name);
    if (before === null || was?.how === 'never') {
      standing.set(name, { how: 'never', hash: standing.get(name)?.hash ?? '' });
    } else {
      standing.set(name, { how: 'held', hash: was?.hash ?? '' });
    }
  }
  const kept = new Set<string>();
  for (const [name, { how }] of standing) if (how === 'held') kept.add(name);
  if (before !== null && (kept.size > 0 || fresh.elsewhere === true)) {
    const isHere = kept.size > 0;
    for (const [name, was] of before.standing) {
      const now = standing.get(name);
      if (now === undefined && !isHere) continue;
      if (now === undefined && name !== comment) standing.set(name, { how: 'held', hash: was.hash });
      if (now === undefined || now.hash === was.hash) kept.add(name);
    }
  }
  const isKept = (diagnostic: LspDiagnostic) => kept.has(diagnostic.data.function);
  const own = fresh.diagnostics.filter((diagnostic) => !isKept(diagnostic));
  const old = before?.diagnostics.filter(isKept) ?? [];
  return { diagnostics: old.length === 0 ? own : [...own, ...old], standing };
}

/** What is half-typed or never parsed: by parse errors, and by a comment that is open. */
function brokenNow(before: Shown | null, { text, functions, broken }: Fresh): ReadonlySet<string> {
  // Where nothing is shown, nothing can flicker; and then the text need not be read for it.
  if (before !== null && before.diagnostics.length === 0 && !before.standing.has(comment)) return broken;
  const open = openComment(text);
  if (open === null) return broken;
  const above = functions.findLast(({ start }) => start <= open);
  return new Set([...broken, comment, ...(above === undefined ? [] : [above.name])]);
}

function isEmpty(range: LspRange): boolean {
  return compare(range.start, range.end) === 0;
}
