import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  commonFolder,
  folderOf,
  isInside,
  joinPath,
  normalisePath,
  relativePath,
} from '../../server/src/project/paths.ts';

const name = fc.constantFrom('a', 'b', 'c.c', '..', '.', '');
const path = fc.array(name, { maxLength: 6 }).map((names) => `/${names.join('/')}`);

test('absolute paths are normalised, joined and made relative as the system does it', () => {
  fc.assert(
    fc.property(path, path, (a, b) => {
      const clean = (text: string) => posix.resolve('/', text);
      assert.equal(normalisePath(a), clean(a));
      assert.equal(relativePath(clean(a), clean(b)), posix.relative(a, b) || '.');
      assert.equal(joinPath(clean(a), 'x/../y'), posix.resolve(a, 'y'));
      assert.equal(folderOf(clean(a)), posix.dirname(clean(a)));
    }),
  );
});

test('the common folder of paths holds all of them and nothing below it does', () => {
  const plain = fc
    .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 })
    .map((names) => normalisePath(`/${names.join('/')}`));
  fc.assert(
    fc.property(fc.array(plain, { minLength: 1, maxLength: 4 }), (paths) => {
      const folder = commonFolder(paths);
      assert.ok(paths.every((p) => isInside(folder, p)));
      for (const below of ['a', 'b', 'c']) {
        const deeper = joinPath(folder, below);
        assert.ok(!paths.every((p) => isInside(deeper, p)));
      }
    }),
  );
});

test('a sibling whose name only begins the same is not inside', () => {
  assert.equal(isInside('/a/net', '/a/netfilter'), false);
  assert.equal(isInside('/', '/a'), true);
  assert.equal(relativePath('/a/net', '/a/netfilter/x.c'), '../netfilter/x.c');
});
