import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asInSource, fileOf, link } from '../../server/src/ir/link.ts';
import { createStages } from '../../server/src/project/stages.ts';
import { testBackend } from '../harness/backend.ts';

async function linked(files: Readonly<Record<string, string>>) {
  const stages = createStages(await testBackend());
  return link(Object.entries(files).map(([file, text]) => stages.lower(stages.cut(text), file)));
}

const called = (unit: Awaited<ReturnType<typeof linked>>, name: string) =>
  unit.functions
    .find((fn) => fn.name === name)
    ?.blocks.flatMap((block) => block.instrs)
    .flatMap((instr) => (instr.k === 'call' && instr.callee.k === 'direct' ? [instr.callee.name] : []));

test('static namesakes stay apart, and each is called by its own file', async () => {
  const unit = await linked({
    'a/ring.c': 'static void undo(void *p) { kfree(p); }\nvoid a_exit(void *p) { undo(p); }',
    'b/ring.c': 'static void undo(void *p) { vfree(p); }\nvoid b_exit(void *p) { undo(p); a_exit(p); }',
  });
  assert.deepEqual(
    unit.functions.map((fn) => fn.name),
    ['undo@a/ring.c', 'a_exit', 'undo@b/ring.c', 'b_exit'],
  );
  assert.deepEqual(called(unit, 'a_exit'), ['undo@a/ring.c']);
  assert.deepEqual(called(unit, 'b_exit'), ['undo@b/ring.c', 'a_exit']);
  assert.deepEqual(
    unit.functions.map((fn) => fileOf(unit, fn)),
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
    unit.functions.map((fn) => [fn.name, fileOf(unit, fn)]),
    [
      ['share', 'arch/x86/mm/a.c'],
      ['share', 'arch/arm64/mm/a.c'],
    ],
  );
});

test('constants of one name and different values stay apart, the same ones are one', async () => {
  const unit = await linked({
    'a.c': '#define PAGES 4\n#define SIZE (PAGES << 12)\nint a(void *p) { return f(p, PAGES, SIZE); }',
    'b.c': '#define PAGES 8\n#define SIZE (PAGES << 12)\nint b(void *p) { return f(p, PAGES, SIZE); }',
    'c.c': '#define ORDER 2\nint c(void) { return ORDER; }',
    'd.c': '#define ORDER 2\nint d(void) { return ORDER; }',
  });
  const names = [...unit.constants.keys()].sort();
  assert.ok(names.includes('PAGES@a.c') && names.includes('PAGES@b.c'), names.join(' '));
  assert.ok(names.includes('ORDER') && !names.includes('ORDER@c.c'));
});

test('locals, members and labels keep their names whatever clashes', async () => {
  const unit = await linked({
    'a.c': 'static int buf;\nvoid a(struct foo *f) { int *q = &buf; f->buf = q; }',
    'b.c': 'static int buf;\nvoid b(struct foo *f) { int buf = 1; f->buf = &buf; }',
  });
  const text = JSON.stringify(unit.functions.find((fn) => fn.name === 'a')?.blocks, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : value,
  );
  assert.match(text, /"name":"buf@a\.c"/);
  assert.match(text, /"k":"field","base":.*"name":"buf"/);
  const other = JSON.stringify(unit.functions.find((fn) => fn.name === 'b')?.blocks, (_, v: unknown) =>
    typeof v === 'bigint' ? `${v}` : v,
  );
  assert.doesNotMatch(other, /buf@/);
});

test('one file is itself, and names come back as the source has them', async () => {
  const unit = await linked({ 'a.c': 'void a(void) { }' });
  assert.equal(unit.files, undefined);
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
  assert.deepEqual(
    unit.functions.map((fn) => [fn.name, fileOf(unit, fn)]),
    [
      ['share', 'a.h'],
      ['share_some', 'a.h'],
      ['b', 'b.c'],
    ],
  );
  assert.deepEqual(called(unit, 'b'), ['share']);
});
