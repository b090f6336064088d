import { addTo } from '../base/maps.ts';
import { markers } from '../base/markers.ts';
import { ACCESSORS, FLAGS, TYPE_MACROS } from './apis/accessors.ts';
import { CMA } from './apis/cma.ts';
import { CONDITIONS } from './apis/conditions.ts';
import { CONTAINERS } from './apis/containers.ts';
import { CONTENTS } from './apis/contents.ts';
import { ENTRIES, NO_SLEEP, SLEEPS } from './apis/contexts.ts';
import { DEFERRED } from './apis/deferred.ts';
import { DMA } from './apis/dma.ts';
import { EXACT } from './apis/exact.ts';
import { FOLIO } from './apis/folio.ts';
import { GENPOOL } from './apis/genpool.ts';
import { GUARDS } from './apis/guards.ts';
import { HARMLESS } from './apis/harmless.ts';
import { IDENTITY } from './apis/identity.ts';
import { ATOMIC_SECTIONS, SLEEPING_LOCKS } from './apis/locks.ts';
import { LOOPS } from './apis/loops.ts';
import { DEVICE_LOOPS } from './apis/loops-devices.ts';
import { KERNEL_LOOPS } from './apis/loops-kernel.ts';
import { MEDIA_LOOPS } from './apis/loops-media.ts';
import { MEMBLOCK } from './apis/memblock.ts';
import { NO_RETURN } from './apis/noreturn.ts';
import { PAGE_ALLOC } from './apis/page-alloc.ts';
import { PERCPU } from './apis/percpu.ts';
import { AXIOMS, PLATFORM_GUARDS, STABLE } from './apis/platform-guards.ts';
import { PRINTERS } from './apis/printers.ts';
import { PUBLISHING } from './apis/publishing.ts';
import { PURE } from './apis/pure.ts';
import { SECTIONS } from './apis/sections.ts';
import { CONSTANTS, SIZES } from './apis/sizes.ts';
import { SLAB } from './apis/slab.ts';
import { TRANSITIONS } from './apis/transitions.ts';
import { USER_MAPPINGS } from './apis/user-mappings.ts';
import { VMALLOC } from './apis/vmalloc.ts';
import { VMAP } from './apis/vmap.ts';
import { pageSizeOf, platformsOfFile } from './platforms.ts';
import type { ApiRow, HeldRow, Version, Vocabulary } from './types.ts';

/** Every table by what it is about, each sorted by name. Their order does not matter. */
export const TABLES: Readonly<Record<string, readonly ApiRow[]>> = {
  accessors: ACCESSORS,
  flags: FLAGS,
  'atomic-sections': ATOMIC_SECTIONS,
  cma: CMA,
  conditions: CONDITIONS,
  constants: CONSTANTS,
  containers: CONTAINERS,
  contents: CONTENTS,
  deferred: DEFERRED,
  'device-loops': DEVICE_LOOPS,
  dma: DMA,
  entries: ENTRIES,
  exact: EXACT,
  folio: FOLIO,
  genpool: GENPOOL,
  guards: GUARDS,
  harmless: HARMLESS,
  identity: IDENTITY,
  'no-sleep': NO_SLEEP,
  'kernel-loops': KERNEL_LOOPS,
  loops: LOOPS,
  'media-loops': MEDIA_LOOPS,
  memblock: MEMBLOCK,
  noreturn: NO_RETURN,
  'page-alloc': PAGE_ALLOC,
  percpu: PERCPU,
  'platform-guards': PLATFORM_GUARDS,
  printers: PRINTERS,
  publishing: PUBLISHING,
  pure: PURE,
  sections: SECTIONS,
  sizes: SIZES,
  slab: SLAB,
  'sleeping-locks': SLEEPING_LOCKS,
  sleeps: SLEEPS,
  stable: STABLE,
  transitions: TRANSITIONS,
  'type-macros': TYPE_MACROS,
  'user-mappings': USER_MAPPINGS,
  vmalloc: VMALLOC,
  vmap: VMAP,
};
/** Negative if `a` is older than `b`, 0 if they are the same. */
export function compareVersions(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1];
}

/** Whether a row holds in that version; null is the newest. */
export function holdsIn(row: Pick<ApiRow, 'since' | 'until'>, version: Version | null): boolean {
  if (version === null) return row.until === undefined;
  if (row.since !== undefined && compareVersions(version, row.since) < 0) return false;
  return row.until === undefined || compareVersions(version, row.until) <= 0;
}

const NO_ROWS: readonly ApiRow[] = [];

const kindOf = (row: ApiRow) => `${row.k} ${row.name}`;

/** The last meaning of names that the newest version no longer has: a text without a tree may be of any version. */
function gone(rows: readonly ApiRow[]): ApiRow[] {
  const current = new Set(rows.filter((row) => row.until === undefined).map(kindOf));
  const last = new Map<string, Version>();
  for (const row of rows)
    if (row.until !== undefined && compareVersions(row.until, last.get(kindOf(row)) ?? row.until) >= 0)
      last.set(kindOf(row), row.until);
  return rows.filter(
    (row) =>
      row.until !== undefined &&
      !current.has(kindOf(row)) &&
      compareVersions(row.until, last.get(kindOf(row)) ?? row.until) === 0,
  );
}

/** What an extra row replaces: a guard that selects replaces the row of the same selector, and no other. */
const replacedBy = (row: ApiRow) =>
  row.k === 'platform-guard' && row.selector !== undefined
    ? `${kindOf(row)}(${row.selector.name})`
    : kindOf(row);

/** The rows of a version by name; what `extra` says of a name and a kind replaces what the tables say. */
function index(version: Version | null, extra: readonly ApiRow[]): ReadonlyMap<string, readonly ApiRow[]> {
  const tables = Object.values(TABLES).flat();
  const replaced = new Set(extra.map(replacedBy));
  const holding = tables.filter((row) => holdsIn(row, version));
  if (version === null) holding.push(...gone(tables));
  const byName = new Map<string, ApiRow[]>();
  for (const row of [
    ...extra.filter((row) => !isHeld(row) && holdsIn(row, version)),
    ...holding.filter((row) => !replaced.has(kindOf(row)) && !replaced.has(replacedBy(row))),
  ])
    addTo(byName, row.name, row);
  return byName;
}

const isHeld = (row: ApiRow): row is HeldRow => row.k === 'held';

/** What says nothing of a call in view: a tree's own rows of that name stand beside it. */
const isBeside = (row: ApiRow) => isHeld(row) || row.k === 'requirement';

/** Sorted, each once, without those that contain another: whoever finds the longer one has found the shorter. */
function shortest(names: readonly string[]): readonly string[] {
  const all = [...new Set(names)].sort();
  return all.filter((name) => !all.some((other) => other !== name && name.includes(other)));
}

function build(version: Version | null, extra: readonly ApiRow[]): Vocabulary {
  const byName = index(version, extra);
  const held = extra.filter(isHeld);
  const names = [...byName.values()].flat().flatMap((row) => (row.k === 'transition' ? [row.name] : []));
  // What a tree's own file says of a function is held against the body, wherever that is.
  const bodies = held.flatMap(({ name, entry }) => (entry === undefined ? [] : [name]));
  return {
    version,
    rows: (name) => byName.get(name) ?? NO_ROWS,
    row: <K extends ApiRow['k']>(name: string, kind: K) =>
      byName.get(name)?.find((row): row is Extract<ApiRow, { k: K }> => row.k === kind),
    names: (is) => [...byName].flatMap(([name, rows]) => (rows.some(is) ? [name] : [])).sort(),
    held,
    axioms: AXIOMS,
    with: (rows) => {
      const told = new Set(rows.flatMap((row) => (isBeside(row) ? [] : [row.name])));
      return build(version, [...rows, ...extra.filter((row) => isHeld(row) || !told.has(row.name))]);
    },
    platformsOf: (file, headers) => platformsOfFile(file, version, headers),
    pageSize: pageSizeOf,
    needles: shortest([...names, ...bodies, ...markers]),
  };
}

const NOTHING: readonly ApiRow[] = [];
const cache = new WeakMap<readonly ApiRow[], Map<string, Vocabulary>>();

/**
 * The vocabulary of a kernel version; null: the newest, and the last meaning of names that it no longer has. What
 * `extra` says of a name and a kind replaces what the tables say. The same arguments give the same object.
 */
export function vocabularyFor(version: Version | null, extra: readonly ApiRow[] = NOTHING): Vocabulary {
  let versions = cache.get(extra);
  if (versions === undefined) {
    versions = new Map();
    cache.set(extra, versions);
  }
  const key = version === null ? '' : version.join('.');
  let vocabulary = versions.get(key);
  if (vocabulary === undefined) {
    vocabulary = build(version, extra);
    versions.set(key, vocabulary);
  }
  return vocabulary;
}

/** Whether a row is what somebody wrote down of a function: it is held against a body that is in view. */
export function isWrittenDown(row: ApiRow): boolean {
  return (
    ('contract' in row && row.contract !== undefined) || ('undeclared' in row && row.undeclared !== undefined)
  );
}

/** A call that converts memory, and not the code of an architecture that carries it out. */
export function isTransition(row: ApiRow): row is Extract<ApiRow, { k: 'transition' }> {
  return row.k === 'transition' && !row.implementation;
}

/** What a call of that name makes of memory, if it works; null if it is no transition that the model has steps of. */
export function conversionBy(vocabulary: Vocabulary, name: string): 'shared' | 'private' | null {
  const row = vocabulary.rows(name).find((one) => one.k === 'transition');
  return row === undefined || row.unmodelled === true ? null : row.to;
}
