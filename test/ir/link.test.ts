import assert from 'node:assert/strict';
import { test } from 'node:test';
import { link } from '../../server/src/ir/link.ts';
import { withMacros } from '../../server/src/ir/macros.ts';
import { asInSource } from '../../server/src/ir/marks.ts';
import { exprText } from '../../server/src/ir/text.ts';
import { createStages } from '../../server/src/project/stages.ts';
import { testBackend } from '../harness/backend.ts';

async function linked(files: Readonly<Record<string, string>>) {
  const stages = createStages(await testBackend());
  return link(Object.entries(files).map(([file, text]) => stages.lower(stages.cut(text), file)));
}

const called = (unit: Awaited<ReturnType<typeof linked>>, name: string) =>
  unit.heads
    .find((head) => head.name === name)
    ?.lower()
    .blocks.flatMap((block) => block.instrs)
    .flatMap((instr) => (instr.k === 'call' && instr.callee.k === 'direct' ? [instr.callee.name] : []));

const functionsOf = (unit: Awaited<ReturnType<typeof linked>>) =>
  withMacros(unit.heads, (name) => unit.macrosNamed(name)).map(({ name, file }) => `${name} ${file}`);

const textOf = (unit: Awaited<ReturnType<typeof linked>>, name: string) =>
  JSON.stringify(unit.heads.find((head) => head.name === name)!.lower().blocks, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : value,
  );

test('static namesakes stay apart, and each is called by its own file', async () => {
  const unit = await linked({
    'a/ring.c': 'static void undo(void *p) { kfree(p); }\nvoid a_exit(void *p) { undo(p); }',
    'b/ring.c': 'static void undo(void *p) { vfree(p); }\nvoid b_exit(void *p) { undo(p); a_exit(p); }',
  });
  assert.deepEqual(
    unit.heads.map((head) => head.lower().name),
    ['undo@a/ring.c', 'a_exit', 'undo@b/ring.c', 'b_exit'],
  );
  assert.deepEqual(called(unit, 'a_exit'), ['undo@a/ring.c']);
  assert.deepEqual(called(unit, 'b_exit'), ['undo@b/ring.c', 'a_exit']);
  assert.deepEqual(
    unit.heads.map((head) => head.file),
    ['a/ring.c', 'a/ring.c', 'b/ring.c', 'b/ring.c'],
  );
});

test('a static function does not answer for a global one of its name', async () => {
  const unit = await linked({
    'a.c': 'void put(void *p) { kfree(p); }',
    'b.c': 'static void put(void *p) { vfree(p); }\nvoid b_exit(void *p) { put(p); }',
    'c.c': 'void c_exit(void *p) { put(p); }',
  });
  assert.deepEqual(called(unit, 'b_exit'), ['put@b.c']);
  assert.deepEqual(called(unit, 'c_exit'), ['put']);
});

test('a function that every architecture defines keeps all definitions under one name', async () => {
  const unit = await linked({
    'arch/x86/mm/a.c': 'int share(void *p) { return 0; }',
    'arch/arm64/mm/a.c': 'int share(void *p) { return -1; }',
  });
  assert.deepEqual(
    unit.heads.map((head) => [head.name, head.file]),
    [
      ['share', 'arch/x86/mm/a.c'],
      ['share', 'arch/arm64/mm/a.c'],
    ],
  );
});

test('constants of a source file are its own, those of a header are shared', async () => {
  const unit = await linked({
    'a.c': '#define PAGES 4\n#define SIZE (PAGES << 12)\nint a(void *p) { return f(p, PAGES, SIZE, ORDER); }',
    'b.c': '#define PAGES 8\n#define SIZE (PAGES << 12)\nint b(void *p) { return f(p, PAGES, SIZE, ORDER); }',
    'c.h': '#define ORDER 2\n',
  });
  const value = (name: string) => exprText(unit.constants.get(name)!);
  assert.deepEqual(['PAGES@a.c', 'PAGES@b.c', 'SIZE@b.c', 'ORDER'].map(value), [
    '4',
    '8',
    'PAGES@b.c << 12',
    '2',
  ]);
  assert.equal(unit.constants.get('PAGES'), undefined);
  assert.match(textOf(unit, 'a'), /"PAGES@a\.c".*"SIZE@a\.c".*"ORDER"/);
});

test('structs of one name in two source files are two, those of a header are one', async () => {
  const unit = await linked({
    'a.c': 'struct ring { void *a; };\nvoid a(struct ring *r, struct dev *d) { }',
    'b.c': 'struct ring { void *b; };\nvoid b(struct ring *r, struct dev *d) { }',
    'dev.h': 'struct dev { struct ring *ring; };',
  });
  const tags = (name: string) =>
    unit.heads
      .find((head) => head.name === name)!
      .lower()
      .variables.map((v) => v.type.tag);
  assert.deepEqual(tags('a'), ['ring@a.c', 'dev']);
  assert.deepEqual(tags('b'), ['ring@b.c', 'dev']);
  const fields = (tag: string) => unit.structs.get(tag)?.fields.map((field) => field.name);
  assert.deepEqual([fields('ring@a.c'), fields('ring@b.c'), fields('dev')], [['a'], ['b'], ['ring']]);
});

test('locals, members and labels keep their names whatever clashes', async () => {
  const unit = await linked({
    'a.c': 'static int buf;\nvoid a(struct foo *f) { int *q = &buf; f->buf = q; }',
    'b.c': 'static int buf;\nvoid b(struct foo *f) { int buf = 1; f->buf = &buf; }',
  });
  const text = textOf(unit, 'a');
  assert.match(text, /"name":"buf@a\.c"/);
  assert.match(text, /"k":"field","base":.*"name":"buf"/);
  assert.doesNotMatch(textOf(unit, 'b'), /buf@/);
});

test('one file is itself, and names come back as the source has them', async () => {
  const unit = await linked({ 'a.c': 'void a(void) { }' });
  assert.deepEqual(
    unit.heads.map((head) => head.name),
    ['a'],
  );
  assert.deepEqual(
    asInSource({ function: 'undo@a/ring.c', text: 'calls undo@b/ring.c() as foo@bar', n: 1 }),
    {
      function: 'undo',
      text: 'calls undo() as foo@bar',
      n: 1,
    },
  );
  assert.throws(() => link([]), RangeError);
});

test('a macro of one file is a function of another that calls it, and so is what it calls', async () => {
  const unit = await linked({
    'a.h':
      '#define share(p) share_some((p), 1)\n#define share_some(p, n) set_shared(p, n)\n#define give share\n#define unused(p) put(p)',
    'b.c': 'void b(void *p) { give(p); }',
  });
  assert.deepEqual(functionsOf(unit), ['b b.c', 'share a.h', 'share_some a.h']);
  assert.deepEqual(called(unit, 'b'), ['share']);
});

test('a macro of a source file is its own, and so is another name for a function', async () => {
  const unit = await linked({
    'a.c': '#define share(p) set_shared(p)\n#define put kfree\nvoid a(void *p) { share(p); put(p); }',
    'b.c': '#define share(p) set_private(p)\nvoid b(void *p) { share(p); put(p); }',
    'c.c': 'void c(void *p) { share(p); }',
    'd.c': '#define mine(p) set_mine(p)\nvoid d(void *p) { mine(p); }',
  });
  assert.deepEqual(functionsOf(unit), [
    ...['a a.c', 'b b.c', 'c c.c', 'd d.c'],
    ...['share@a.c a.c', 'share@b.c b.c', 'mine d.c'],
  ]);
  assert.deepEqual(called(unit, 'a'), ['share@a.c', 'kfree']);
  assert.deepEqual(called(unit, 'b'), ['share@b.c', 'put']);
  assert.deepEqual(called(unit, 'c'), ['share']);
});

test('another name for a function is that function wherever its address is taken', async () => {
  const unit = await linked({
    'a.h': '#define convert set_shared',
    'b.c': 'int set_shared(void *p) { return 0; }',
    'c.c':
      'static const struct ops ops = { .share = convert };\nvoid c(struct ops *o) { o->share = convert; }',
  });
  assert.ok(unit.heads.find((head) => head.name === 'c')!.mentions.has('set_shared'));
  assert.match(textOf(unit, 'c'), /"name":"set_shared"/);
  assert.deepEqual(
    unit.globalsMentioning('set_shared').map((global) => global.variable.name),
    ['ops@c.c'],
  );
});

test('a stub that a header has for builds without a file is left out beside that file', async () => {
  const header =
    '#ifdef CONFIG_CC\nint share(void *p);\n#else\nstatic inline int share(void *p) { return 0; }\n#endif\n' +
    'static inline int always(void *p) { return share(p); }\n';
  const source = { 'lib/cc.c': 'int share(void *p) { return hide(p); }\nint always(void *p) { return 0; }' };
  assert.deepEqual(functionsOf(await linked({ 'lib/cc.h': header, ...source })), [
    'always lib/cc.h',
    'share lib/cc.c',
    'always lib/cc.c',
  ]);
  assert.deepEqual(
    functionsOf(await linked({ 'lib/cc.h': header, 'lib/use.c': 'int use(void *p) { return share(p); }' })),
    ['share lib/cc.h', 'always lib/cc.h', 'use lib/use.c'],
  );
});
