import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
// @ts-expect-error: a script without types
import { tree } from '../../scripts/outside.mjs';
import { data } from '../../server/src/model/data.ts';
import { kernelVersions } from '../../server/src/model/transition/platform.ts';
import { folded, isQuoted, noSeeds } from './seeds.ts';

/** What must say where it is written down: steps, protocols and platforms, facts, failures, rows of the access table. */
const mustHave = ['id', 'is', 'op', 'error', 'attribute'];

interface Fact {
  readonly path: string;
  readonly source: unknown;
}

/** Every object of the data that states something. */
function factsIn(value: unknown, path: string): Fact[] {
  if (typeof value !== 'object' || value === null) return [];
  const below = Object.entries(value).flatMap(([key, of]) =>
    // What a step does is a part of it; its source is that of the step.
    key === 'op' ? [] : factsIn(of, `${path}.${key}`),
  );
  const states = 'source' in value || mustHave.some((key) => key in value);
  return states ? [{ path, source: (value as { source?: unknown }).source }, ...below] : below;
}

const facts = factsIn(data, 'data');
const sources = [...new Set(facts.map((fact) => fact.source))].filter((source) => typeof source === 'string');

const versions = kernelVersions.map((version) => version.replace('.', '\\.')).join('|');
const forms = {
  /** `path/file.c:symbol (6.12): more`, or with words of the file in quotes. */
  code: new RegExp(
    String.raw`^(?<file>[\w/.-]+\.[chS]):(?<symbol>\w+) \((?<version>${versions})\)(?<more>: .+| ".+")?$`,
  ),
  /** `Documentation/x.rst (6.12)`, a label, words of the file in quotes. */
  document: new RegExp(
    String.raw`^(?<file>Documentation/[\w/.-]+\.rst) \((?<version>${versions})\)(?<more>:? .+)?$`,
  ),
  /** `004 "words of the thread"`. */
  thread: /^(?<number>00[0-4]) "(?<quote>.+)"$/,
  /** A specification that is known here, and where in it. */
  specification:
    /^(?:AMD64 APM volume 2|Intel TDX module base specification|Realm Management Monitor specification DEN0137), .+/,
};

test('every fact of the model says where it is written down', () => {
  assert.ok(facts.length > 300, `${facts.length}`);
  const without = facts.filter(({ source }) => typeof source !== 'string' || source === '');
  assert.deepEqual(
    without.map(({ path }) => path),
    [],
  );
});

test('a fact without a source is found, however deep it is', () => {
  const missing = (value: unknown) =>
    factsIn(value, 'x')
      .filter(({ source }) => source === undefined)
      .map(({ path }) => path);
  assert.deepEqual(missing({ a: { is: true, source: 's' }, b: [{ fails: [{ error: '-EIO' }] }] }), [
    'x.b.0.fails.0',
  ]);
  assert.deepEqual(missing({ ways: { share: [{ id: 'x', op: { k: 'host' } }] } }), ['x.ways.share.0']);
});

test('a source is a place in a kernel, a sentence of a thread, or a section of a specification', () => {
  const odd = sources.filter((source) => !Object.values(forms).some((form) => form.test(source)));
  assert.deepEqual(odd, []);
  for (const form of Object.values(forms)) {
    assert.ok(sources.some((source) => form.test(source)));
    for (const wrong of [
      '',
      'the code',
      'arch/x86/a.c (6.12)',
      'arch/x86/a.c:f',
      'a.c:f (5.4)',
      '005 "x"',
      '000 x',
    ])
      assert.doesNotMatch(wrong, form);
  }
});

test('what a source quotes of a thread is there', { skip: noSeeds }, () => {
  for (const source of sources) {
    const { number, quote } = forms.thread.exec(source)?.groups ?? {};
    if (number !== undefined) assert.ok(isQuoted(number, quote!), source);
  }
});

for (const version of kernelVersions) {
  const top: string | null = tree(version);
  const skip = top === null ? `no tree of ${version}; MEMBRANE_TREES names the folder that has it` : false;
  test(`what a source names of Linux ${version} is there, with the words it quotes`, { skip }, () => {
    const wrong = sources.flatMap((source) => {
      const found = (forms.code.exec(source) ?? forms.document.exec(source))?.groups;
      if (found?.version !== version) return [];
      const file = join(top!, found.file!);
      if (!existsSync(file)) return [`${source}: no such file`];
      const text = readFileSync(file, 'utf8');
      return [
        ...(found.symbol === undefined || defines(text, found.symbol)
          ? []
          : [`${source}: not defined there`]),
        ...namesIn(found.more ?? '')
          .filter((name) => !text.includes(name))
          .map((name) => `${source}: no ${name}`),
        ...quotesIn(found.more ?? '')
          .filter((quote) => !inComment(text).includes(inComment(quote)))
          .map((quote) => `${source}: not quoted: ${quote}`),
      ];
    });
    assert.deepEqual(wrong, []);
  });
}

/** A function, macro or structure of that name: at the start of a line, or behind its type. */
function defines(text: string, symbol: string): boolean {
  return new RegExp(`^(?:#define[ \\t]+|[A-Za-z_][\\w \\t*]*[ \\t*]|)${symbol}\\b`, 'm').test(text);
}

const quotesIn = (more: string): string[] =>
  [...more.matchAll(/"([^"]+)"/g)].flatMap((match) => match[1]!.split(' ...'));

/** `name()` and NAMES_LIKE_THIS that a source speaks of besides its symbol. */
function namesIn(more: string): string[] {
  const plain = more.replace(/"[^"]*"/g, '');
  return [...plain.matchAll(/\b(\w+)\(|\b([A-Z]+(?:_[A-Z]+)+)\b/g)].map((match) => (match[1] ?? match[2])!);
}

/** A comment as running text. */
const inComment = (text: string): string => folded(text.replace(/^[\t ]*(?:\/\*+|\*(?!\/)|\/\/)/gm, ''));
