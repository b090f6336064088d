import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotationCompletions, annotationHover } from '../../server/src/features/annotations.ts';
import { defaults, type Settings } from '../../server/src/features/settings.ts';
import { rules } from '../../server/src/rules/registry.ts';

/** The text without its `|`, and where that stood. */
function at(marked: string) {
  const offset = marked.indexOf('|');
  assert.ok(offset >= 0);
  const before = marked.slice(0, offset).split('\n');
  const position = { line: before.length - 1, character: before.at(-1)!.length };
  return { text: marked.slice(0, offset) + marked.slice(offset + 1), position };
}

function offered(marked: string, marker: Settings['marker'] = 'coco:'): string[] {
  const { text, position } = at(marked);
  return annotationCompletions(text, position, rules, { marker }).map(({ label }) => label);
}

const above = (inner: string) =>
  `/* ${inner} */\nint foo_share(struct foo *f, void *buf, size_t size)\n{\n\treturn f->n;\n}\n`;
const inside = (inner: string) =>
  `int foo(void *buf)\n{\n\tint ret = 1;\n\n\t/* ${inner} */\n\tfoo_free(buf);\n}\n`;

test('what can stand at each place of an annotation is offered, and nothing elsewhere', () => {
  const ids = rules.map(({ id }) => id);
  const cases: readonly [string, readonly string[]][] = [
    [above('co|'), ['coco:']],
    [above('@|'), ['@membrane']],
    [above('|'), ['coco:']],
    [above('coco: |'), ['requires', 'flips', 'allocs', 'frees', 'takes', 'leaks', 'context:', 'allow']],
    [above('coco: fl|'), ['requires', 'flips', 'allocs', 'frees', 'takes', 'leaks', 'context:', 'allow']],
    [above('coco: flips |'), ['f', 'buf', 'size']],
    [above('coco: allocs |'), ['f', 'buf', 'size', 'return']],
    [
      above('coco: flips buf[|'),
      ['f', 'buf', 'size', 'sizeof', 'PFN_UP', 'PAGE_ALIGN', 'PAGE_SIZE', 'get_order'],
    ],
    [above('coco: flips buf[size |'), ['pages', 'bytes']],
    [above('coco: flips buf[PFN_UP(size) pa|'), ['pages', 'bytes']],
    [above('coco: flips buf: |'), ['private', 'shared', 'unknown', 'unchanged', 'freed', 'leaked']],
    [
      above('coco: flips buf: shared, unk|'),
      ['private', 'shared', 'unknown', 'unchanged', 'freed', 'leaked'],
    ],
    [above('coco: flips buf: shared |'), ['on', 'otherwise', 'or']],
    [above('coco: requires buf: |'), ['private', 'shared', 'unknown']],
    [above('coco: flips buf: unknown on |'), ['success', 'error', '0', 'nonzero', 'true', 'false']],
    [above('coco: context: |'), ['sleeps', 'atomic', 'any']],
    [above('coco: takes buf |'), ['on']],
    [above('coco: flips buf: shared; allow |'), ids],
    [inside('coco: allow free-while-|'), ids],
    [inside('coco: leaks |'), ['foo', 'buf', 'ret', 'foo_free']],
    ['struct foo {\n\tvoid *buffer;\n\tbool decrypted;\t/* coco: flag !| */\n};\n', ['buffer', 'decrypted']],
    ['struct foo {\n\tvoid *buffer;\n\tbool decrypted;\t/* coco: flag decrypted | */\n};\n', ['means']],
    [above('coco: leaks buf -- because |'), []],
    [above('another comment |'), []],
    ['int foo(void)\n{\n\treturn |1;\n}\n', []],
    ['const char *s = "/* coco: |";\n', []],
  ];
  for (const [text, wanted] of cases) assert.deepEqual(offered(text), wanted, text);
});

test('the marker that is set is the one that is offered; the other is if somebody begins to type it', () => {
  assert.deepEqual(offered(above('|'), '@membrane'), ['@membrane']);
  assert.deepEqual(offered(above('co|'), '@membrane'), ['coco:']);
});

test('a rule is completed with its hyphens, a word from its begin', () => {
  const { text, position } = at(inside('coco: allow free-wh|'));
  const item = annotationCompletions(text, position, rules, defaults).find(
    ({ label }) => label === 'free-while-shared',
  )!;
  const line = text.split('\n')[position.line]!;
  const { start, end } = item.textEdit.range;
  assert.equal(line.slice(start.character, end.character), 'free-wh');
  assert.equal(item.documentation, rules.find(({ id }) => id === 'free-while-shared')!.title);
});

function hovered(marked: string): string | undefined {
  const page = (id: string) => rules.find((rule) => rule.id === id)?.page ?? null;
  return annotationHover({ ...at(marked), markdown: false, page })?.contents.value;
}

test('a hover tells what a word, a rule and the whole annotation mean', () => {
  assert.match(
    hovered(above('coco: fl|ips buf: shared'))!,
    /^flips\n\n.*leaves of the memory, by its result/,
  );
  assert.match(hovered(above('coco: flips buf: sha|red'))!, /^shared\n\nThe host can read and write/);
  assert.match(hovered(above('coco: flips buf[PFN|_UP(n) pages]: shared'))!, /^PFN_UP\n\nBytes as pages/);
  assert.match(
    hovered(above('coco: flips buf: shared, unknown on err|or'))!,
    /^error\n\nThe result is a negative error/,
  );
  assert.match(
    hovered(inside('coco: allow free-whi|le-shared -- why'))!,
    /^free-while-shared\n\nMemory goes back to an allocator while the host can read and write it/,
  );
  assert.equal(
    hovered(above('coco: flips  b|uf [ size bytes ] : shared , unknown  on error -- as told')),
    'Annotation of foo_share()\n\nflips buf[size bytes]: shared, unknown on error\nBecause: as told',
  );
  assert.equal(hovered(above('just a com|ment')), undefined);
  assert.equal(hovered('int fo|o;\n/* coco: allow size-mismatch -- x */\n'), undefined);
});

test('nothing of the source becomes markup in a hover', () => {
  const question = at(above('coco: flips buf: shared -- <b>[x](y)</b> wh|y'));
  const value = annotationHover({ ...question, markdown: true, page: () => null })!.contents.value;
  assert.match(value, /Because: \\<b>\\\[x\\\]\(y\)\\<\/b>/);
});
