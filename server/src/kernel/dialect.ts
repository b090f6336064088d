import { LOOPS } from './apis/loops.ts';
import type { LoopRow } from './types.ts';

const LOOP_ROWS: ReadonlyMap<string, LoopRow> = new Map(
  LOOPS.filter((row): row is LoopRow => row.k === 'loop').map((row) => [row.name, row]),
);

const TRANSPARENT: ReadonlySet<string> = new Set(['likely', 'unlikely', '__builtin_expect']);
const TYPE_MACROS: ReadonlySet<string> = new Set(['container_of']);

/** What lowering asks about names: the shape of the IR's `Dialect`, one for all versions. */
export const dialect = {
  isTransparentCondition(name: string): boolean {
    return TRANSPARENT.has(name);
  },
  loopCursor(name: string): readonly number[] | null {
    return LOOP_ROWS.get(name)?.cursor ?? null;
  },
  takesType(name: string): boolean {
    return TYPE_MACROS.has(name);
  },
};
