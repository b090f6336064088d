import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CancellationToken, Cancelled, never } from '../../server/src/base/token.ts';
import { createStages } from '../../server/src/project/stages.ts';
import { rules } from '../../server/src/rules/registry.ts';
import { Service } from '../../server/src/service.ts';
import { defaultOptions } from '../../server/src/service-options.ts';
import { testBackend } from '../harness/backend.ts';

/** Places of the example, each with the texts that may stand there. */
const slots: Readonly<Record<string, readonly string[]>> = {
  weak: ['', '__weak '],
  above: [
    '',
    '/* text that moves what comes after it */',
    'pr_info("sharing");',
    'if (n < 0) return -EINVAL;',
  ],
  failed: ['return ret;', '{ a->shared = true; return ret; }', 'ret = 0;'],
  unshare: ['a->shared = ret != 0;', '', 'a->shared = false;'],
  again: ['return pass_on(a, n - 1);', 'return 0;', 'return area_share(a, a->buf, 1);'],
  type: [
    'struct area { void *buf; int pages; bool shared; };',
    'struct area { void *buf; int pages; int shared; };',
    '',
  ],
  put: ['area_release(a);', 'free_pages((unsigned long)a->buf, 2);', 'area_keep(a);'],
  test: ['if (!a->shared)', 'if (a->shared)', 'if (area_unshare(a) == 0)', ''],
  macro: [
    '#define area_release(a) free_pages((unsigned long)(a)->buf, 2)',
    '#define area_release(a) do { if (!(a)->shared) free_pages((unsigned long)(a)->buf, 2); } while (0)',
    '#define area_release area_keep',
    '#define area_release(a) do { (a)->buf = NULL; if (a->shared return; } while (0)',
    '',
  ],
  alias: [
    '#define convert area_share',
    '#define convert(a, p, n) area_share(a, p, n)',
    '#define convert area_keep',
  ],
  table: ['.share = area_share,', '.share = area_quiet,', '.share = area_note,', '.other = area_share,', ''],
  through: ['o->share(a, buf, 1)', 'convert(a, buf, 1)', 'o->other(a, buf, 1)', 'pass_on(a, 3)'],
  loop: ['for (i = 0; i < n; i++)', 'while (n-- > 0)', 'if (n)'],
  // What callers of the function see no difference in.
  seen: ['', 'seen = 1;', 'seen = 2;', 'if (seen) return;'],
};

const files: Readonly<Record<string, string>> = {
  'lib/hide.c': `
static int seen;
static void hide(void *buf)
{
	int ret = set_memory_encrypted((unsigned long)buf, 4);

	@seen@
	if (ret)
		pr_err("cannot hide: %d\\n", ret);
}
void hidden_close(struct hidden *h)
{
	hide(h->mem);
	free_pages((unsigned long)h->mem, 2);
}
`,
  'lib/area.h': `@type@
struct area_ops { int (*share)(struct area *a, void *p, int n); int (*other)(struct area *a, void *p, int n); };
@macro@
@alias@
`,
  'lib/area.c': `
@weak@int area_share(struct area *a, void *p, int n)
{
	int ret;

	@above@
	ret = set_memory_decrypted((unsigned long)p, n);
	if (ret)
		@failed@
	a->buf = p;
	a->shared = true;
	return 0;
}

int area_unshare(struct area *a)
{
	int ret = set_memory_encrypted((unsigned long)a->buf, 1);

	@unshare@
	return ret;
}

int area_note(struct area *a, void *p, int n)
{
	return 0;
}

int area_quiet(struct area *a, void *p, int n)
{
	if (set_memory_encrypted((unsigned long)p, n))
		a->buf = p;
	return -EINVAL;
}

int pass_on(struct area *a, int n);

int pass_round(struct area *a, int n)
{
	if (n > 4)
		return area_unshare(a);
	@again@
}

int pass_on(struct area *a, int n)
{
	return n < 0 ? pass_round(a, n) : area_share(a, a->buf, n);
}
`,
  'drivers/foo/foo.c': `
static const struct area_ops foo_ops = { @table@ };

int foo_open(struct area *a, const struct area_ops *o)
{
	void *buf = (void *)__get_free_pages(GFP_KERNEL, 2);

	if (!buf)
		return -ENOMEM;
	if (@through@) {
		free_pages((unsigned long)buf, 2);
		return -EIO;
	}
	return 0;
}

void foo_close(struct area *a)
{
	@test@
		@put@
}

void foo_all(struct area *a, int n)
{
	int i;

	@loop@ {
		area_unshare(&a[i]);
		free_pages((unsigned long)a[i].buf, 2);
	}
}
`,
};

type Choice = Readonly<Record<string, number>>;

function textsOf(choice: Choice) {
  const fill = (text: string) =>
    text.replace(/@(\w+)@/g, (_, slot: string) => slots[slot]![choice[slot] ?? 0]!);
  return Object.entries(files).map(([file, text]) => ({ file, text: fill(text) }));
}

const edit = fc.constantFrom(...Object.keys(slots)).chain((slot) =>
  fc.record({
    slot: fc.constant(slot),
    to: fc.nat(slots[slot]!.length - 1),
    /** After so many looks at its token the analysis is interrupted, then after twice as many, and so on; 0: never. */
    interrupted: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 400 })),
  }),
);

/** Set once somebody has looked at it so often. */
function after(looks: number): CancellationToken {
  let left = looks;
  return {
    get cancelled() {
      return left-- <= 0;
    },
  };
}

test('what is said after edits is what is said of the text that they led to', async () => {
  const backend = await testBackend();
  // Functions that did not change are lowered once, so that what was found of them may stand.
  const service = () => new Service({ stages: createStages(backend, 512, 512), version: [6, 12], rules });
  const answer = (of: Service, choice: Choice, token = never) =>
    of.checkLinked(textsOf(choice), defaultOptions, token).map(({ file, diagnostics, stats }) => ({
      ...{ file, diagnostics, transitions: stats.transitions, crashes: stats.crashes },
      converting: stats.functionsWithTransitions,
    }));
  const resumed = (of: Service, choice: Choice, looks: number): ReturnType<typeof answer> => {
    if (looks === 0) return answer(of, choice);
    try {
      return answer(of, choice, after(looks));
    } catch (error) {
      if (!(error instanceof Cancelled)) throw error;
      return resumed(of, choice, looks * 2);
    }
  };
  const fresh = new Map<string, ReturnType<typeof answer>>();
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 12 }), (edits) => {
      const lasting = service();
      let choice: Choice = {};
      answer(lasting, choice);
      for (const { slot, to, interrupted } of edits) {
        choice = { ...choice, [slot]: to };
        const key = JSON.stringify(textsOf(choice));
        if (!fresh.has(key)) fresh.set(key, answer(service(), choice));
        // What is said first must leave no trace, and be right if it says that nothing was changed that says something.
        for (const { file } of textsOf(choice).slice(0, to)) {
          const first = lasting.checkFirst(file, textsOf(choice), defaultOptions, never);
          if (first === null || !first.isCarried) continue;
          const whole = fresh.get(key)!.find((one) => one.file === file)!;
          assert.deepEqual(first.report.diagnostics, whole.diagnostics, JSON.stringify(choice));
        }
        assert.deepEqual(resumed(lasting, choice, interrupted), fresh.get(key), JSON.stringify(choice));
      }
    }),
    {
      numRuns: Number(process.env.MEMBRANE_RUNS ?? 25),
      examples: [
        // A function's rows are others, those of its caller say what they said.
        [
          [
            { slot: 'seen', to: 1, interrupted: 0 },
            { slot: 'seen', to: 3, interrupted: 0 },
            { slot: 'seen', to: 1, interrupted: 0 },
          ],
        ],
        // A name that a header gives a function becomes a macro, while another file of the group waits.
        [
          [
            { slot: 'through', to: 1, interrupted: 0 },
            { slot: 'alias', to: 1, interrupted: 0 },
          ],
        ],
      ],
    },
  );
  const all = [...fresh.values()].flat().flatMap(({ diagnostics }) => diagnostics.map((d) => d.rule));
  assert.ok(all.length > 0, 'the example shows mistakes');
});
