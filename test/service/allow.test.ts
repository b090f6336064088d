import assert from 'node:assert/strict';
import { test } from 'node:test';
import { never } from '../../server/src/base/token.ts';
import { optionsFor, testService } from '../harness/fixtures.ts';

const service = await testService();

function check(text: string, more: readonly string[] = []) {
  const report = service.checkText('drivers/foo/a.c', text, optionsFor(more), never);
  return {
    found: report.diagnostics.map(({ rule, place }) => `${place.start.line} ${rule}`),
    allowed: report.stats.allowed,
    messages: report.diagnostics.map(({ message }) => message),
  };
}

/** Frees after a failed transition at line 8, plus whatever stands above the function and above, or behind, the free. */
function leaky({ above = '', before = '', behind = '' }): string {
  return `${above}
int foo(void *buf)
{
	int ret = set_memory_decrypted((unsigned long)buf, 1);

	if (ret) {
${before}
		free_page((unsigned long)buf);${behind}
		return ret;
	}
	free_page((unsigned long)buf);
	return 0;
}
`;
}

const rule = 'free-after-failed-transition';
const note = `/* coco: allow ${rule} -- the test says so */`;

test('an allow before a statement, at its line end, and above the function keeps that statement silent, and no other', () => {
  const bare = check(leaky({}));
  assert.deepEqual(bare, { ...bare, found: [`8 ${rule}`, '11 free-while-shared'], allowed: 0 });
  for (const where of [{ before: `\t\t${note}` }, { behind: ` ${note}` }]) {
    const { found, allowed } = check(leaky(where));
    assert.deepEqual(found, ['11 free-while-shared'], JSON.stringify(where));
    assert.equal(allowed, 1);
  }
  const both = `/** foo - shares\n * @buf: it\n *\n * coco: allow ${rule}, free-while-shared --\n *\tthe pool wants it so\n */`;
  const { found, allowed } = check(leaky({ above: both }));
  assert.deepEqual(found, []);
  assert.equal(allowed, 2);
});

test('the other marker and line comments mean the same', () => {
  const comment = `\t\t// @membrane allow ${rule} -- the test says so`;
  assert.deepEqual(check(leaky({ before: comment })).found, ['11 free-while-shared']);
});

test('an allow that keeps nothing silent is reported; not where its rule does not run', () => {
  const elsewhere = leaky({ above: `/* coco: allow size-mismatch -- why */` });
  assert.deepEqual(check(elsewhere).found, ['1 unused-allow', `8 ${rule}`, '11 free-while-shared']);
  const off = leaky({ above: `/* coco: allow unaccounted-leak -- why */` });
  assert.deepEqual(check(off).found, [`8 ${rule}`, '11 free-while-shared']);
});

test('an allow without a reason, or of no rule, is wrong and allows nothing', () => {
  const bare = check(leaky({ before: `\t\t/* coco: allow ${rule} */` }));
  assert.deepEqual(bare.found, ['7 wrong-annotation', `8 ${rule}`, '11 free-while-shared']);
  assert.match(bare.messages[0]!, /needs a reason/);
  const misspelt = check(leaky({ before: `\t\t/* coco: allow free-after-faild-transition -- why */` }));
  assert.deepEqual(misspelt.found, ['7 wrong-annotation', `8 ${rule}`, '11 free-while-shared']);
  assert.match(misspelt.messages[0]!, /there is no rule 'free-after-faild-transition'\. Did you mean/);
});

test('names, units and places are checked where they stand', () => {
  const above = (text: string) => check(leaky({ above: `/* coco: ${text} */` })).messages[0];
  assert.match(
    above('flips buff[1 pages]: shared')!,
    /no parameter of foo\(\) 'buff'\. Did you mean 'buf'\?/,
  );
  assert.match(above('flips buf[n pages]: shared')!, /no parameter of foo\(\) 'n'/);
  assert.match(above('flips return: shared')!, /goes in, not of 'return'\. Use 'allocs'/);
  assert.match(above('allocs buf: shared')!, /out of 'return' or '\*buf'/);
  assert.match(above('flag buf means buf: shared')!, /'flag' says nothing here\. Write it at a field/);
  const inside = check(leaky({ before: '\t\t/* coco: flips buf: shared */' })).messages[0];
  assert.match(inside!, /'flips' says nothing here\. Write it above a function/);
  const field = (text: string) =>
    check(`struct foo {\n\tbool decrypted;\t/* coco: ${text} */\n\tvoid *buffer;\n};\n${leaky({})}`)
      .messages[0]!;
  assert.doesNotMatch(field('flag !decrypted means *buffer: private'), /no member/);
  assert.match(
    field('flag !decrypted means *bufer: private'),
    /no member beside it 'bufer'\. Did you mean 'buffer'/,
  );
});

test('an allow for a rule about leaks does not count as the comment that the rule wants', () => {
  const text = (why: string) => `int foo(void)
{
	void *buf = (void *)__get_free_page(GFP_KERNEL);

	if (!buf)
		return -ENOMEM;
	if (set_memory_decrypted((unsigned long)buf, 1))
		return -EIO;${why}
	foo_use(buf);
	return 0;
}
`;
  assert.deepEqual(check(text(''), ['unaccounted-leak']).found, ['8 unaccounted-leak']);
  const allowed = check(text(' /* coco: allow unaccounted-leak -- why */'), ['unaccounted-leak']);
  assert.deepEqual([allowed.found, allowed.allowed], [[], 1]);
  assert.deepEqual(check(text(' /* coco: leaks buf -- refused */'), ['unaccounted-leak']).found, []);
});
