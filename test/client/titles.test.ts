import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { titlesOf } from '../../server/src/hosts/lsp/titles.ts';
import { loadClient } from './bundle.ts';

type Titles = typeof import('../../client/src/titles.ts');

const format = (text: string, args: readonly unknown[]) =>
  text.replace(/\{(\d)\}/g, (_, at) => String(args[Number(at)]));

test('untranslated, the titles of progress are those that the server has for others', async () => {
  const l10n = { t: (text: string, ...args: unknown[]) => format(text, args) };
  const { progressTitles } = await loadClient<Titles>('client/src/titles.ts', { l10n });
  assert.deepEqual(progressTitles(), titlesOf(undefined));
});

test('a translation has all of them, with places for the numbers', async () => {
  const bundle: Record<string, string> = JSON.parse(
    readFileSync(join(process.env.MEMBRANE_ROOT ?? '.', 'l10n/bundle.l10n.json'), 'utf8'),
  );
  const l10n = { t: (text: string, ...args: unknown[]) => format(`<${bundle[text]!}>`, args) };
  const { progressTitles } = await loadClient<Titles>('client/src/titles.ts', { l10n });
  const english = titlesOf(null);
  assert.deepEqual(
    Object.entries(progressTitles()),
    Object.entries(english).map(([name, text]) => [name, `<${text}>`]),
  );
});

test('what is no text is English', () => {
  const { indexing, ...others } = titlesOf({
    indexing: 'Index',
    checkingTree: ' ',
    filesSearched: 7,
    more: 'x',
  });
  const { indexing: _, ...english } = titlesOf('no');
  assert.equal(indexing, 'Index');
  assert.deepEqual(others, english);
});
