import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileGlob, compileGlobs } from '../../server/src/project/glob.ts';

const fits = (pattern: string, path: string) => compileGlob(pattern)(path);

test('a pattern without a slash fits a name at any depth and all below it', () => {
  assert.ok(fits('*.mod.c', 'drivers/hv/x.mod.c'));
  assert.ok(fits('tools', 'tools/perf/a.c'));
  assert.ok(fits('tools/', 'tools/perf/a.c'));
  assert.ok(fits('tests', 'drivers/tests/a.c'));
  assert.ok(!fits('tool', 'tools/a.c'));
});

test('a pattern with a slash is read from the root', () => {
  assert.ok(fits('drivers/gpu', 'drivers/gpu/drm/a.c'));
  assert.ok(fits('./drivers/gpu', 'drivers/gpu/drm/a.c'));
  assert.ok(fits('/drivers', 'drivers/gpu/a.c'));
  assert.ok(!fits('gpu/drm', 'drivers/gpu/drm/a.c'));
  assert.ok(fits('drivers/*/a.c', 'drivers/net/a.c'));
  assert.ok(!fits('drivers/*/a.c', 'drivers/net/b/a.c'));
  assert.ok(fits('drivers/**/a.c', 'drivers/net/b/a.c'));
  assert.ok(fits('drivers/**/a.c', 'drivers/a.c'));
  assert.ok(fits('**/gpu/**', 'x/gpu/y.c'));
});

test('classes, single letters and letters that mean something elsewhere', () => {
  assert.ok(fits('arch/[ax]*', 'arch/x86/a.c'));
  assert.ok(!fits('arch/[!ax]*', 'arch/x86/a.c'));
  assert.ok(fits('a[0-9].c', 'a7.c'));
  assert.ok(fits('?.c', 'a.c'));
  assert.ok(!fits('?.c', 'ab.c'));
  assert.ok(fits('a+(b).c', 'a+(b).c'));
  assert.ok(fits('[a.c', '[a.c'));
  assert.ok(!compileGlobs([])('a.c'));
  assert.ok(compileGlobs(['x', '*.c'])('a.c'));
});

/** The obvious matcher, slow where stars abound: what the real one is held to. */
function naive(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] === '*')
    return naive(pattern.slice(1), text) || (text !== '' && naive(pattern, text.slice(1)));
  return (
    text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && naive(pattern.slice(1), text.slice(1))
  );
}

test('stars match as the obvious matcher has it', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), minLength: 1, maxLength: 7 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(letters, text, (pattern, name) => {
      fc.pre(!pattern.includes('**'));
      assert.equal(fits(pattern, name), naive(pattern, name));
    }),
  );
});

test('many stars do not make it hang', () => {
  assert.equal(fits(`${'*a'.repeat(60)}b`, 'a'.repeat(5000)), false);
});
