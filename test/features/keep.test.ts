import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openComment } from '../../server/src/features/open-comment.ts';

test('a comment that is being typed is found, one that is whole is not', () => {
  const starts = (text: string) => openComment(text);
  assert.equal(starts('int a; /* b */ int c; // d\n/**\n * e\n */'), null);
  assert.equal(starts('int a; /* b'), 7);
  assert.equal(starts('int a; /*\nint b; /* c */\nint d;'), 7);
  assert.equal(starts('/* a */ /* b\n/* c */'), 8);
  assert.equal(starts(''), null);
});

test('what only looks like one: in strings, in line comments, in paths, closed at once', () => {
  for (const text of [
    'char *s = "/* a"; /* b */',
    'char *s = "\\"/*"; /* b */',
    "char c = '\"'; /* b */ char d = '/';",
    '// a /* b\nint c;',
    '// a \\\n /* b\nint c;',
    '/* see drivers/*/core.c and arch/<arch>/*/x.c */',
    '/*/ a */',
    '/**/ int a; /**/',
    'char *s = "a\nint b; /* c */',
  ])
    assert.equal(openComment(text), null, text);
});
