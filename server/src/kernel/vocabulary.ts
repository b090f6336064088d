import { CONDITIONS } from './apis/conditions.ts';
import { ACCESSORS } from './apis/containers.ts';
import { CONTENTS } from './apis/contents.ts';
import { DEFERRED } from './apis/deferred.ts';
import { HARMLESS } from './apis/harmless.ts';
import { IDENTITY } from './apis/identity.ts';
import { LOCKS } from './apis/locks.ts';
import { LOOPS } from './apis/loops.ts';
import { NO_RETURN } from './apis/noreturn.ts';
import { PAGE_ALLOC } from './apis/page-alloc.ts';
import { AXIOMS, PLATFORM_GUARDS } from './apis/platform-guards.ts';
import { PUBLISHING } from './apis/publishing.ts';
import { CONSTANTS, SIZES } from './apis/sizes.ts';
import { SLAB } from './apis/slab.ts';
import { TRANSITIONS } from './apis/transitions.ts';
import { VMALLOC } from './apis/vmalloc.ts';
import { pageSizeOf, platformsOfFile } from './platforms.ts';
import type { ApiRow, Version, Vocabulary } from './types.ts';

/** Every table, by the name of its file; a name and a kind occur in one of them only. */
export const TABLES: Readonly<Record<string, readonly ApiRow[]>> = {
  accessors: ACCESSORS,
  conditions: CONDITIONS,
  constants: CONSTANTS,
  contents: CONTENTS,
  deferred: DEFERRED,
  harmless: HARMLESS,
  identity: IDENTITY,
  locks: LOCKS,
  loops: LOOPS,
  noreturn: NO_RETURN,
  'page-alloc': PAGE_ALLOC,
  'platform-guards': PLATFORM_GUARDS,
  publishing: PUBLISHING,
  sizes: SIZES,
  slab: SLAB,
  transitions: TRANSITIONS,
  vmalloc: VMALLOC,
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

function index(rows: Iterable<ApiRow>, into: Map<string, ApiRow[]>, version: Version | null): void {
  for (const row of rows) {
    if (!holdsIn(row, version)) continue;
    const known = into.get(row.name);
    if (known === undefined) into.set(row.name, [row]);
    else known.push(row);
  }
}

function build(version: Version | null, extra: readonly ApiRow[]): Vocabulary {
  const byName = new Map<string, ApiRow[]>();
  index(extra, byName, version);
  for (const table of Object.values(TABLES)) index(table, byName, version);
  const needles = [...byName.values()]
    .flat()
    .filter((row) => row.k === 'transition')
    .map((row) => row.name)
    .sort();
  return {
    version,
    rows: (name) => byName.get(name) ?? NO_ROWS,
    row: <K extends ApiRow['k']>(name: string, kind: K) =>
      byName.get(name)?.find((row): row is Extract<ApiRow, { k: K }> => row.k === kind),
    axioms: AXIOMS,
    platformsOf: (file) => platformsOfFile(file, version),
    pageSize: pageSizeOf,
    needles: [...new Set(needles)],
  };
}

const NOTHING: readonly ApiRow[] = [];
const cache = new WeakMap<readonly ApiRow[], Map<string, Vocabulary>>();

/**
 * The vocabulary of a kernel version; null: the newest. `extra` rows come before those of the tables, so that a
 * name and kind they give wins. The same arguments give the same object.
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
