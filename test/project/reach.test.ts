import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../server/src/base/token.ts';
import { vocabularyFor } from '../../server/src/kernel/vocabulary.ts';
import { folderOf } from '../../server/src/project/paths.ts';
import { defaultReach, reach } from '../../server/src/project/reach.ts';
import { cutOnly } from '../../server/src/project/stages.ts';

/** The groups of some files; seeds are those that name a transition. */
function groupsOf(files: Readonly<Record<string, string>>) {
  const naming = (name: string) =>
    Object.keys(files)
      .filter((file) => new RegExp(`\\b${name}\\s*\\(`).test(files[file]!))
      .sort();
  const texts = new Map(Object.entries(files).map(([file, text]) => [file, cutOnly(file, text)]));
  return reach({
    seeds: Object.keys(files).filter((file) => files[file]!.includes('set_memory_decrypted')),
    index: {
      filesNaming: naming,
      filesNamingAll: (names) => new Map([...names].map((name) => [name, naming(name)])),
      filesIn: (folder) => Object.keys(files).filter((file) => folderOf(file) === folder),
      has: (file) => files[file] !== undefined,
    },
    vocabulary: vocabularyFor([6, 12]),
    bounds: defaultReach,
    text: (file) => texts.get(file) ?? null,
    makefile: () => '',
    token: never,
  }).groups.map((group) => group.files);
}

const caller = (name: string) => `int use(void *p)\n{\n\treturn ${name}(p, 1);\n}\n`;

test('whoever calls a function that converts what it is given belongs to it, over several files', () => {
  assert.deepEqual(
    groupsOf({
      'lib/a.c': 'int a(void *p, int n)\n{\n\treturn set_memory_decrypted((unsigned long)p, n);\n}\n',
      'lib/b.c': 'int b(void *p, int n)\n{\n\treturn a(p, n);\n}\n',
      'lib/c.c': caller('b'),
      'lib/d.c': caller('d'),
    }),
    [['lib/a.c', 'lib/b.c', 'lib/c.c']],
  );
});

test('a macro of a header is a wrapper like any other, one of a source file is its own', () => {
  const macro = (name: string) => `#define ${name}(p, n) \\\n\tset_memory_decrypted((unsigned long)(p), n)\n`;
  assert.deepEqual(
    groupsOf({
      'lib/a.h': macro('share'),
      'lib/b.c': `${macro('mine')}${caller('mine')}`,
      'lib/c.c': caller('share'),
      'lib/d.c': caller('mine'),
    }),
    [['lib/a.h', 'lib/c.c'], ['lib/b.c']],
  );
});

test('a macro that calls a wrapper is one, and so is another name for it', () => {
  assert.deepEqual(
    groupsOf({
      'lib/a.h':
        'static inline int wrap(void *p, int n)\n{\n\treturn set_memory_decrypted((unsigned long)p, n);\n}\n' +
        '#define outer(p, n) wrap(p, n)\n#define other wrap\n#define own set_memory_decrypted\n',
      'lib/b.c': caller('outer'),
      'lib/c.c': caller('other'),
      'lib/d.c': caller('own'),
    }),
    [['lib/a.h', 'lib/b.c', 'lib/c.c', 'lib/d.c']],
  );
});
