import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutUnit, SliceCache } from '../../server/src/syntax/unit.ts';
import { testBackend } from '../harness/backend.ts';

test('a unit has functions, declarations, macros and includes', async () => {
  const unit = cutUnit(
    '#include <linux/mm.h>\n#define ORDER(x) \\\n\t((x) + 1) /* pages */\nstatic int count;\nint f(int a)\n{\n\treturn a;\n}\n',
    await testBackend(),
  );
  assert.deepEqual(unit.includes, ['linux/mm.h']);
  assert.deepEqual(
    unit.macros.map(({ name, parameters, body }) => ({ name, parameters, body })),
    [{ name: 'ORDER', parameters: ['x'], body: '((x) + 1)' }],
  );
  assert.deepEqual(
    unit.declarations.map((slice) => slice.text),
    ['static int count;'],
  );
  const [f] = unit.functions;
  assert.equal(f!.name, 'f');
  assert.equal(f!.text.slice(f!.nameSpan.start, f!.nameSpan.end), 'f');
  assert.equal(f!.text.slice(f!.bodySpan.start, f!.bodySpan.end), '{\n\treturn a;\n}');
  assert.equal(f!.errorCount(), 0);
});

test('an unchanged function is not parsed again', async () => {
  const backend = await testBackend();
  let parses = 0;
  const counting = {
    ...backend,
    parse(text: string) {
      parses++;
      return backend.parse(text);
    },
  };
  const cache = new SliceCache();
  for (const text of [
    'int f(void) { return 1; }\nint g(void) { return 1; }',
    'int f(void) { return 1; }\n\nint g(void) { return 2; }',
  ]) {
    for (const slice of cutUnit(text, counting, cache).functions) slice.tree();
  }
  assert.equal(parses, 3);
});
