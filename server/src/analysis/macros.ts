import { freeNames } from '../ir/macros.ts';
import type { IrUnit } from '../ir/types.ts';
import type { Vocabulary } from '../kernel/types.ts';

/**
 * The unit without macros that speak of names which nothing in view declares: they are locals of whoever uses the macro,
 * and a function has no such thing.
 */
export function withoutCapturing(unit: IrUnit, vocabulary: Vocabulary): IrUnit {
  const macros = unit.functions.filter((fn) => fn.macro);
  if (macros.length === 0) return unit;
  const names = new Map(macros.map((fn) => [fn, freeNames(fn)]));
  if ([...names.values()].every((free) => free.size === 0)) return unit;
  const declared = new Set([
    ...unit.functions.map((fn) => fn.name),
    ...unit.globals.map((global) => global.variable.name),
  ]);
  const isKnown = (name: string) =>
    declared.has(name) || unit.constants.has(name) || vocabulary.rows(name).length > 0;
  const capturing = new Set(macros.filter((fn) => ![...names.get(fn)!].every(isKnown)));
  if (capturing.size === 0) return unit;
  return { ...unit, functions: unit.functions.filter((fn) => !capturing.has(fn)) };
}
