import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cancelled, never } from '../../server/src/base/token.ts';
import type { IrUnit } from '../../server/src/ir/types.ts';
import type { Crash, Stages } from '../../server/src/project/pipeline.ts';
import { createStages } from '../../server/src/project/stages.ts';
import { rules } from '../../server/src/rules/registry.ts';
import { Service } from '../../server/src/service.ts';
import { mergeReports } from '../../server/src/service-merge.ts';
import { defaultOptions } from '../../server/src/service-options.ts';
import { testBackend } from '../harness/backend.ts';

const text = `
static int helper(void *p)
{
	return set_memory_decrypted((unsigned long)p, 1);
}

int bad(void)
{
	void *p = (void *)__get_free_page(GFP_KERNEL);
	if (!p)
		return -ENOMEM;
	if (helper(p)) {
		free_page((unsigned long)p);
		return -EIO;
	}
	return 0;
}
`;

async function service(
  change: (stages: Stages) => Partial<Stages> = () => ({}),
  onCrash?: (crash: Crash) => void,
) {
  const stages = createStages(await testBackend());
  return new Service({
    stages: { ...stages, ...change(stages) },
    version: [6, 12],
    rules,
    ...(onCrash ? { onCrash } : {}),
  });
}

/** The real analysers; `before` is told of each unit, and may throw. */
function watched(stages: Stages, before: (unit: IrUnit) => void): Stages['analyser'] {
  return (input) => {
    const real = stages.analyser(input);
    return {
      weight: 0,
      analyse: (unit, token) => {
        before(unit);
        return real.analyse(unit, token);
      },
    };
  };
}

const check = (of: Service, body = text) => of.checkText('drivers/a.c', body, defaultOptions, never);

test('a free after a failed transition in a helper is found, with the path through the helper', async () => {
  const { diagnostics, stats } = check(await service());
  assert.deepEqual(
    diagnostics.map((d) => `${d.place.start.line} ${d.rule} ${d.level}`),
    ['13 free-after-failed-transition error'],
  );
  assert.ok(diagnostics[0]!.trace.some((step) => step.place.function === 'helper' && step.depth === 1));
  assert.equal(stats.functions, 2);
  assert.equal(stats.transitions, 1);
});

test('whether a text matters is told without parsing it', async () => {
  const of = await service(() => ({ cut: () => assert.fail('parsed') }));
  assert.equal(of.matters(text), true);
  assert.equal(of.matters('int set_memory_uc(void);'), false);
});

test('after an edit the answer is that of a fresh service, and what did not change is not analysed again', async () => {
  let runs = 0;
  const kept = await service((stages) => ({
    analyser: watched(stages, () => {
      runs++;
    }),
  }));
  check(kept);
  for (const [edit, more] of [
    [text, 0],
    [`/* moved */\n\n${text}`, 0],
    [text.replace('return -EIO', 'return -EINVAL'), 1],
    [text.replace('free_page((unsigned long)p);', ''), 1],
    [`#define PAGES 3\n${text}`, 1],
    [text, 1],
  ] as const) {
    const before = runs;
    assert.deepEqual(check(kept, edit), check(await service(), edit));
    assert.equal(runs - before, more, edit.slice(0, 20));
  }
});

test('a crash of the engine in one function costs that function only', async () => {
  const crashes: Crash[] = [];
  const of = await service(
    (stages) => ({
      analyser: watched(stages, ({ heads }) => {
        if (heads.some((head) => head.name === 'broken')) throw new RangeError('secret detail');
      }),
    }),
    (crash) => crashes.push(crash),
  );
  const { diagnostics, coverage, stats } = check(of, `${text}\nint broken(void)\n{\n\treturn 0;\n}\n`);
  assert.equal(diagnostics.length, 1);
  assert.deepEqual(
    coverage.map((entry) => `${entry.function} ${entry.kind}`),
    ['broken crash'],
  );
  assert.doesNotMatch(JSON.stringify(coverage), /secret/);
  assert.equal(stats.crashes, 1);
  assert.match(String(crashes[0]!.error), /secret detail/);
});

test('a crash that takes two functions leaves each what it gave alone', async () => {
  const of = await service((stages) => ({
    analyser: watched(stages, ({ heads }) => {
      if (heads.length > 1) throw new Error('together only');
    }),
  }));
  const { coverage, stats } = check(of);
  assert.equal(stats.crashes, 1);
  assert.equal(coverage[0]!.function, '');
  assert.equal(stats.functionsWithTransitions, 1);
});

test('a crash while cutting or lowering is a gap in the report, no exception', async () => {
  const cut = await service(() => ({
    cut: () => {
      throw new Error('cut');
    },
  }));
  assert.deepEqual(
    check(cut).coverage.map((entry) => `${entry.kind}: ${entry.reason}`),
    ['crash: cutting the file failed'],
  );
  const lower = await service((stages) => ({
    lower: (source, file) => {
      if (source.functions.some((fn) => fn.name === 'helper')) throw new Error('lower');
      return stages.lower(source, file);
    },
  }));
  const report = check(lower);
  assert.deepEqual(
    report.coverage.map((entry) => `${entry.function} ${entry.kind}`),
    ['helper crash'],
  );
});

test('a cancelled check throws, and the next one is whole', async () => {
  const of = await service();
  assert.throws(() => of.checkText('a.c', text, defaultOptions, { cancelled: true }), Cancelled);
  assert.equal(check(of).diagnostics.length, 1);
});

test('rows, IR and pages of what there is; null for what there is not', async () => {
  const of = await service();
  assert.match(
    of.explainFunction('a.c', [{ file: 'a.c', text }], 'helper', never)!,
    /^helper\(p\): \d+ ways through it/,
  );
  assert.match(of.irOf('a.c', text, 'bad', never)!, /call __get_free_page\(GFP_KERNEL\)/);
  assert.equal(of.explainFunction('a.c', [{ file: 'a.c', text }], 'gone', never), null);
  assert.equal(of.irOf('a.c', text, 'gone', never), null);
  assert.equal(of.rulePage('gone'), null);
  assert.equal(of.rulePage(rules[0]!.id), rules[0]!.page);
  assert.deepEqual(of.functionNames('a.c', text, never), ['helper', 'bad']);
});

test('reports merge to the same bytes in any order', async () => {
  const of = await service();
  const files = ['b.c', 'a.c', 'c.c'].map((file) => of.checkText(file, text, defaultOptions, never));
  const problems = [
    { file: 'z.c', message: 'm' },
    { file: 'y.c', message: 'm' },
  ];
  const parts = { root: '/k', version: null, filesSearched: 9 };
  const one = mergeReports({ ...parts, files, problems });
  const other = mergeReports({ ...parts, files: [...files].reverse(), problems: [...problems].reverse() });
  assert.equal(JSON.stringify(one), JSON.stringify(other));
  assert.equal(one.stats.filesSearched, 9);
  assert.equal(one.stats.functions, 6);
});

test('a macro is explained and resolved like a function, and counted as none', async () => {
  const of = await service();
  const macro = `#define share(p) \\
	set_memory_decrypted((unsigned long)(p), 1)
#define drop(p) \\
	({ set_memory_encrypted((unsigned long)(p), 1); \\
	   free_page((unsigned long)(p)); })
void f(void *p)
{
	if (!share(p))
		drop(p);
}
`;
  assert.match(
    of.explainFunction('a.h', [{ file: 'a.h', text: macro }], 'share', never)!,
    /^share\(p\): 2 ways through it/,
  );
  assert.deepEqual(of.functionNames('a.h', macro, never), ['f']);
  const report = of.checkText('a.h', macro, defaultOptions, never);
  assert.deepEqual(
    report.diagnostics.map((d) => [d.rule, d.place.function, d.place.start, d.place.end]),
    [['free-after-failed-transition', 'drop', { line: 5, column: 5 }, { line: 5, column: 34 }]],
  );
  assert.deepEqual([report.stats.functions, report.stats.functionsWithTransitions], [1, 1]);
});

test('a size that is chosen is named as it is written', async () => {
  const of = await service();
  const told = (size: string) =>
    check(
      of,
      `int foo(void *p, size_t size, bool all)\n{\n\treturn set_memory_decrypted((unsigned long)p, ${size});\n}\n`,
    ).diagnostics.map(({ message }) => message.replace(/ is in bytes.*state\./, ''));
  assert.deepEqual(told('all ? size :\n\t\tPAGE_SIZE'), [
    "'all ? size : PAGE_SIZE' Pass PFN_UP(all ? size : PAGE_SIZE).",
  ]);
  assert.deepEqual(told('(all ? size : PAGE_SIZE) * 2'), [
    "'(all ? siz...SIZE) * 2' Pass PFN_UP((all ? size : PAGE_SIZE) * 2).",
  ]);
});
