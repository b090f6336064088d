import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultBounds } from '../../server/src/analysis/bounds.ts';
import { coverageSummary, coverageText, levelCounts, reasonText } from '../../server/src/explain/coverage.ts';
import { renderPage } from '../../server/src/explain/page.ts';
import { platformIds, platformList, platformNamed } from '../../server/src/explain/platforms.ts';
import { ascii, didYouMean, nearest, wrap } from '../../server/src/explain/words.ts';
import { ALL_PLATFORMS } from '../../server/src/kernel/platforms.ts';

test('every platform of the vocabulary has a name, and a list of all is no list', () => {
  assert.deepEqual([...platformIds].sort(), [...ALL_PLATFORMS].sort());
  assert.equal(platformList(['cca', 'tdx']), 'TDX and CCA');
  assert.equal(platformList(platformIds.filter((id) => id !== 'cca')), 'every platform but CCA');
  assert.equal(platformList([]), 'every platform');
  assert.equal(platformList(platformIds), 'every platform');
  assert.equal(platformNamed('tdx'), 'tdx');
  assert.equal(platformNamed('SEV-SNP'), 'snp');
  assert.equal(platformNamed('powerpc'), 'powerpc-svm');
  assert.equal(platformNamed('toString'), undefined);
});

test('a slip of the finger is understood, another word is not', () => {
  const known = ['check', 'explain', 'ir', 'lsp'];
  assert.equal(nearest('chekc', known), 'check');
  assert.equal(nearest('EXPLAIN', known), 'explain');
  assert.equal(nearest('rign', ['buf', 'ring']), 'ring');
  assert.equal(nearest('banana', known), null);
  assert.equal(nearest('free', ['unchecked-transition', 'free-while-shared']), 'free-while-shared');
  assert.equal(didYouMean('chek', known), " Did you mean 'check'?");
  assert.equal(didYouMean('banana', known), '');
});

test('text is folded to one line of ASCII', () => {
  assert.equal(ascii('a\n\t b \u00e9\u{1d11e}\u0007'), 'a b ???');
});

test('words are wrapped, a long one keeps its line', () => {
  assert.deepEqual(wrap('aa bb  cc ddddddd', 5), ['aa bb', 'cc', 'ddddddd']);
});

test('gaps are counted by function and reason; a function lost is not also analysed in part', () => {
  const gap = { file: 'a.c', span: null };
  assert.deepEqual(coverageSummary([]), []);
  assert.deepEqual(
    coverageSummary([
      { ...gap, function: 'f', kind: 'havoc', reason: 'computed goto' },
      { ...gap, function: 'f', kind: 'crash', reason: 'x' },
      { ...gap, function: 'g', kind: 'parse-error', reason: 'parse error' },
      { ...gap, function: 'g', kind: 'dropped-arm', reason: 'nested' },
      { ...gap, function: 'g', kind: 'dropped-arm', reason: 'nested' },
    ]),
    [
      'not analysed: 1 function (1 crash of the engine)',
      'analysed in part: 1 function (1 parse error), what only the rest shows is missed',
      '2 #if arms dropped',
    ],
  );
  assert.deepEqual(
    coverageSummary([
      { ...gap, function: 'f', kind: 'bound', reason: 'rows (3 times)' },
      { ...gap, function: 'f', kind: 'bound', reason: 'cases' },
      { ...gap, function: 'g', kind: 'bound', reason: 'hops' },
    ]),
    [
      'analysed in part: 2 functions (1 whose callers are not followed, 1 with more ways than are followed), what only the rest shows is missed',
    ],
  );
});

test('a listing says what a bound means for the function, by every name that it has', () => {
  assert.equal(
    coverageText({ kind: 'bound', reason: 'rows (3 times)' }),
    'cut short: callers know only its most telling ways (3 times)',
  );
  assert.equal(
    coverageText({ kind: 'budget', reason: 'stepsPerFunction' }),
    'over budget: it takes more steps than a function gets',
  );
  assert.equal(coverageText({ kind: 'havoc', reason: 'rows' }), 'not understood: rows');
  assert.equal(reasonText('constructor'), 'constructor');
  for (const bound of Object.keys(defaultBounds)) assert.notEqual(reasonText(bound), bound, bound);
});

test('levels are counted from the loudest on', () => {
  assert.equal(levelCounts(['hint', 'error', 'warning', 'error']), '2 errors, 1 warning, 1 hint');
  assert.equal(levelCounts(['info', 'info']), '2 infos');
  assert.equal(levelCounts(['info']), '1 info');
  assert.equal(levelCounts([]), '');
});

const page = `# free-while-shared

Frees memory that is **still** shared, see [the list](https://example.org/x) and
[limits](#limits). Call \`free_pages()\` only on 0.

## Example

\`\`\`c
void f(void)

{	/* *not emphasis* */
\`\`\`

- one item that is long enough to be wrapped
  at this width
- two

| a | b |
`;

test('a page for a terminal: headings bare, code untouched, text wrapped, links with their target', () => {
  assert.equal(
    renderPage(page, { width: 40, colours: false }),
    `FREE-WHILE-SHARED

Frees memory that is still shared, see
the list (https://example.org/x) and
limits. Call \`free_pages()\` only on 0.

Example

    void f(void)

    {	/* *not emphasis* */

- one item that is long enough to be
  wrapped at this width
- two

| a | b |
`,
  );
});

test('colours change nothing but colours, except that code loses its quotes', () => {
  const coloured = renderPage(page, { width: 40, colours: true });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences are what is tested
  const stripped = coloured.replace(/\u001b\[[0-9;]*m/g, '');
  assert.equal(stripped, renderPage(page, { width: 40, colours: false }).replaceAll('`', ''));
});
