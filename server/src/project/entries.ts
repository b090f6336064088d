import { parseContract } from '../annotations/parse.ts';
import type { Clause } from '../annotations/types.ts';
import type { ApiRow, HeldRow } from '../kernel/types.ts';
import {
  type Contracting,
  declarationsIn,
  declaredContracts,
  isAlone,
  ownersOf,
  requirementsOf,
} from './contracts.ts';
import type { LoweredText } from './pipeline.ts';

/** What a tree's own configuration says of a function. */
export type Entry = HeldRow & Required<Pick<HeldRow, 'entry'>>;

type Texts = readonly Pick<LoweredText, 'file' | 'source' | 'ir'>[];

/** The entries among what bodies are held against. */
export function entriesIn(held: readonly HeldRow[]): readonly Entry[] {
  return held.filter((row): row is Entry => row.entry !== undefined);
}

/** Whether an entry leaves it to declarations what the parameters are called. */
export function namesNoParameters({ entry }: Entry): boolean {
  return !entry.of.includes('(');
}

/**
 * What an entry calls the parameters of a function: as it says itself, or as a declaration in view does whose names fit. `own`: as its body
 * has them, which is asked first; null: it is not asked. Null: nothing in view says.
 */
export function parametersOf(
  { name, entry }: Entry,
  clauses: readonly Clause[],
  own: readonly string[] | null,
  texts: Texts,
): readonly string[] | null {
  const written = /\((.*)\)/.exec(entry.of)?.[1];
  if (written !== undefined)
    return written.split(',').flatMap((one) => (one.trim() === '' ? [] : [one.trim()]));
  const roots = clauses.flatMap((clause) => ('region' in clause ? [clause.region.place.root] : []));
  const fits = (names: readonly string[]) => roots.every((root) => root === 'return' || names.includes(root));
  if (own !== null && fits(own)) return own;
  const others = texts.flatMap((text) =>
    declarationsIn(name, text).map(({ parameters }) => parameters ?? []),
  );
  return others.find((names) => fits(names) && (own === null || names.length === own.length)) ?? own;
}

/** What callers are told by entries beside what the function does: what it requires, and who has memory after a call, where a body is in view. */
export function entryRows(held: readonly HeldRow[], texts: Texts): readonly ApiRow[] {
  return entriesIn(held).flatMap((row) => {
    const { clauses } = parseContract(row.entry.text);
    if (!clauses.some(({ k }) => k === 'requires' || k === 'takes' || k === 'leaks')) return [];
    const bodies = texts.flatMap(({ ir }) =>
      ir.heads.filter(({ slice, macro }) => !macro && slice.name === row.name),
    );
    if (bodies.some(({ isStatic, file }) => isStatic && !isAlone(row.name, file, texts))) return [];
    const parameters = parametersOf(row, clauses, null, texts);
    if (parameters === null) return [];
    const [declared] = texts.flatMap((text) => declarationsIn(row.name, text));
    const fn: Contracting = {
      ...{ name: row.name, parameters, source: row.source },
      returns: declared?.returns ?? null,
    };
    const commented = commentsOn(row.name, texts);
    const left = clauses.filter((clause) => !commented.has(keyOf(clause, parameters)));
    return [...requirementsOf(fn, left), ...(bodies.length === 0 ? [] : ownersOf(fn, left))];
  });
}

/** What comments in view say of a function, as keys of clauses. `isOf`: whether one means the same function. */
export function commentsOn(
  name: string,
  texts: Texts,
  isOf: (file: string, isStatic: boolean) => boolean = () => true,
): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const text of texts)
    for (const { fn, clauses, isStatic } of declaredContracts(text))
      if (fn.name === name && isOf(text.file, isStatic))
        for (const clause of clauses) keys.add(keyOf(clause, fn.parameters ?? []));
  return keys;
}

/** Equal for clauses that speak of the same: what becomes of some memory, what it must be, whose it is, or where the function may be entered. */
export function keyOf(clause: Clause, parameters: readonly string[]): string {
  if (!('region' in clause)) return clause.k;
  const { stars, root, members } = clause.region.place;
  const kind = clause.k === 'takes' || clause.k === 'leaks' ? 'owner' : clause.k;
  return JSON.stringify([kind, stars, root === 'return' ? root : parameters.indexOf(root), members]);
}
