import { TYPE_MACROS } from './apis/accessors.ts';
import { LOOPS } from './apis/loops.ts';
import { DEVICE_LOOPS } from './apis/loops-devices.ts';
import { KERNEL_LOOPS } from './apis/loops-kernel.ts';
import { MEDIA_LOOPS } from './apis/loops-media.ts';
import type { ApiRow } from './types.ts';
import { TABLES } from './vocabulary.ts';

/** Conditions that yield their argument's truth and do nothing else; the other conditions are calls to the analysis. */
const TRANSPARENT: ReadonlySet<string> = new Set([
  '__builtin_expect',
  '__builtin_expect_with_probability',
  'likely',
  'likely_notrace',
  'unlikely',
  'unlikely_notrace',
]);

/** Later versions overwrite earlier ones: lowering knows no version, and arguments rarely change places. */
const cursors: ReadonlyMap<string, readonly number[]> = new Map(
  [LOOPS, KERNEL_LOOPS, DEVICE_LOOPS, MEDIA_LOOPS]
    .flat()
    .flatMap((row: ApiRow) => (row.k === 'loop' ? [[row.name, row.cursor] as const] : [])),
);

const typeMacros: ReadonlySet<string> = new Set(TYPE_MACROS.map((row) => row.name));

let names: ReadonlySet<string> | undefined;

/** Every name of the tables, of all versions. */
function known(): ReadonlySet<string> {
  names ??= new Set(
    Object.values(TABLES).flatMap((rows) => rows.flatMap((row) => (row.k === 'entry' ? [] : [row.name]))),
  );
  return names;
}

/** What lowering asks about names: the shape of the IR's `Dialect`. One for all versions. */
export const dialect = {
  /** Whether a macro yields its first argument's truth and does nothing else. */
  isTransparentCondition(name: string): boolean {
    return TRANSPARENT.has(name);
  },
  /** The arguments that a loop macro defines anew each pass, from 0; null for a name that is not known as one. */
  loopCursor(name: string): readonly number[] | null {
    return cursors.get(name) ?? null;
  },
  /** Whether a comment says that memory is leaked on purpose. */
  tellsLeak(comment: string): boolean {
    // House style: "Intentional leak if pages cannot be encrypted again." kernel/dma/swiotlb.c:swiotlb_free_tlb
    // What is allowed there is another matter: it may be the very rule that asks for such a comment.
    return /\bleak/i.test(comment.replace(/(?:coco:|@membrane)\s+allow\b[^;*]*/g, ''));
  },
  /** Whether a macro's arguments may be types. */
  takesType(name: string): boolean {
    return typeMacros.has(name);
  },
  /** Whether some table says what a name means. */
  knows(name: string): boolean {
    return TRANSPARENT.has(name) || known().has(name);
  },
};
