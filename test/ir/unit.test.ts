// What stands between functions: globals, structs, constants.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { declarationText, exprText } from '../../server/src/ir/dump.ts';
import type { FileUnit } from '../../server/src/ir/lower.ts';
import { LowerCache, lowerUnit } from '../../server/src/ir/lower.ts';
import { cutUnit } from '../../server/src/syntax/unit.ts';
import { testBackend } from '../harness/backend.ts';
import { testDialect } from './dialect.ts';

async function unitOf(text: string): Promise<FileUnit> {
  const backend = await testBackend();
  return lowerUnit('test.c', cutUnit(text, backend), backend.grammar, testDialect);
}

const globalsOf = (unit: FileUnit): string[] =>
  unit.globals.map(
    ({ variable: v, init }) =>
      `${v.storage} ${declarationText(v.type, v.name)}${init === null ? '' : ` = ${exprText(init)}`}`,
  );

test('globals with storage, type and initialiser', async () => {
  const unit = await unitOf(`
static struct box *boxes[PAGES], one = { .a = 1, .fn = handler };
unsigned long mask = ~(PAGE_SIZE - 1), z;
extern int (*callback)(void);
int prototype(int);
struct box *returns_box(void);
typedef int number;
static struct { int x; } anonymous;
`);
  assert.deepEqual(globalsOf(unit), [
    'static struct box *boxes[PAGES]',
    'static struct box one = (struct box){ .a = 1, .fn = handler }',
    'global unsigned long mask = ~(PAGE_SIZE - 1)',
    'global unsigned long z',
    'extern int (*callback)(void)',
    'static struct { ... } anonymous',
  ]);
});

test('a large table is declared at once and read when it is asked for', async () => {
  const rows = Array.from({ length: 100 }, (_, i) => `\t{ .id = ${i}, .run = run_${i} },\n`).join('');
  const text = `static const struct row rows[COUNT] __initconst = {\n${rows}};\n`;
  const backend = await testBackend();
  let parses = 0;
  const counting = {
    ...backend,
    parse(source: string) {
      parses++;
      return backend.parse(source);
    },
  };
  const [table] = lowerUnit('test.c', cutUnit(text, counting), backend.grammar, testDialect).globals;
  const { variable } = table!;
  assert.equal(parses, 0);
  assert.equal(declarationText(variable.type, variable.name), 'const struct row rows[COUNT]');
  assert.equal(variable.type.tag, 'row');
  assert.equal(text.slice(variable.span.start, variable.span.end), 'rows');
  assert.equal(table!.init?.k === 'aggregate' && table!.init.items.length, 100);
});

test('globals that a macro defines with their type', async () => {
  const unit = await unitOf(`
static DEFINE_PER_CPU(struct box *, current_box);
DECLARE_PER_CPU(void *, page);
static DEFINE_MUTEX(lock);
`);
  assert.deepEqual(globalsOf(unit), ['static struct box *current_box', 'extern void *page']);
});

test('a global stands where its name is in the file', async () => {
  const text = 'int first;\n\nstatic int second = 2;\n';
  const unit = await unitOf(text);
  const spans = unit.globals.map(({ variable: v }) => text.slice(v.span.start, v.span.end));
  assert.deepEqual(spans, ['first', 'second']);
});

test('a global under #if has its presence', async () => {
  const unit = await unitOf('#ifdef CONFIG_ONE\nint a;\n#else\nlong a;\n#endif\n');
  assert.deepEqual(
    unit.globals.map((g) => [g.variable.type.text, g.presence]),
    [
      ['int', [{ text: 'CONFIG_ONE', holds: true }]],
      ['long', [{ text: 'CONFIG_ONE', holds: false }]],
    ],
  );
});

test('struct fields, anonymous members flattened, nested ones with a tag of their own', async () => {
  const unit = await unitOf(`
struct box {
	int a, *b;
	struct { int c; union { long d; char *e; }; };
	struct { int f; } in;
	struct other { char g[4]; } o;
	void (*fn)(int);
	unsigned bits : 3;
};
typedef struct { int h; } plain;
typedef union named { int i; } named_t;
`);
  const fields = (tag: string): string[] | undefined =>
    unit.structs.get(tag)?.fields.map((f) => declarationText(f.type, f.name));
  assert.deepEqual(fields('box'), [
    'int a',
    'int *b',
    'int c',
    'long d',
    'char *e',
    'struct box.in in',
    'struct other o',
    'void (*fn)(int)',
    'unsigned bits',
  ]);
  assert.deepEqual(fields('box.in'), ['int f']);
  assert.deepEqual(fields('other'), ['char g[4]']);
  assert.deepEqual(fields('plain'), ['int h']);
  assert.deepEqual(fields('named_t'), ['int i']);
  assert.equal(unit.structs.get('named')?.union, true);
  assert.equal(unit.structs.get('absent'), undefined);
});

test('constants of macros and enumerators', async () => {
  const unit = await unitOf(`
#define PAGES 4
#define SIZE (PAGES << PAGE_SHIFT)	/* bytes */
#define BYTES (2 * sizeof(struct box *) + 1)
#define CAST ((u32)~0U)
#define CALL next(1)
#define FUNCTION(x) x
#define BODY do { } while (0)
#ifdef A
#define TWICE 1
#else
#define TWICE 2
#endif
enum kind { KIND_A, KIND_B = 5, KIND_C, /* one, two */ KIND_D = KIND_B << 2, KIND_E };
`);
  const constants = [...unit.constants].map(([name, value]) => `${name} = ${exprText(value)}`);
  assert.deepEqual(constants, [
    'KIND_A = 0',
    'KIND_B = 5',
    'KIND_C = 6',
    'KIND_D = KIND_B << 2',
    'KIND_E = (KIND_B << 2) + 1',
    'PAGES = 4',
    'SIZE = PAGES << PAGE_SHIFT',
    'BYTES = 2 * sizeof(struct box *) + 1',
    'CAST = (u32)~0',
  ]);
});

test('a unit lowers the functions that are asked for, each once', async () => {
  const unit = await unitOf('int a(void) { return 1; }\nint b(void) { return 2; }\n');
  const [b] = unit.lowerNamed(['b']);
  assert.equal(b?.name, 'b');
  assert.equal(unit.lowerNamed(['b'])[0], b);
  assert.equal(unit.functions[1], b);
  assert.deepEqual(unit.lowerNamed(['absent']), []);
});

test('a function that only moved is lowered once', async () => {
  const backend = await testBackend();
  const cache = new LowerCache(2);
  const lower = (text: string): FileUnit =>
    lowerUnit('test.c', cutUnit(text, backend), backend.grammar, testDialect, cache);
  const [a] = lower('int a(void) { return 1; }\n').functions;
  const [b, moved] = lower('int b(void) { return 2; }\nint a(void) { return 1; }\n').functions;
  assert.equal(moved!.blocks, a!.blocks);
  assert.equal(moved!.start, 26);
  assert.equal(a!.start, 0);
  const [changed, again] = lower('int b(void) { return 3; }\nint a(void) { return 1; }\n').functions;
  assert.notEqual(changed!.blocks, b!.blocks);
  assert.equal(again, moved);
  const [guarded] = lower('#ifdef A\nint a(void) { return 1; }\n#endif\n').functions;
  assert.deepEqual(guarded!.presence, [{ text: 'A', holds: true }]);
});

test('a macro is a function where somebody calls it, its places are pointers', async () => {
  const unit = await unitOf(`
#define drop(p) do { put(p); (p) = NULL; } while (0)
#define share(r, n) set_shared((r).buf, n)
#define never_called(p) put(p)
#define container_of(p, t, m) known_better(p)
#define other_name drop
void f(struct box r) { other_name(r.buf); share(r, 1); container_of(r, 1, 2); }
`);
  assert.deepEqual(
    unit.functions.map((fn) => [fn.name, fn.macro ?? false, fn.byReference ?? []]),
    [
      ['f', false, []],
      ['drop', true, [0]],
      ['share', true, [0]],
    ],
  );
});
