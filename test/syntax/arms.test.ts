import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FunctionSlice, Presence } from '../../server/src/syntax/types.ts';
import { onlyFunction, squeeze } from './normalise.ts';

function show(presence: Presence): string {
  return presence.map(({ text, holds }) => (holds ? text : `!${text}`)).join(' ');
}

/** Statements of the body as parsed, regions as `presence: text`, dropped arms as `reason condition: text`. */
interface Seen {
  readonly code: string;
  readonly regions: readonly string[];
  readonly dropped: readonly string[];
}

async function see(body: string): Promise<Seen> {
  const slice = await onlyFunction(`int f(void)\n{\n${body}\n}\n`);
  return seen(slice);
}

function seen(slice: FunctionSlice): Seen {
  assert.equal(slice.errorCount(), 0, slice.normalised);
  assert.equal(slice.normalised.length, slice.text.length);
  const part = ({ start, end }: { start: number; end: number }) => squeeze(slice.text.slice(start, end));
  return {
    code: squeeze(slice.normalised.slice(slice.bodySpan.start + 1, slice.bodySpan.end - 1)),
    regions: slice.regions.map(({ span, presence }) => `${show(presence)}: ${part(span)}`),
    dropped: slice.dropped.map(({ span, condition, reason }) => `${reason} ${condition}: ${part(span)}`),
  };
}

test('both arms of statements stay', async () => {
  assert.deepEqual(await see('#ifdef CONFIG_A\n\ta();\n#else\n\tb();\n#endif\n\tc();'), {
    code: 'a(); b(); c();',
    regions: ['CONFIG_A: a();', '!CONFIG_A: b();'],
    dropped: [],
  });
});

test('nested conditionals: each region has its own literals', async () => {
  const { code, regions, dropped } = await see(
    '#if A\n#ifdef B\n\ta();\n#else\n\tb();\n#endif\n\tc();\n#elif C && !D\n\td();\n#endif',
  );
  assert.equal(code, 'a(); b(); c(); d();');
  assert.deepEqual(
    regions.map((region) => region.replace(/:.*/, '')),
    ['B', '!B', 'A', '!A C !D'],
  );
  assert.deepEqual(dropped, []);
});

test('what is decided leaves neither region nor loss', async () => {
  assert.deepEqual(
    await see('#if 0\n\tjunk {{{ "\n#else\n\ta();\n#endif\n#if 1\n\tb();\n#else\n\t}}\n#endif'),
    {
      code: 'a(); b();',
      regions: [],
      dropped: [],
    },
  );
});

test('a label before #if keeps its place; labels inside are in the region', async () => {
  assert.deepEqual(await see('\tgoto out;\nout:\n#ifdef A\n\ta();\nfree:\n#endif\n\treturn 0;'), {
    code: 'goto out; out:; a(); free: return 0;',
    regions: ['A: a(); free:'],
    dropped: [],
  });
  assert.equal((await see('\tx = y ? z :\n#ifdef A\n\t1;\n#else\n\t2;\n#endif')).code, 'x = y ? z : 1;');
});

test('case labels under #if', async () => {
  assert.deepEqual(
    await see(
      'switch (x) {\n#ifdef A\n\tcase 1:\n#endif\n\tcase 2:\n#if B\n\t\ta();\n#endif\n\t\tbreak;\n\t}',
    ),
    {
      code: 'switch (x) { case 1: case 2:; a(); break; }',
      regions: ['A: case 1:', 'B: a();'],
      dropped: [],
    },
  );
});

test('the head of a statement under #if, its body behind', async () => {
  assert.deepEqual(await see('#ifdef A\n\tif (x)\n#endif\n\t\tb();'), {
    code: 'if (x) b();',
    regions: ['A: if (x)'],
    dropped: [],
  });
  assert.deepEqual(await see('#ifdef A\n\tif (x)\n\t\ta();\n\telse\n#endif\n\t\tb();'), {
    code: 'if (x) a(); else b();',
    regions: ['A: if (x) a(); else'],
    dropped: [],
  });
  assert.deepEqual(await see('#ifdef A\n\tfor (;;)\n#else\n\twhile (1)\n#endif\n\t{\n\t\tb();\n\t}'), {
    code: 'for (;;) while (1) { b(); }',
    regions: ['A: for (;;)', '!A: while (1)'],
    dropped: [],
  });
});

test('arms that are the body of a statement get braces', async () => {
  assert.deepEqual(await see('\tif (x)\n#ifdef A\n\t\ta();\n#else\n\t\tb();\n#endif\n\telse\n\t\tc();'), {
    code: 'if (x) { a(); b(); } else c();',
    regions: ['A: a();', '!A: b();'],
    dropped: [],
  });
  assert.equal(
    (await see('\tfor_each(x)\n#ifdef A\n\t\ta();\n#endif\n\tb();')).code,
    'while (x) { a(); } b();',
  );
  assert.equal((await see('\tASSERT(x)\n#ifdef A\n\ta();\n#endif\n\tb();')).code, 'ASSERT(x); a(); b();');
});

test('else under #if', async () => {
  assert.deepEqual(
    await see('\tif (x)\n\t\ta();\n#ifdef A\n\telse if (y)\n\t\tb();\n#endif\n\telse\n\t\tc();'),
    {
      code: 'if (x) a(); else if (y) b(); else c();',
      regions: ['A: else if (y) b();'],
      dropped: [],
    },
  );
  assert.deepEqual(await see('\tif (x) {\n\t\ta();\n#ifdef A\n\t} else {\n\t\tb();\n#endif\n\t}'), {
    code: 'if (x) { a(); } else { b(); }',
    regions: ['A: } else { b();'],
    dropped: [],
  });
});

test('two else for one if do not stand in one text', async () => {
  assert.deepEqual(
    await see('\tif (x)\n\t\ta();\n#ifdef A\n\telse\n\t\tb();\n#else\n\telse\n\t\tc();\n#endif'),
    {
      code: 'if (x) a(); else b();',
      regions: [],
      dropped: ['unbalanced-arm !A: else c();'],
    },
  );
});

test('arms that open a brace each', async () => {
  assert.deepEqual(await see('#ifdef A\n\tif (x) {\n#else\n\tif (y) {\n#endif\n\t\ta();\n\t}'), {
    code: 'if (x) { a(); }',
    regions: [],
    dropped: ['unbalanced-arm !A: if (y) {'],
  });
});

test('a brace that is opened under one #if and closed under another', async () => {
  assert.deepEqual(await see('#ifdef A\n\tif (x) {\n#endif\n\t\ta();\n#ifdef A\n\t}\n#endif'), {
    code: 'if (x) { a(); }',
    regions: ['A: if (x) {', 'A: }'],
    dropped: [],
  });
});

test('inside an expression the first arm stays, the loss is counted', async () => {
  assert.deepEqual(await see('\tx = a\n#ifdef A\n\t  + b\n#else\n\t  + c\n#endif\n\t;'), {
    code: 'x = a + b;',
    regions: [],
    dropped: ['inside-expression !A: + c'],
  });
  assert.deepEqual(await see('\tg(a,\n#if A\n\t  b,\n#endif\n\t  c);'), {
    code: 'g(a, b, c);',
    regions: [],
    dropped: ['inside-expression !A: '],
  });
  assert.deepEqual((await see('#ifdef A\n\tx =\n#else\n\ty =\n#endif\n\t1;')).dropped, [
    'inside-expression !A: y =',
  ]);
});

test('elements of an initialiser are kept where each arm is a run of them', async () => {
  assert.deepEqual(await see('\tint a[] = {\n#ifdef A\n\t1,\n#else\n\t2,\n#endif\n\t3 };'), {
    code: 'int a[] = { 1, 2, 3 };',
    regions: ['A: 1,', '!A: 2,'],
    dropped: [],
  });
  assert.deepEqual((await see('\tint a[] = {\n#ifdef A\n\t1\n#else\n\t2\n#endif\n\t, 3 };')).dropped, [
    'inside-expression !A: 2',
  ]);
});

test('arms that do not parse together: the first is kept if that parses', async () => {
  assert.deepEqual(await see('#ifdef A\n\ta();\n#else\n\tb = ;\n#endif\n\td();'), {
    code: 'a(); d();',
    regions: [],
    dropped: ['parse-error !A: b =;'],
  });
});

test('two heads for one body', async () => {
  const slice = await onlyFunction(
    '#ifdef A\nint f(int a)\n#else\nstatic int f(long a)\n#endif\n{\n\tb();\n}',
  );
  const { code, dropped } = seen(slice);
  assert.equal(code, 'b();');
  assert.deepEqual(dropped, ['unbalanced-arm #else: static int f(long a)']);
});

test('other directives in a body are blanks', async () => {
  assert.equal((await see('#define X 1\n\ta();\n#undef X\n#pragma x')).code, 'a();');
});

test('an #if that is never closed, an #endif that closes nothing', async () => {
  for (const alone of ['#endif', '#else', '#if A', '#elif A']) {
    assert.deepEqual(await see(`\ta();\n${alone}\n\tb();`), { code: 'a(); b();', regions: [], dropped: [] });
  }
});
