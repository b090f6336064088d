import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ToldConsequence } from '../../server/src/explain/consequences.ts';
import type { PlatformId } from '../../server/src/kernel/types.ts';
import { splitMessage } from '../../server/src/report/message.ts';
import { type TextStyle, textReport } from '../../server/src/report/text.ts';
import { noStats } from '../../server/src/service-stats.ts';
import { diagnostic, lines, report } from './fixture.ts';

const plain: TextStyle = {
  lines,
  pathOf: (file) => file,
  colours: false,
  verbose: false,
  stats: false,
  elapsed: null,
};

test('a finding: the line for editors, the path with its source, the remedy, the totals, the gaps', () => {
  assert.equal(
    textReport(report, plain),
    `drivers/foo/ring.c:9:2: error: frees 'page' after set_memory_decrypted() failed; the host may still have it [free-after-failed-transition]
  in foo_ring_expand(), on TDX, SNP+vTOM and CCA, with CONFIG_FOO=y
    1  drivers/foo/ring.c:3  page = alloc_pages(GFP_KERNEL, order);         page: private, 1 << order pages
    2  drivers/foo/ring.c:4  ret = set_memory_decrypted(addr, 1 << order);  fails, page: unknown
    3  drivers/foo/ring.c:5  if (ret)                                       ret != 0
    4  drivers/foo/ring.c:6      goto free_page;
    5  drivers/foo/ring.c:9  __free_pages(page, order);                     page: unknown -> allocator
  TDX, SNP+vTOM: the host reads it
  CCA: the next owner oopses
  Leak it, or set_memory_encrypted() and free only on 0.
  why: membrane explain free-after-failed-transition

drivers/foo/a b.c:10:2: hint: nobody reaches 'page' any more [unaccounted-leak]
  in foo_ring_expand()
  also drivers/foo/ring.c:4: calls foo_undo()
  why: membrane explain unaccounted-leak

59932 files searched, 214 parsed, 655 functions with transitions, 2 findings (1 error, 1 hint)
not analysed: 1 function (1 over budget); analysed in part: 1 function (1 computed goto), what only the rest shows is missed; 1 #if arm dropped; -v lists them
drivers/foo/old.c: is not UTF-8; read as Latin-1
`,
  );
});

test('whoever wants to know everything is told the way to each consequence', () => {
  const text = textReport(report, { ...plain, verbose: true });
  assert.match(
    text,
    /^ {2}TDX, SNP\+vTOM: the host reads it\n {4}on TDX:\n {5}1 {2}kernel frees page 0\n {5}2 {2}host reads page 0\n {2}CCA: the next owner oopses\n {5}1 {2}next owner writes to page 0\n/m,
  );
});

test('where it does not come about is one line behind what becomes of it elsewhere; all is told where that is nowhere', () => {
  const told = (happens: boolean, platforms: PlatformId[], text: string) => ({
    ...{ platforms, text, happens, steps: [] },
  });
  const of = (...consequences: ToldConsequence[]) => {
    const text = textReport({ ...report, diagnostics: [{ ...diagnostic, consequences }] }, plain);
    return text.slice(text.indexOf('allocator\n') + 'allocator\n'.length, text.indexOf('  Leak it'));
  };
  const refused = told(false, ['tdx', 'sev'], 'it returns -EINVAL there');
  const ends = told(false, ['s390-pv'], 'the guest ends itself instead');
  assert.equal(
    of(refused, told(true, ['cca'], 'the next owner oopses'), ends),
    '  CCA: the next owner oopses\n  not on TDX and SEV (it returns -EINVAL there) and s390 PV (the guest ends itself instead)\n',
  );
  assert.equal(
    of(refused, ends),
    '  TDX, SEV: it returns -EINVAL there\n  s390 PV: the guest ends itself instead\n',
  );
});

test('a transition that the model does not have is why nothing is told of what it leads to', () => {
  const one = { ...diagnostic, consequences: [], unmodelled: 'foo_set' };
  assert.match(
    textReport({ ...report, diagnostics: [one] }, plain),
    /allocator\n {2}the model does not have foo_set\(\): what it leads to is not told\n {2}Leak it/,
  );
});

test('a clean run says so, and how long it took', () => {
  const clean = {
    ...report,
    diagnostics: [],
    coverage: [],
    problems: [],
    stats: { ...noStats, filesSearched: 1 },
  };
  assert.match(
    textReport(clean, { ...plain, elapsed: 1649 }),
    /^1 file searched, 0 parsed, 0 functions with transitions, 0 findings +1\.6 s\nnothing was left out\n$/,
  );
  assert.match(
    textReport(clean, { ...plain, alone: true }),
    /\nthe rest of the tree was not looked at: wrappers of transitions in other files are not known\n$/,
  );
});

test('details list every gap and every file; many files with one trouble are counted without them', () => {
  const message = 'header of more than 2 MB, not searched';
  const many = { ...report, problems: [1, 2, 3, 4].map((n) => ({ file: `${n}.h`, message })) };
  const verbose = textReport(many, { ...plain, verbose: true });
  assert.match(verbose, /^ {2}drivers\/foo\/ring\.c: foo_big\(\): over budget: steps$/m);
  assert.match(verbose, /^4\.h: header of more than 2 MB, not searched$/m);
  assert.doesNotMatch(verbose, /-v lists/);
  assert.match(
    textReport(many, plain),
    /^4 files: header of more than 2 MB, not searched \(-v lists them\)$/m,
  );
});

test("what the tree's own configuration keeps silent stands at the end, without control characters", () => {
  const entry = { fingerprint: 'f'.repeat(16), rule: 'a-rule', file: 'x\u001b[2J.c', function: 'f' };
  const config = {
    off: ['a-rule', 'b-rule'],
    lowered: [{ rule: 'c-rule', level: 'hint' as const }],
    redefined: ['kfree'],
    leftOut: 1,
    known: 3,
    allowed: 2,
    unusedAllows: [{ rule: 'a-rule', file: 'b.c', function: 'g', reason: 'why' }],
    stale: [entry, { ...entry, function: '' }],
    problems: [],
  };
  const told = (style: Partial<TextStyle>, effect = config) =>
    textReport({ ...report, config: effect }, { ...plain, ...style })
      .split('is not UTF-8; read as Latin-1\n')[1]!
      .split('\n\n')[0]!;
  assert.equal(
    told({}),
    `2 rules off by .membrane.json: a-rule and b-rule
1 rule lowered by .membrane.json: c-rule (hint)
1 name of the kernel redefined by .membrane.json: kfree()
1 file or folder left out by .membrane.json
2 findings allowed by .membrane.json
1 entry of 'allow' in .membrane.json keeps nothing silent; remove:
  b.c: g(): a-rule
3 findings in the baseline
`,
  );
  assert.match(told({ stats: true }), /\n2 baseline entries match nothing$/);
  assert.match(
    told({ verbose: true }),
    /\n2 baseline entries match nothing\n {2}x\?\[2J\.c: f\(\): a-rule f{16}\n {2}x\?\[2J\.c: a-rule f{16}\n$/,
  );
  const nothing = {
    ...config,
    off: [],
    lowered: [],
    redefined: [],
    leftOut: 0,
    known: 0,
    stale: [],
    allowed: 0,
    unusedAllows: [],
  };
  assert.equal(told({}, nothing), '');
});

test('a path without source text is told in words, and a callee is named where it begins', () => {
  const inner = { ...diagnostic.trace[1]!, depth: 1 };
  const trace = [
    diagnostic.trace[0]!,
    { ...inner, place: { ...inner.place, function: 'foo_share' } },
    diagnostic.trace[3]!,
  ];
  const text = textReport(
    { ...report, diagnostics: [{ ...diagnostic, trace }] },
    { ...plain, lines: () => null },
  );
  assert.match(text, /^ +in foo_share\(\):\n +2 {2}drivers\/foo\/ring\.c:4 {2,}page: unknown$/m);
  assert.match(text, /^ +in foo_ring_expand\(\):\n +3 {2}drivers\/foo\/ring\.c:6 {2,}goto free_page$/m);
});

test('a call over several lines is shown as one', () => {
  const step = diagnostic.trace[1]!;
  const place = { ...step.place, end: { line: 6, column: 3 } };
  const text = ['', '', '', '\tret = set_memory_decrypted(', '\t\t\taddr,', '\t\t\t1);'];
  const out = textReport(
    { ...report, diagnostics: [{ ...diagnostic, trace: [{ ...step, place }] }] },
    { ...plain, lines: (_file, line) => text[line - 1] ?? null },
  );
  assert.match(out, /ring\.c:4 {2}ret = set_memory_decrypted\(addr, 1\); {2}fails, page: unknown$/m);
});

test('colours go around words and nothing else; control characters of a source never reach the terminal', () => {
  const style = { ...plain, lines: () => 'x\u001b[2J\u202e' };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences are what is tested
  const sequences = /\u001b\[[0-9;]*m/g;
  const coloured = textReport(report, { ...style, colours: true });
  assert.match(coloured, sequences);
  assert.equal(coloured.replace(sequences, ''), textReport(report, style));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  assert.doesNotMatch(textReport(report, style), /[\u001b\u202e]/);
});

test('numbers: shares, reasons from the most frequent on', () => {
  const stats = textReport({ ...report, diagnostics: [] }, { ...plain, stats: true });
  assert.match(stats, /^functions with a parse error +4 of 6688 \(0\.06 %\)$/m);
  assert.match(stats, /^#if arms dropped +1\n {2}label-glued +1$/m);
  assert.match(stats, /^cut short +1\n {2}it takes more steps than a function gets +1$/m);
});

test('a message is cut after its first sentence, not in a name or a number', () => {
  assert.deepEqual(splitMessage("frees 'a.b' at 1.5 MB. Leak it. Or not."), {
    headline: "frees 'a.b' at 1.5 MB",
    remedy: 'Leak it. Or not.',
  });
  assert.deepEqual(splitMessage('one sentence.'), { headline: 'one sentence', remedy: '' });
});
