import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_PLATFORMS } from '../../server/src/kernel/platforms.ts';
import type { ApiRow, SizeSpec, Version } from '../../server/src/kernel/types.ts';
import { compareVersions, TABLES } from '../../server/src/kernel/vocabulary.ts';

const rows = Object.values(TABLES).flat();
const show = (row: ApiRow) => `${row.k} ${row.name}`;

/** What tells rows of one name and kind apart beside their versions. */
function part(row: ApiRow): string {
  switch (row.k) {
    case 'defer':
      return String(row.callback);
    case 'publish':
      return String(row.memory);
    case 'platform-guard':
      return `${row.form} ${row.selector?.name ?? ''}`;
    case 'entry':
      return row.member;
    default:
      return '';
  }
}

function overlap(a: ApiRow, b: ApiRow): boolean {
  const first: Version = [0, 0];
  const last: Version = [9999, 0];
  return (
    compareVersions(a.since ?? first, b.until ?? last) <= 0 &&
    compareVersions(b.since ?? first, a.until ?? last) <= 0
  );
}

test('each table is sorted by name', () => {
  for (const [table, list] of Object.entries(TABLES)) {
    for (const [i, row] of list.entries())
      if (i > 0)
        assert.ok(list[i - 1]!.name <= row.name, `${table}: ${list[i - 1]!.name} before ${row.name}`);
  }
});

test('a name has one row of a kind in a version', () => {
  const seen = new Map<string, ApiRow[]>();
  const twice: string[] = [];
  for (const row of rows) {
    const key = `${row.k} ${row.name} ${part(row)}`;
    const others = seen.get(key) ?? [];
    if (others.some((other) => overlap(row, other))) twice.push(key);
    seen.set(key, [...others, row]);
  }
  assert.deepEqual(twice, []);
});

test('every row names a source in a kernel tree, and versions in order', () => {
  for (const row of rows) {
    assert.match(row.name, /^[A-Za-z_]\w*(\.\w+)*$/, show(row));
    assert.match(row.source, /^[a-z][\w-]*(\/[\w.-]+)+\.[ch](:\w+)?$/, show(row));
    if (row.since && row.until)
      assert.ok(compareVersions(row.since, row.until) <= 0, `${show(row)}: since after until`);
  }
});

/** Every argument number of a row. */
function argumentsOf(row: ApiRow): number[] {
  const ofSize = (size: SizeSpec | null): number[] =>
    size === null ? [] : 'arg' in size ? [size.arg] : 'product' in size ? [...size.product] : [];
  const given = (...list: readonly (number | null | undefined)[]) =>
    list.filter((n): n is number => typeof n === 'number');
  switch (row.k) {
    case 'transition':
      return [row.address, ...ofSize(row.extent)];
    case 'alloc':
      return [
        ...ofSize(row.size),
        ...given(
          row.gfp,
          row.handle,
          row.replaces,
          row.result === 'return' ? null : row.result.outArg,
          typeof row.zeroed === 'boolean' ? null : row.zeroed.gfpArg,
        ),
      ];
    case 'free':
      return [row.address, ...ofSize(row.size)];
    case 'same':
    case 'condition':
    case 'error':
      return [row.arg];
    case 'size':
      return [...row.args];
    case 'map':
      return [row.memory, ...(typeof row.attribute === 'string' ? [] : [row.attribute.protArg])];
    case 'unmap':
      return [row.address];
    case 'prot':
    case 'lock':
      return given(row.arg);
    case 'noreturn':
      return given(row.when);
    case 'defer':
      return [row.callback, ...given(row.data)];
    case 'publish':
      return [row.memory];
    case 'platform-guard':
      return given(row.selector?.arg);
    case 'contents':
      return [...given(row.writes, row.reads), ...ofSize(row.size)];
    case 'container':
      return given(row.memory, row.container);
    case 'accessor':
      return [row.arg, ...given(row.index, row.value)];
    case 'loop':
      return [...row.cursor, ...given(row.elements)];
    default:
      return [];
  }
}

test('argument numbers are small, and no argument is two things', () => {
  for (const row of rows) {
    for (const n of argumentsOf(row)) assert.ok(Number.isInteger(n) && n >= 0 && n <= 8, show(row));
    if (row.k === 'transition') assert.notEqual(argumentsOf(row)[0], argumentsOf(row)[1], show(row));
    if (row.k === 'alloc' && row.gfp !== undefined && row.size && 'arg' in row.size)
      assert.notEqual(row.size.arg, row.gfp, show(row));
    if (row.k === 'free' && row.size && 'arg' in row.size)
      assert.notEqual(row.size.arg, row.address, show(row));
    if (row.k === 'defer') assert.notEqual(row.callback, row.data, show(row));
    if (row.k === 'loop') {
      assert.ok(row.cursor.length > 0, show(row));
      assert.ok(row.elements === null || !row.cursor.includes(row.elements), show(row));
    }
  }
});

test('platforms are known ones, and a guard leaves each platform an answer', () => {
  const known = new Set<string>(ALL_PLATFORMS);
  for (const row of rows) {
    if (row.k === 'transition') for (const id of row.platforms ?? []) assert.ok(known.has(id), show(row));
    if (row.k !== 'platform-guard') continue;
    for (const id of [...row.trueOn, ...(row.falseOn ?? [])]) assert.ok(known.has(id), show(row));
    if (row.falseOn)
      for (const id of ALL_PLATFORMS)
        assert.ok(
          row.trueOn.includes(id) || row.falseOn.includes(id),
          `${show(row)} ${row.selector?.name ?? ''}: neither true nor false on ${id}`,
        );
  }
});

test('what frees an allocation is known: each kind of memory has an allocator and a free', () => {
  const kinds = (k: 'alloc' | 'free') =>
    new Set(rows.flatMap((row) => (row.k === k && 'kind' in row ? [row.kind] : [])));
  const freed = kinds('free');
  for (const kind of kinds('alloc')) assert.ok(freed.has(kind), kind);
});
