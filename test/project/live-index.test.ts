import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CallIndex } from '../../server/src/project/call-index.ts';
import { hashName } from '../../server/src/project/call-names.ts';
import { isWalked } from '../../server/src/project/discover.ts';
import { LiveIndex } from '../../server/src/project/live-index.ts';
import { namesOf } from '../../server/src/project/reach-names.ts';
import { cutOnly } from '../../server/src/project/stages.ts';

const name = fc.constantFrom('alloc', 'free', 'share', 'map');
const file = fc.constantFrom('a.c', 'b.c', 'c.h', 'd/e.c');
const state = fc.option(fc.record({ relevant: fc.boolean(), names: fc.uniqueArray(name) }), { nil: null });
type State = typeof state extends fc.Arbitrary<infer T> ? T : never;

function indexOf(tree: ReadonlyMap<string, State>): CallIndex {
  const stamp = { size: 1, mtime: 2, ctime: 3, inode: 4 };
  const entries = [...tree].flatMap(([one, now]) =>
    now === null
      ? []
      : [{ file: one, ...stamp, relevant: now.relevant, calls: Uint32Array.from(now.names, hashName) }],
  );
  return CallIndex.of(entries, 5);
}

test('after changes it says what an index says that was made after them', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(file, state)), fc.array(fc.tuple(file, state)), (first, then) => {
      const tree = new Map<string, State>(first);
      const live = new LiveIndex(indexOf(tree));
      live.filesNaming('share');
      for (const [one, now] of then) {
        tree.set(one, now);
        const calls = new Set(now?.names.map(hashName));
        live.set(one, now === null ? null : { relevant: now.relevant, calls });
      }
      const fresh = indexOf(tree);
      assert.equal(live.size, fresh.files.length);
      assert.deepEqual(live.relevant(), fresh.relevant());
      for (const one of ['alloc', 'free', 'share', 'map', 'nobody'])
        assert.deepEqual(live.filesNaming(one), fresh.filesNaming(one));
      assert.deepEqual([...live.filesNamingAll(['free', 'map'])], [...fresh.filesNamingAll(['free', 'map'])]);
      for (const folder of ['.', 'd', 'x']) assert.deepEqual(live.filesIn(folder), fresh.filesIn(folder));
      for (const [one, now] of tree) {
        assert.equal(live.has(one), now !== null);
        assert.equal(live.entry(one) === null, now === null);
      }
    }),
  );
});

test('which files a walk takes', () => {
  for (const one of ['a.c', 'b/c.h', 'x.y/z.c']) assert.ok(isWalked(one), one);
  for (const one of ['a.cc', 'b/.git/c.h', 'node_modules/z.c', '../a.c', 'c']) assert.ok(!isWalked(one), one);
});

const text = (body: string, head = 'static int f(struct ring *r)') => `${head}\n{\n\t${body}\n}\n`;
const names = (source: string) => namesOf(cutOnly('a.c', source));

test('what an edit changes of the names of a file', () => {
  const before = names(text('r->page = alloc_page(GFP_KERNEL);'));
  for (const same of [
    '\tr->page  =  alloc_page(GFP_KERNEL); /* why */',
    'r->page = (alloc_page(GFP_KERNEL)); ;',
  ])
    assert.equal(names(text(same)), before, same);
  for (const other of [
    'r->page = get_page(GFP_KERNEL);',
    'r->area = alloc_page(GFP_KERNEL);',
    'f2(r->page);',
  ])
    assert.notEqual(names(text(other)), before, other);
  assert.notEqual(names(text('r->page = alloc_page(GFP_KERNEL);', 'int f(struct ring *r)')), before);
});
