import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NameIndex } from '../../server/src/project/reach.ts';
import { stillHolds, TracedIndex } from '../../server/src/project/trace.ts';

function indexOf(files: Record<string, readonly string[]>): NameIndex {
  const filesNaming = (name: string) => files[name] ?? [];
  const all = [...new Set(Object.values(files).flat())].sort();
  return {
    filesNaming,
    filesIn: (folder) => all.filter((file) => file.startsWith(folder)),
    has: (file) => all.includes(file),
    filesNamingAll: (names) => new Map([...names].map((name) => [name, filesNaming(name)])),
  };
}

test('what was asked of a tree holds until an answer is another one', () => {
  const then = { f: ['a.c', 'b.c'], g: ['c.c'], h: ['d.c'] };
  const traced = new TracedIndex(indexOf(then));
  assert.deepEqual(traced.filesNaming('f'), ['a.c', 'b.c']);
  assert.deepEqual(
    [...traced.filesNamingAll(['g', 'none'])],
    [
      ['g', ['c.c']],
      ['none', []],
    ],
  );
  assert.deepEqual(traced.filesIn('d'), ['d.c']);
  assert.deepEqual(traced.has('e.c'), false);
  const trace = {
    ...traced.asked,
    reads: [
      ['a.c', '1'],
      ['lost.c', null],
    ] as const,
  };
  const hashes: Record<string, string | null> = { 'a.c': '1', 'lost.c': null };
  const holds = (files: Record<string, readonly string[]>, changes: Record<string, string | null> = {}) =>
    stillHolds(trace, indexOf(files), (file) => ({ ...hashes, ...changes })[file] ?? null);
  assert.ok(holds(then));
  assert.ok(holds({ ...then, h: [], more: ['a.c', 'd.c'] }));
  assert.ok(!holds({ ...then, f: ['a.c'] }));
  assert.ok(!holds({ ...then, none: ['a.c'] }));
  assert.ok(!holds({ ...then, more: ['d2.c'] }));
  assert.ok(!holds({ ...then, more: ['e.c'] }));
  assert.ok(!holds(then, { 'a.c': '2' }));
  assert.ok(!holds(then, { 'lost.c': '1' }));
  assert.ok(!holds(then, { 'a.c': null }));
});
